import type { SignerFacts } from '../commands.ts';
import { deadlineOf, endOf, limitsIn } from '../deadline.ts';
import type { RefusalCode } from '../errors.ts';
import type { AuthorityRouted, DecisionEvent, EventDraft, Reminding } from '../events.ts';
import { awaitedIn, hasSaid, isRelieved, widenedIn } from '../notices.ts';
import type { Carried, Operations } from '../state.ts';
import type { ExtensionStatement, NudgeStatement, ReassignmentStatement } from '../statements.ts';
import { DUTIES, earliest, instant, type Timestamp } from '../vocabulary.ts';
import { authorityOf } from './override.ts';
import { type Admitted, hasDelegated, hasOverridden, isBarred, liveAt, type Pending } from './pending.ts';

/**
 * Acts on the waiting, each signed and with a reason: who is waited for is asked once more, the deadline is moved, another
 * is asked. None of them fills a slot, ends or adds a statement, or touches the basis: what was approved before counts
 * after it for what it did.
 */

type Operation = NudgeStatement | ExtensionStatement | ReassignmentStatement;

/** Acts that a decision takes in all: each is an event for ever. */
export const OPERATIONS = 64;

/** Whoever asked may have others asked once more, as they may call it off; an operator may in any case. */
export function refuseNudge(
  { statement, signer }: Admitted<NudgeStatement>,
  state: Pending,
  at: Timestamp,
): RefusalCode | undefined {
  const { operation: rules } = state.routing;
  if (rules === undefined) return 'operation.not_allowed';
  const { actor_role: role } = statement;
  const may = role === undefined ? hasAsked(statement, signer, state) : isOperator(role, signer, state);
  if (!may) return 'operation.not_allowed';
  const refusal = refuseSeen(statement, state);
  if (refusal) return refusal;
  if (awaitedAt(state, at).length === 0) return 'nudge.nobody_awaited';
  const last = state.operations?.nudged;
  if (last !== undefined && instant(at) - instant(last) < rules.nudge_every_s * 1000) return 'nudge.too_soon';
  return undefined;
}

/** Time is the policy's to give, and nobody gives it to a decision of their own. */
export function refuseExtension(
  { statement, signer }: Admitted<ExtensionStatement>,
  state: Pending,
  at: Timestamp,
): RefusalCode | undefined {
  const { extend_until } = state.routing.operation ?? {};
  if (extend_until === undefined) return 'operation.not_allowed';
  const refusal = refuseOperator(statement.actor_role, { statement, signer }, state) ?? refuseSeen(statement, state);
  if (refusal) return refusal;
  // Nothing that has ended comes to life again, whenever the worker comes to its end.
  if (at >= deadlineOf(state).at) return 'extension.too_late';
  const limits = limitsIn(state);
  const { until } = statement;
  if (until <= limits.decision_deadline) return 'extension.not_later';
  if (until > extend_until) return 'extension.beyond_policy';
  return endOf({ ...limits, decision_deadline: until }).at < until ? 'extension.beyond_evidence' : undefined;
}

/** By an operator without a duty here; or by whoever is asked, for themself. */
export function refuseReassignment(
  { statement, signer, from = null, to = null }: Admitted<ReassignmentStatement>,
  state: Pending,
  at: Timestamp,
): RefusalCode | undefined {
  const { actor_role, role } = statement;
  const refusal =
    actor_role !== undefined
      ? refuseOperator(actor_role, { statement, signer }, state)
      : statement.signer === statement.from
        ? undefined
        : 'operation.not_allowed';
  if (refusal) return refusal;
  const unseen = refuseSeen(statement, state);
  if (unseen) return unseen;
  if (!awaitedAt(state, at).some((awaited) => awaited.role === role)) return 'reassignment.role';
  const isAsked =
    isSilent(statement.from, from, role, state, at) && !isRelieved(statement.from, role, state.operations);
  if (!isAsked) return 'reassignment.from';
  const isOther = statement.to !== statement.from && isSilent(statement.to, to, role, state, at);
  return isOther ? undefined : 'reassignment.to';
}

/** What all acts have in common: this very basis, a routing with it, and not too many of them. */
function refuseSeen({ basis, routed }: Operation, state: Pending): RefusalCode | undefined {
  if (basis !== state.routing.basis_digest) return 'operation.basis';
  const seen = [state.routing, ...(state.reevaluated?.earlier ?? [])].some(
    ({ hash, basis_digest }) => hash === routed && basis_digest === basis,
  );
  if (!seen) return 'operation.routed_unknown';
  return (state.operations?.count ?? 0) >= OPERATIONS ? 'operation.too_often' : undefined;
}

function refuseOperator(
  role: string,
  { statement, signer }: Pick<Admitted<Operation>, 'statement' | 'signer'>,
  state: Pending,
): RefusalCode | undefined {
  if (!isOperator(role, signer, state)) return 'operation.not_allowed';
  return hasDuty(statement.signer, signer, state) ? 'operation.involved' : undefined;
}

