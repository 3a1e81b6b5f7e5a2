import { beforeEach, describe, expect, it } from 'vitest';
import {
  canonicalBytes,
  type Digest,
  digestBytes,
  digestHex,
  digestJson,
  type Envelope,
  parseDigest,
} from '../../core/canon/index.ts';
import { instant, timestamp } from '../../core/domain/vocabulary.ts';
import type { Policy } from '../../documents/policy.ts';
import type { Roster } from '../../documents/roster.ts';
import { holdersOf } from '../../documents/roster-reader.ts';
import { STANDING_LONGEST_S, speaksAt, type Standing } from '../../documents/standing.ts';
import type { TrustFile } from '../../documents/trust-reader.ts';
import { CLOCK_TOLERANCE_MS } from '../../documents/window.ts';
import { createMemoryLedger, createMemoryStorage, type Ledger } from '../../ledger/index.ts';
import { unavailable } from '../../ledger/errors.ts';
import {
  createRegistry,
  createRestrictions,
  createReleases,
  createReviews,
  publicationRegistries,
  type Registry,
  RegistryError,
} from '../../registry/index.ts';
import { createMemoryStore } from '../../store/index.ts';
import {
  ACTORS,
  DECISION_ID,
  digestOf,
  fixtureTenant,
  fixtureTrust,
  fixtureTrustDocument,
  grant,
  HOLDERS,
  keyFrom,
  keyOfActor,
  ORIGIN,
  signedApproval,
  signedFreeze,
  signedLifting,
  T,
  TENANT,
  trustKeyEntry,
} from '../documents/fixtures.ts';
import {
  endorsedPolicy,
  endorsedRoster,
  endorsedStanding,
  fixturePolicy,
  fixtureStanding,
  ROSTER,
  shift,
} from '../verifier/fixture-pack.ts';
import { succeeding } from '../verifier/policy-line.ts';
import { letOut } from './let-out.ts';

/** What governance says is in force, and what an emergency has stopped, over a ledger and a store in memory. */

const AT = T.requested;
const KEY = new Uint8Array(32).fill(7);

type Document = Policy | Roster | Standing;
type Kind = 'policy' | 'roster' | 'standing';

/** The document that follows another, told apart by what `changes` says. */
function after<D extends Document>(before: D, changes: Partial<D> = {}): D {
  return { ...before, serial: before.serial + 1, predecessor: digestJson(before), ...changes };
}

const named = (document: Policy | Roster) => ({ serial: document.serial, digest: digestJson(document) });

const policy = fixturePolicy();
const secondPolicy = after(policy, { version: '1.3.0' });
const thirdPolicy = after(secondPolicy, { version: '1.4.0' });
const secondRoster = after(ROSTER);
/** Names the first policy and the first roster. */
const standing = fixtureStanding();

let ledger: Ledger;
let registry: Registry;
const documents = new Map<string, Uint8Array>();
const store = createMemoryStore({ documents });

interface Surroundings {
  readonly over?: Ledger;
  readonly tenant?: string;
  readonly trust?: TrustFile;
}

function registryOver({ over = ledger, tenant = TENANT, trust = fixtureTrust() }: Surroundings = {}): Registry {
  return createRegistry({ ledger: over, store, trust, tenant });
}

beforeEach(() => {
  documents.clear();
  ledger = createMemoryLedger({ macKeys: [KEY], storage: createMemoryStorage() });
  registry = registryOver();
});

function kindOf(document: Document): Kind {
  if ('persons' in document) return 'roster';
  return 'gates' in document ? 'policy' : 'standing';
}

function endorsementsOf(document: Document, holders?: readonly string[]): readonly Envelope[] {
  if ('persons' in document) return endorsedRoster(document, holders).endorsements;
  if ('gates' in document) return endorsedPolicy(document, holders).endorsements;
  return endorsedStanding(document, holders).endorsements;
}

function publish(
  document: Document,
  endorsements: readonly Envelope[] = endorsementsOf(document),
  over: Registry = registry,
) {
  return over.publish(kindOf(document), canonicalBytes(document), endorsements, AT);
}

async function publishAll(...list: readonly Document[]): Promise<void> {
  for (const document of list) await publish(document);
}

/** Serials of what a registry that has read nothing yet finds in force, by each way there is to ask. */
async function serials(at: string = AT): Promise<{ standing: number | null; policy: number; roster: number }> {
  const fresh = registryOver();
  const [all, alone, roster, own] = await Promise.all([
    fresh.inForce(at),
    fresh.policyInForce(at),
    fresh.rosterInForce(at),
    fresh.standingInForce(at),
  ]);
  expect(alone).toEqual(all.policy);
  expect(roster.reference).toEqual(all.roster.reference);
  expect(own).toEqual(all.standing);
  expect([all.policy.document.serial, all.roster.index.roster.serial]).toEqual([
    all.policy.reference.serial,
    all.roster.reference.serial,
  ]);
  return {
    standing: all.standing?.reference.serial ?? null,
    policy: all.policy.reference.serial,
    roster: all.roster.reference.serial,
  };
}

