import type { Evaluation } from '../commands.ts';
import type { DecisionEvent, EventDraft } from '../events.ts';
import type { StateAt } from '../state.ts';
import { SYSTEM_ACTOR, type Timestamp } from '../vocabulary.ts';

/**
 * The evaluation's events, decided together and appended together: as far as it got, then either the route or the
 * denial. A gate's record stays also where the decision is denied.
 */
export function decideEvaluate(evaluation: Evaluation, at: Timestamp): readonly EventDraft[] {
  const system = { timestamp: at, actor_id: SYSTEM_ACTOR } as const;
  const events: EventDraft[] = [];
  if (evaluation.policy) events.push({ event_type: 'policy.evaluated', ...system, ...evaluation.policy });
  if (evaluation.risk) events.push({ event_type: 'risk.evaluated', ...system, ...evaluation.risk });
  if (evaluation.routing) events.push({ event_type: 'authority.routed', ...system, ...evaluation.routing });
  if (evaluation.denial) events.push({ event_type: 'decision.denied', ...system, ...evaluation.denial });
  return events;
}

export function evolvePolicyEvaluated(
  state: StateAt<'requested'>,
  event: Extract<DecisionEvent, { event_type: 'policy.evaluated' }>,
): StateAt<'policy_evaluated'> {
  const { policy_version, policy, result, gates, facts, viability } = event;
  return {
    ...state,
    stage: 'policy_evaluated',
    policy: { policy_version, policy, result, gates, facts, ...(viability === undefined ? {} : { viability }) },
  };
}
