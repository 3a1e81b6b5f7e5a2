import type { RoleCandidates, Slot } from '../core/domain/events.ts';
import { type Deficiency, matchSlots } from '../core/domain/matching.ts';
import type { BarredPerson } from '../core/domain/statements.ts';
import type { PolicyRoute } from '../documents/policy.ts';
import { holdersOf, type RosterIndex, type Scope } from '../documents/roster-reader.ts';
import type { Denial } from './errors.ts';
import type { Facts } from './facts.ts';
import type { PolicyProgram } from './policy-program.ts';

/** How many of a role's candidates an event names; their count is exact. */
export const NAMED_CANDIDATES = 16;

/**
 * The first route whose condition holds. A condition that cannot be evaluated ends the search: whether this route or
 * a laxer one below it applies is unknown.
 */
export function chooseRoute({ routes }: PolicyProgram, facts: Facts): PolicyRoute | Denial {
  for (const { route, when } of routes) {
    const verdict = when.evaluate(facts);
    if (!verdict.usable) {
      return {
        code: 'route.unusable',
        detail: `route ${route.id}: its condition cannot be evaluated (${verdict.cause})`,
      };
    }
    if (verdict.value) return route;
  }
  return { code: 'route.none', detail: 'no route of the policy applies' };
}

/** Slots by role, one a role; the same positions in one fixed spelling. */
export function slotsOf(route: PolicyRoute): readonly Slot[] {
  return [...route.slots]
    .map(({ role, signatures }) => ({ role, signatures }))
    .sort((a, b) => (a.role < b.role ? -1 : 1));
}

export function candidatesFor(
  slots: readonly Slot[],
  roster: RosterIndex,
  scope: Scope,
  barred: readonly BarredPerson[],
): { readonly candidates: readonly RoleCandidates[]; readonly deficient: Deficiency | null } {
  const out = new Set(barred.map((bearer) => bearer.actor_id));
  const able = slots.map(({ role }) => ({
    role,
    persons: holdersOf(roster, role, scope).filter((id) => !out.has(id)),
  }));
  const roles = new Map<string, string[]>();
  for (const { role, persons } of able) {
    for (const person of persons) {
      const held = roles.get(person);
      if (held) held.push(role);
      else roles.set(person, [role]);
    }
  }
  const offers = [...roles].map(([actor_id, held]) => ({ actor_id, statement: actor_id, roles: held }));
  return {
    candidates: able.map(({ role, persons }) => ({
      role,
      count: persons.length,
      actor_ids: persons.slice(0, NAMED_CANDIDATES),
    })),
    deficient: matchSlots(slots, offers).deficient,
  };
}
