import type { CauseTree, DecisionView, Shown } from '../core/contracts/messages.ts';
import { type Memo, shownFrom } from '../core/contracts/shown.ts';
import { STAGES } from '../core/domain/state.ts';

/** Members of a view that decisions did not show at first. */
export const LATER_MEMBERS = { approvals: [], overrides: [], breakglass: null, withdrawn: {}, cleared: null } as const;

/** What a memo shows, where that has its form: anybody who may start workflows could have put something else there. */
export function shownIn(memo: Memo | undefined): Shown | null {
  const shown = shownFrom(memo);
  const { view, why } = membersOf(shown);
  if (!isTree(membersOf(why))) return null;
  if (view === null) return shown as Shown;
  const members = { ...LATER_MEMBERS, ...membersOf(view) };
  const { decisionId, request, stage, head } = members as Members;
  const texts = [decisionId, request].every((text) => typeof text === 'string');
  if (!texts || !isStage(stage) || typeof membersOf(head)['sequence'] !== 'number') return null;
  return { view: members as unknown as DecisionView, why: why as CauseTree };
}

function isTree({ stage, status, since, waiting, failing, next }: Members): boolean {
  return (
    isStage(stage) &&
    isText(status) &&
    isTimeOrNull(since) &&
    isListOf(waiting, (cause) => isCause(cause, DEEPEST_CAUSE)) &&
    isListOf(failing, isTrouble) &&
    isListOf(next, ({ at, what }) => isTime(at) && isText(what))
  );
}

/** A decision shows one cause below another; what is nested without end would end whoever walks it. */
const DEEPEST_CAUSE = 16;

function isCause({ what, says, since, from, causes }: Members, deepest: number): boolean {
  return (
    deepest > 0 &&
    isText(what) &&
    isText(says) &&
    isTimeOrNull(since) &&
    Array.isArray(from) &&
    from.every(isText) &&
    isListOf(causes, (cause) => isCause(cause, deepest - 1))
  );
}

function isTrouble({ what, code, detail, since, nextTry }: Members): boolean {
  return [what, code, detail].every(isText) && isTime(since) && isTimeOrNull(nextTry);
}

type Members = Readonly<Record<string, unknown>>;

function isListOf(value: unknown, holds: (members: Members) => boolean): boolean {
  return Array.isArray(value) && value.every((each) => holds(membersOf(each)));
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isTime(value: unknown): boolean {
  return isText(value) && Number.isFinite(Date.parse(value));
}

function isTimeOrNull(value: unknown): boolean {
  return value === null || isTime(value);
}

function membersOf(value: unknown): Members {
  return typeof value === 'object' && value !== null ? (value as Members) : {};
}

function isStage(value: unknown): boolean {
  return STAGES.some((stage) => stage === value);
}
