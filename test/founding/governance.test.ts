import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalBytes, digestJson } from '../../core/canon/index.ts';
import { instant, type Timestamp, timestamp } from '../../core/domain/vocabulary.ts';
import { authenticateService } from '../../documents/authenticate.ts';
import { checkEndorsements } from '../../documents/endorsement.ts';
import { readStanding, STANDING_LONGEST_S, STANDING_TYPE, type Standing } from '../../documents/standing.ts';
import { FREEZE_LONGEST_S, readStatement } from '../../documents/statements.ts';
import { demandsStanding } from '../../documents/trust-index.ts';
import { readTrustFile } from '../../documents/trust-reader.ts';
import {
  endorseNext,
  found,
  type FreezeWish,
  type HouseWish,
  nextStanding,
  type StandingBefore,
  type StandingChanges,
  signFreeze,
} from '../../founding/index.ts';
import { digestOf, fixtureTrust, HOLDERS, keyOfActor, ORIGIN, T, TENANT } from '../documents/fixtures.ts';
import { refused } from '../documents/refusal.ts';
import { fixturePolicy, shift } from '../verifier/fixture-pack.ts';

/** What governance signs next, and what an emergency signs. */

const AT = T.requested;
const DAY_S = 86_400;

const policyOf = (serial: number) => ({ serial, digest: digestOf(`policy ${serial}`) });
const rosterOf = (serial: number) => ({ serial, digest: digestOf(`roster ${serial}`) });

const beginning = { origin: ORIGIN, tenant: TENANT, policy: policyOf(1), roster: rosterOf(1) };

type Freeze = Standing['freezes'][number];

const freeze = (id: string, changes: Partial<Freeze> = {}): Freeze => ({
  id,
  environments: '*',
  actions: '*',
  from: T.packed,
  until: null,
  ...changes,
});

/** The standing that follows, a day later. */
function next(before: StandingBefore, changes: Partial<StandingChanges> = {}, at: Timestamp = AT): Standing {
  return nextStanding(before, { lifeS: DAY_S, ...changes }, at);
}

const read = (standing: Standing): Standing => readStanding(canonicalBytes(standing));

describe('a recovery plan', () => {
  const plan = (incident: string, until: Timestamp = T.confirmBy) => ({
    incident,
    releases: [{ candidate: digestOf('mended'), target: 'prod' }],
    until,
  });

  it('stays from standing to standing while it lasts, until another takes its place or it is ended', () => {
    const first = next(beginning, { recovery: [plan('INC-1'), plan('INC-2')] });
    expect(read(first).recovery).toEqual([plan('INC-1'), plan('INC-2')]);
    const second = next(first);
    expect(second.recovery).toEqual(first.recovery);
    const other = { ...plan('INC-1'), releases: [{ candidate: digestOf('mended again'), target: 'prod' }] };
    expect(next(second, { recovery: [other] }).recovery).toEqual([plan('INC-2'), other]);
    expect(next(second, { endRecovery: ['INC-1'] }).recovery).toEqual([plan('INC-2')]);
    expect('recovery' in next(second, { endRecovery: ['INC-1', 'INC-2'] })).toBe(false);
    expect('recovery' in next(second, {}, T.confirmBy)).toBe(false);
  });

  it('is put into order', () => {
    const [a = '', b = ''] = [digestOf('a'), digestOf('b')].sort();
    const releases = [
      { candidate: b, target: 'x' },
      { candidate: a, target: 'y' },
      { candidate: a, target: 'x' },
    ];
    const { recovery } = read(next(beginning, { recovery: [{ ...plan('INC-1'), releases }] }));
    expect(recovery?.[0]?.releases).toEqual(releases.toReversed());
  });
});