/** What a promise is refused with; empty where it is not. */
async function refusal(
  promise: Promise<unknown>,
): Promise<{ code?: string; path?: string; expected?: string; got?: string }> {
  return promise.then(
    () => ({}),
    (error: { code: string; path: string; expected: string; got: string }) => error,
  );
}

/** The name under which the registry binds for this tenant. */
function registryNamed(name: Kind | `${Kind}-next` | 'policy-version' | 'freeze', tenant = TENANT): string {
  return `${name}-${digestHex(digestBytes(new TextEncoder().encode(tenant))).slice(0, 32)}`;
}

async function bound(name: Parameters<typeof registryNamed>[0]): Promise<string[]> {
  return [...(await ledger.bindings(registryNamed(name))).keys()];
}

/** The ledger, with some of it done otherwise. */
function ledgerWith(changes: Partial<Ledger>): Ledger {
  return {
    append: (...args) => ledger.append(...args),
    read: (...args) => ledger.read(...args),
    head: (...args) => ledger.head(...args),
    peek: (...args) => ledger.peek(...args),
    decisions: () => ledger.decisions(),
    bind: (...args) => ledger.bind(...args),
    binding: (...args) => ledger.binding(...args),
    bindings: (...args) => ledger.bindings(...args),
    check: () => ledger.check(),
    close: () => ledger.close(),
    ...changes,
  };
}

function trustWith(changes: Parameters<typeof fixtureTrustDocument>[0], holders?: readonly string[]): TrustFile {
  return fixtureTrust(fixtureTrustDocument(changes), holders);
}

describe('what is in force', () => {
  // shows: R22
  it('without a standing, is what has the highest serial', async () => {
    await publishAll(policy, ROSTER);
    expect(await serials()).toEqual({ standing: null, policy: 1, roster: 1 });
    await publishAll(secondPolicy, secondRoster);
    expect(await serials()).toEqual({ standing: null, policy: 2, roster: 2 });
  });

  it('with one, is exactly what it names, whatever was published since', async () => {
    await publishAll(policy, ROSTER);
    expect(await publish(standing)).toEqual({
      serial: 1,
      digest: digestJson(standing),
      endorsements: endorsementsOf(standing)
        .map((one) => digestJson(one))
        .sort(),
    });
    await publishAll(secondPolicy, secondRoster);
    expect(await serials()).toEqual({ standing: 1, policy: 1, roster: 1 });
    expect((await registryOver().standingInForce(AT))?.document).toEqual(standing);

    const policyOnly = after(standing, { policy: named(secondPolicy), accepted_policies: [digestJson(policy)] });
    await publish(policyOnly);
    expect(await serials()).toEqual({ standing: 2, policy: 2, roster: 1 });
    await publish(after(policyOnly, { roster: named(secondRoster) }));
    expect(await serials()).toEqual({ standing: 3, policy: 2, roster: 2 });
  });

  it.each([
    ['policy', [policy, secondPolicy, ROSTER]],
    ['roster', [policy, ROSTER, secondRoster]],
  ] as const)(
    'does not go back to an older %s by the first one: decisions have seen the newer',
    async (kind, before) => {
      await publishAll(...before);
      expect(await refusal(publish(standing))).toMatchObject({
        code: 'registry.succession',
        path: `$.${kind}.serial`,
        expected: 'at least 2',
        got: '1',
      });
      const newest = kind === 'policy' ? { policy: named(secondPolicy) } : { roster: named(secondRoster) };
      await publish(fixtureStanding(newest));
      expect(await serials()).toEqual({ standing: 1, policy: 1, roster: 1, [kind]: 2 });
    },
  );

  it('is still what the last one names after it has ended, for others to say what that means', async () => {
    await publishAll(policy, ROSTER, standing, secondPolicy);
    expect(speaksAt(standing, standing.not_after)).toBe(false);
    expect(await serials(shift(standing.not_after, 1))).toEqual({ standing: 1, policy: 1, roster: 1 });
  });

  it('is a roster without the keys that the standing revokes, and every other roster with all of its own', async () => {
    const gone = keyOfActor(ACTORS.executive).publicKey.keyId;
    const scope = { environment: 'production', action: 'deploy.change', at: AT };
    await publishAll(policy, ROSTER, standing);
    const holders = async () => {
      const { index } = await registry.rosterInForce(AT);
      expect((await registry.inForce(AT)).roster.index.keys.has(gone)).toBe(index.keys.has(gone));
      return holdersOf(index, 'executive', scope);
    };
    expect(await holders()).toEqual([ACTORS.executive, ACTORS.secondExecutive]);
    await publish(after(standing, { revoked_keys: [gone] }));
    expect(await holders()).toEqual([ACTORS.secondExecutive]);

    const digest = digestJson(ROSTER);
    expect((await registry.roster(digest)).keys.has(gone)).toBe(true);
    expect((await registry.rosterOnceInForce(digest, AT)).index.keys.has(gone)).toBe(true);
    const { index, reference } = await registry.rosterOnceInForce(digest, AT, [gone]);
    expect([index.keys.has(gone), index.keys.size, reference.serial]).toEqual([false, 9, 1]);
  });

  it('is not what was published last, which is known too', async () => {
    await publishAll(policy, ROSTER);
    for (const kind of ['policy', 'roster'] as const)
      expect(await registry.newest(kind, AT)).toEqual((await registry.inForce(AT))[kind].reference);
    await publishAll(standing, secondPolicy, secondRoster);
    expect(await registry.newest('policy', AT)).toMatchObject({ serial: 2, digest: digestJson(secondPolicy) });
    expect(await registry.newest('roster', AT)).toMatchObject({ serial: 2, digest: digestJson(secondRoster) });
    expect((await refusal(registryOver({ tenant: 'globex' }).newest('policy', AT))).code).toBe('registry.empty');
  });

  it('keeps what was: each standing by its digest, with its endorsements', async () => {
    const second = after(standing);
    await publishAll(policy, ROSTER, standing, second);
    const once = await registryOver().standingOnceInForce(digestJson(standing), AT);
    expect(once.document).toEqual(standing);
    expect(once.reference).toMatchObject({ serial: 1, digest: digestJson(standing) });
    expect(once.reference.endorsements).toHaveLength(2);

    const never = after(second);
    await store.put(canonicalBytes(never));
    expect((await refusal(registry.standingOnceInForce(digestJson(never), AT))).code).toBe('registry.empty');
  });

  it("is another tenant's own", async () => {
    await publishAll(policy, ROSTER, standing);
    expect(await registryOver({ tenant: 'globex' }).standingInForce(AT)).toBeNull();
  });

  it('has to be endorsed at the time: nothing is in force under keys that have ended, or below the least serial', async () => {
    await publishAll(policy, ROSTER, standing);
    const keys = fixtureTrustDocument().keys.map((key) =>
      key.holder === HOLDERS.governance[0] ? { ...key, valid_until: AT } : key,
    );
    const minimum = { minimum_serial: 2, demanded_from: T.rosterIssued };
    for (const [trust, why] of [
      [trustWith({ keys }), 'endorsement.threshold'],
      [trustWith({ tenants: [{ ...fixtureTenant(), standing: minimum }] }), 'endorsement.serial'],
    ] as const) {
      const strict = registryOver({ trust });
      for (const asked of [strict.standingInForce(AT), strict.policyInForce(AT), strict.rosterInForce(AT)])
        expect(await refusal(asked)).toMatchObject({ code: 'registry.unendorsed', cause: { code: why } });
      expect((await refusal(strict.inForce(AT))).code).toBe('registry.unendorsed');
    }
  });
});

