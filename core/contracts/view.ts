import { noticesAhead, widenedIn } from '../domain/notices.ts';
import { askedIn } from '../domain/stages/reevaluation.ts';
import { type DecisionState, type Reevaluated, statusOf } from '../domain/state.ts';
import type { PromotionDecisionInput } from './activities.ts';
import type { DecisionView } from './messages.ts';

function lastOf({ at, changed, ended }: Reevaluated): NonNullable<DecisionView['reevaluated']> {
  return { at, changed, ended };
}

/** The state as it is shown: ids, digests and numbers, no texts. */
export function viewOf(
  input: Pick<PromotionDecisionInput, 'decisionId' | 'request'>,
  state: DecisionState,
  pack: string | null,
): DecisionView {
  const requested = state.stage === 'empty' ? null : state.requested;
  const risk = 'risk' in state ? state.risk : null;
  const routing = 'routing' in state ? state.routing : null;
  const clearance = 'clearance' in state ? state.clearance : null;
  return {
    decisionId: input.decisionId,
    stage: state.stage,
    status: statusOf(state),
    since: state.stage === 'empty' ? null : state.since,
    head: state.head,
    request: input.request,
    origin: requested?.origin ?? null,
    tenant: requested?.tenant ?? null,
    requester: requested?.requester ?? null,
    action: requested?.action ?? null,
    target: requested?.target ?? null,
    candidate: requested?.candidate ?? null,
    score: risk?.risk_score ?? null,
    band: risk?.risk_band ?? null,
    basis: routing?.basis_digest ?? null,
    routed: routing?.hash ?? null,
    brief: routing?.brief ?? null,
    roster: routing?.roster.digest ?? null,
    slots: routing?.slots ?? [],
    assignment: 'assignment' in state ? state.assignment : [],
    approvals: 'approvals' in state ? state.approvals : [],
    overrides: 'overrides' in state ? state.overrides : [],
    breakglass: routing?.breakglass ?? null,
    ...('delegations' in state && state.delegations.length > 0 ? { delegations: state.delegations } : {}),
    ...(routing?.delegation === undefined ? {} : { delegable: routing.delegation }),
    ...(routing?.operation === undefined ? {} : { operable: routing.operation }),
    ...('operations' in state && state.operations ? { operations: state.operations } : {}),
    ...('conditional' in state && state.conditional ? { conditional: state.conditional } : {}),
    withdrawn: 'withdrawn' in state ? state.withdrawn : {},
    approvalLifeS: routing?.limits.approval_life_s ?? null,
    asked: state.stage === 'empty' ? null : askedIn(state),
    reevaluated: state.stage === 'empty' || state.reevaluated === undefined ? null : lastOf(state.reevaluated),
    outcome: state.stage === 'closed' ? state.outcome : null,
    ending: state.stage === 'closed' ? state.ending : null,
    cleared: clearance?.hash ?? null,
    ...(clearance === null ? {} : { permitUntil: clearance.not_after }),
    clearedSequence: clearance && state.stage !== 'empty' ? (state.answered[clearance.claim]?.sequence ?? null) : null,
    pack,
    ...(routing?.windows === undefined ? {} : { windows: routing.windows }),
    ...noticesIn(state),
  };
}

function noticesIn(state: DecisionState): Pick<DecisionView, 'wider' | 'nextReminder' | 'nextEscalation'> {
  if (state.stage !== 'routed' && state.stage !== 'authorized') return {};
  const wider = widenedIn(state);
  const ahead = noticesAhead(state);
  const reminder = ahead.find(({ kind }) => kind === 'reminder');
  const escalation = ahead.find(({ kind }) => kind === 'escalation');
  return {
    ...(wider.length === 0 ? {} : { wider }),
    ...(reminder === undefined ? {} : { nextReminder: reminder.at }),
    ...(escalation === undefined ? {} : { nextEscalation: escalation.at }),
  };
}
