import type { DecisionEvent } from '../core/domain/events.ts';
import type { ReleaseRecord } from '../documents/index.ts';

/** What a decision let out. Its place in the history of its target is for `Releases`. */
export type LetOut = Omit<ReleaseRecord, '_type' | 'origin' | 'tenant' | 'number' | 'previous' | 'previous_candidate'>;

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

function undoneBy(
  linked: Extract<DecisionEvent, { event_type: 'decision.requested' }>['linked'],
): Pick<LetOut, 'undoes'> {
  return linked?.relation === 'undoes' ? { undoes: linked.decision_id } : {};
}
