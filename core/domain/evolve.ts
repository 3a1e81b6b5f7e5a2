import { DomainError } from './errors.ts';
import { type DecisionEvent, outcomeOf, unknownEvent } from './events.ts';
import {
  evolveAbstained,
  evolveApproved,
  evolveAuthorityExpired,
  evolveRevoked,
  evolveRouted,
} from './stages/authority.ts';
import { triggerOf } from './replay.ts';
import { evolveCleared } from './stages/execution.ts';
import { evolveNotice } from './stages/notice.ts';
import { conditionalIn, evolveSettled } from './stages/condition.ts';
import { evolveDelegated } from './stages/delegation.ts';
import { evolveOperation } from './stages/operation.ts';
import { evolveOverridden } from './stages/override.ts';
import { evolvePolicyEvaluated } from './stages/policy.ts';
import { evolveReevaluated, outdatedBy } from './stages/reevaluation.ts';
import { evolveRequested } from './stages/request.ts';
import { evolveRiskEvaluated } from './stages/risk.ts';
import { type Answered, type DecisionState, initialState, type OpenState, type StateAt } from './state.ts';

/** State after a whole chain. Throws `decision.illegal_event` where an event could not follow what stands before it. */
export function fold(events: readonly DecisionEvent[]): DecisionState {
  return events.reduce(evolve, initialState());
}

/**
 * State after one more stored event. Trusts hashes and signatures to have been checked by whoever read the event, and
 * checks what they cannot show: that the event is legal here, and continues this chain.
 *
 * @throws DomainError `decision.illegal_event`
 */
export function evolve(state: DecisionState, event: DecisionEvent): DecisionState {
  refuseForeign(state, event);
  const next = step(state, event);
  if (next.stage === 'empty') return next;
  return {
    ...next,
    head: { sequence: event.sequence, hash: event.integrity_hash },
    lastAt: event.timestamp,
    since: next.stage === state.stage ? next.since : event.timestamp,
    answered: answered(next.answered, event),
    refusedBy: refusedBy(next.refusedBy, event),
  };
}

function step(state: DecisionState, event: DecisionEvent): DecisionState {
  switch (event.event_type) {
    case 'decision.requested':
      return evolveRequested(state, event);
    case 'policy.evaluated':
      return evolvePolicyEvaluated(at(state, event, 'requested'), event);
    case 'risk.evaluated':
      return evolveRiskEvaluated(at(state, event, 'policy_evaluated'), event);
    case 'authority.routed':
      return evolveRouted(at(state, event, 'risk_evaluated'), event);
    case 'decision.reevaluated':
      return evolveReevaluated(at(state, event, 'routed', 'authorized'), event);
    case 'authority.approved':
      return evolveApproved(at(state, event, 'routed', 'authorized'), event);
    case 'authority.expired':
      return evolveAuthorityExpired(at(state, event, 'routed', 'authorized'), event);
    case 'authority.reminded':
    case 'authority.escalated':
      return evolveNotice(at(state, event, 'routed'), event);
    case 'operation.nudged':
    case 'operation.extended':
    case 'operation.reassigned':
      return evolveOperation(at(state, event, 'routed', 'authorized'), event);
    case 'override.breakglass':
      return evolveOverridden(at(state, event, 'routed', 'authorized'), event);
    case 'authority.revoked':
      return evolveRevoked(at(state, event, 'routed', 'authorized'), event);
    case 'authority.abstained':
      return evolveAbstained(at(state, event, 'routed', 'authorized'), event);
    case 'authority.delegated':
      return evolveDelegated(at(state, event, 'routed', 'authorized'), event);
    case 'condition.settled':
      return evolveSettled(at(state, event, 'routed', 'authorized', 'cleared'), event);
    case 'authority.rejected':
      return at(state, event, 'routed', 'authorized');
    case 'execution.cleared':
      return evolveCleared(at(state, event, 'authorized'), event);
    case 'statement.refused':
      return outdatedBy(open(state, event), event);
    case 'statements.discarded':
    case 'ledger.restored':
      return open(state, event);
    case 'execution.confirmed':
    case 'execution.unconfirmed':
      return close(at(state, event, 'cleared'), event);
    case 'decision.denied':
      return close(at(state, event, 'requested', 'policy_evaluated', 'risk_evaluated', 'routed', 'authorized'), event);
    case 'decision.expired':
    case 'decision.cancelled':
      return close(at(state, event, 'requested', 'policy_evaluated', 'risk_evaluated', 'routed', 'authorized'), event);
    case 'addendum.opened':
    case 'override.reviewed':
    case 'backout.recorded':
      throw illegal(state, event);
    default:
      return unknownEvent(event);
  }
}

