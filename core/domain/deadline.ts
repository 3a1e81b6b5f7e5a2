import { noticesAhead } from './notices.ts';
import type { Limits } from './events.ts';
import { INTAKE_LIMIT_S } from './stages/request.ts';
import type { DecisionState, OpenState, StateAt } from './state.ts';
import { later, type Timestamp } from './vocabulary.ts';

export interface Deadline {
  /** Which limit: `intake_deadline`, `confirm_by`, `approval`, `override`, a kind of notice, or a member of `Limits`. */
  readonly limit: string;
  readonly at: Timestamp;
}

/** When an open decision that is not cleared ends by itself: nothing could be cleared after it. */
export function deadlineOf(state: Exclude<OpenState, StateAt<'cleared'>>): Deadline {
  if (state.stage !== 'routed' && state.stage !== 'authorized') {
    return { limit: 'intake_deadline', at: later(state.requested.at, INTAKE_LIMIT_S) };
  }
  return endOf(limitsIn(state));
}

/** The limits of the route, with the decision deadline where it was moved to. */
export function limitsIn({ routing, operations }: Pick<StateAt<'routed'>, 'routing' | 'operations'>): Limits {
  const { limits } = routing;
  return operations?.until === undefined ? limits : { ...limits, decision_deadline: operations.until };
}

/** The earliest of the instants after which nothing can be cleared. */
export function endOf(limits: Limits): Deadline {
  const candidates: Deadline[] = [
    { limit: 'decision_deadline', at: limits.decision_deadline },
    { limit: 'evidence_valid_until', at: limits.evidence_valid_until },
  ];
  if (limits.rollback_valid_until !== null) {
    candidates.push({ limit: 'rollback_valid_until', at: limits.rollback_valid_until });
  }
  if (limits.waivers_valid_until !== undefined) {
    candidates.push({ limit: 'waivers_valid_until', at: limits.waivers_valid_until });
  }
  return candidates.reduce((a, b) => (b.at < a.at ? b : a));
}

/** The next instant at which time alone changes this decision, or null where none does. */
export function nextInstant(state: DecisionState): Deadline | null {
  const end = nextEnd(state);
  if (end === null || (state.stage !== 'routed' && state.stage !== 'authorized')) return end;
  const [notice] = noticesAhead(state);
  return notice !== undefined && notice.at < end.at ? { limit: notice.kind, at: notice.at } : end;
}

/** The same, of what ends by itself: the decision, or something that it rests on. */
export function nextEnd(state: DecisionState): Deadline | null {
  if (state.stage === 'empty' || state.stage === 'closed') return null;
  if (state.stage === 'cleared') return { limit: 'confirm_by', at: state.clearance.confirm_by };
  const deadline = deadlineOf(state);
  if (state.stage !== 'routed' && state.stage !== 'authorized') return deadline;
  const lives = [
    ...state.approvals.map((approval): Deadline => ({ limit: 'approval', at: approval.expires_at })),
    ...state.overrides.map((override): Deadline => ({ limit: 'override', at: override.expires_at })),
    ...state.delegations.map((delegation): Deadline => ({ limit: 'delegation', at: delegation.expires_at })),
  ];
  return lives.reduce((a, b) => (b.at < a.at ? b : a), deadline);
}
