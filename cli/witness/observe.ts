import { type JsonObject, verifyChain } from '../../core/canon/index.ts';
import { type DecisionEvent, outcomeOf } from '../../core/domain/events.ts';

/** A head that was signed before: so many events, the last of which had this hash. */
export interface SeenHead {
  readonly sequence: number;
  readonly hash: string;
}

export const CONTRADICTIONS = ['shorter', 'differs', 'missing', 'broken'] as const;
export type ContradictionKind = (typeof CONTRADICTIONS)[number];

/** What cannot be, if the ledger is what it was: a witness signs nothing of such a chain. */
export interface Contradiction {
  readonly what: ContradictionKind;
  /** Sequence of the head that was signed; of the first event that does not hold, where it is `broken`. */
  readonly sequence: number;
  readonly expected: string;
  readonly got: string;
}

/**
 * What a chain says against what was seen of it before.
 *
 * @param events as they were read; null where nothing stands there any more.
 * @param seen the heads that were signed, in order.
 */
export function contradictionIn(
  decisionId: string,
  events: readonly JsonObject[] | null,
  seen: readonly SeenHead[],
): Contradiction | null {
  const last = seen.at(-1);
  if (events === null || events.length === 0) {
    if (last === undefined) return null;
    return { what: 'missing', sequence: last.sequence, expected: last.hash, got: 'no chain' };
  }
  for (const { sequence, hash } of seen) {
    const event = events[sequence - 1];
    const got = event === undefined ? `a chain of ${events.length} events` : String(event['integrity_hash']);
    if (got !== hash)
      return { what: event === undefined ? 'shorter' : 'differs', sequence, expected: hash, got: got.slice(0, 120) };
  }
  const [fault] = verifyChain(events);
  if (fault !== undefined) {
    return { what: 'broken', sequence: fault.sequence, expected: fault.expected.slice(0, 120), got: fault.code };
  }
  const { decision_id: named } = events[0] ?? {};
  if (named === decisionId) return null;
  return { what: 'broken', sequence: 1, expected: decisionId, got: String(named).slice(0, 120) };
}

/**
 * The heads of a chain that are to be signed now, in ascending order and all above what was signed before: the last one,
 * and, where they went by unseen, the one after the request and the one after the clearance, so that each of the three
 * has an anchor of its own.
 */
export function headsToSign(events: readonly JsonObject[], seen: readonly SeenHead[]): readonly SeenHead[] {
  const last = events.length;
  const from = seen.at(-1)?.sequence ?? 0;
  const cleared = events.findIndex(({ event_type }) => event_type === 'execution.cleared') + 1;
  const ended = hasEnded(events);
  const wanted: number[] = [];
  if (seen.length === 0 && last > 1 && (cleared > 0 || ended)) wanted.push(1);
  const clearance = seen.some(({ sequence }) => sequence >= cleared && sequence < last);
  if (cleared > 1 && cleared < last && ended && !clearance) wanted.push(cleared);
  wanted.push(last);
  return [...new Set(wanted)]
    .filter((sequence) => sequence > from)
    .map((sequence) => ({ sequence, hash: String(events[sequence - 1]?.['integrity_hash']) }));
}

/** By the last event alone: what a closed chain ends with. */
export function hasEnded(events: readonly JsonObject[]): boolean {
  const last = events.at(-1);
  try {
    return last !== undefined && outcomeOf(last as unknown as DecisionEvent) !== undefined;
  } catch {
    return false;
  }
}
