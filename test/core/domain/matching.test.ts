import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Slot } from '../../../core/domain/events.ts';
import { checkAssignment, matchSlots, type Offer } from '../../../core/domain/matching.ts';

const ROLES = ['data_owner', 'model_owner', 'release_owner', 'security_owner'] as const;

const slots = fc.uniqueArray(
  fc.record({ role: fc.constantFrom(...ROLES), signatures: fc.integer({ min: 1, max: 3 }) }),
  {
    maxLength: 4,
    selector: (slot) => slot.role,
  },
);

/** Few persons, so that one of them often stands with two offers. Statements are distinct. */
const offers = fc
  .array(
    fc.record({
      actor_id: fc.constantFrom('ann', 'bob', 'cyd', 'dee', 'eve', 'fay'),
      roles: fc.uniqueArray(fc.constantFrom(...ROLES, 'auditor'), { maxLength: 4 }),
    }),
    { maxLength: 8 },
  )
  .map((list): Offer[] => list.map((offer, index) => ({ ...offer, statement: `sha256:${index}` })));

/** Most positions that any choice of persons fills, by trying every choice. */
function bruteForce(required: readonly Slot[], offered: readonly Offer[]): number {
  const persons = [...new Set(offered.map((offer) => offer.actor_id))];
  const rolesOf = (actor: string) =>
    new Set(offered.filter((offer) => offer.actor_id === actor).flatMap((offer) => offer.roles));
  const best = (index: number, left: ReadonlyMap<string, number>): number => {
    const actor = persons[index];
    if (actor === undefined) return 0;
    let most = best(index + 1, left);
    for (const role of rolesOf(actor)) {
      const count = left.get(role) ?? 0;
      if (count > 0) most = Math.max(most, 1 + best(index + 1, new Map(left).set(role, count - 1)));
    }
    return most;
  };
  return best(0, new Map(required.map((slot) => [slot.role, slot.signatures])));
}

const positions = (required: readonly Slot[]) => required.reduce((sum, slot) => sum + slot.signatures, 0);

