import type { DecisionEvent } from '../core/domain/events.ts';
import type { ReleaseRecord } from '../documents/index.ts';

/** What a decision, or a backout, let out. Its place in the history of its target is for `Releases`. */
export type LetOut = Omit<
  ReleaseRecord,
  '_type' | 'origin' | 'tenant' | 'number' | 'previous' | 'previous_candidate' | 'overtaken_by'
>;

/**
 * @param pack digest of the sealed bundle that holds these events
 * @returns null where nobody was cleared, or the executor swears that nothing ran
 */
export function letOut(events: readonly DecisionEvent[], pack: string): LetOut | null {
  const [requested] = events;
  const cleared = events.find((event) => event.event_type === 'execution.cleared');
  const last = events.at(-1);
  if (requested?.event_type !== 'decision.requested' || cleared === undefined || last === undefined) return null;
  const { decision_id, target, candidate, linked } = requested;
  const known = { decision_id, target, candidate, pack, cleared_at: cleared.timestamp, ...undoneBy(linked) };
  if (last.event_type === 'execution.unconfirmed') return { ...known, outcome: 'unconfirmed', changed_at: null };
  if (last.event_type !== 'execution.confirmed' || last.execution.result === 'not_executed') return null;
  const { execution, subject_matches, finished_at } = last;
  const outcome = execution.result === 'success' && subject_matches ? 'executed' : 'execution_failed';
  return { ...known, outcome, changed_at: finished_at };
}

/**
 * @param events of an addendum
 * @param pack digest of the sealed addendum that holds them
 * @param undone the sealed bundle of the decision that was gone back from, and when that one was cleared
 * @returns null where it records no backout
 */
export function backedOut(
  events: readonly DecisionEvent[],
  pack: string,
  undone: { readonly pack: string; readonly cleared_at: string | null },
): LetOut | null {
  const [opened, recorded] = events;
  if (opened?.event_type !== 'addendum.opened' || recorded?.event_type !== 'backout.recorded') return null;
  if (undone.cleared_at === null) return null;
  const { target, candidate, result, finished_at } = recorded;
  return {
    decision_id: opened.decision_id,
    target,
    candidate,
    pack,
    outcome: result === 'success' ? 'executed' : 'execution_failed',
    cleared_at: undone.cleared_at,
    changed_at: finished_at,
    undoes: opened.closed_decision,
    undone_pack: undone.pack,
  };
}

function undoneBy(
  linked: Extract<DecisionEvent, { event_type: 'decision.requested' }>['linked'],
): Pick<LetOut, 'undoes'> {
  return linked?.relation === 'undoes' ? { undoes: linked.decision_id } : {};
}
