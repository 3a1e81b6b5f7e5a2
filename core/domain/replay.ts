import type { DecisionEvent, EventDraft } from './events.ts';
import type { DigestText } from './vocabulary.ts';

/**
 * What brought an event about. Whoever holds a stored chain (the verifier, or a workflow that adopts events it cannot
 * remember) turns each first event of a batch back into its command, decides again, and compares: what `decide` would
 * not have written was not decided.
 */
export type Trigger =
  | { readonly type: 'open'; readonly request: DigestText }
  | { readonly type: 'evaluate' }
  | { readonly type: 'submit'; readonly statement: DigestText }
  | { readonly type: 'reevaluate' }
  | { readonly type: 'stop' }
  | { readonly type: 'tick' }
  | { readonly type: 'restored'; readonly fromSequence: number; readonly head: DigestText }
  /** Stands in front of an ending event; the count is the service's word. */
  | { readonly type: 'discarded' };

/** The trigger of the first event of a batch. `undefined` for an event that never stands first. */
export function triggerOf(event: DecisionEvent): Trigger | undefined {
  switch (event.event_type) {
    case 'decision.requested':
      return { type: 'open', request: event.request };
    case 'policy.evaluated':
      return { type: 'evaluate' };
    case 'decision.denied':
      // Denied before any gate ran: the evaluation's only event. A rejection's denial stands second in its batch.
      return { type: event.revoked === undefined ? 'evaluate' : 'stop' };
    case 'authority.approved':
    case 'authority.rejected':
    case 'override.breakglass':
    case 'authority.revoked':
    case 'authority.abstained':
    case 'authority.delegated':
    case 'condition.settled':
    case 'operation.nudged':
    case 'operation.extended':
    case 'operation.reassigned':
    case 'statement.refused':
    case 'decision.cancelled':
      return { type: 'submit', statement: event.statement };
    case 'execution.cleared':
      return { type: 'submit', statement: event.claim };
    case 'execution.confirmed':
      return { type: 'submit', statement: event.receipt };
    case 'decision.reevaluated':
      return event.statement === null ? { type: 'reevaluate' } : { type: 'submit', statement: event.statement };
    case 'authority.expired':
    case 'authority.reminded':
    case 'authority.escalated':
    case 'decision.expired':
    case 'execution.unconfirmed':
      return { type: 'tick' };
    case 'ledger.restored':
      return { type: 'restored', fromSequence: event.from_sequence, head: event.head };
    case 'statements.discarded':
      return { type: 'discarded' };
    case 'risk.evaluated':
    case 'authority.routed':
    case 'addendum.opened':
    case 'override.reviewed':
    case 'backout.recorded':
      return undefined;
  }
}

/**
 * The event of a batch that tells what brought all of it about: a count of discarded statements stands in front of an
 * ending, and what time had brought about stands in front of whatever came after it.
 */
export function causeIn(batch: readonly DecisionEvent[]): DecisionEvent | undefined {
  const caused = batch.filter(({ event_type }) => event_type !== 'statements.discarded');
  return caused.find(({ event_type }) => !OF_TIME.has(event_type)) ?? caused[0];
}

const OF_TIME: ReadonlySet<string> = new Set(['authority.reminded', 'authority.escalated', 'authority.expired']);

const HEADER: ReadonlySet<string> = new Set([
  'event_id',
  'schema_version',
  'decision_id',
  'sequence',
  'previous_hash',
  'integrity_hash',
]);

export interface Difference {
  /** JSON path below the event, e.g. `$.assignment[0].role`. */
  readonly path: string;
  readonly expected: string;
  readonly got: string;
}

/** Where a stored event's own fields differ from what was decided; empty where it is exactly that. */
export function differences(decided: EventDraft, stored: DecisionEvent): readonly Difference[] {
  const own = Object.fromEntries(Object.entries(stored).filter(([key]) => !HEADER.has(key)));
  return compare('$', decided, own);
}

/** Every path at which two JSON values differ; `undefined` stands for a member that is not there. */
export function compare(path: string, expected: unknown, got: unknown): readonly Difference[] {
  if (Array.isArray(expected) && Array.isArray(got)) {
    const length = Math.max(expected.length, got.length);
    return Array.from({ length }, (_, i) => compare(`${path}[${i}]`, expected[i], got[i])).flat();
  }
  if (isRecord(expected) && isRecord(got)) {
    const keys = [...new Set([...Object.keys(expected), ...Object.keys(got)])].sort();
    return keys.flatMap((key) => compare(member(path, key), own(expected, key), own(got, key)));
  }
  return Object.is(expected, got) ? [] : [{ path, expected: excerpt(expected), got: excerpt(got) }];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Own members only: `constructor` or `toString` in a hostile document must not meet the prototype's. */
function own(value: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

function member(path: string, key: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
}

function excerpt(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}
