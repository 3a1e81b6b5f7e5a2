import type { Assignment, Slot } from './events.ts';

/**
 * Who fills which slot is a maximum bipartite matching, never a greedy count: a person who could fill two roles fills
 * one, and a greedy choice of the wrong one would report a route as open that its signers already satisfy.
 */

/** What one standing approval offers. */
export interface Offer {
  readonly actor_id: string;
  /** Digest of the statement that offers; the assignment names it. */
  readonly statement: string;
  /** Roles the signer offers and holds; one of them at most is used. */
  readonly roles: readonly string[];
}

export interface Matching {
  /** Sorted by role, then actor id. */
  readonly assignment: readonly Assignment[];
  readonly satisfied: boolean;
  /**
   * Null where satisfied. Else a Hall violator: together these roles need `needed` persons, and only `available`
   * persons offer any of them. `needed - available` is the number of positions that stay open.
   */
  readonly deficient: Deficiency | null;
}

export interface Deficiency {
  /** Sorted. */
  readonly roles: readonly string[];
  readonly needed: number;
  readonly available: number;
}

/**
 * A maximum matching of persons to positions. A person (`actor_id`) fills at most one position, however many of their
 * offers stand. Depends on the sets given, not on their order. Cost: positions x (offers x roles) in the worst case.
 */
export function matchSlots(slots: readonly Slot[], offers: readonly Offer[]): Matching {
  const needed = positionsByRole(slots);
  const persons = personsWith(offers, needed);
  const holders = holdersByRole(needed, persons);
  const filled = fill(needed, holders);
  return {
    assignment: assignmentOf(filled, persons),
    satisfied: openRoles(needed, filled).length === 0,
    deficient: deficiency(needed, holders, filled),
  };
}

/**
 * Certificate check of a satisfied route: every position is filled exactly once, nothing else is, and persons and
 * statements are distinct. Linear, and independent of the search above.
 */
export function checkAssignment(slots: readonly Slot[], assignment: readonly Assignment[]): boolean {
  const open = positionsByRole(slots);
  const persons = new Set<string>();
  const statements = new Set<string>();
  for (const { role, actor_id, statement } of assignment) {
    const left = open.get(role) ?? 0;
    if (left === 0 || persons.has(actor_id) || statements.has(statement)) return false;
    open.set(role, left - 1);
    persons.add(actor_id);
    statements.add(statement);
  }
  return [...open.values()].every((left) => left === 0);
}

/** Positions a role needs, in the order of the roles' names; two slots of one role add up. */
type Positions = ReadonlyMap<string, number>;

/** For each person, in the order of ids: the statement that offers each role, the least digest where several do. */
type Persons = ReadonlyMap<string, ReadonlyMap<string, string>>;

function positionsByRole(slots: readonly Slot[]): Map<string, number> {
  const needed = new Map<string, number>();
  for (const { role, signatures } of [...slots].sort((a, b) => order(a.role, b.role))) {
    if (!Number.isSafeInteger(signatures) || signatures < 0)
      throw new RangeError(`slot of ${role}: ${signatures} signatures`);
    needed.set(role, (needed.get(role) ?? 0) + signatures);
  }
  return needed;
}

function personsWith(offers: readonly Offer[], needed: Positions): Persons {
  const persons = new Map<string, Map<string, string>>();
  for (const { actor_id, statement, roles } of offers) {
    for (const role of roles) {
      if (!needed.has(role)) continue;
      const offered = persons.get(actor_id) ?? new Map<string, string>();
      const known = offered.get(role);
      if (known === undefined || statement < known) offered.set(role, statement);
      persons.set(actor_id, offered);
    }
  }
  return new Map([...persons].sort(([a], [b]) => order(a, b)));
}

function holdersByRole(needed: Positions, persons: Persons): ReadonlyMap<string, readonly string[]> {
  const holders = new Map<string, string[]>([...needed.keys()].map((role) => [role, []]));
  for (const [actor, offered] of persons) for (const role of offered.keys()) holders.get(role)?.push(actor);
  return holders;
}

/** Role each person fills. Kuhn's algorithm with positions of one role taken together. */
function fill(needed: Positions, holders: ReadonlyMap<string, readonly string[]>): ReadonlyMap<string, string> {
  const filled = new Map<string, string>();
  for (const [role, positions] of needed) {
    for (let position = 0; position < positions; position += 1) {
      if (!augment(role, holders, filled)) break;
    }
  }
  return filled;
}

/**
 * Finds one more person for `role`, moving others to other roles where that frees one: breadth-first over roles, so
 * each role's holders are read at most once. False where no augmenting path exists.
 */
function augment(role: string, holders: ReadonlyMap<string, readonly string[]>, filled: Map<string, string>): boolean {
  /** How each role was reached: the person who would leave it for the role named. */
  const reached = new Map<string, { readonly actor: string; readonly towards: string } | null>([[role, null]]);
  for (const current of reached.keys()) {
    for (const actor of holders.get(current) ?? []) {
      const occupied = filled.get(actor);
      if (occupied !== undefined) {
        if (!reached.has(occupied)) reached.set(occupied, { actor, towards: current });
        continue;
      }
      filled.set(actor, current);
      for (let step = reached.get(current); step; step = reached.get(step.towards))
        filled.set(step.actor, step.towards);
      return true;
    }
  }
  return false;
}

function openRoles(needed: Positions, filled: ReadonlyMap<string, string>): readonly string[] {
  const left = new Map(needed);
  for (const role of filled.values()) left.set(role, (left.get(role) ?? 0) - 1);
  return [...left].filter(([, count]) => count > 0).map(([role]) => role);
}

/** Roles reachable from the open ones by alternating paths. All their offerers sit inside the set, so it is too small. */
function deficiency(
  needed: Positions,
  holders: ReadonlyMap<string, readonly string[]>,
  filled: ReadonlyMap<string, string>,
): Deficiency | null {
  const roles = new Set(openRoles(needed, filled));
  if (roles.size === 0) return null;
  const available = new Set<string>();
  for (const role of roles) {
    for (const actor of holders.get(role) ?? []) {
      available.add(actor);
      const occupied = filled.get(actor);
      if (occupied !== undefined) roles.add(occupied);
    }
  }
  return {
    roles: [...roles].sort(order),
    needed: [...roles].reduce((sum, role) => sum + (needed.get(role) ?? 0), 0),
    available: available.size,
  };
}

function assignmentOf(filled: ReadonlyMap<string, string>, persons: Persons): readonly Assignment[] {
  return [...filled]
    .map(([actor_id, role]) => ({ role, actor_id, statement: persons.get(actor_id)?.get(role) ?? '' }))
    .sort((a, b) => order(a.role, b.role) || order(a.actor_id, b.actor_id));
}

/** By code unit: no locale, so that every platform sorts alike. */
function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
