import type { EscalationStep, Reminding, RoleCandidates, Widened } from './events.ts';
import { matchSlots, type Offer } from './matching.ts';
import type { LiveApproval, StateAt } from './state.ts';
import type { Timestamp } from './vocabulary.ts';

/**
 * Who is reminded, and which wider roles may sign in somebody's stead, once instants that were fixed at routing have
 * come. A timeout never approves (ruling 17): a step lets more people sign, and counts nothing that was signed before it
 * for more than it did then.
 */

type Pending = StateAt<'routed'> | StateAt<'authorized'>;

/** What time brings about while signatures are missing. */
export type Notice =
  | { readonly kind: 'reminder'; readonly at: Timestamp }
  /** `step` from 1. */
  | { readonly kind: 'escalation'; readonly at: Timestamp; readonly step: number; readonly what: EscalationStep };

/**
 * Notices that have not gone out, soonest first. A reminder whose time came while nobody was waited for is passed over;
 * a step of escalation is made up for, since what was approved then is open again now.
 */
export function noticesAhead(state: Pending): readonly Notice[] {
  if (state.stage !== 'routed') return [];
  const { reminders = [], escalation = [] } = state.routing;
  const steps = escalation.map((what, i): Notice => ({ kind: 'escalation', at: what.at, step: i + 1, what }));
  return [
    ...steps.slice(state.escalated ?? 0),
    ...reminders
      .filter((at) => at >= state.since && (state.reminded === undefined || at > state.reminded))
      .map((at): Notice => ({ kind: 'reminder', at })),
  ].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

/** Steps of escalation that have come, widened together: one entry a role, sorted, as its `by` is. */
export function widenedIn({ routing, escalated = 0 }: Pick<Pending, 'routing' | 'escalated'>): readonly Widened[] {
  const wider = new Map<string, Set<string>>();
  for (const { widened } of (routing.escalation ?? []).slice(0, escalated)) {
    for (const { role, by } of widened) wider.set(role, new Set([...(wider.get(role) ?? []), ...by]));
  }
  return [...wider].map(([role, by]) => ({ role, by: [...by].sort() })).sort((a, b) => (a.role < b.role ? -1 : 1));
}

/** Roles in which a verdict may be given now: those of the route, and those that were let in since. */
export function rolesAsked(state: Pick<Pending, 'routing' | 'escalated'>): readonly string[] {
  return [...state.routing.required_roles, ...widenedIn(state).flatMap(({ by }) => by)];
}

/** Roles of the route that somebody who offers `roles` could fill now; left out while nothing was widened. */
export function fillsOf(
  roles: readonly string[],
  state: Pick<Pending, 'routing' | 'escalated'>,
): { readonly fills?: readonly string[] } {
  const widened = widenedIn(state);
  if (widened.length === 0) return {};
  const instead = widened.filter(({ by }) => by.some((role) => roles.includes(role))).map(({ role }) => role);
  return { fills: [...new Set([...roles, ...instead])].sort() };
}

/** An approval as the matching takes it: by what it could fill when it was given. */
export function offerOf({ actor_id, statement, roles, fills = roles }: LiveApproval): Offer {
  return { actor_id, statement, roles: fills };
}

/** Who could fill each role of the route now, the steps that have come included. */
export function candidatesIn({
  routing,
  escalated = 0,
}: Pick<Pending, 'routing' | 'escalated'>): readonly RoleCandidates[] {
  const told = (routing.escalation ?? []).slice(0, escalated).flatMap(({ candidates }) => candidates);
  return routing.candidates.map((one) => told.findLast(({ role }) => role === one.role) ?? one);
}

export interface Awaited extends Reminding {
  /** Signatures that the route asks of the role. */
  readonly needed: number;
}

/**
 * Roles in which one more signature would fill a position: those that are open, and those whose signer could then move
 * to an open one. Each with those who could sign in it; a person whose approval stands cannot sign again.
 */
export function awaitedIn(state: Pending, approvals: readonly LiveApproval[] = state.approvals): readonly Awaited[] {
  const { slots } = state.routing;
  const { assignment, deficient } = matchSlots(slots, approvals.map(offerOf));
  const candidates = candidatesIn(state);
  return (deficient?.roles ?? []).map((role) => {
    const needed = slots.filter((slot) => slot.role === role).reduce((sum, { signatures }) => sum + signatures, 0);
    const able = candidates.find((one) => one.role === role)?.actor_ids ?? [];
    const signatures = needed - assignment.filter((filled) => filled.role === role).length;
    const silent = askedIn(role, able, state).filter((person) => !hasSaid(person, state, approvals));
    return { role, needed, signatures, actor_ids: askedStill(role, silent, signatures, state) };
  });
}

/** Who has delegated is not waited for: whom they named is. */
export function askedIn(
  role: string,
  able: readonly string[],
  { delegations }: Pick<Pending, 'delegations'>,
): readonly string[] {
  const own = able.filter((person) => !delegations.some(({ actor_id }) => actor_id === person));
  const named = delegations.filter((delegation) => delegation.role === role).map(({ delegate }) => delegate);
  return [...new Set([...own, ...named])];
}

/**
 * Of those who could sign in a role and have not: whoever was relieved by a reassignment is asked no more, unless too few
 * are left without them.
 */
export function askedStill(
  role: string,
  silent: readonly string[],
  signatures: number,
  { operations, overrides }: Pick<Pending, 'operations' | 'overrides'>,
): readonly string[] {
  const left = silent.filter((person) => !isRelieved(person, role, operations));
  // Who has broken glass approves nothing while that lives: they are not enough to relieve anybody.
  const able = left.filter((person) => !overrides.some(({ actor_id }) => actor_id === person));
  return able.length >= Math.max(signatures, 1) ? left : silent;
}

export function isRelieved(person: string, role: string, operations: Pending['operations']): boolean {
  return operations?.reassigned?.some((one) => one.role === role && one.from === person) ?? false;
}

/** Who has approved cannot sign again, and who has abstained is not waited for. */
export function hasSaid(person: string, { withdrawn }: Pending, approvals: readonly LiveApproval[]): boolean {
  const abstained = Object.hasOwn(withdrawn, person) && withdrawn[person]?.by === 'abstention';
  return abstained || approvals.some((approval) => approval.actor_id === person);
}