describe('the first standing', () => {
  it('follows none, and says what is in force and nothing else', () => {
    const first = next(beginning);
    expect(first).toEqual({
      _type: STANDING_TYPE,
      ...beginning,
      serial: 1,
      predecessor: 'GENESIS',
      issued_at: AT,
      not_after: shift(AT, DAY_S),
      accepted_policies: [],
      revoked_keys: [],
      revoked_digests: [],
      freezes: [],
      lifted_freezes: [],
    });
    expect(read(first)).toEqual(first);
  });

  it('says at once what it is told', () => {
    const key = digestOf('key');
    const changes = { policy: policyOf(2), roster: rosterOf(3), revokeKeys: [key], freezes: [freeze('audit')] };
    expect(next(beginning, changes)).toMatchObject({
      policy: policyOf(2),
      roster: rosterOf(3),
      accepted_policies: [],
      revoked_keys: [key],
      freezes: [freeze('audit')],
    });
  });
});

describe('the next standing', () => {
  const [a, b] = [digestOf('a'), digestOf('b')];

  it('follows the one before, by serial and digest, and speaks from now for as long as it is told', () => {
    const first = next(beginning);
    const second = next(first, { lifeS: 60 }, shift(AT, 5));
    expect(second).toMatchObject({
      serial: 2,
      predecessor: digestJson(first),
      origin: ORIGIN,
      tenant: TENANT,
      issued_at: shift(AT, 5),
      not_after: shift(AT, 65),
    });
    expect(next(second).predecessor).toBe(digestJson(second));
    expect(next({ ...first, serial: 41 }).serial).toBe(42);
  });

  it('is read for as long as a standing may speak', () => {
    const first = next(beginning);
    expect(read(next(first, { lifeS: STANDING_LONGEST_S })).serial).toBe(2);
    for (const lifeS of [STANDING_LONGEST_S + 1, 0])
      expect(refused(() => read(next(first, { lifeS })))).toEqual(['standing.window', '$.not_after']);
  });

  it('leaves policy and roster as they were, unless it is told others', () => {
    const first = next(beginning);
    expect(next(first)).toMatchObject({ policy: policyOf(1), roster: rosterOf(1), accepted_policies: [] });
    const second = next(first, { policy: policyOf(2) });
    expect(second).toMatchObject({ policy: policyOf(2), roster: rosterOf(1) });
    expect(next(second, { roster: rosterOf(2) })).toMatchObject({ policy: policyOf(2), roster: rosterOf(2) });
  });

  it('accepts a policy that was replaced until it is withdrawn, then no more', () => {
    const second = next(next(beginning), { policy: policyOf(2) });
    const third = next(second, { policy: policyOf(3) });
    const both = [policyOf(1).digest, policyOf(2).digest].sort();
    expect([second.accepted_policies, third.accepted_policies]).toEqual([[policyOf(1).digest], both]);
    expect(next(third).accepted_policies).toEqual(both);
    const withdrawn = next(third, { withdrawPolicies: [policyOf(1).digest] });
    expect(withdrawn.accepted_policies).toEqual([policyOf(2).digest]);
    expect(next(withdrawn, { policy: policyOf(4) }).accepted_policies).toEqual(
      [policyOf(2).digest, policyOf(3).digest].sort(),
    );
  });

  it('withdraws at once the policy that it replaces, where it is told to', () => {
    const changes = { policy: policyOf(2), withdrawPolicies: [policyOf(1).digest] };
    expect(next(next(beginning), changes).accepted_policies).toEqual([]);
  });

  it('revokes what was revoked, and more, in order and each once', () => {
    const first = next(beginning, { revokeKeys: [b, a, b], revokeDigests: [b] });
    expect(first).toMatchObject({ revoked_keys: [a, b].sort(), revoked_digests: [b] });
    const second = next(first, { revokeKeys: [a], revokeDigests: [a], liftFreezes: [b, a] });
    expect(second).toMatchObject({
      revoked_keys: [a, b].sort(),
      revoked_digests: [a, b].sort(),
      lifted_freezes: [a, b].sort(),
    });
    expect(next(second)).toMatchObject({
      revoked_keys: [a, b].sort(),
      revoked_digests: [a, b].sort(),
      lifted_freezes: [a, b].sort(),
    });
  });

  it.each([
    ['has no end', null, true],
    ['ends a millisecond later', timestamp(instant(AT) + 1), true],
    ['ends now', AT, false],
    ['has ended', timestamp(instant(AT) - 1), false],
    ['has not begun', shift(AT, 7 * DAY_S), true],
  ])('keeps a freeze that %s, or not', (_, until, kept) => {
    const from = until === null || until <= AT ? T.rosterIssued : shift(until, -1);
    const first = next(beginning, { freezes: [freeze('audit', { from, until })] }, T.rosterIssued);
    expect(next(first).freezes.map(({ id }) => id)).toEqual(kept ? ['audit'] : []);
  });

  it('ends freezes by their id, and replaces one that it is told anew', () => {
    const first = next(beginning, { freezes: [freeze('audit'), freeze('year-end'), freeze('move')] });
    const second = next(first, { endFreezes: ['audit', 'unknown'], freezes: [freeze('move', { actions: ['x'] })] });
    expect(second.freezes).toEqual([freeze('year-end'), freeze('move', { actions: ['x'] })]);
  });

  it('leaves the one before as it was', () => {
    const first = next(beginning, { revokeKeys: [b], freezes: [freeze('audit')] });
    const before = structuredClone(first);
    const changes = { policy: policyOf(2), revokeKeys: [a], revokeDigests: [a], liftFreezes: [a] };
    next(first, { ...changes, endFreezes: ['audit'], freezes: [freeze('year-end')] });
    expect(first).toEqual(before);
  });
});

