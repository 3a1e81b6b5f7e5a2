import type { AdmittedStatement } from '../commands.ts';
import type { RefusalCode, RejectionCode } from '../errors.ts';
import type { Assignment, DecisionEvent, EventDraft } from '../events.ts';
import { matchSlots } from '../matching.ts';
import type { LiveApproval, StateAt } from '../state.ts';
import type { ApprovalStatement, CancellationStatement, RejectionStatement } from '../statements.ts';
import { type DigestText, type Duty, instant, SYSTEM_ACTOR, type Timestamp } from '../vocabulary.ts';

type Pending = StateAt<'routed'> | StateAt<'authorized'>;
type Admitted<S> = Omit<AdmittedStatement, 'statement'> & { readonly statement: S };

/** Refusals by duty, the gravest first. */
const BY_DUTY = [
  ['requester', 'approval.by_requester'],
  ['requester_controller', 'approval.by_requester_controller'],
  ['candidate_creator', 'approval.by_candidate_creator'],
  ['evidence_author', 'approval.by_evidence_author'],
] as const satisfies readonly (readonly [Duty, RefusalCode])[];

/** Why an approval does not count here, or undefined where it does (R41-R50, ruling 7). */
export function refuseApproval(
  { statement, signer }: Admitted<ApprovalStatement>,
  state: Pending,
  at: Timestamp,
): RefusalCode | undefined {
  const refusal = refuseVerdict({ statement, signer }, state);
  if (refusal) return refusal;
  if (statement.expires_at <= at) return 'approval.expired';
  const lifeMs = instant(statement.expires_at) - instant(at);
  if (lifeMs > state.routing.limits.approval_life_s * 1000) return 'approval.life_too_long';
  if (liveAt(state.approvals, at).some((live) => live.actor_id === statement.signer)) return 'approval.repeated';
  return undefined;
}

/** What approvals and rejections share: a person, not barred, who holds a role the route asks for, on this very basis. */
export function refuseVerdict(
  { statement, signer }: Pick<Admitted<ApprovalStatement | RejectionStatement>, 'statement' | 'signer'>,
  state: Pending,
): RefusalCode | undefined {
  for (const [duty, code] of BY_DUTY) if (isBarred(duty, statement.signer, signer.duties, state)) return code;
  if (signer.kind !== 'person') return 'approval.by_workload';
  if (statement.basis !== state.routing.basis_digest) return 'approval.basis';
  if (statement.routed !== state.routing.hash) return 'approval.routed_unknown';
  if (statement.brief !== state.routing.brief) return 'approval.brief';
  if (!statement.roles.every((role) => signer.roles.includes(role))) return 'approval.role_not_held';
  if (!statement.roles.some((role) => state.routing.required_roles.includes(role))) return 'approval.role_not_required';
  return undefined;
}

/** Both the fresh facts and the list frozen at routing bar: neither may lose a duty that the other shows. */
function isBarred(duty: Duty, person: string, duties: readonly Duty[], state: Pending): boolean {
  const frozen = state.routing.barred.find((barred) => barred.actor_id === person);
  return duties.includes(duty) || (frozen?.duties.includes(duty) ?? false);
}

export function decideApproval(
  { digest, statement }: Admitted<ApprovalStatement>,
  state: Pending,
  at: Timestamp,
): readonly EventDraft[] {
  const live: LiveApproval = {
    statement: digest,
    actor_id: statement.signer,
    roles: statement.roles,
    expires_at: statement.expires_at,
  };
  const { assignment, satisfied } = matchSlots(state.routing.slots, [...liveAt(state.approvals, at), live]);
  return [
    {
      event_type: 'authority.approved',
      timestamp: at,
      actor_id: statement.signer,
      statement: digest,
      role: assignment.find((filled) => filled.statement === digest)?.role ?? null,
      roles: statement.roles,
      scope: statement.scope,
      approved_at: statement.signed_at,
      expires_at: statement.expires_at,
      rationale: statement.rationale,
      assignment,
      satisfied,
    },
  ];
}

