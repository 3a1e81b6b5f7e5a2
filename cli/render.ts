import type { DecisionView } from '../core/contracts/messages.ts';
import type { Timestamp } from '../core/domain/vocabulary.ts';
import type { Cause, CauseTree } from '../core/domain/why.ts';
import { printable } from './printable.ts';

/** A decision's state for a terminal, a fact a line; what is overdue is so at `now`. */
export function renderView(view: DecisionView, now: Timestamp): string {
  const { candidate } = view;
  const facts: readonly (readonly [string, string | null])[] = [
    ['decision', view.decisionId],
    ['status', `${view.status} (stage ${view.stage}${view.since ? `, since ${view.since}` : ''})`],
    ['outcome', view.outcome && `${view.outcome}: ${view.ending ?? ''}`],
    ['action', view.action && `${view.action} on ${view.target}`],
    ['candidate', candidate && `${candidate.name} ${candidate.version} ${candidate.digest}`],
    ['requester', view.requester],
    ['risk', view.band && `${view.score}, ${view.band}`],
    ['needs', view.slots.map(({ role, signatures }) => `${signatures} x ${role}`).join(', ') || null],
    ['signed', view.assignment.map(({ role, actor_id }) => `${actor_id} as ${role}`).join(', ') || null],
    ['asked for', conditionsText(view, now) || null],
    ['until', view.operations?.until ?? null],
    ['asked', reassignedText(view) || null],
    ['anew', view.reevaluated ? anewText(view.reevaluated) : null],
    ['head', `${view.head.sequence} ${view.head.hash}`],
    ['pack', view.pack],
  ];
  return facts.flatMap(([name, value]) => (value ? [printable(`${name.padEnd(10)} ${value}`)] : [])).join('\n');
}

function reassignedText({ operations }: DecisionView): string {
  const list = operations?.reassigned ?? [];
  return list.map(({ role, from, to }) => `${to} for ${role} instead of ${from}`).join('; ');
}

function conditionsText({ approvals, conditional = [] }: DecisionView, now: Timestamp): string {
  const asked = [...approvals, ...conditional].flatMap(({ actor_id, conditions = [] }) =>
    conditions.map(({ id, role, due, verdict }) => {
      const open = due < now ? `OVERDUE since ${due}` : `outstanding until ${due}`;
      return `${id} by ${role}, of ${actor_id}: ${verdict ?? open}`;
    }),
  );
  return asked.join('; ');
}

function anewText({ at, changed, ended }: NonNullable<DecisionView['reevaluated']>): string {
  const basis =
    changed.length === 0
      ? 'the same basis'
      : `another basis (${changed.map(({ path }) => path.slice('$.'.length)).join(', ')})`;
  return `evaluated ${at} on ${basis}; ${ended.length} signature${ended.length === 1 ? '' : 's'} ended`;
}

/** A cause tree for a terminal: what is awaited, what fails, what comes next. */
export function renderWhy(tree: CauseTree): string {
  const since = tree.since === null ? '' : `, since ${tree.since}`;
  const lines = [`${tree.status} (stage ${tree.stage}${since})`];
  if (tree.ended !== undefined) lines.push(`ended by ${tree.ended}`);
  if (tree.waiting.length === 0 && tree.failing.length === 0) lines.push('waits for nothing');
  for (const cause of tree.waiting) lines.push(...renderCause(cause, 0));
  for (const { what, code, detail, since: from, nextTry } of tree.failing) {
    lines.push(
      `failing: ${what}: ${code}: ${detail} (since ${from}, ${nextTry === null ? 'not tried again' : `next try ${nextTry}`})`,
    );
  }
  if (tree.refused !== undefined) {
    const { code, at, by } = tree.refused;
    lines.push(`refused: a claim by ${by} at ${at}: ${code} (see countersign explain ${code})`);
  }
  for (const { at, what } of tree.next) lines.push(`next: ${at} ${what}`);
  return lines.map(printable).join('\n');
}

function renderCause({ what, says, from, causes }: Cause, depth: number): string[] {
  const by = from.length === 0 ? '' : ` (from ${from.join(', ')})`;
  return [
    `${'  '.repeat(depth)}waits for ${what}: ${says}${by}`,
    ...causes.flatMap((cause) => renderCause(cause, depth + 1)),
  ];
}
