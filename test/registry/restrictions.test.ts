import { beforeEach, describe, expect, it } from 'vitest';
import { canonicalBytes, type Digest, digestJson, type Envelope, publicKeyToBase64 } from '../../core/canon/index.ts';
import { RESTRICTION_TYPE, type TrustFile } from '../../documents/index.ts';
import type { Roster } from '../../documents/roster.ts';
import { createMemoryLedger, type Ledger } from '../../ledger/index.ts';
import { createRegistry, createRestrictions, type Finding, type Restrictions } from '../../registry/index.ts';
import { tenantRegistry } from '../../registry/names.ts';
import { createMemoryStore } from '../../store/index.ts';
import {
  ACTORS,
  DECISION_ID,
  digestOf,
  fixtureTrust,
  fixtureTrustDocument,
  grant,
  HOLDERS,
  keyFrom,
  keyOfActor,
  ORIGIN,
  rosterKey,
  signedFreeze,
  signedLifting,
  T,
  TENANT,
  trustKeyEntry,
} from '../documents/fixtures.ts';
import { endorsedRoster, ROSTER, shift } from '../verifier/fixture-pack.ts';

/** What puts a tenant into restriction, and who ends it (ruling 12), over a ledger and a store in memory. */

const OFFICER = ACTORS.securityOwner;
const OTHER_ID = '11111111-2222-8333-8444-555555555555';

/** The fixture's roster, with these grants for one of its people. */
function granting(actor: string, grants: Roster['persons'][number]['grants']): Roster {
  return {
    ...ROSTER,
    persons: ROSTER.persons.map((person) =>
      person.actor_id === actor ? { ...person, grants: [...person.grants, ...grants] } : person,
    ),
  };
}

const trust = fixtureTrust();
const FRESH = publicKeyToBase64(keyFrom('a key of the service').publicKey);
const finding: Finding = {
  decisionId: DECISION_ID,
  code: 'ledger.mac',
  head: { sequence: 3, hash: digestOf('head') },
  at: T.approved,
};

let ledger: Ledger;
const store = createMemoryStore();

async function restrictionsUnder(roster: Roster, tenant = TENANT): Promise<Restrictions> {
  const registry = createRegistry({ ledger, store, trust, tenant: TENANT });
  await registry.publish('roster', canonicalBytes(roster), endorsedRoster(roster).endorsements, T.requested);
  return createRestrictions({ ledger, store, trust, tenant, registry });
}

let restrictions: Restrictions;

beforeEach(async () => {
  ledger = createMemoryLedger({ macKeys: [new Uint8Array(32).fill(7)] });
  restrictions = await restrictionsUnder(granting(OFFICER, [grant('integrity_officer')]));
});

const inForce = async (of: Restrictions = restrictions) => (await of.inForce()).map(({ digest }) => digest);

const lifting = (named: readonly Digest[], changes: Parameters<typeof signedLifting>[0] = {}): Envelope =>
  signedLifting({ restrictions: [...named].sort(), ...changes });

async function refusal(promise: Promise<unknown>): Promise<{ code?: string }> {
  return promise.then(
    () => ({}),
    (error: { code: string }) => error,
  );
}

describe('a restriction', () => {
  it('is what was found, bound to the decision it was found in', async () => {
    expect(await inForce()).toEqual([]);
    const digest = await restrictions.enter(finding);
    expect(await restrictions.inForce()).toEqual([
      {
        digest,
        document: {
          _type: RESTRICTION_TYPE,
          origin: ORIGIN,
          tenant: TENANT,
          decision_id: DECISION_ID,
          code: 'ledger.mac',
          head: { sequence: 3, hash: digestOf('head') },
          found_at: T.approved,
        },
      },
    ]);
    expect(await restrictions.once(digest)).toBe(digest);
    expect(await restrictions.restricting()).toBe(digest);
  });

  it('is one a decision, the first, however often it is found', async () => {
    const first = await restrictions.enter(finding);
    expect(await restrictions.enter({ ...finding, code: 'ledger.corrupt', at: T.cleared })).toBe(first);
    const other = await restrictions.enter({ ...finding, decisionId: OTHER_ID, head: null });
    expect(await inForce()).toEqual([first, other].sort());
  });

  it('is of one tenant', async () => {
    await restrictions.enter(finding);
    const registry = createRegistry({ ledger, store, trust, tenant: 'globex' });
    expect(await inForce(createRestrictions({ ledger, store, trust, tenant: 'globex', registry }))).toEqual([]);
  });

  it.each(['junk', 'aaaaaaaa-bbbb-1ccc-8ddd-eeeeeeeeeeee', ''])(
    'is not entered for %j, which is no decision: it could be judged by nobody',
    async (decisionId) => {
      expect((await refusal(restrictions.enter({ ...finding, decisionId }))).code).toBe('document.shape');
      expect(await inForce()).toEqual([]);
    },
  );

  it('that can be read no more restricts all the same, and is lifted', async () => {
    const unreadable = await store.put(new TextEncoder().encode('{}'));
    for (const [id, digest] of [
      [OTHER_ID, digestOf('lost')],
      ['junk', unreadable],
    ] as const) {
      await ledger.bind(tenantRegistry('restriction', TENANT), id, digest);
    }
    const both = [digestOf('lost') as Digest, unreadable].sort();
    expect(await restrictions.inForce()).toEqual(both.map((digest) => ({ digest, document: null })));
    expect(await restrictions.restricting()).toBe(both[0]);
    expect(await restrictions.lift(lifting(both), T.cleared)).toEqual(both);
    expect(await inForce()).toEqual([]);
  });

  it('that was never entered is none', async () => {
    expect((await refusal(restrictions.once(digestOf('made up')))).code).toBe('registry.empty');
  });
});

