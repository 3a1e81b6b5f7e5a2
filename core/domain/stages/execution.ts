import type { AdmittedStatement, InForceFacts, PermitFacts } from '../commands.ts';
import { limitsIn } from '../deadline.ts';
import { DomainError, type RefusalCode } from '../errors.ts';
import type { Assignment, DecisionEvent, EndorsedReference, EventDraft, ExecutionCleared } from '../events.ts';
import type { LiveOverride, StateAt } from '../state.ts';
import type { ClaimStatement, ReceiptStatement } from '../statements.ts';
import { later, SYSTEM_ACTOR, type Timestamp } from '../vocabulary.ts';
import { windowAt } from '../windows.ts';
import { eligibleAt } from './authority.ts';
import { unmetIn } from './condition.ts';
import { authorityOf, overrideOf } from './override.ts';

type Admitted<S> = Omit<AdmittedStatement, 'statement'> & { readonly statement: S };
type Pending = StateAt<'routed'> | StateAt<'authorized'>;

/** A clearance, or why there is none: everything is checked once more (R13, R19, R47, ruling 18). */
export function decideClaim(
  { digest, statement }: Admitted<ClaimStatement>,
  state: Pending,
  at: Timestamp,
  inForce: InForceFacts | null,
): RefusalCode | readonly EventDraft[] {
  if (!state.routing.executors.includes(statement.signer)) return 'claim.not_executor';
  if (statement.basis !== state.routing.basis_digest) return 'claim.basis';
  if (statement.target !== state.requested.target) return 'claim.target';
  if (inForce === null) throw missing('the roster in force');
  if (!inForce.executorEligible) return 'claim.not_executor';
  if (inForce.obstacle) return inForce.obstacle.code;

  const approvals = eligibleAt(state.approvals, at, inForce.ineligible);
  const overrides = eligibleAt(state.overrides, at, inForce.ineligible);
  const { assignment, satisfied, waived } = authorityOf(state, approvals, overrides);
  if (!satisfied) return 'claim.authority_missing';
  const unmet = unmetIn(approvals, at, inForce.ineligible);
  if (unmet !== undefined) return unmet;

  const { windows } = state.routing;
  if (windows !== undefined && windowAt(windows, at) === undefined) return 'claim.outside_window';

  const bound = permitBound(state, assignment, waived.length === 0 ? [] : overrides, at, inForce);
  if (bound.not_after <= at) return 'claim.expired';
  return [
    {
      event_type: 'execution.cleared',
      timestamp: at,
      actor_id: statement.signer,
      claim: digest,
      subject: state.requested.candidate.digest,
      target: statement.target,
      assignment,
      roster: inForce.roster,
      ...standingOf(inForce),
      ...(inForce.resolved === undefined ? {} : { resolved: inForce.resolved }),
      ...bound,
      confirm_by: later(at, state.routing.limits.confirmation_s),
      ...overrideOf(state, overrides, waived, later(at, state.routing.breakglass?.review_s ?? 0)),
      ...recoveryOf(inForce),
    },
  ];
}

/** The member by which an event names the standing it was decided under. */
export function standingOf(inForce: InForceFacts | null): { readonly standing?: EndorsedReference } {
  return inForce?.standing === undefined ? {} : { standing: inForce.standing.reference };
}

/** The member by which a clearance says which plans let it pass a freeze. Their end is the standing's to say. */
function recoveryOf({ recovery }: InForceFacts): Pick<ExecutionCleared, 'recovery'> {
  if (recovery === undefined) return {};
  const { incidents, freezes } = recovery;
  return { recovery: { incidents, freezes } };
}