function close(state: OpenState, event: DecisionEvent): StateAt<'closed'> {
  const outcome = outcomeOf(event);
  if (outcome === undefined) throw illegal(state, event);
  return {
    stage: 'closed',
    decisionId: state.decisionId,
    head: state.head,
    lastAt: state.lastAt,
    since: state.since,
    requested: state.requested,
    answered: state.answered,
    refusedBy: state.refusedBy,
    ...(state.reevaluated === undefined ? {} : { reevaluated: state.reevaluated }),
    outcome,
    ending: ending(event),
    policy: 'policy' in state ? state.policy : null,
    risk: 'risk' in state ? state.risk : null,
    routing: 'routing' in state ? state.routing : null,
    assignment: 'assignment' in state ? state.assignment : [],
    clearance: 'clearance' in state ? state.clearance : null,
    ...conditionalIn(state),
  };
}

function ending(event: DecisionEvent): string {
  switch (event.event_type) {
    case 'decision.denied':
      return event.code;
    case 'decision.expired':
      return event.limit;
    case 'execution.confirmed':
      return event.subject_matches ? event.execution.result : 'subject_differs';
    default:
      return event.event_type;
  }
}

/** Every statement an event answers, so that the same statement sent again gets the same answer. */
function answered(
  before: Readonly<Record<string, Answered>>,
  event: DecisionEvent,
): Readonly<Record<string, Answered>> {
  const statement = statementOf(event);
  if (statement === undefined) return before;
  const refused = event.event_type === 'statement.refused';
  return {
    ...before,
    [statement]: {
      verdict: refused ? 'refused' : 'accepted',
      code: refused ? event.code : null,
      event: event.integrity_hash,
      sequence: event.sequence,
    },
  };
}

function refusedBy(before: Readonly<Record<string, number>>, event: DecisionEvent): Readonly<Record<string, number>> {
  if (event.event_type !== 'statement.refused') return before;
  // Own members only: an actor may be called `constructor`.
  const known = Object.hasOwn(before, event.actor_id) ? (before[event.actor_id] ?? 0) : 0;
  return { ...before, [event.actor_id]: known + 1 };
}

/** The statement that caused an event, where one did. */
export function statementOf(event: DecisionEvent): string | undefined {
  const trigger = triggerOf(event);
  if (trigger?.type === 'open') return trigger.request;
  return trigger?.type === 'submit' ? trigger.statement : undefined;
}

function refuseForeign(state: DecisionState, event: DecisionEvent): void {
  if (event.sequence !== state.head.sequence + 1 || event.previous_hash !== state.head.hash)
    throw illegal(state, event);
  if (state.stage === 'empty') return;
  if (event.decision_id !== state.decisionId || event.timestamp < state.lastAt) throw illegal(state, event);
}

function open(state: DecisionState, event: DecisionEvent): OpenState {
  if (state.stage === 'empty' || state.stage === 'closed') throw illegal(state, event);
  return state;
}

function at<S extends OpenState['stage']>(
  state: DecisionState,
  event: DecisionEvent,
  ...stages: readonly S[]
): StateAt<S> {
  if (!stages.some((stage) => stage === state.stage)) throw illegal(state, event);
  return state as StateAt<S>;
}

function illegal(state: DecisionState, event: DecisionEvent): DomainError {
  return new DomainError('decision.illegal_event', {
    message: 'an event cannot follow what stands before it',
    path: `$.event_chain[${event.sequence - 1}]`,
    expected: `an event that is legal in stage ${state.stage} after sequence ${state.head.sequence}`,
    got: `${event.event_type}, sequence ${event.sequence}`,
  });
}
