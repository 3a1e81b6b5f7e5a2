import type { RefusalCode } from '../errors.ts';
import type { Assignment, DecisionEvent, EventDraft, Slot } from '../events.ts';
import { matchSlots } from '../matching.ts';
import { offerOf } from '../notices.ts';
import type { LiveApproval, LiveOverride, StateAt } from '../state.ts';
import type { OverrideStatement } from '../statements.ts';
import { type DigestText, instant, type Timestamp } from '../vocabulary.ts';
import {
  type Admitted,
  hasDelegated,
  isLive,
  liveAt,
  type Pending,
  refuseBinding,
  refuseSuperseding,
  superseded,
} from './pending.ts';

/**
 * Break-glass (R57-R61, ruling 11): an approval with a higher bar, by a role and a key of its own, that waives the slots
 * which are still open. It waives people and nothing else: hard gates have denied before, the basis is the same, the
 * ledger must confirm, and the permit ends with it.
 */

/** What the approvals and overrides that stand amount to. */
export interface Authority {
  readonly assignment: readonly Assignment[];
  readonly satisfied: boolean;
  /** Positions that nobody fills and an override waives; empty where none is needed. */
  readonly waived: readonly Slot[];
}

export function authorityOf(
  state: Pending,
  approvals: readonly LiveApproval[],
  overrides: readonly LiveOverride[],
): Authority {
  const { slots } = state.routing;
  const { assignment, satisfied } = matchSlots(slots, approvals.map(offerOf));
  if (satisfied || overrides.length === 0) return { assignment, satisfied, waived: [] };
  const persons = new Set([...assignment, ...overrides].map(({ actor_id }) => actor_id));
  return {
    assignment,
    satisfied: persons.size >= leastPersons(state.risk.risk_band),
    waived: openSlots(slots, assignment),
  };
}

/** Of approvers and those who override together: critical takes two, whatever is broken (ruling 11). */
export function leastPersons(band: StateAt<'routed'>['risk']['risk_band']): number {
  return band === 'critical' ? 2 : 1;
}

/** Positions that an assignment leaves open, by role, sorted. */
export function openSlots(slots: readonly Slot[], assignment: readonly Assignment[]): readonly Slot[] {
  const open = new Map<string, number>();
  for (const { role, signatures } of slots) open.set(role, (open.get(role) ?? 0) + signatures);
  for (const { role } of assignment) open.set(role, (open.get(role) ?? 0) - 1);
  return [...open]
    .filter(([, signatures]) => signatures > 0)
    .map(([role, signatures]) => ({ role, signatures }))
    .sort((a, b) => (a.role < b.role ? -1 : 1));
}

export function refuseOverride(
  { statement, signer, owner = null, overdue }: Admitted<OverrideStatement>,
  state: Pending,
  at: Timestamp,
): RefusalCode | undefined {
  const binding = refuseBinding({ statement, signer }, state);
  if (binding) return binding;
  const { breakglass } = state.routing;
  if (breakglass === undefined) return 'override.not_allowed';
  if (statement.role !== breakglass.role || !signer.roles.includes(statement.role)) return 'override.role';
  if (overdue !== undefined) return 'override.review_overdue';
  if (statement.expires_at <= at) return 'override.expired';
  // From its signature on: one that was held back must not come to life late.
  const begins = Math.min(instant(statement.signed_at), instant(at));
  if (instant(statement.expires_at) - begins > breakglass.life_s * 1000) return 'override.life_too_long';
  if (owner === null || owner.kind !== 'person' || owner.duties.length > 0) return 'override.owner';
  if (isLive(statement.signer, state, at)) return 'override.by_approver';
  if (hasDelegated(statement.signer, state, at)) return 'override.by_delegator';
  const live = liveAt(state.overrides, at);
  if (live.some((override) => override.actor_id === statement.signer)) return 'override.repeated';
  return refuseSuperseding(statement, state);
}

export function decideOverride(
  { digest, statement }: Admitted<OverrideStatement>,
  state: Pending,
  at: Timestamp,
): readonly EventDraft[] {
  const { signer, role, owner, controls, reason, signed_at, expires_at } = statement;
  const overrides = [...liveAt(state.overrides, at), { statement: digest, actor_id: signer, expires_at }];
  const { assignment, satisfied, waived } = authorityOf(state, liveAt(state.approvals, at), overrides);
  return [
    {
      event_type: 'override.breakglass',
      timestamp: at,
      actor_id: signer,
      statement: digest,
      role,
      owner,
      controls,
      reason,
      overridden_at: signed_at,
      expires_at,
      waived,
      assignment,
      satisfied,
    },
  ];
}

/** What a clearance says of the overrides that it rests on; nothing where it rests on none. */
export function overrideOf(
  state: Pending,
  overrides: readonly { readonly statement: DigestText }[],
  waived: readonly Slot[],
  reviewBy: Timestamp,
): { readonly override?: NonNullable<Extract<EventDraft, { event_type: 'execution.cleared' }>['override']> } {
  if (waived.length === 0 || state.routing.breakglass === undefined) return {};
  const statements = overrides.map(({ statement }) => statement).sort();
  return { override: { statements, waived, review_role: state.routing.breakglass.review_role, review_by: reviewBy } };
}

export function evolveOverridden(
  state: Pending,
  event: Extract<DecisionEvent, { event_type: 'override.breakglass' }>,
): Pending {
  const { statement, actor_id, expires_at, assignment, satisfied } = event;
  const overrides = [...liveAt(state.overrides, event.timestamp), { statement, actor_id, expires_at }];
  return { ...superseded(state, actor_id), stage: satisfied ? 'authorized' : 'routed', overrides, assignment };
}