/** One rejection ends the decision (R51). */
export function decideRejection(
  { digest, statement }: Admitted<RejectionStatement>,
  at: Timestamp,
): readonly EventDraft[] {
  return [
    {
      event_type: 'authority.rejected',
      timestamp: at,
      actor_id: statement.signer,
      statement: digest,
      roles: statement.roles,
      reason: statement.reason,
    },
    {
      event_type: 'decision.denied',
      timestamp: at,
      actor_id: SYSTEM_ACTOR,
      code: 'authority.rejected' satisfies RejectionCode,
      detail: `rejected by ${statement.signer} in the role ${statement.roles.join(', ')}`,
      policy: null,
      roster: null,
    },
  ];
}

/** Who asked, the persons who control who asked, and persons in the roles that the policy names may call it off. */
export function refuseCancellation(
  { statement, signer }: Admitted<CancellationStatement>,
  requester: string,
  cancelRoles: readonly string[],
): RefusalCode | undefined {
  if (statement.signer === requester) return undefined;
  // Another workload of the same controllers has this duty too, and no say.
  if (signer.kind !== 'person') return 'cancellation.not_allowed';
  if (signer.duties.includes('requester_controller')) return undefined;
  return signer.roles.some((role) => cancelRoles.includes(role)) ? undefined : 'cancellation.not_allowed';
}

export function decideCancellation(
  { digest, statement }: Admitted<CancellationStatement>,
  at: Timestamp,
): readonly EventDraft[] {
  return [
    {
      event_type: 'decision.cancelled',
      timestamp: at,
      actor_id: statement.signer,
      statement: digest,
      reason: statement.reason,
    },
  ];
}

/** Approvals whose life ended by `at`, and who fills what without them. */
export function decideAuthorityExpired(state: Pending, at: Timestamp): readonly EventDraft[] {
  const live = liveAt(state.approvals, at);
  if (live.length === state.approvals.length) return [];
  const ended = state.approvals.filter((approval) => !live.includes(approval));
  const { assignment, satisfied } = matchSlots(state.routing.slots, live);
  return [
    {
      event_type: 'authority.expired',
      timestamp: at,
      actor_id: SYSTEM_ACTOR,
      statements: ended.map((approval) => approval.statement).sort(),
      assignment,
      satisfied,
    },
  ];
}

/** An approval is dead at its very expiry: the instant belongs to the timeout (R47). */
export function liveAt(approvals: readonly LiveApproval[], at: Timestamp): readonly LiveApproval[] {
  return approvals.filter((approval) => approval.expires_at > at);
}

/** Approvals that may count for a clearance at `at`. */
export function eligibleAt(
  approvals: readonly LiveApproval[],
  at: Timestamp,
  ineligible: readonly DigestText[],
): readonly LiveApproval[] {
  return liveAt(approvals, at).filter((approval) => !ineligible.includes(approval.statement));
}

export function evolveRouted(
  state: StateAt<'risk_evaluated'>,
  event: Extract<DecisionEvent, { event_type: 'authority.routed' }>,
): StateAt<'routed'> | StateAt<'authorized'> {
  const { basis_digest, route, required_roles, slots, roster, barred, candidates, brief } = event;
  const { cancel_roles, executors, limits, satisfied } = event;
  return {
    ...state,
    stage: satisfied ? 'authorized' : 'routed',
    routing: {
      hash: event.integrity_hash,
      at: event.timestamp,
      basis_digest,
      route,
      required_roles,
      slots,
      roster,
      barred,
      candidates,
      brief,
      cancel_roles,
      executors,
      limits,
      satisfied,
    },
    approvals: [],
    assignment: [],
  };
}

export function evolveApproved(
  state: Pending,
  event: Extract<DecisionEvent, { event_type: 'authority.approved' }>,
): Pending {
  const live: LiveApproval = {
    statement: event.statement,
    actor_id: event.actor_id,
    roles: event.roles,
    expires_at: event.expires_at,
  };
  const approvals = [...liveAt(state.approvals, event.timestamp), live];
  return pending(state, approvals, event.assignment, event.satisfied);
}

export function evolveAuthorityExpired(
  state: Pending,
  event: Extract<DecisionEvent, { event_type: 'authority.expired' }>,
): Pending {
  const approvals = state.approvals.filter((approval) => !event.statements.includes(approval.statement));
  return pending(state, approvals, event.assignment, event.satisfied);
}

function pending(
  state: Pending,
  approvals: readonly LiveApproval[],
  assignment: readonly Assignment[],
  satisfied: boolean,
): Pending {
  return { ...state, stage: satisfied ? 'authorized' : 'routed', approvals, assignment };
}