describe('a standing is refused', () => {
  /** Neither bound nor stored. */
  async function untouched(document: Standing): Promise<void> {
    expect([await bound('standing'), await bound('standing-next')]).toEqual([[], []]);
    expect(documents.has(digestJson(document))).toBe(false);
  }

  it.each<[string, readonly Document[], Standing]>([
    ['a policy', [ROSTER], standing],
    ['a roster', [policy], standing],
    ['a policy, which is in the store,', [policy, ROSTER], fixtureStanding({ policy: named(secondPolicy) })],
    ['a roster, which is in the store,', [policy, ROSTER], fixtureStanding({ roster: named(secondRoster) })],
    [
      'an accepted policy',
      [policy, ROSTER],
      fixtureStanding({ accepted_policies: [digestJson(policy), digestJson(secondPolicy)].sort() }),
    ],
    ['a roster as its policy', [policy, ROSTER], fixtureStanding({ policy: named(ROSTER) })],
    ['a roster as an accepted policy', [policy, ROSTER], fixtureStanding({ accepted_policies: [digestJson(ROSTER)] })],
  ])('that names %s that was never published as such: registry.empty', async (_, before, document) => {
    await publishAll(...before);
    for (const stored of [secondPolicy, secondRoster]) await store.put(canonicalBytes(stored));
    const error = await refusal(publish(document));
    expect(error).toBeInstanceOf(RegistryError);
    expect(error.code).toBe('registry.empty');
    await untouched(document);
  });

  it.each(['policy', 'roster'] as const)('that names another serial than its %s has', async (kind) => {
    await publishAll(policy, ROSTER);
    const wrong = fixtureStanding({ [kind]: { ...standing[kind], serial: 2 } });
    expect(await refusal(publish(wrong))).toMatchObject({
      code: 'registry.succession',
      path: `$.${kind}.serial`,
      expected: '1',
      got: '2',
    });
    await untouched(wrong);
  });

  // shows: R27
  it.each(['policy', 'roster'] as const)('that goes back behind the %s of the one before', async (kind) => {
    await publishAll(policy, ROSTER, kind === 'policy' ? secondPolicy : secondRoster);
    const forward = fixtureStanding({ [kind]: named(kind === 'policy' ? secondPolicy : secondRoster) });
    await publish(forward);
    await publishAll(...(kind === 'policy' ? [secondRoster] : [secondPolicy]), thirdPolicy, after(secondRoster));
    const now = { policy: 1, roster: 1, [kind]: 2 };
    expect(await refusal(publish(after(forward, { [kind]: standing[kind] })))).toMatchObject({
      code: 'registry.succession',
      path: `$.${kind}.serial`,
      expected: 'at least 2',
      got: '1',
    });
    expect(await serials()).toEqual({ standing: 1, ...now });
    // Where it stays, and where it goes on, it is taken.
    const stays = after(forward);
    const goesOn = after(stays, { policy: named(thirdPolicy), roster: named(after(secondRoster)) });
    await publish(stays);
    expect(await serials()).toEqual({ standing: 2, ...now });
    await publish(goesOn);
    expect(await serials()).toEqual({ standing: 3, policy: 3, roster: 3 });
  });

  it.each<[string, Partial<Standing>]>([
    ['tenant', { tenant: 'globex' }],
    ['installation', { origin: 'other.example' }],
  ])('of another %s', async (_, changes) => {
    await publishAll(policy, ROSTER);
    const foreign = fixtureStanding(changes);
    expect(await refusal(publish(foreign))).toMatchObject({
      code: 'registry.tenant',
      expected: `${ORIGIN} / ${TENANT}`,
      got: `${foreign.origin} / ${foreign.tenant}`,
    });
    await untouched(foreign);
  });

  it.each<[string, readonly string[], string]>([
    ['nobody', [], 'endorsement.threshold'],
    ['one of two', HOLDERS.governance.slice(0, 1), 'endorsement.threshold'],
    ['the keys of policies', HOLDERS.policy, 'endorsement.key'],
    ['the keys of rosters', HOLDERS.roster, 'endorsement.key'],
    ['the keys of the service', [HOLDERS.permit, HOLDERS.acknowledgement, HOLDERS.seal], 'endorsement.key'],
    ['the emergency key, beside enough others', [...HOLDERS.governance, HOLDERS.emergency], 'endorsement.key'],
  ])('that %s endorsed', async (_, holders, code) => {
    await publishAll(policy, ROSTER);
    expect((await refusal(publish(standing, endorsementsOf(standing, holders)))).code).toBe(code);
    await untouched(standing);
  });

  it('that is none, or speaks for too long', async () => {
    await publishAll(policy, ROSTER);
    const long = fixtureStanding({ not_after: shift(standing.issued_at, STANDING_LONGEST_S + 1) });
    expect((await refusal(publish(long))).code).toBe('standing.window');
    await untouched(long);
    const roster = registry.publish('standing', canonicalBytes(ROSTER), endorsementsOf(ROSTER), AT);
    expect((await refusal(roster)).code).toBe('document.type');
  });

  it.each([
    ['over', '$.not_after', { not_after: AT }, { not_after: timestamp(instant(AT) + 1) }],
    [
      'of the future',
      '$.issued_at',
      { issued_at: timestamp(instant(AT) + CLOCK_TOLERANCE_MS + 1) },
      { issued_at: timestamp(instant(AT) + CLOCK_TOLERANCE_MS) },
    ],
  ])('that is %s: registry.silent', async (_, path, silent, speaking) => {
    await publishAll(policy, ROSTER);
    const refused = fixtureStanding(silent);
    expect(await refusal(publish(refused))).toMatchObject({ code: 'registry.silent', path });
    await untouched(refused);
    await publish(fixtureStanding(speaking));
  });

  it('below the least serial of the trust file', async () => {
    await publishAll(policy, ROSTER);
    const tenants = [{ ...fixtureTenant(), standing: { minimum_serial: 2, demanded_from: T.rosterIssued } }];
    const strict = registryOver({ trust: trustWith({ tenants }) });
    expect((await refusal(publish(standing, endorsementsOf(standing), strict))).code).toBe('endorsement.serial');
    await publish(fixtureStanding({ serial: 2 }), endorsementsOf(fixtureStanding({ serial: 2 })), strict);
  });
});

