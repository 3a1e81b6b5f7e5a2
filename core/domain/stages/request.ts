import type { Command } from '../commands.ts';
import { DomainError } from '../errors.ts';
import type { DecisionEvent, EventDraft } from '../events.ts';
import type { DecisionState, StateAt } from '../state.ts';

/** A decision must be evaluated within this time, in seconds, whatever its policy says: before routing no policy limit is known. */
export const INTAKE_LIMIT_S = 7 * 24 * 3600;

/** The first event: origin, tenant and the digest of the request statement stand in it (ruling 2). */
export function decideOpen(command: Extract<Command, { type: 'open' }>, state: DecisionState): readonly EventDraft[] {
  if (state.stage !== 'empty') {
    throw new DomainError('decision.already_open', {
      message: 'a decision opens once',
      expected: 'an empty chain',
      got: `stage ${state.stage}`,
    });
  }
  return [{ event_type: 'decision.requested', timestamp: command.at, actor_id: command.requester, ...command.request }];
}

export function evolveRequested(
  state: DecisionState,
  event: Extract<DecisionEvent, { event_type: 'decision.requested' }>,
): StateAt<'requested'> {
  if (state.stage !== 'empty') {
    throw new DomainError('decision.illegal_event', {
      message: 'a chain holds one request, its first event',
      path: `$.event_chain[${event.sequence - 1}]`,
      expected: 'an empty chain',
      got: `stage ${state.stage}`,
    });
  }
  const { origin, tenant, request, actor_role, action, target, candidate, creators, evidence } = event;
  const { policy_version, policy_digest, context, summary, roster, linked } = event;
  return {
    stage: 'requested',
    decisionId: event.decision_id,
    head: state.head,
    lastAt: event.timestamp,
    since: event.timestamp,
    answered: {},
    refusedBy: {},
    requested: {
      requester: event.actor_id,
      at: event.timestamp,
      origin,
      tenant,
      request,
      actor_role,
      action,
      target,
      candidate,
      creators,
      evidence,
      policy_version,
      policy_digest,
      context,
      summary,
      roster,
      ...(linked === undefined ? {} : { linked }),
    },
  };
}
