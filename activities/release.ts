import { parseDigest } from '../core/canon/index.ts';
import type { RegularActivities } from '../core/contracts/activities.ts';
import type { DecisionEvent } from '../core/domain/events.ts';
import type { LetOut } from '../registry/index.ts';
import { openStatement, readBundle } from '../pack/index.ts';
import type { Dependencies } from './dependencies.ts';

/**
 * What a sealed decision let out becomes the next link in the history of its target (R88, R89). Nothing, where it was
 * not cleared, or its executor swears that nothing ran.
 */
export function recordRelease({ store, releases }: Dependencies): RegularActivities['recordRelease'] {
  return async ({ pack }) => {
    const { envelope } = readBundle(await store.get(parseDigest(pack)));
    const release = letOut(openStatement(envelope.payload).events, pack);
    return { release: release === null ? null : (await releases.record(release)).digest };
  };
}

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