describe('the succession of standings', () => {
  const second = after(standing, { issued_at: T.packed });

  beforeEach(() => publishAll(policy, ROSTER));

  it('begins with one that follows none', async () => {
    expect(await refusal(publish(second))).toMatchObject({ code: 'registry.succession', path: '$.predecessor' });
    expect(await serials()).toMatchObject({ standing: null });
  });

  it.each<[string, Standing, string]>([
    ['the one before', standing, '$.serial'],
    ['another first one, of a higher serial', fixtureStanding({ serial: 9 }), '$.predecessor'],
    ['another of the same serial', after(standing, { issued_at: T.requested }), '$.serial'],
    ['another that follows the first, of a higher serial', after(standing, { serial: 3 }), '$.predecessor'],
    ['one that follows something else', after(second, { predecessor: digestJson(policy) }), '$.predecessor'],
  ])('does not go on with %s', async (_, document, path) => {
    await publishAll(standing, second);
    expect(await refusal(publish(document))).toMatchObject({ code: 'registry.succession', path });
    expect(await serials()).toMatchObject({ standing: 2 });
  });

  it('takes the same one again, with the endorsements of the first time', async () => {
    const first = await publish(standing);
    expect(await publish(standing)).toEqual(first);
    expect(await publish(standing, endorsementsOf(standing, HOLDERS.governance.slice(1)))).toEqual(first);
    expect((await registryOver().standingInForce(AT))?.reference).toEqual(first);
    expect(await bound('standing')).toEqual(['1']);
  });

  // shows: R30
  it.each<[string, Standing | null, Standing, Standing]>([
    ['first ones', null, standing, fixtureStanding({ serial: 2 })],
    ['ones after the first', standing, second, after(standing, { serial: 3 })],
  ])('has one, of two %s that come at once', async (_, before, one, other) => {
    if (before) await publish(before);
    const both = [one, other].map((document) => publish(document, endorsementsOf(document), registryOver()));
    const settled = await Promise.allSettled(both);
    expect(settled.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const lost = settled.find(({ status }) => status === 'rejected') as PromiseRejectedResult;
    expect(lost.reason).toMatchObject({ code: 'registry.succession', path: '$.predecessor' });
    const stands = settled[0]?.status === 'fulfilled' ? one : other;
    expect(await serials()).toMatchObject({ standing: stands.serial });
    expect(await bound('standing')).toHaveLength(before ? 2 : 1);
  });

  it.each([
    ['standing-next', 'before'],
    ['standing-next', 'after'],
    ['standing', 'before'],
    ['standing', 'after'],
  ] as const)('cut off at %s, %s it stood, is completed by publishing it again', async (name, when) => {
    await publish(standing);
    let left = 1;
    const failing = ledgerWith({
      async bind(inRegistry, key, value) {
        const cut = inRegistry === registryNamed(name) && left-- > 0;
        if (cut && when === 'before') throw unavailable('cut', 'cut before it stood', 'not_stored');
        const binding = await ledger.bind(inRegistry, key, value);
        if (cut) throw unavailable('cut', 'cut before the answer', 'unknown');
        return binding;
      },
    });
    const cut = publish(second, endorsementsOf(second), registryOver({ over: failing }));
    expect((await refusal(cut)).code).toBe('ledger.unavailable');
    expect(await serials()).toMatchObject({ standing: name === 'standing' && when === 'after' ? 2 : 1 });
    await publish(second);
    expect(await serials()).toMatchObject({ standing: 2 });
    await publish(after(second));
  });
});

describe('a binding', () => {
  const second = after(standing, { policy: named(secondPolicy), accepted_policies: [digestJson(policy)] });

  beforeEach(() => publishAll(policy, ROSTER, standing, secondPolicy, second));

  it('of another serial does not bring an old standing back into force', async () => {
    const name = registryNamed('standing');
    await ledger.bind(name, '99', (await ledger.bindings(name)).get('1') ?? '');
    const error = { code: 'registry.bound', path: `$.${name}` };
    const fresh = registryOver();
    for (const asked of [
      fresh.standingInForce(AT),
      fresh.inForce(AT),
      fresh.policyInForce(AT),
      fresh.rosterInForce(AT),
    ])
      expect(await refusal(asked)).toMatchObject(error);
    expect(await refusal(publish(after(second)))).toMatchObject(error);
  });

  it('of a publication of another kind or tenant, or of none, puts nothing in force', async () => {
    const name = registryNamed('standing');
    const published = (await ledger.bindings(name)).get('2') ?? '';
    const publication = JSON.parse(new TextDecoder().decode(await store.get(parseDigest(published)))) as object;
    for (const [serial, forged, code] of [
      [3, { tenant: 'globex' }, 'registry.bound'],
      [4, { kind: 'roster' }, 'registry.bound'],
      [5, { _type: 'application/vnd.countersign.standing.v1+json' }, 'document.type'],
    ] as const) {
      await ledger.bind(name, `${serial}`, await store.put(canonicalBytes({ ...publication, serial, ...forged })));
      expect((await refusal(registryOver().standingInForce(AT))).code).toBe(code);
    }
  });

  it.each([
    ['policy', 2, fixturePolicy({ serial: 2, version: '9.0.0' })],
    ['roster', 1, { ...ROSTER, issued_at: T.packed }],
  ] as const)('of another %s under the serial that the standing names: registry.bound', async (kind, serial, other) => {
    const theirs = createMemoryLedger({ macKeys: [KEY], storage: createMemoryStorage() });
    await publish(other, endorsementsOf(other), registryOver({ over: theirs }));
    const name = registryNamed(kind);
    const forged = ledgerWith({ bindings: (asked) => (asked === name ? theirs : ledger).bindings(asked) });
    const over = registryOver({ over: forged });
    const asked = kind === 'policy' ? over.policyInForce(AT) : over.rosterInForce(AT);
    expect(await refusal(asked)).toMatchObject({
      code: 'registry.bound',
      path: `$.${name}`,
      expected: second[kind].digest,
      got: digestJson(other),
    });
    expect(second[kind].serial).toBe(serial);
    expect((await refusal(over.inForce(AT))).code).toBe('registry.bound');
  });

  it.each(['policy', 'roster'] as const)(
    'of the %s that the standing names is missed: registry.empty',
    async (kind) => {
      const name = registryNamed(kind);
      const lost = ledgerWith({
        async bindings(asked) {
          const all = new Map(await ledger.bindings(asked));
          if (asked === name) all.delete(`${second[kind].serial}`);
          return all;
        },
      });
      const over = registryOver({ over: lost });
      const asked = kind === 'policy' ? over.policyInForce(AT) : over.rosterInForce(AT);
      expect(await refusal(asked)).toMatchObject({ code: 'registry.empty', expected: second[kind].digest });
    },
  );
});

describe('a trust file that has moved on', () => {
  const second = fixtureStanding({ serial: 2, predecessor: digestJson(fixtureStanding()) });

  it('whose least serial is above the standing in force lets the next one follow', async () => {
    await publishAll(policy, ROSTER, fixtureStanding());
    const [tenant] = fixtureTrustDocument().tenants;
    if (tenant === undefined) throw new TypeError('the fixture has a tenant');
    const tenants = [{ ...tenant, standing: { minimum_serial: 2, demanded_from: T.rosterIssued } }];
    const raised = registryOver({ trust: trustWith({ tenants }) });
    expect((await refusal(raised.standingInForce(AT))).code).toBe('registry.unendorsed');
    await publish(second, undefined, raised);
    expect((await raised.standingInForce(AT))?.reference.serial).toBe(2);
  });

  it('whose governance is another lets the next one follow, by those who govern now', async () => {
    await publishAll(policy, ROSTER, fixtureStanding());
    const others = ['g-four', 'g-five'];
    const keys = [
      ...fixtureTrustDocument().keys.filter(({ use }) => use !== 'governance'),
      ...others.map((holder) => trustKeyEntry('governance', holder)),
    ];
    const trust = trustWith({ keys }, others);
    await publish(second, endorsedStanding(second, others).endorsements, registryOver({ trust }));
    expect((await registryOver({ trust }).standingInForce(AT))?.reference.serial).toBe(2);
  });

  it('whose policy holders are others keeps no standing from accepting an older policy', async () => {
    const next = fixturePolicy({ version: '1.3.0', serial: 2, predecessor: digestJson(policy) });
    await publishAll(policy, next, ROSTER);
    const minimum = fixtureTrustDocument().tenants.map((tenant) => ({ ...tenant, minimum_policy_serial: 2 }));
    const raised = registryOver({ trust: trustWith({ tenants: minimum }) });
    const accepting = fixtureStanding({
      policy: { serial: 2, digest: digestJson(next) },
      accepted_policies: [digestJson(policy)],
    });
    await publish(accepting, undefined, raised);
    const stranger = { ...accepting, serial: 2, predecessor: digestJson(accepting) };
    const refused = publish({ ...stranger, accepted_policies: [digestOf('never published')] }, undefined, raised);
    expect((await refusal(refused)).code).toBe('registry.empty');
  });
});

describe('a standing that was cut off, and has ended since', () => {
  it('is completed, so that the next one can follow', async () => {
    await publishAll(policy, ROSTER, fixtureStanding());
    const short = fixtureStanding({ serial: 2, predecessor: digestJson(fixtureStanding()), not_after: shift(AT, 60) });
    const cut = ledgerWith({
      async bind(name, key, value) {
        if (name === registryNamed('standing')) throw new RangeError('cut off');
        return ledger.bind(name, key, value);
      },
    });
    await expect(publish(short, undefined, registryOver({ over: cut }))).rejects.toThrow(RangeError);
    const later = shift(AT, 3600);
    const put = (document: Standing) =>
      registryOver().publish('standing', canonicalBytes(document), endorsedStanding(document).endorsements, later);
    await put(short);
    await put(short);
    const third = fixtureStanding({ serial: 3, predecessor: digestJson(short) });
    await put(third);
    expect((await registryOver().standingInForce(later))?.reference.digest).toBe(digestJson(third));
  });
});

// shows: R62
describe('emergency freezes', () => {
  const until = '2026-02-25T20:00:00.000Z';
  const last = '2026-02-25T19:59:59.999Z';
  const frozen = signedFreeze();
  const listed = async (at: string = T.claimed, over: Registry = registryOver()) =>
    (await over.freezesAt(at)).map(({ digest }) => digest).sort();

  it('are none at first', async () => {
    expect(await listed()).toEqual([]);
  });

  it('are listed once they are published, and read by their digest', async () => {
    expect(await registry.publishFreeze(frozen, T.claimed)).toBe(digestJson(frozen));
    expect(await listed()).toEqual([digestJson(frozen)]);
    const [found] = await registryOver().freezesAt(T.claimed);
    expect(found?.statement).toMatchObject({ incident: 'INC-2041', environments: ['production'], until });
    expect(await registryOver().freeze(digestJson(frozen))).toEqual(found);
    expect(found?.parsed.envelope).toEqual(frozen);
  });

  it('need no policy, no roster and no standing to be there', async () => {
    await registry.publishFreeze(frozen, T.claimed);
    expect((await refusal(registry.policyInForce(AT))).code).toBe('registry.empty');
    expect(await listed()).toEqual([digestJson(frozen)]);
  });

  it('are one, however often they are published; and several, where they say several things', async () => {
    for (const at of [T.claimed, T.claimed, last]) await registry.publishFreeze(frozen, at);
    expect(await bound('freeze')).toEqual([digestJson(frozen)]);
    const another = signedFreeze({ incident: 'INC-2042' });
    await Promise.all([another, another, frozen].map((one) => registryOver().publishFreeze(one, T.claimed)));
    expect(await listed()).toEqual([frozen, another].map((one) => digestJson(one)).sort());
  });

  it.each([until, shift(until, 1)])('are refused once they are over: registry.silent', async (at) => {
    expect(await refusal(registry.publishFreeze(frozen, at))).toMatchObject({
      code: 'registry.silent',
      path: '$.payload.until',
      got: expect.stringContaining(until),
    });
    expect([await bound('freeze'), documents.size]).toEqual([[], 0]);
    await registry.publishFreeze(frozen, last);
  });

  it('are not listed from the instant on at which they run out, and read by their digest after it', async () => {
    const longer = signedFreeze({ incident: 'INC-2042', until: shift(until, 60) });
    for (const one of [frozen, longer]) await registry.publishFreeze(one, T.claimed);
    expect(await listed(last)).toHaveLength(2);
    expect(await listed(until)).toEqual([digestJson(longer)]);
    expect(await listed(shift(until, 60))).toEqual([]);
    expect((await registryOver().freeze(digestJson(frozen))).statement.incident).toBe('INC-2041');
  });

  it.each<[string, Envelope, string]>([
    ['a governance key', signedFreeze({ signer: HOLDERS.governance[0] ?? '' }), 'statement.key_unknown'],
    ['a permit key', signedFreeze({}, keyOfActor(HOLDERS.permit)), 'statement.key_unknown'],
    ["an approver's key", signedFreeze({}, keyOfActor(ACTORS.executive)), 'statement.key_unknown'],
    ['a stranger', signedFreeze({}, keyFrom('stranger')), 'statement.key_unknown'],
    [
      'the emergency key, under another name',
      signedFreeze({ signer: 'e-two' }, keyOfActor(HOLDERS.emergency)),
      'statement.key_owner',
    ],
    [
      'nobody: the signature is that of another freeze',
      { ...signedFreeze(), signatures: signedFreeze({ incident: 'INC-1' }).signatures },
      'statement.signature',
    ],
    ['the emergency key, for another tenant', signedFreeze({ tenant: 'globex' }), 'document.tenant'],
    ['the emergency key, for another installation', signedFreeze({ origin: 'other.example' }), 'document.origin'],
    ['an approver, who approves', signedApproval(), 'statement.kind'],
  ])('signed by %s are refused', async (_, envelope, code) => {
    expect((await refusal(registry.publishFreeze(envelope, T.claimed))).code).toBe(code);
    expect([await bound('freeze'), documents.size]).toEqual([[], 0]);
  });

  it('are refused by, and unknown to, the registry of another tenant', async () => {
    const other = registryOver({ tenant: 'globex' });
    expect((await refusal(other.publishFreeze(frozen, T.claimed))).code).toBe('document.tenant');
    await registry.publishFreeze(frozen, T.claimed);
    expect(await listed(T.claimed, other)).toEqual([]);
    expect((await refusal(other.freeze(digestJson(frozen)))).code).toBe('document.tenant');
  });

  it('are believed for their signature, not for being bound', async () => {
    const forged = signedFreeze({}, keyFrom('stranger'));
    await store.put(canonicalBytes(forged));
    await ledger.bind(registryNamed('freeze'), digestJson(forged), until);
    await registry.publishFreeze(frozen, T.claimed);
    expect(await listed()).toEqual([digestJson(frozen)]);
    expect((await refusal(registry.freeze(digestJson(forged)))).code).toBe('statement.key_unknown');
  });

  it('are those of the emergency keys that the trust file names', async () => {
    await registry.publishFreeze(frozen, T.claimed);
    const keys = fixtureTrustDocument().keys.map((key) =>
      key.use === 'emergency' ? trustKeyEntry('emergency', 'e-two', { tenant: TENANT }) : key,
    );
    const renewed = registryOver({ trust: trustWith({ keys }) });
    const other = signedFreeze({ signer: 'e-two' }, keyFrom('e-two'));
    await renewed.publishFreeze(other, T.claimed);
    expect(await listed(T.claimed, renewed)).toEqual([digestJson(other)]);
    expect((await refusal(renewed.freeze(digestJson(frozen)))).code).toBe('statement.key_unknown');
  });

  it('are a fault, and not nothing, where one cannot be looked at', async () => {
    await registry.publishFreeze(frozen, T.claimed);
    const keys = {
      get: () => {
        throw new RangeError('broken index');
      },
    } as unknown as TrustFile['keys'];
    await expect(registryOver({ trust: { ...fixtureTrust(), keys } }).freezesAt(T.claimed)).rejects.toThrow(RangeError);
    documents.delete(digestJson(frozen));
    expect((await refusal(registryOver().freezesAt(T.claimed))).code).toBe('store.not_found');
  });

  it('count where their key was in force when they were signed, also after it has ended', async () => {
    const window = { valid_from: T.approved, valid_until: T.claimed };
    const keys = fixtureTrustDocument().keys.map((key) => (key.use === 'emergency' ? { ...key, ...window } : key));
    const over = registryOver({ trust: trustWith({ keys }) });
    for (const signed_at of [timestamp(instant(T.approved) - 1), T.claimed])
      expect((await refusal(over.publishFreeze(signedFreeze({ signed_at }), T.claimed))).code).toBe(
        'statement.key_window',
      );
    expect(await bound('freeze')).toEqual([]);
    await over.publishFreeze(frozen, T.approved);
    expect(await listed(T.cleared, over)).toEqual([digestJson(frozen)]);
  });

  it('are refused where they are of the future, by more than clocks differ: registry.silent', async () => {
    const dated = (by: number) => signedFreeze({ signed_at: timestamp(instant(T.claimed) + by) });
    expect(await refusal(registry.publishFreeze(dated(CLOCK_TOLERANCE_MS + 1), T.claimed))).toMatchObject({
      code: 'registry.silent',
    });
    expect([await bound('freeze'), documents.size]).toEqual([[], 0]);
    await registry.publishFreeze(dated(CLOCK_TOLERANCE_MS), T.claimed);
    expect(await listed()).toEqual([digestJson(dated(CLOCK_TOLERANCE_MS))]);
  });

  it('are all there, however many', async () => {
    const many = Array.from({ length: 20 }, (_, index) => signedFreeze({ incident: `INC-${index}` }));
    for (const one of many) await registry.publishFreeze(one, T.claimed);
    for (let asked = 0; asked < 2; asked += 1)
      expect(await listed(T.claimed, registry)).toEqual(many.map((one) => digestJson(one)).sort());
  });
});

const settled = async (act: Promise<void>): Promise<object> => ({ act: await act });

function restrictionsOver(over: Registry, through: Ledger) {
  return createRestrictions({ ledger: through, store, trust: fixtureTrust(), tenant: TENANT, registry: over });
}

/** The fixture's roster, in which one person may judge what was found. */
const OFFICERED: Roster = {
  ...ROSTER,
  persons: ROSTER.persons.map((person) =>
    person.actor_id === ACTORS.securityOwner
      ? { ...person, grants: [...person.grants, grant('integrity_officer')] }
      : person,
  ),
};
const officered = fixtureStanding({ roster: { serial: 1, digest: digestJson(OFFICERED) } });

const asking = succeeding({ version: '9.0.0', serial: policy.serial + 1, predecessor: digestJson(policy) });

describe('publicationRegistries', () => {
  /** The names that one act binds in, in the order of binding. */
  async function bindings(act: (over: Registry, through: Ledger) => Promise<unknown>): Promise<string[]> {
    const names: string[] = [];
    const recording = ledgerWith({
      async bind(name, key, value) {
        names.push(name);
        return ledger.bind(name, key, value);
      },
    });
    await act(registryOver({ over: recording }), recording);
    return names;
  }

  it('are all registries that anything is bound in, each once, in the opposite order of binding', async () => {
    const found = { decisionId: DECISION_ID, code: 'ledger.mac', head: null, at: AT } as const;
    const officer = () => createRestrictions({ ledger, store, trust: fixtureTrust(), tenant: TENANT, registry });
    const acts: ((over: Registry, through: Ledger) => Promise<Digest | object>)[] = [
      ...[policy, OFFICERED, officered, asking].map(
        (document) => (over: Registry) => publish(document, undefined, over),
      ),
      (over) => over.publishFreeze(signedFreeze(), T.claimed),
      (_, through) =>
        settled(createReviews({ ledger: through, tenant: TENANT }).due({ decisionId: DECISION_ID, reviewBy: AT })),
      (_, through) => settled(createReviews({ ledger: through, tenant: TENANT }).made(DECISION_ID, DECISION_ID)),
      (over, through) => restrictionsOver(over, through).enter(found),
      (_, through) =>
        createReleases({ ledger: through, store, trust: fixtureTrust(), tenant: TENANT }).record(letOut(DECISION_ID)),
      (_, through) =>
        settled(
          createReleases({ ledger: through, store, trust: fixtureTrust(), tenant: TENANT }).due(letOut(DECISION_ID)),
        ),
      async (over, through) =>
        restrictionsOver(over, through).lift(signedLifting({ restrictions: [await officer().enter(found)] }), AT),
    ];
    const listed = publicationRegistries(TENANT);
    const all = new Set<string>();
    for (const act of acts) {
      const names = await bindings(act);
      for (const name of names) all.add(name);
      const places = names.toReversed().map((name) => listed.indexOf(name));
      expect(places).toEqual(places.toSorted((a, b) => a - b));
    }
    expect([...listed].sort()).toEqual([...all].sort());
    // Whoever copies a standing finds, later, what it names.
    const place = (kind: Kind) => listed.indexOf(registryNamed(kind));
    expect(place('standing')).toBeLessThan(Math.min(place('policy'), place('roster')));
  });

  it('are of one tenant', () => {
    const [here, there] = [publicationRegistries(TENANT), publicationRegistries('globex')];
    expect(here.filter((name) => there.includes(name))).toEqual([]);
    expect(there).toContain(registryNamed('standing', 'globex'));
  });
});