describe('matchSlots', () => {
  it('fills as many positions as any choice of persons can', () => {
    fc.assert(
      fc.property(slots, offers, (required, offered) => {
        const { assignment, satisfied } = matchSlots(required, offered);
        expect(assignment.length).toBe(bruteForce(required, offered));
        expect(satisfied).toBe(assignment.length === positions(required));
      }),
      { numRuns: 2000 },
    );
  });

  // shows: R42
  it('assigns only what a standing offer of that person offers, and nobody twice', () => {
    fc.assert(
      fc.property(slots, offers, (required, offered) => {
        const { assignment } = matchSlots(required, offered);
        expect(new Set(assignment.map((filled) => filled.actor_id)).size).toBe(assignment.length);
        for (const filled of assignment) {
          const offer = offered.find((candidate) => candidate.statement === filled.statement);
          expect(offer?.actor_id).toBe(filled.actor_id);
          expect(offer?.roles).toContain(filled.role);
        }
        for (const slot of required) {
          expect(assignment.filter((filled) => filled.role === slot.role).length).toBeLessThanOrEqual(slot.signatures);
        }
      }),
    );
  });

  it('names a deficient set that really needs more persons than can fill any of its roles', () => {
    fc.assert(
      fc.property(slots, offers, (required, offered) => {
        const { assignment, satisfied, deficient } = matchSlots(required, offered);
        expect(deficient === null).toBe(satisfied);
        if (deficient === null) return;
        const within = new Set(deficient.roles);
        const needed = positions(required.filter((slot) => within.has(slot.role)));
        const able = new Set(
          offered.filter((offer) => offer.roles.some((role) => within.has(role))).map((offer) => offer.actor_id),
        );
        expect(deficient.needed).toBe(needed);
        expect(deficient.available).toBe(able.size);
        expect(needed).toBeGreaterThan(able.size);
        expect(needed - able.size).toBe(positions(required) - assignment.length);
      }),
      { numRuns: 2000 },
    );
  });

  it('gives the same answer whatever the order of arrival', () => {
    const shuffled = offers.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length })),
    );
    fc.assert(
      fc.property(slots, shuffled, (required, [one, other]) => {
        const reordered = other.map((offer) => ({ ...offer, roles: [...offer.roles].reverse() }));
        expect(matchSlots([...required].reverse(), reordered)).toEqual(matchSlots(required, one));
      }),
      { numRuns: 1000 },
    );
  });

  it('one person fits two rules (gitlab#425759): fills one of them, and the other stays open', () => {
    const required = [
      { role: 'model_owner', signatures: 1 },
      { role: 'security_owner', signatures: 1 },
    ];
    const both = { actor_id: 'ann', statement: 'sha256:a', roles: ['model_owner', 'security_owner'] };
    const alone = matchSlots(required, [both, { ...both, statement: 'sha256:b' }]);
    expect(alone.assignment).toHaveLength(1);
    expect(alone.satisfied).toBe(false);
    expect(alone.deficient).toEqual({ roles: ['model_owner', 'security_owner'], needed: 2, available: 1 });
  });

  it('moves a person to the other rule when a later signer fits only the first', () => {
    const required = [
      { role: 'model_owner', signatures: 1 },
      { role: 'security_owner', signatures: 1 },
    ];
    const matching = matchSlots(required, [
      { actor_id: 'ann', statement: 'sha256:a', roles: ['model_owner', 'security_owner'] },
      { actor_id: 'bob', statement: 'sha256:b', roles: ['model_owner'] },
    ]);
    expect(matching).toEqual({
      assignment: [
        { role: 'model_owner', actor_id: 'bob', statement: 'sha256:b' },
        { role: 'security_owner', actor_id: 'ann', statement: 'sha256:a' },
      ],
      satisfied: true,
      deficient: null,
    });
  });

  // shows: R43, R50
  it('the same person counted twice (php-tuf#154): two statements of one person fill one of two positions', () => {
    const matching = matchSlots(
      [{ role: 'executive', signatures: 2 }],
      [
        { actor_id: 'ann', statement: 'sha256:a', roles: ['executive'] },
        { actor_id: 'ann', statement: 'sha256:b', roles: ['executive'] },
      ],
    );
    expect(matching.assignment).toEqual([{ role: 'executive', actor_id: 'ann', statement: 'sha256:a' }]);
    expect(matching.deficient).toEqual({ roles: ['executive'], needed: 2, available: 1 });
  });

  it('adds up two slots of one role', () => {
    const twice = [
      { role: 'executive', signatures: 1 },
      { role: 'executive', signatures: 1 },
    ];
    const one = [{ actor_id: 'ann', statement: 'sha256:a', roles: ['executive'] }];
    expect(matchSlots(twice, one).satisfied).toBe(false);
    expect(
      matchSlots(twice, [...one, { actor_id: 'bob', statement: 'sha256:b', roles: ['executive'] }]).satisfied,
    ).toBe(true);
  });

  it('is satisfied by nobody where nothing is asked', () => {
    expect(matchSlots([], [])).toEqual({ assignment: [], satisfied: true, deficient: null });
  });

  it('refuses a slot whose count is no count', () => {
    expect(() => matchSlots([{ role: 'executive', signatures: 0.5 }], [])).toThrow(RangeError);
    expect(() => matchSlots([{ role: 'executive', signatures: -1 }], [])).toThrow(RangeError);
  });

  it('matches ten thousand offers within a workflow task', () => {
    const many = Array.from(
      { length: 10_000 },
      (_, index): Offer => ({
        actor_id: `p${String(index).padStart(5, '0')}`,
        statement: `sha256:${index}`,
        roles: index === 9_999 ? ['data_owner'] : ROLES.filter((role) => role !== 'data_owner'),
      }),
    );
    const required = ROLES.map((role) => ({ role, signatures: role === 'data_owner' ? 1 : 16 }));
    expect(matchSlots(required, many).satisfied).toBe(true);
  });
});

describe('checkAssignment', () => {
  it('accepts exactly what fills every position with distinct persons', () => {
    fc.assert(
      fc.property(slots, offers, (required, offered) => {
        const { assignment, satisfied } = matchSlots(required, offered);
        expect(checkAssignment(required, assignment)).toBe(satisfied);
      }),
    );
  });

  const required = [{ role: 'executive', signatures: 2 }];
  const ann = { role: 'executive', actor_id: 'ann', statement: 'sha256:a' };
  const bob = { role: 'executive', actor_id: 'bob', statement: 'sha256:b' };

  it.each([
    ['one person twice', [ann, { ...ann, statement: 'sha256:c' }]],
    ['one statement twice', [ann, { ...bob, statement: ann.statement }]],
    ['a position left open', [ann]],
    ['a position too many', [ann, bob, { ...bob, actor_id: 'cyd', statement: 'sha256:c' }]],
    ['a role the route does not ask for', [ann, { ...bob, role: 'operator' }]],
  ])('refuses %s', (_, assignment) => {
    expect(checkAssignment(required, [ann, bob])).toBe(true);
    expect(checkAssignment(required, assignment)).toBe(false);
  });
});