/** Few of each, so that the same one is often named again. */
const digests = fc.uniqueArray(fc.constantFrom(...['a', 'b', 'c', 'd', 'e'].map(digestOf)), { maxLength: 3 });
const ids = fc.constantFrom('audit', 'year-end', 'move', 'INC-1');
const freezes = fc.uniqueArray(
  fc
    .record({
      id: ids,
      from: fc.integer({ min: -3, max: 3 }),
      life: fc.option(fc.integer({ min: 1, max: 4 })),
    })
    .map(({ id, from, life }) =>
      freeze(id, {
        from: shift(AT, from * DAY_S),
        until: life === null ? null : shift(AT, (from + life) * DAY_S),
      }),
    ),
  { maxLength: 3, selector: ({ id }) => id },
);

interface Step {
  readonly changes: StandingChanges;
  /** Seconds since the step before. */
  readonly later: number;
}

/** Policies and rosters only go forward, as the registry holds them to. */
const steps = fc
  .array(
    fc.record({
      newPolicy: fc.boolean(),
      newRoster: fc.boolean(),
      withdrawn: fc.uniqueArray(fc.integer({ min: 1, max: 6 }), { maxLength: 2 }),
      lifeS: fc.integer({ min: 1, max: STANDING_LONGEST_S }),
      revokeKeys: fc.option(digests, { nil: undefined }),
      revokeDigests: fc.option(digests, { nil: undefined }),
      liftFreezes: fc.option(digests, { nil: undefined }),
      freezes: fc.option(freezes, { nil: undefined }),
      endFreezes: fc.uniqueArray(ids, { maxLength: 2 }),
      later: fc.integer({ min: 0, max: 2 * DAY_S }),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((list) => {
    let [policy, roster] = [1, 1];
    return list.map(({ newPolicy, newRoster, withdrawn, later, ...rest }): Step => {
      if (newPolicy) policy += 1;
      if (newRoster) roster += 1;
      const given = Object.entries(rest).filter(([, value]) => value !== undefined);
      const changes = {
        ...(Object.fromEntries(given) as Pick<StandingChanges, 'lifeS'>),
        ...(newPolicy ? { policy: policyOf(policy) } : {}),
        ...(newRoster ? { roster: rosterOf(roster) } : {}),
        withdrawPolicies: withdrawn.map((serial) => policyOf(serial).digest),
      };
      return { changes, later };
    });
  });

/** Runs `check` on each standing of a history with the one before it, what it was told, and when. */
function eachOf(
  list: readonly Step[],
  check: (standing: Standing, before: StandingBefore, changes: StandingChanges, at: Timestamp) => void,
): void {
  let before: StandingBefore = beginning;
  let at: Timestamp = AT;
  for (const { changes, later } of list) {
    at = shift(at, later);
    const standing = nextStanding(before, changes, at);
    check(standing, before, changes, at);
    before = standing;
  }
}

const holding = (check: Parameters<typeof eachOf>[1]): void =>
  fc.assert(
    fc.property(steps, (list) => eachOf(list, check)),
    { numRuns: 300 },
  );

const lastOf = (before: StandingBefore): Standing | null => ('_type' in before ? before : null);

describe('every history of standings', () => {
  it('is one that can be read, each from its canonical bytes', () => {
    holding((standing) => expect(read(standing)).toEqual(standing));
  });

  it('is a chain: of one installation and tenant, each one higher, each naming the one before', () => {
    holding((standing, before, { lifeS }, at) => {
      const last = lastOf(before);
      expect([standing.origin, standing.tenant]).toEqual([ORIGIN, TENANT]);
      expect(standing.serial).toBe(last === null ? 1 : last.serial + 1);
      expect(standing.predecessor).toBe(last === null ? 'GENESIS' : digestJson(last));
      expect(standing.issued_at).toBe(at);
      expect(instant(standing.not_after) - instant(at)).toBe(lifeS * 1000);
    });
  });

  it('only ever revokes and lifts more: what was there, and what was told, and nothing else', () => {
    holding((standing, before, { revokeKeys = [], revokeDigests = [], liftFreezes = [] }) => {
      const last = lastOf(before);
      for (const [now, then, told] of [
        [standing.revoked_keys, last?.revoked_keys ?? [], revokeKeys],
        [standing.revoked_digests, last?.revoked_digests ?? [], revokeDigests],
        [standing.lifted_freezes, last?.lifted_freezes ?? [], liftFreezes],
      ] as const)
        expect(new Set(now)).toEqual(new Set([...then, ...told]));
    });
  });

  it('accepts each policy that was in force until it is withdrawn, and no other', () => {
    holding((standing, before, { policy, withdrawPolicies = [] }) => {
      const last = lastOf(before);
      expect(standing.policy).toEqual(policy ?? before.policy);
      expect(standing.accepted_policies).not.toContain(standing.policy.digest);
      const known = last === null ? [] : [...last.accepted_policies, last.policy.digest];
      for (const digest of known) {
        const expected = digest !== standing.policy.digest && !withdrawPolicies.includes(digest);
        expect(standing.accepted_policies.includes(digest)).toBe(expected);
      }
      expect(standing.accepted_policies.filter((digest) => !known.includes(digest))).toEqual([]);
    });
  });

  it('keeps the roster, unless it is told another', () => {
    holding((standing, before, { roster }) => expect(standing.roster).toEqual(roster ?? before.roster));
  });

  it('keeps a freeze until its time is over, it is ended, or it is told anew', () => {
    holding((standing, before, { freezes: told = [], endFreezes = [] }, at) => {
      const then = lastOf(before)?.freezes ?? [];
      for (const each of then) {
        const anew = told.find(({ id }) => id === each.id);
        const over = endFreezes.includes(each.id) || (each.until !== null && each.until <= at);
        const now = standing.freezes.filter(({ id }) => id === each.id);
        if (anew === undefined) expect(now).toEqual(over ? [] : [each]);
        else expect(now).toEqual([anew]);
      }
      for (const each of told) expect(standing.freezes.filter(({ id }) => id === each.id)).toEqual([each]);
      const known = [...then, ...told].map(({ id }) => id);
      expect(standing.freezes.filter(({ id }) => !known.includes(id))).toEqual([]);
    });
  });
});

describe('signFreeze', () => {
  const by = { holder: HOLDERS.emergency, key: keyOfActor(HOLDERS.emergency) };
  const place = { origin: ORIGIN, tenant: TENANT, at: AT };
  const wish: FreezeWish = { incident: 'INC-2041', environments: ['production'], actions: '*', until: T.confirmBy };
  const random = (length: number) => new Uint8Array(length).fill(7);
  const statementOf = (changes: Partial<FreezeWish> = {}) =>
    readStatement(signFreeze({ ...wish, ...changes }, by, place, random), 'freeze').statement;

  it('signs what was wished, by whom, where and when, under sixteen random bytes', () => {
    expect(statementOf()).toEqual({
      _type: 'application/vnd.countersign.freeze.v1+json',
      origin: ORIGIN,
      tenant: TENANT,
      signer: HOLDERS.emergency,
      signed_at: AT,
      nonce: 'BwcHBwcHBwcHBwcHBwcHBw==',
      ...wish,
    });
    const everywhere = { environments: '*', actions: ['deploy.change', 'model.promote'] } as const;
    expect(statementOf(everywhere)).toMatchObject(everywhere);
    const twice = [1, 2].map((byte) => signFreeze(wish, by, place, (length) => new Uint8Array(length).fill(byte)));
    expect(digestJson(twice[0])).not.toBe(digestJson(twice[1]));
  });

  it('signs so that the trust file believes it', () => {
    const envelope = readStatement(signFreeze(wish, by, place, random), 'freeze');
    const admission = { origin: ORIGIN, tenant: TENANT, at: AT };
    expect(authenticateService(envelope, fixtureTrust(), 'emergency', admission).actorId).toBe(HOLDERS.emergency);
  });

  it('signs none that lasts longer than a freeze may, or is out of shape', () => {
    expect(statementOf({ until: shift(AT, FREEZE_LONGEST_S) }).until).toBe(shift(AT, FREEZE_LONGEST_S));
    expect(refused(() => statementOf({ until: shift(AT, FREEZE_LONGEST_S + 1) }))).toEqual([
      'document.shape',
      '$.until',
    ]);
    expect(refused(() => statementOf({ incident: 'somebody broke in' }))).toEqual(['document.shape', '$.incident']);
    expect(refused(() => statementOf({ environments: [] }))).toEqual(['document.shape', '$.environments']);
  });
});

describe('a house', () => {
  let seed = 0;
  const wish: HouseWish = {
    origin: ORIGIN,
    tenant: TENANT,
    persons: [{ actorId: 'p-amber', grants: [{ role: 'executive' }] }],
    workloads: [],
    holders: {
      governance: ['g-one', 'g-two', 'g-three'],
      policy: ['k-policy-one'],
      roster: ['k-roster-one'],
      emergency: ['e-one'],
      permit: ['s-permit'],
      acknowledgement: ['s-acknowledgement'],
      seal: ['s-seal'],
    },
    policy: fixturePolicy(),
    at: AT,
    random: (length) => new Uint8Array(length).fill((seed += 1)),
  };

  it('that wishes for a standing has a first one, which names its policy and roster, and a trust file that demands it', () => {
    const house = found({ ...wish, standingLifeS: DAY_S });
    const trust = readTrustFile(house.trustFile);
    expect(house.standing).not.toBeNull();
    const standing = readStanding(house.standing?.bytes ?? new Uint8Array());
    const roster = { serial: 1, digest: digestJson(JSON.parse(new TextDecoder().decode(house.roster.bytes))) };
    const policy = { serial: 1, digest: digestJson(fixturePolicy()) };
    expect(standing).toEqual(nextStanding({ origin: ORIGIN, tenant: TENANT, policy, roster }, { lifeS: DAY_S }, AT));
    expect(trust.trust.tenants[0]?.standing).toEqual({ minimum_serial: 1, demanded_from: AT });
    expect(demandsStanding(trust, TENANT, AT)).toBe(true);

    const counts = ({ serial, predecessor, ...rest }: Standing, endorsements: readonly unknown[]) =>
      checkEndorsements({
        trust,
        kind: 'standing',
        tenant: TENANT,
        document: digestJson({ serial, predecessor, ...rest }),
        serial,
        predecessor,
        endorsements: endorsements.map((each) => readStatement(each)),
        at: AT,
      }).length;
    expect(counts(standing, house.standing?.endorsements ?? [])).toBe(3);
    const second = next(standing);
    expect(counts(second, endorseNext(house, 'standing', second, wish).endorsements)).toBe(3);
  });

  it('that wishes for none has none, and a trust file that demands none', () => {
    const house = found(wish);
    expect(house.standing).toBeNull();
    const trust = readTrustFile(house.trustFile);
    expect(trust.trust.tenants[0]?.standing).toBeUndefined();
    expect(demandsStanding(trust, TENANT, '9999-12-31T23:59:59.999Z')).toBe(false);
  });
});