/** Ruling 9: a permit ends at the earliest of everything it rests on. */
export function permitBound(
  state: Pending,
  assignment: readonly Assignment[],
  overrides: readonly LiveOverride[],
  at: Timestamp,
  { standing, recovery }: Pick<InForceFacts, 'standing' | 'recovery'>,
): { readonly not_after: Timestamp; readonly bounded_by: string } {
  const { windows } = state.routing;
  const limits = limitsIn(state);
  const bounds: [limit: string, end: Timestamp][] = [
    ['permit_life_s', later(at, limits.permit_life_s)],
    ['decision_deadline', limits.decision_deadline],
    ['evidence_valid_until', limits.evidence_valid_until],
  ];
  if (standing !== undefined) bounds.push(['standing', standing.not_after]);
  if (recovery !== undefined) bounds.push(['recovery', recovery.until]);
  const window = windows === undefined ? undefined : windowAt(windows, at);
  if (window !== undefined) bounds.push(['change_window', window.closes]);
  if (limits.rollback_valid_until !== null) bounds.push(['rollback_valid_until', limits.rollback_valid_until]);
  if (limits.waivers_valid_until !== undefined) bounds.push(['waivers_valid_until', limits.waivers_valid_until]);
  for (const approval of state.approvals) {
    if (assignment.some((filled) => filled.statement === approval.statement)) {
      bounds.push([`approval ${approval.statement}`, approval.expires_at]);
    }
  }
  for (const { statement, expires_at } of overrides) bounds.push([`override ${statement}`, expires_at]);
  const [bounded_by, not_after] = bounds.reduce((a, b) => (b[1] < a[1] ? b : a));
  return { not_after, bounded_by };
}

/** The executor's receipt ends the decision, whatever it says; the permit it names counts once (R65, R68, R69). */
export function decideReceipt(
  { digest, statement }: Admitted<ReceiptStatement>,
  state: StateAt<'cleared'>,
  at: Timestamp,
  permit: PermitFacts | null,
): RefusalCode | readonly EventDraft[] {
  const { clearance } = state;
  if (statement.signer !== clearance.executor) return 'receipt.not_executor';
  // The permit last: a pack holds the one that was used, so every other refusal must be derivable without it.
  if (statement.target !== clearance.target) return 'receipt.target';
  if (statement.claim !== clearance.claim) return 'receipt.permit_unknown';
  if (permit === null || permit.digest !== statement.permit) return 'receipt.permit_unknown';
  if (permit.cleared !== clearance.hash || permit.claim !== clearance.claim) return 'receipt.permit_unknown';
  const { tool, target, result, receipt_id } = statement;
  return [
    {
      event_type: 'execution.confirmed',
      timestamp: at,
      actor_id: statement.signer,
      receipt: digest,
      permit: statement.permit,
      execution: { tool, target, result, receipt_id },
      subject: statement.subject,
      subject_matches: statement.subject === clearance.subject,
      command: statement.command,
      started_at: statement.started_at,
      finished_at: statement.finished_at,
      late: at > clearance.not_after,
    },
  ];
}

export function decideUnconfirmed(state: StateAt<'cleared'>, at: Timestamp): readonly EventDraft[] {
  if (at < state.clearance.confirm_by) return [];
  return [
    {
      event_type: 'execution.unconfirmed',
      timestamp: at,
      actor_id: SYSTEM_ACTOR,
      confirm_by: state.clearance.confirm_by,
    },
  ];
}

export function evolveCleared(
  state: StateAt<'authorized'>,
  event: Extract<DecisionEvent, { event_type: 'execution.cleared' }>,
): StateAt<'cleared'> {
  const { claim, subject, target, assignment, roster, standing, not_after, bounded_by, confirm_by, override } = event;
  return {
    ...state,
    stage: 'cleared',
    assignment,
    clearance: {
      executor: event.actor_id,
      hash: event.integrity_hash,
      at: event.timestamp,
      claim,
      subject,
      target,
      assignment,
      roster,
      not_after,
      bounded_by,
      confirm_by,
      ...(standing === undefined ? {} : { standing }),
      ...(override === undefined ? {} : { override }),
    },
  };
}

function missing(what: string): DomainError {
  return new DomainError('decision.illegal_command', {
    message: 'a command came without a fact it needs',
    expected: what,
  });
}
