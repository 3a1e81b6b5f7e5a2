import type { RefusalCode, RejectionCode } from '../errors.ts';
import type { Assignment, DecisionEvent, EventDraft } from '../events.ts';
import { fillsOf, rolesAsked } from '../notices.ts';
import type { Carried, LiveApproval, Reevaluated, StateAt, Withdrawal } from '../state.ts';
import type {
  AbstentionStatement,
  ApprovalStatement,
  CancellationStatement,
  RejectionStatement,
  RevocationStatement,
} from '../statements.ts';
import { type DigestText, instant, SYSTEM_ACTOR, type Timestamp } from '../vocabulary.ts';
import { conditionsOf, refuseConditions } from './condition.ts';
import { refuseDelegated } from './delegation.ts';
import { operationsAnew } from './operation.ts';
import { authorityOf } from './override.ts';
import {
  type Admitted,
  hasDelegated,
  hasOverridden,
  isLive,
  liveAt,
  type Pending,
  refuseBinding,
  refuseSuperseding,
  superseded,
  withdrawalOf,
} from './pending.ts';

/** Why an approval does not count here, or undefined where it does (R41-R50, ruling 7). */
export function refuseApproval(
  { statement, signer, stops }: Admitted<ApprovalStatement>,
  state: Pending,
  at: Timestamp,
): RefusalCode | undefined {
  const refusal =
    statement.delegation === undefined
      ? refuseVerdict({ statement, signer }, state)
      : (refuseBinding({ statement, signer }, state) ?? refuseDelegated(statement, state, at));
  if (refusal) return refusal;
  if (statement.expires_at <= at) return 'approval.expired';
  const lifeMs = instant(statement.expires_at) - instant(at);
  if (lifeMs > state.routing.limits.approval_life_s * 1000) return 'approval.life_too_long';
  if (isLive(statement.signer, state, at)) return 'approval.repeated';
  if (hasOverridden(statement.signer, state, at)) return 'approval.by_overrider';
  // One slot a person: who has given theirs away fills none, also not in somebody else's place.
  if (hasDelegated(statement.signer, state, at)) return 'approval.by_delegator';
  return refuseConditions(statement, stops, at) ?? refuseSuperseding(statement, state);
}

/** What approvals, rejections and abstentions share: a person, not barred, who holds a role the route asks for, on this very basis. */
function refuseVerdict(
  {
    statement,
    signer,
  }: Pick<Admitted<ApprovalStatement | RejectionStatement | AbstentionStatement>, 'statement' | 'signer'>,
  state: Pending,
): RefusalCode | undefined {
  const binding = refuseBinding({ statement, signer }, state);
  if (binding) return binding;
  if (!statement.roles.every((role) => signer.roles.includes(role))) return 'approval.role_not_held';
  const asked = rolesAsked(state);
  if (!statement.roles.some((role) => asked.includes(role))) return 'approval.role_not_required';
  return undefined;
}

/** A rejection counts from whomever the route asks, and from whoever has a veto: to stop takes no slot. */
export function refuseRejection(admitted: Admitted<RejectionStatement>, state: Pending): RefusalCode | undefined {
  const refusal = refuseVerdict(admitted, state);
  const { veto_roles: vetoes = [] } = state.routing;
  const hasVeto = admitted.statement.roles.some((role) => vetoes.includes(role));
  return refusal === 'approval.role_not_required' && hasVeto ? undefined : refusal;
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
    ...(statement.delegation === undefined ? fillsOf(statement.roles, state) : {}),
    expires_at: statement.expires_at,
    ...delegationOf(statement),
    ...conditionsOf(statement),
  };
  const approvals = [...liveAt(state.approvals, at), live];
  const { assignment, satisfied } = authorityOf(state, approvals, liveAt(state.overrides, at));
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
      ...delegationOf(statement),
      ...(statement.conditions === undefined ? {} : { conditions: statement.conditions }),
      assignment,
      satisfied,
    },
  ];
}

