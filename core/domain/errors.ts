import { CountersignError, type ErrorDetail } from '../errors.ts';

export const DOMAIN_ERROR_CODES = [
  'decision.already_open',
  'decision.illegal_event',
  'decision.illegal_command',
] as const;
export type DomainErrorCode = (typeof DOMAIN_ERROR_CODES)[number];

/** A caller asked the state machine for something no sequence of legal steps leads to. Never a person's mistake. */
export class DomainError extends CountersignError<DomainErrorCode> {
  constructor(code: DomainErrorCode, detail: ErrorDetail) {
    super(code, detail);
    this.name = 'DomainError';
  }
}

/**
 * Why a statement that verifies under a roster key is refused all the same. Each becomes a `statement.refused` event
 * and a signed acknowledgement with this code.
 */
export const REFUSAL_CODES = [
  'approval.by_requester',
  'approval.by_requester_controller',
  'approval.by_candidate_creator',
  'approval.by_evidence_author',
  'approval.by_evaluator',
  'approval.by_waiver_author',
  'approval.by_sole_signer',
  'approval.by_workload',
  'approval.role_not_held',
  'approval.role_not_required',
  'approval.basis',
  'approval.basis_changed',
  'approval.routed_unknown',
  'approval.brief',
  'approval.expired',
  'approval.life_too_long',
  'approval.repeated',
  'approval.by_overrider',
  'approval.supersedes',
  'approval.too_often',
  'approval.by_delegator',
  'approval.delegation',
  'approval.outlives_delegation',
  'approval.condition',
  'delegation.not_allowed',
  'delegation.expired',
  'delegation.life_too_long',
  'delegation.by_approver',
  'delegation.repeated',
  'delegation.delegate',
  'delegation.passed_on',
  'override.not_allowed',
  'override.role',
  'override.review_overdue',
  'override.expired',
  'override.life_too_long',
  'override.repeated',
  'override.owner',
  'override.by_approver',
  'override.by_delegator',
  'revocation.not_live',
  'revocation.not_author',
  'abstention.approved',
  'abstention.delegated',
  'abstention.repeated',
  'cancellation.not_allowed',
  'reevaluation.not_allowed',
  'reevaluation.basis',
  'reevaluation.too_often',
  'reevaluation.too_late',
  'reevaluation.policy',
  'reevaluation.evidence',
  'reevaluation.no_standing',
  'reevaluation.unchanged',
  'operation.not_allowed',
  'operation.involved',
  'operation.basis',
  'operation.routed_unknown',
  'operation.too_often',
  'nudge.nobody_awaited',
  'nudge.too_soon',
  'extension.too_late',
  'extension.not_later',
  'extension.beyond_policy',
  'extension.beyond_evidence',
  'reassignment.role',
  'reassignment.from',
  'reassignment.to',
  'claim.not_executor',
  'claim.basis',
  'claim.target',
  'claim.overtaken',
  'claim.restricted',
  'claim.no_standing',
  'claim.policy_withdrawn',
  'claim.key_revoked',
  'claim.candidate_revoked',
  'claim.frozen',
  'claim.evidence_differs',
  'claim.evidence_awaited',
  'claim.authority_missing',
  'claim.outside_window',
  'claim.condition_open',
  'claim.condition_breached',
  'claim.expired',
  'claim.already_cleared',
  'receipt.not_executor',
  'receipt.permit_unknown',
  'receipt.permit_used',
  'receipt.not_cleared',
  'receipt.target',
  'receipt.late',
  'condition.unknown',
  'condition.role',
  'condition.involved',
  'condition.settled',
  'review.not_due',
  'review.no_override',
  'review.cleared',
  'review.role',
  'review.involved',
  'backout.not_closed',
  'backout.not_cleared',
  'backout.cleared',
  'backout.pack',
  'backout.executor',
  'backout.target',
  'backout.candidate',
  'backout.key_revoked',
  'backout.early',
  'decision.not_routed',
  'decision.cleared',
  'order.contested',
  'decision.closed',
] as const;
export type RefusalCode = (typeof REFUSAL_CODES)[number];

/**
 * What stands in the way of a clearance whoever approved: a chain of the tenant that was tampered with, governance's word
 * of the moment, an emergency freeze, or evidence that is no longer what it was when they were asked.
 */
export const OBSTACLE_REFUSALS = [
  'claim.restricted',
  'claim.no_standing',
  'claim.policy_withdrawn',
  'claim.key_revoked',
  'claim.candidate_revoked',
  'claim.frozen',
  'claim.evidence_differs',
  'claim.evidence_awaited',
  'claim.overtaken',
] as const satisfies readonly RefusalCode[];
export type ObstacleCode = (typeof OBSTACLE_REFUSALS)[number];

/** Why nothing can be evaluated anew, from documents that a pack does not hold: with a refusal, the service's word. */
export const REEVALUATION_REFUSALS = [
  'reevaluation.policy',
  'reevaluation.evidence',
  'reevaluation.no_standing',
  'reevaluation.unchanged',
] as const satisfies readonly RefusalCode[];
export type ReevaluationRefusal = (typeof REEVALUATION_REFUSALS)[number];

/** Why a decision that was routed is denied. What denies it before has the codes of the room that evaluates. */
export const REJECTION_CODES = ['authority.rejected'] as const;
export type RejectionCode = (typeof REJECTION_CODES)[number];

/** Why a decision that was routed stops: what it rests on, or who signed for that, counts no more (R90). */
export const STOP_CODES = ['candidate.revoked', 'key.revoked'] as const;
export type StopCode = (typeof STOP_CODES)[number];