describe('lifting', () => {
  it('ends what it names and nothing else, and for good', async () => {
    const first = await restrictions.enter(finding);
    const second = await restrictions.enter({ ...finding, decisionId: OTHER_ID });
    expect(await restrictions.lift(lifting([first]), T.cleared)).toEqual([first]);
    expect(await inForce()).toEqual([second]);
    // The chain is as broken as it was: what was judged is not found again.
    expect(await restrictions.enter({ ...finding, at: shift(T.cleared, 60) })).toBe(first);
    expect(await inForce()).toEqual([second]);
    expect(await restrictions.once(first)).toBe(first);
    expect(await restrictions.restricting()).toBe(second);
    await restrictions.lift(lifting([first, second]), T.cleared);
    expect(await inForce()).toEqual([]);
    expect(await restrictions.restricting()).toBeNull();
  });

  it('is believed for the statement, whoever wrote in the ledger that there was one', async () => {
    const first = await restrictions.enter(finding);
    const other = await restrictions.enter({ ...finding, decisionId: OTHER_ID });
    const name = tenantRegistry('restriction-lifted', TENANT);
    const forged = async (lifting: Envelope) => {
      const statement = await store.put(canonicalBytes(lifting));
      await ledger.bind(name, statement, await recordedAs());
    };
    await forged(signedLifting({ signer: ACTORS.executive, restrictions: [first, other].sort() }));
    await forged(lifting([first, other], { tenant: 'globex' }));
    await forged(signedLifting({ restrictions: [first, other].sort() }, keyOfActor(ACTORS.executive)));
    await ledger.bind(name, digestOf('no statement'), await recordedAs());
    await ledger.bind(name, digestOf('no record'), digestOf('nowhere'));
    expect(await inForce()).toEqual([first, other].sort());
    expect(await inForce(await restrictionsUnder(granting(OFFICER, [grant('integrity_officer')])))).toHaveLength(2);
  });

  /** What the registry notes of a lifting. */
  async function recordedAs(): Promise<Digest> {
    const { reference } = await createRegistry({ ledger, store, trust, tenant: TENANT }).rosterInForce(T.cleared);
    const record = { _type: 'application/vnd.countersign.lifted.v1+json', tenant: TENANT, at: T.cleared };
    return store.put(canonicalBytes({ ...record, roster: reference.digest }));
  }

  it('is not made by whoever has the sealing key: a roster that nobody endorsed names no officer', async () => {
    const first = await restrictions.enter(finding);
    const stranger = keyFrom('p-mallory');
    const forged: Roster = {
      ...ROSTER,
      serial: 900,
      persons: [
        ...ROSTER.persons,
        { actor_id: 'p-mallory', keys: [rosterKey('p-mallory', stranger)], grants: [grant('integrity_officer')] },
      ],
    };
    const document = await store.put(canonicalBytes(forged));
    const publication = await store.put(
      canonicalBytes({
        _type: 'application/vnd.countersign.publication.v1+json',
        kind: 'roster',
        tenant: TENANT,
        serial: 900,
        document,
        endorsements: [await store.put(canonicalBytes(signedFreeze()))],
      }),
    );
    await ledger.bind(tenantRegistry('roster', TENANT), '900', publication);
    const statement = signedLifting({ signer: 'p-mallory', restrictions: [first] }, stranger);
    const lifting = await store.put(canonicalBytes(statement));
    const record = { _type: 'application/vnd.countersign.lifted.v1+json', tenant: TENANT, at: T.cleared };
    await ledger.bind(
      tenantRegistry('restriction-lifted', TENANT),
      lifting,
      await store.put(canonicalBytes({ ...record, roster: document })),
    );
    expect(await inForce()).toEqual([first]);
  });

  it('stays, and another is made, where an older publication of rosters is lost', async () => {
    await ledger.bind(tenantRegistry('roster', TENANT), '0', digestOf('lost'));
    const first = await restrictions.enter(finding);
    await restrictions.lift(lifting([first]), T.cleared);
    const registry = createRegistry({ ledger, store, trust, tenant: TENANT });
    expect(await inForce(createRestrictions({ ledger, store, trust, tenant: TENANT, registry }))).toEqual([]);
  });

  it('says so where something else stands in its place; another officer ends what it could not', async () => {
    const first = await restrictions.enter(finding);
    const signed = lifting([first]);
    await ledger.bind(tenantRegistry('restriction-lifted', TENANT), digestJson(signed), digestOf('nowhere'));
    expect((await refusal(restrictions.lift(signed, T.cleared))).code).toBe('registry.bound');
    expect(await inForce()).toEqual([first]);
    await restrictions.lift(lifting([first], { incident: 'INC-2' }), T.cleared);
    expect(await inForce()).toEqual([]);
  });

  it.each<[string, () => TrustFile]>([
    [
      'its officer serves later',
      () => {
        const document = fixtureTrustDocument();
        const taken = { ...trustKeyEntry('seal', OFFICER), valid_from: shift(T.cleared, 1) };
        return fixtureTrust({ ...document, keys: [...document.keys, { ...taken, public_key: FRESH }] });
      },
    ],
    [
      'the trust file has taken over a key of the roster of its day',
      () => {
        const document = fixtureTrustDocument();
        const taken = trustKeyEntry('emergency', 'e-two', { tenant: TENANT });
        const { public_key } = trustKeyEntry('seal', ACTORS.executive);
        return fixtureTrust({ ...document, keys: [...document.keys, { ...taken, public_key }] });
      },
    ],
  ])('stays where %s', async (_, later) => {
    const first = await restrictions.enter(finding);
    await restrictions.lift(lifting([first]), T.cleared);
    const changed = later();
    const registry = createRegistry({ ledger, store, trust: changed, tenant: TENANT });
    const renewed = createRestrictions({ ledger, store, trust: changed, tenant: TENANT, registry });
    expect(await inForce(renewed)).toEqual([]);
  });

  it('names only what was entered; else it ends nothing', async () => {
    const first = await restrictions.enter(finding);
    const named = [first, digestOf('made up') as Digest];
    expect((await refusal(restrictions.lift(lifting(named), T.cleared))).code).toBe('registry.empty');
    expect(await inForce()).toEqual([first]);
  });

  const limited = { ...grant('integrity_officer'), environments: ['dev' as const] };
  const narrow = { ...grant('integrity_officer'), actions: ['deploy.change'] };
  it.each<[string, Roster, Parameters<typeof signedLifting>[0], string]>([
    ['a person without the role', ROSTER, {}, 'registry.officer'],
    ['an officer of another environment', granting(OFFICER, [limited]), {}, 'registry.officer'],
    ['an officer for one action', granting(OFFICER, [narrow]), {}, 'registry.officer'],
    [
      'an approver, where somebody else is the officer',
      granting(OFFICER, [grant('integrity_officer')]),
      { signer: ACTORS.executive },
      'registry.officer',
    ],
    [
      'a workload with the role',
      {
        ...ROSTER,
        workloads: ROSTER.workloads.map((workload) =>
          workload.actor_id === ACTORS.deployer ? { ...workload, grants: [grant('integrity_officer')] } : workload,
        ),
      },
      { signer: ACTORS.deployer },
      'registry.officer',
    ],
    [
      'an officer of another tenant',
      granting(OFFICER, [grant('integrity_officer')]),
      { tenant: 'globex' },
      'document.tenant',
    ],
  ])('is refused of %s', async (_, roster, changes, code) => {
    ledger = createMemoryLedger({ macKeys: [new Uint8Array(32).fill(7)] });
    restrictions = await restrictionsUnder(roster);
    const first = await restrictions.enter(finding);
    expect((await refusal(restrictions.lift(lifting([first], changes), T.cleared))).code).toBe(code);
    expect(await inForce()).toEqual([first]);
  });

  it('is refused of whoever holds a key of the service, under whatever other key', async () => {
    ledger = createMemoryLedger({ macKeys: [new Uint8Array(32).fill(7)] });
    const operator = {
      actor_id: HOLDERS.seal,
      keys: [rosterKey(HOLDERS.seal, keyFrom('a key of his own'))],
      grants: [grant('integrity_officer')],
    };
    restrictions = await restrictionsUnder({ ...ROSTER, persons: [...ROSTER.persons, operator] });
    const first = await restrictions.enter(finding);
    const signed = signedLifting({ signer: HOLDERS.seal, restrictions: [first] }, keyFrom('a key of his own'));
    expect((await refusal(restrictions.lift(signed, T.cleared))).code).toBe('registry.officer');
  });

  it('is refused where another signed it than it says', async () => {
    const first = await restrictions.enter(finding);
    const forged = signedLifting({ restrictions: [first] }, keyOfActor(ACTORS.executive));
    expect((await refusal(restrictions.lift(forged, T.cleared))).code).toBe('statement.key_owner');
  });
});
