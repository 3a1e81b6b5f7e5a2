import type { RefusalCode } from '../errors.ts';
import type { DecisionEvent, EventDraft } from '../events.ts';
import type { LiveDelegation } from '../state.ts';
import type { ApprovalStatement, DelegationStatement } from '../statements.ts';
import { DUTIES, instant, type Timestamp } from '../vocabulary.ts';
import {
  type Admitted,
  hasDelegated,
  hasOverridden,
  isBarred,
  isLive,
  liveAt,
  type Pending,
  refuseBinding,
  refuseSuperseding,
  superseded,
} from './pending.ts';

/**
 * One person approves in the place of another, in one role, in one decision. Who delegates has spent their slot: while the
 * delegation lives they neither approve nor override, so that the two never both count. Nobody is at once who delegates
 * and to whom it was delegated: nothing is passed on, and no two trade places.
 */

export function refuseDelegation(
  { statement, signer, delegate = null }: Admitted<DelegationStatement>,
  state: Pending,
  at: Timestamp,
): RefusalCode | undefined {
  const binding = refuseBinding({ statement, signer }, state);
  if (binding) return binding;
  if (!signer.roles.includes(statement.role)) return 'approval.role_not_held';
  const { required_roles, delegation: rules } = state.routing;
  if (!required_roles.includes(statement.role)) return 'approval.role_not_required';
  if (rules === undefined || !rules.roles.includes(statement.role)) return 'delegation.not_allowed';
  if (statement.expires_at <= at) return 'delegation.expired';
  // From its signature on: one that was held back must not come to life late.
  const begins = Math.min(instant(statement.signed_at), instant(at));
  if (instant(statement.expires_at) - begins > rules.life_s * 1000) return 'delegation.life_too_long';
  if (isLive(statement.signer, state, at) || hasOverridden(statement.signer, state, at))
    return 'delegation.by_approver';
  if (hasDelegated(statement.signer, state, at)) return 'delegation.repeated';
  return refuseDelegate(statement, delegate, state, at) ?? refuseSuperseding(statement, state);
}

/** Duties bar whoever would approve in somebody's place as they bar whoever approves (ruling 7). */
function refuseDelegate(
  { signer, delegate }: DelegationStatement,
  known: NonNullable<Admitted<DelegationStatement>['delegate']> | null,
  state: Pending,
  at: Timestamp,
): RefusalCode | undefined {
  if (delegate === signer || known === null || known.kind !== 'person') return 'delegation.delegate';
  if (DUTIES.some((duty) => isBarred(duty, delegate, known.duties, state))) return 'delegation.delegate';
  const isDelegate = liveAt(state.delegations, at).some((live) => live.delegate === signer);
  return isDelegate || hasDelegated(delegate, state, at) ? 'delegation.passed_on' : undefined;
}

/** Why an approval does not count in the place of whom it names, or undefined where it does. */
export function refuseDelegated(
  { signer, roles, delegation, expires_at }: ApprovalStatement,
  state: Pending,
  at: Timestamp,
): RefusalCode | undefined {
  const live = liveAt(state.delegations, at).find(({ statement }) => statement === delegation);
  if (live === undefined || live.delegate !== signer) return 'approval.delegation';
  if (roles.length !== 1 || roles[0] !== live.role) return 'approval.delegation';
  return expires_at > live.expires_at ? 'approval.outlives_delegation' : undefined;
}

export function decideDelegation(
  { digest, statement }: Admitted<DelegationStatement>,
  at: Timestamp,
): readonly EventDraft[] {
  const { signer, delegate, role, reason, signed_at, expires_at } = statement;
  return [
    {
      event_type: 'authority.delegated',
      timestamp: at,
      actor_id: signer,
      statement: digest,
      delegate,
      role,
      reason,
      delegated_at: signed_at,
      expires_at,
    },
  ];
}

export function evolveDelegated(
  state: Pending,
  event: Extract<DecisionEvent, { event_type: 'authority.delegated' }>,
): Pending {
  const { statement, actor_id, delegate, role, expires_at } = event;
  const live: LiveDelegation = { statement, actor_id, delegate, role, expires_at };
  return { ...superseded(state, actor_id), delegations: [...liveAt(state.delegations, event.timestamp), live] };
}