function isOperator(role: string, { kind, roles }: SignerFacts, { routing }: Pending): boolean {
  return kind === 'person' && routing.operation?.roles.includes(role) === true && roles.includes(role);
}

function hasAsked({ signer }: NudgeStatement, { kind, duties }: SignerFacts, { requested }: Pending): boolean {
  return signer === requested.requester || (kind === 'person' && duties.includes('requester_controller'));
}

function hasDuty(person: string, { duties }: SignerFacts, state: Pending): boolean {
  return DUTIES.some((duty) => isBarred(duty, person, duties, state));
}

/** Could sign in the role now, and has neither done so nor said that they will not. */
function isSilent(person: string, known: SignerFacts | null, role: string, state: Pending, at: Timestamp): boolean {
  if (known === null || known.kind !== 'person' || hasDuty(person, known, state)) return false;
  const wider = widenedIn(state).find((widened) => widened.role === role)?.by ?? [];
  if (![role, ...wider].some((one) => known.roles.includes(one))) return false;
  const hasSpoken = hasSaid(person, state, liveAt(state.approvals, at));
  return !hasSpoken && !hasDelegated(person, state, at) && !hasOverridden(person, state, at);
}

/** Who is waited for at an instant, whether or not the worker has come to what ended by then. */
function awaitedAt(state: Pending, at: Timestamp): readonly Reminding[] {
  // As with reminders: nobody is asked for what no claim would be cleared on any more.
  if (at >= deadlineOf(state).at) return [];
  const approvals = liveAt(state.approvals, at);
  if (authorityOf(state, approvals, liveAt(state.overrides, at)).satisfied) return [];
  const now = { ...state, delegations: liveAt(state.delegations, at) };
  return awaitedIn(now, approvals).map(({ role, signatures, actor_ids }) => ({ role, signatures, actor_ids }));
}

export function decideNudge(
  { digest, statement }: Admitted<NudgeStatement>,
  state: Pending,
  at: Timestamp,
): readonly EventDraft[] {
  return [
    {
      event_type: 'operation.nudged',
      timestamp: at,
      actor_id: statement.signer,
      statement: digest,
      ...actorRole(statement),
      reason: statement.reason,
      waiting_for: awaitedAt(state, at),
    },
  ];
}

export function decideExtension(
  { digest, statement }: Admitted<ExtensionStatement>,
  state: Pending,
  at: Timestamp,
): readonly EventDraft[] {
  return [
    {
      event_type: 'operation.extended',
      timestamp: at,
      actor_id: statement.signer,
      statement: digest,
      actor_role: statement.actor_role,
      reason: statement.reason,
      before: limitsIn(state).decision_deadline,
      until: statement.until,
    },
  ];
}

export function decideReassignment(
  { digest, statement }: Admitted<ReassignmentStatement>,
  at: Timestamp,
): readonly EventDraft[] {
  const { role, from, to } = statement;
  return [
    {
      event_type: 'operation.reassigned',
      timestamp: at,
      actor_id: statement.signer,
      statement: digest,
      ...actorRole(statement),
      role,
      from,
      to,
      reason: statement.reason,
    },
  ];
}

function actorRole({ actor_role }: { readonly actor_role?: string }): { readonly actor_role?: string } {
  return actor_role === undefined ? {} : { actor_role };
}

type OperationEvent = Extract<DecisionEvent, { event_type: `operation.${string}` }>;

export function evolveOperation(state: Pending, event: OperationEvent): Pending {
  const { operations } = state;
  const count = (operations?.count ?? 0) + 1;
  return { ...state, operations: { ...operations, count, ...doneBy(event, operations) } };
}

function doneBy(event: OperationEvent, operations: Operations | undefined): Partial<Operations> {
  switch (event.event_type) {
    case 'operation.nudged':
      return { nudged: event.timestamp };
    case 'operation.extended':
      return { until: event.until };
    case 'operation.reassigned': {
      const { role, from, to } = event;
      // Whom it comes back to is asked again.
      const others = (operations?.reassigned ?? []).filter((one) => one.role !== role || one.from !== to);
      return { reassigned: [...others, { role, from, to }] };
    }
  }
}

/**
 * What goes on under another routing. The deadline stays where it was moved to as far as the new route lets it, and acts go
 * on being counted; on another basis everybody is asked anew.
 */
export function operationsAnew(
  carried: Carried | undefined,
  { basis_digest, limits, operation }: Pick<AuthorityRouted, 'basis_digest' | 'limits' | 'operation'>,
): Pick<Pending, 'operations'> {
  if (carried?.operations === undefined) return {};
  const { until: moved, reassigned, ...rest } = carried.operations;
  const until = earliest(moved ?? limits.decision_deadline, operation?.extend_until ?? limits.decision_deadline);
  return {
    operations: {
      ...rest,
      ...(until > limits.decision_deadline ? { until } : {}),
      ...(reassigned === undefined || carried.basis_digest !== basis_digest ? {} : { reassigned }),
    },
  };
}
