import type { AdmittedStatement } from '../commands.ts';
import type { RefusalCode, RejectionCode } from '../errors.ts';
import type { Assignment, DecisionEvent, EventDraft } from '../events.ts';
import { matchSlots } from '../matching.ts';
import type { LiveApproval, StateAt, Withdrawal } from '../state.ts';
import type {
  AbstentionStatement,
  ApprovalStatement,
  CancellationStatement,
  RejectionStatement,
  RevocationStatement,
  SubmittedStatement,
} from '../statements.ts';
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
  if (isLive(statement.signer, state, at)) return 'approval.repeated';
  return statement.supersedes === withdrawnBy(statement.signer, state) ? undefined : 'approval.supersedes';
}

/** What approvals, rejections and abstentions share: a person, not barred, who holds a role the route asks for, on this very basis. */
export function refuseVerdict(
  {
    statement,
    signer,
  }: Pick<Admitted<ApprovalStatement | RejectionStatement | AbstentionStatement>, 'statement' | 'signer'>,
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

/** Whoever approved may take it back until clearance, and nobody else may (ruling 10). */
export function refuseRevocation(
  { statement }: Admitted<RevocationStatement>,
  state: Pending,
  at: Timestamp,
): RefusalCode | undefined {
  const live = liveAt(state.approvals, at).find((approval) => approval.statement === statement.approval);
  if (live === undefined) return 'revocation.not_live';
  return live.actor_id === statement.signer ? undefined : 'revocation.not_author';
}

export function decideRevocation(
  { digest, statement }: Admitted<RevocationStatement>,
  state: Pending,
  at: Timestamp,
): readonly EventDraft[] {
  const isOwn = (approval: LiveApproval): boolean => approval.actor_id === statement.signer;
  const others = liveAt(state.approvals, at).filter((approval) => !isOwn(approval));
  const { assignment, satisfied } = matchSlots(state.routing.slots, others);
  return [
    {
      event_type: 'authority.revoked',
      timestamp: at,
      actor_id: statement.signer,
      statement: digest,
      revoked: state.approvals
        .filter(isOwn)
        .map((approval) => approval.statement)
        .sort(),
      reason: statement.reason,
      assignment,
      satisfied,
    },
  ];
}

/** Who abstains is one who could approve, and has neither approved nor withdrawn here. */
export function refuseAbstention(
  { statement, signer }: Admitted<AbstentionStatement>,
  state: Pending,
  at: Timestamp,
): RefusalCode | undefined {
  const refusal = refuseVerdict({ statement, signer }, state);
  if (refusal) return refusal;
  if (isLive(statement.signer, state, at)) return 'abstention.approved';
  return withdrawnBy(statement.signer, state) === undefined ? undefined : 'abstention.repeated';
}

export function decideAbstention(
  { digest, statement }: Admitted<AbstentionStatement>,
  at: Timestamp,
): readonly EventDraft[] {
  return [
    {
      event_type: 'authority.abstained',
      timestamp: at,
      actor_id: statement.signer,
      statement: digest,
      roles: statement.roles,
      reason: statement.reason,
    },
  ];
}

/** Kinds that would have stood against a clearance. */
const AGAINST: readonly SubmittedStatement['_type'][] = [
  'application/vnd.countersign.rejection.v1+json',
  'application/vnd.countersign.revocation.v1+json',
  'application/vnd.countersign.cancellation.v1+json',
];

/**
 * True of a statement against a clearance that claims to have been signed before it and stands after it: whether it was
 * backdated or held back is not for the service to say (ruling 10).
 */
export function isContested({ _type, signed_at }: SubmittedStatement, clearedAt: Timestamp): boolean {
  return AGAINST.includes(_type) && signed_at < clearedAt;
}

function isLive(person: string, { approvals }: Pending, at: Timestamp): boolean {
  return liveAt(approvals, at).some((live) => live.actor_id === person);
}

function withdrawnBy(person: string, { withdrawn }: Pending): DigestText | undefined {
  return Object.hasOwn(withdrawn, person) ? withdrawn[person]?.statement : undefined;
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
    withdrawn: {},
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

export function evolveRevoked(
  state: Pending,
  event: Extract<DecisionEvent, { event_type: 'authority.revoked' }>,
): Pending {
  const approvals = liveAt(state.approvals, event.timestamp).filter(
    (approval) => !event.revoked.includes(approval.statement),
  );
  return pending(withdraw(state, event, 'revocation'), approvals, event.assignment, event.satisfied);
}

export function evolveAbstained(
  state: Pending,
  event: Extract<DecisionEvent, { event_type: 'authority.abstained' }>,
): Pending {
  return withdraw(state, event, 'abstention');
}

function withdraw(
  state: Pending,
  { actor_id, statement }: { readonly actor_id: string; readonly statement: DigestText },
  by: Withdrawal['by'],
): Pending {
  return { ...state, withdrawn: { ...state.withdrawn, [actor_id]: { statement, by } } };
}

function pending(
  state: Pending,
  approvals: readonly LiveApproval[],
  assignment: readonly Assignment[],
  satisfied: boolean,
): Pending {
  return { ...state, stage: satisfied ? 'authorized' : 'routed', approvals, assignment };
}