/** The member by which an approval names the delegation that it rests on. */
function delegationOf({ delegation }: { readonly delegation?: DigestText }): { readonly delegation?: DigestText } {
  return delegation === undefined ? {} : { delegation };
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

/** Whoever approved or delegated may take it back until clearance, and nobody else may (ruling 10). */
export function refuseRevocation(
  { statement }: Admitted<RevocationStatement>,
  state: Pending,
  at: Timestamp,
): RefusalCode | undefined {
  const standing = [...liveAt(state.approvals, at), ...liveAt(state.overrides, at), ...liveAt(state.delegations, at)];
  const live = standing.find((one) => one.statement === statement.approval);
  if (live === undefined) return 'revocation.not_live';
  return live.actor_id === statement.signer ? undefined : 'revocation.not_author';
}

export function decideRevocation(
  { digest, statement }: Admitted<RevocationStatement>,
  state: Pending,
  at: Timestamp,
): readonly EventDraft[] {
  const ends = endingWith(statement.signer, state);
  const { assignment, satisfied } = authorityOf(
    state,
    liveAt(state.approvals, at).filter((approval) => !ends(approval)),
    liveAt(state.overrides, at).filter((override) => !ends(override)),
  );
  return [
    {
      event_type: 'authority.revoked',
      timestamp: at,
      actor_id: statement.signer,
      statement: digest,
      revoked: [...state.approvals, ...state.overrides, ...state.delegations]
        .filter(ends)
        .map((one) => one.statement)
        .sort(),
      reason: statement.reason,
      assignment,
      satisfied,
    },
  ];
}

/** What ends when a person takes their word back: all that they gave here, and what others gave in their place. */
function endingWith(
  person: string,
  { delegations }: Pending,
): (one: { readonly actor_id: string; readonly delegation?: DigestText }) => boolean {
  const given = delegations.filter(({ actor_id }) => actor_id === person).map(({ statement }) => statement);
  return ({ actor_id, delegation }) => actor_id === person || (delegation !== undefined && given.includes(delegation));
}

/** Who abstains is one who could approve, and has neither approved, delegated nor withdrawn here. */
export function refuseAbstention(
  { statement, signer }: Admitted<AbstentionStatement>,
  state: Pending,
  at: Timestamp,
): RefusalCode | undefined {
  // Whoever may override may abstain as well: it makes what they signed before and nobody has brought count no more.
  const refusal = offersOverride(statement, signer.roles, state)
    ? refuseBinding({ statement, signer }, state)
    : refuseVerdict({ statement, signer }, state);
  if (refusal) return refusal;
  if (isLive(statement.signer, state, at)) return 'abstention.approved';
  if (hasOverridden(statement.signer, state, at)) return 'abstention.approved';
  if (hasDelegated(statement.signer, state, at)) return 'abstention.delegated';
  const withdrawal = withdrawalOf(statement.signer, state);
  return withdrawal === undefined || withdrawal.superseded ? undefined : 'abstention.repeated';
}

function offersOverride({ roles }: AbstentionStatement, held: readonly string[], { routing }: Pending): boolean {
  const role = routing.breakglass?.role;
  return role !== undefined && roles.every((offered) => offered === role && held.includes(role));
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

/** What of its own ended by `at`, and who fills what without them. */
export function decideAuthorityExpired(
  state: Pending,
  at: Timestamp,
): readonly Extract<EventDraft, { event_type: 'authority.expired' }>[] {
  const approvals = liveAt(state.approvals, at);
  const overrides = liveAt(state.overrides, at);
  const live = new Set(
    [...approvals, ...overrides, ...liveAt(state.delegations, at)].map(({ statement }) => statement),
  );
  const ended = [...state.approvals, ...state.overrides, ...state.delegations].filter(
    ({ statement }) => !live.has(statement),
  );
  if (ended.length === 0) return [];
  const { assignment, satisfied } = authorityOf(state, approvals, overrides);
  return [
    {
      event_type: 'authority.expired',
      timestamp: at,
      actor_id: SYSTEM_ACTOR,
      statements: ended.map(({ statement }) => statement).sort(),
      assignment,
      satisfied,
    },
  ];
}

/** Approvals or overrides that may count for a clearance at `at`; one in somebody's place only while both still may. */
export function eligibleAt<
  T extends { readonly statement: DigestText; readonly expires_at: Timestamp; readonly delegation?: DigestText },
>(standing: readonly T[], at: Timestamp, ineligible: readonly DigestText[]): readonly T[] {
  return liveAt(standing, at).filter(
    ({ statement, delegation }) =>
      !ineligible.includes(statement) && (delegation === undefined || !ineligible.includes(delegation)),
  );
}

export function evolveRouted(
  state: StateAt<'risk_evaluated'>,
  event: Extract<DecisionEvent, { event_type: 'authority.routed' }>,
): StateAt<'routed'> | StateAt<'authorized'> {
  const { basis_digest, route, required_roles, slots, roster, barred, candidates, brief } = event;
  const { cancel_roles, executors, limits, satisfied, breakglass, delegation, reminders, escalation, windows } = event;
  const { operation, ancestry, veto_roles } = event;
  const { reevaluated, ...rest } = state;
  const { carried, ...done } = reevaluated ?? {};
  const stands = ({ statement }: { readonly statement: DigestText }): boolean =>
    event.kept?.includes(statement) ?? false;
  return {
    ...rest,
    ...(reevaluated === undefined ? {} : { reevaluated: done as Reevaluated }),
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
      ...(veto_roles === undefined ? {} : { veto_roles }),
      executors,
      limits,
      satisfied,
      ...(breakglass === undefined ? {} : { breakglass }),
      ...(reminders === undefined ? {} : { reminders }),
      ...(escalation === undefined ? {} : { escalation }),
      ...(windows === undefined ? {} : { windows }),
      ...(delegation === undefined ? {} : { delegation }),
      ...(operation === undefined ? {} : { operation }),
      ...(ancestry === undefined ? {} : { ancestry }),
    },
    approvals: carried?.approvals.filter(stands) ?? [],
    overrides: carried?.overrides.filter(stands) ?? [],
    delegations: carried?.delegations.filter(stands) ?? [],
    assignment: event.assignment ?? [],
    withdrawn: carried?.withdrawn ?? {},
    ...noticed(carried, event),
    ...operationsAnew(carried, event),
  };
}

/** On the same basis and route the instants are the same: what has come has come, and goes on letting people sign. */
function noticed(
  carried: Carried | undefined,
  { basis_digest, route }: Extract<DecisionEvent, { event_type: 'authority.routed' }>,
): Pick<Pending, 'reminded' | 'escalated'> {
  if (carried === undefined || carried.basis_digest !== basis_digest || carried.route !== route) return {};
  const { reminded, escalated } = carried;
  return {
    ...(reminded === undefined ? {} : { reminded }),
    ...(escalated === undefined ? {} : { escalated }),
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
    ...(event.delegation === undefined ? fillsOf(event.roles, state) : {}),
    expires_at: event.expires_at,
    ...delegationOf(event),
    ...conditionsOf(event),
  };
  const approvals = [...liveAt(state.approvals, event.timestamp), live];
  return pending(superseded(state, event.actor_id), approvals, event.assignment, event.satisfied);
}

export function evolveAuthorityExpired(
  state: Pending,
  event: Extract<EventDraft, { event_type: 'authority.expired' }>,
): Pending {
  const stands = ({ statement }: { readonly statement: DigestText }): boolean => !event.statements.includes(statement);
  const overrides = state.overrides.filter(stands);
  const delegations = state.delegations.filter(stands);
  return pending(
    { ...state, overrides, delegations },
    state.approvals.filter(stands),
    event.assignment,
    event.satisfied,
  );
}

export function evolveRevoked(
  state: Pending,
  event: Extract<DecisionEvent, { event_type: 'authority.revoked' }>,
): Pending {
  const stands = ({ statement }: { readonly statement: DigestText }): boolean => !event.revoked.includes(statement);
  const approvals = liveAt(state.approvals, event.timestamp).filter(stands);
  const overrides = liveAt(state.overrides, event.timestamp).filter(stands);
  const delegations = state.delegations.filter(stands);
  const left = withdraw({ ...state, overrides, delegations }, event, 'revocation');
  return pending(left, approvals, event.assignment, event.satisfied);
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
  const times = (withdrawalOf(actor_id, state)?.times ?? 0) + 1;
  const withdrawal = { statement, by, times, superseded: false };
  return { ...state, withdrawn: { ...state.withdrawn, [actor_id]: withdrawal } };
}

function pending(
  state: Pending,
  approvals: readonly LiveApproval[],
  assignment: readonly Assignment[],
  satisfied: boolean,
): Pending {
  return { ...state, stage: satisfied ? 'authorized' : 'routed', approvals, assignment };
}
