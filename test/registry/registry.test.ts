import { beforeEach, describe, expect, it } from 'vitest';
import {
  canonicalBytes,
  digestBytes,
  digestHex,
  digestJson,
  type Envelope,
  parseDigest,
} from '../../core/canon/index.ts';
import type { Policy } from '../../documents/policy.ts';
import type { Roster } from '../../documents/roster.ts';
import { createMemoryLedger, createMemoryStorage, type Ledger } from '../../ledger/index.ts';
import {
  createRegistry,
  createRestrictions,
  type Registry,
  RegistryError,
  type RegistryErrorCode,
} from '../../registry/index.ts';
import { createMemoryStore } from '../../store/index.ts';
import { failing } from './failing-ledger.ts';
import {
  fixtureTrust,
  fixtureTrustDocument,
  HOLDERS,
  keyFrom,
  ORIGIN,
  signedEndorsement,
  signedFreeze,
  signedLifting,
  T,
  TENANT,
} from '../documents/fixtures.ts';
import { endorsedPolicy, endorsedRoster, fixturePolicy, ROSTER } from '../verifier/fixture-pack.ts';

/** Which policy and roster are in force, over a ledger and a store in memory. */

const AT = T.requested;
const KEY = new Uint8Array(32).fill(7);
const trust = fixtureTrust();
const policy = fixturePolicy();

type Document = Policy | Roster;
type Kind = 'policy' | 'roster';
const kindOf = (document: Document): Kind => ('persons' in document ? 'roster' : 'policy');

function endorsementsOf(document: Document, holders?: readonly string[]): readonly Envelope[] {
  return 'persons' in document
    ? endorsedRoster(document, holders).endorsements
    : endorsedPolicy(document, holders).endorsements;
}

/** The document that follows another, told apart by what `changes` says. */
function after<D extends Document>(before: D, changes: Partial<D> = {}): D {
  return { ...before, serial: before.serial + 1, predecessor: digestJson(before), ...changes };
}

const [gate] = policy.gates;
if (!gate) throw new TypeError('the fixture has gates');

const secondPolicy = after(policy, { version: '1.3.0' });
const rivalPolicy = after(policy, { version: '1.4.0', serial: 3, title: 'Rival' });
const secondRoster = after(ROSTER);
const rivalRoster = after(ROSTER, { serial: 3, issued_at: T.requested });

let ledger: Ledger;
let registry: Registry;
const documents = new Map<string, Uint8Array>();
const store = createMemoryStore({ documents });

function registryOver(over: Ledger, tenant = TENANT): Registry {
  return createRegistry({ ledger: over, store, trust, tenant });
}

beforeEach(() => {
  documents.clear();
  ledger = createMemoryLedger({ macKeys: [KEY], storage: createMemoryStorage() });
  registry = registryOver(ledger);
});

function publish(
  document: Document,
  endorsements: readonly Envelope[] = endorsementsOf(document),
  over: Registry = registry,
) {
  return over.publish(kindOf(document), canonicalBytes(document), endorsements, AT);
}

async function inForce(kind: Kind, over: Registry = registryOver(ledger)): Promise<string> {
  const { reference } = kind === 'policy' ? await over.policyInForce(AT) : await over.rosterInForce(AT);
  return reference.digest;
}

/** What a promise is refused with: its code and, where it is the registry's, what it says. */
async function refusal(
  promise: Promise<unknown>,
): Promise<{ code?: string; path?: string; expected?: string; got?: string }> {
  return promise.then(
    () => ({}),
    (error: { code: string; path: string; expected: string; got: string }) => error,
  );
}

/** The name under which the registry binds for this tenant. */
function registryNamed(kind: 'policy' | 'roster' | 'policy-version' | 'policy-next' | 'roster-next'): string {
  return `${kind}-${digestHex(digestBytes(new TextEncoder().encode(TENANT))).slice(0, 32)}`;
}

describe('publish', () => {
  it.each([policy, ROSTER])('puts the first $_type in force, with its endorsements', async (document) => {
    const reference = await publish(document);
    expect(reference).toEqual({
      serial: 1,
      digest: digestJson(document),
      endorsements: endorsementsOf(document)
        .map((one) => digestJson(one))
        .sort(),
    });
    const fresh = registryOver(ledger);
    const found = kindOf(document) === 'policy' ? await fresh.policyInForce(AT) : await fresh.rosterInForce(AT);
    expect(found.reference).toEqual(reference);
    const read =
      kindOf(document) === 'policy'
        ? await fresh.policy(reference.digest)
        : (await fresh.roster(reference.digest)).roster;
    expect(read).toEqual(document);
  });

  // shows: R22, R30
  it.each([
    [policy, secondPolicy],
    [ROSTER, secondRoster],
  ])('puts what follows in force, and keeps what was', async (first, second) => {
    await publish(first);
    await publish(second);
    const kind = kindOf(first);
    expect(await inForce(kind)).toBe(digestJson(second));
    const once =
      kind === 'policy'
        ? await registry.policyOnceInForce(digestJson(first), AT)
        : await registry.rosterOnceInForce(digestJson(first), AT);
    expect(once.reference.serial).toBe(1);
  });

  it.each([policy, ROSTER])(
    'says who alone endorsed a $_type, and that nobody did where two have',
    async (document) => {
      const kind = kindOf(document);
      const [first = '', second = ''] = HOLDERS[kind];
      const signerUnder = async (holders: readonly string[]): Promise<string | null> => {
        const tenants = fixtureTrustDocument().tenants.map((each) => ({
          ...each,
          policy_threshold: 1,
          roster_threshold: 1,
        }));
        const trusting = fixtureTrust(fixtureTrustDocument({ tenants }));
        const fresh = createRegistry({
          ledger: createMemoryLedger({ macKeys: [KEY], storage: createMemoryStorage() }),
          store,
          trust: trusting,
          tenant: TENANT,
        });
        await publish(document, endorsementsOf(document, holders), fresh);
        return (kind === 'policy' ? await fresh.policyInForce(AT) : await fresh.rosterInForce(AT)).soleSigner;
      };
      expect(await signerUnder([first])).toBe(first);
      expect(await signerUnder([first, second])).toBeNull();
    },
  );

  it('keeps policies and rosters, and the tenants, apart', async () => {
    await publish(policy);
    expect((await refusal(registry.rosterInForce(AT))).code).toBe('registry.empty');
    expect((await refusal(registryOver(ledger, 'globex').policyInForce(AT))).code).toBe('registry.empty');
  });

  it('takes the same document again, with the endorsements of the first time', async () => {
    const first = await publish(policy);
    expect(await publish(policy)).toEqual(first);
    expect(await publish(policy, endorsementsOf(policy, HOLDERS.policy.slice(1)))).toEqual(first);
    expect(await registryOver(ledger).policyInForce(AT)).toMatchObject({ reference: first });
  });
});

/** Those of the decision on a policy have their table in `succession.test.ts`. */
type OwnCode = Exclude<RegistryErrorCode, `succession.${string}` | 'registry.undecided'>;

/** One way to earn each refusal; the type holds the table complete. */
const REFUSED: Record<OwnCode, () => Promise<unknown>> = {
  'registry.empty': () => registry.policyInForce(AT),
  'registry.bound': async () => {
    await publish(policy);
    await publish(after(policy, { title: 'Another document under the version' }));
  },
  'registry.succession': async () => {
    await publish(ROSTER);
    await publish({ ...secondRoster, predecessor: digestJson('another') });
  },
  'registry.tenant': () => publish(policy, endorsementsOf(policy), registryOver(ledger, 'globex')),
  'registry.unendorsed': async () => {
    await publish(policy);
    const tenants = fixtureTrustDocument().tenants.map((tenant) => ({ ...tenant, minimum_policy_serial: 2 }));
    const raised = fixtureTrust(fixtureTrustDocument({ tenants }));
    await createRegistry({ ledger, store, trust: raised, tenant: TENANT }).policyInForce(AT);
  },
  'registry.officer': async () => {
    await publish(ROSTER);
    await createRestrictions({ ledger, store, trust, tenant: TENANT, registry }).lift(signedLifting(), AT);
  },
  'registry.silent': () => registry.publishFreeze(signedFreeze(), '2026-02-25T20:00:00.000Z'),
};

describe('refusals', () => {
  it.each(Object.keys(REFUSED) as OwnCode[])('%s', async (code) => {
    const error = await refusal(REFUSED[code]());
    expect(error).toBeInstanceOf(RegistryError);
    expect(error.code).toBe(code);
  });

  it.each<[string, Document, string]>([
    ['a first policy that follows another', secondPolicy, '$.predecessor'],
    ['a first roster that follows another', secondRoster, '$.predecessor'],
  ])('%s: registry.succession', async (_, document, path) => {
    expect(await refusal(publish(document))).toMatchObject({ code: 'registry.succession', path });
  });

  // shows: R27
  it.each<[string, Document, string]>([
    ['the policy before the one in force', policy, '$.serial'],
    ['another first policy', fixturePolicy({ version: '2.0.0', serial: 5 }), '$.predecessor'],
    ['a policy of the same serial', after(policy, { version: '9.0.0' }), '$.serial'],
    ['one that follows the first, of a higher serial', rivalPolicy, '$.predecessor'],
  ])('%s, once a second is in force: registry.succession', async (_, document, path) => {
    await publish(policy);
    await publish(secondPolicy);
    expect(await refusal(publish(document))).toMatchObject({ code: 'registry.succession', path });
    expect(await inForce('policy')).toBe(digestJson(secondPolicy));
  });

  // shows: R26
  it('a version that was used, under another document, for ever (R26); and nothing else is lost by it', async () => {
    await publish(policy);
    await publish(secondPolicy);
    const reused = after(secondPolicy, { version: policy.version });
    expect(await refusal(publish(reused))).toMatchObject({
      code: 'registry.bound',
      path: `$.${registryNamed('policy-version')}`,
      expected: digestJson(policy),
      got: digestJson(reused),
    });
    expect(await inForce('policy')).toBe(digestJson(secondPolicy));
    // It must not have taken the place of the one that follows.
    await publish({ ...reused, version: '1.5.0' });
    expect((await registry.policyInForce(AT)).document.version).toBe('1.5.0');
  });

  // shows: R25, R31
  it.each<[string, Document, readonly Envelope[], string]>([
    ['nobody', policy, [], 'endorsement.threshold'],
    ['one of two', ROSTER, endorsementsOf(ROSTER, HOLDERS.roster.slice(0, 1)), 'endorsement.threshold'],
    ['the holders of another document', policy, endorsementsOf(secondPolicy), 'endorsement.mismatch'],
    [
      'a stranger',
      policy,
      [signedEndorsement('stranger', { document_kind: 'policy', document: digestJson(policy) }, keyFrom('stranger'))],
      'endorsement.key',
    ],
  ])('a document endorsed by %s binds nothing', async (_, document, endorsements, code) => {
    expect((await refusal(publish(document, endorsements))).code).toBe(code);
    for (const kind of ['policy', 'roster', 'policy-version', 'policy-next', 'roster-next'] as const) {
      expect([...(await ledger.bindings(registryNamed(kind))).keys()]).toEqual([]);
    }
    expect(documents.size).toBe(0);
  });

  it.each<[string, Partial<Policy>, string]>([
    [
      'whose records may not fit an event',
      { gates: Array.from({ length: 1500 }, (_, index) => ({ ...gate, id: `G-${index}`, reason: 'r'.repeat(120) })) },
      'policy.too_large',
    ],
    ['that does not compile', { gates: [{ ...gate, when: 'target.sytem == "x"' }] }, 'policy.expression'],
  ])('a policy %s, whoever endorsed it', async (_, changes, code) => {
    const unfit = fixturePolicy(changes);
    expect((await refusal(publish(unfit))).code).toBe(code);
    expect(documents.size).toBe(0);
    expect((await refusal(registry.policyInForce(AT))).code).toBe('registry.empty');
  });

  it('another installation: registry.tenant', async () => {
    const foreign = fixturePolicy({ origin: 'other.example' });
    expect(await refusal(publish(foreign))).toMatchObject({
      code: 'registry.tenant',
      expected: `${ORIGIN} / ${TENANT}`,
      got: `other.example / ${TENANT}`,
    });
  });

  it('a policy or roster that was never published, although it is in the store: registry.empty', async () => {
    await publish(policy);
    await publish(ROSTER);
    for (const document of [secondPolicy, secondRoster]) await store.put(canonicalBytes(document));
    expect((await refusal(registry.policyOnceInForce(digestJson(secondPolicy), AT))).code).toBe('registry.empty');
    expect((await refusal(registry.rosterOnceInForce(digestJson(secondRoster), AT))).code).toBe('registry.empty');
  });
});

describe('a binding of another serial', () => {
  // shows: R27
  it.each<[string, Document, Document]>([
    ['policy', policy, secondPolicy],
    ['roster', ROSTER, secondRoster],
  ])('does not bring an old %s back into force: registry.bound', async (_, first, second) => {
    await publish(first);
    await publish(second);
    const kind = kindOf(first);
    const name = registryNamed(kind);
    const old = (await ledger.bindings(name)).get('1');
    await ledger.bind(name, '99', old ?? '');
    expect(await refusal(inForce(kind))).toMatchObject({ code: 'registry.bound', path: `$.${name}` });
    expect(await refusal(publish(after(second)))).toMatchObject({ code: 'registry.bound' });
  });

  it('nor does a publication of the other kind, of another tenant, or one that is none', async () => {
    for (const document of [policy, secondPolicy, ROSTER]) await publish(document);
    const [rosters, policies] = [registryNamed('roster'), registryNamed('policy')];
    const published = (await ledger.bindings(policies)).get('2') ?? '';
    await ledger.bind(rosters, '2', published);
    expect((await refusal(inForce('roster'))).code).toBe('registry.bound');

    const publication = JSON.parse(new TextDecoder().decode(await store.get(parseDigest(published)))) as object;
    const foreign = await store.put(canonicalBytes({ ...publication, tenant: 'globex', serial: 3 }));
    await ledger.bind(policies, '3', foreign);
    expect((await refusal(inForce('policy'))).code).toBe('registry.bound');
    await ledger.bind(policies, '4', digestJson(policy));
    expect((await refusal(inForce('policy'))).code).toBe('document.type');
  });
});

describe('two publications that follow the same document', () => {
  // shows: R30
  it.each<[string, Document | null, Document, Document]>([
    ['policies after the first', policy, secondPolicy, rivalPolicy],
    ['rosters after the first', ROSTER, secondRoster, rivalRoster],
    ['first policies', null, policy, fixturePolicy({ version: '2.0.0', serial: 2 })],
    ['first rosters', null, ROSTER, { ...ROSTER, serial: 2 }],
  ])('%s, at once: one stands, whatever their serials', async (_, before, one, other) => {
    if (before) await publish(before);
    const both = [one, other].map((document) => publish(document, endorsementsOf(document), registryOver(ledger)));
    const settled = await Promise.allSettled(both);
    expect(settled.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const lost = settled.find(({ status }) => status === 'rejected') as PromiseRejectedResult;
    expect(lost.reason).toMatchObject({ code: 'registry.succession', path: '$.predecessor' });
    const stands = settled[0]?.status === 'fulfilled' ? one : other;
    expect(await inForce(kindOf(one))).toBe(digestJson(stands));
    expect([...(await ledger.bindings(registryNamed(kindOf(one)))).keys()]).toHaveLength(before ? 2 : 1);
  });
});

describe('a publication that was cut off', () => {
  const places = [
    ['policy-next', 'before'],
    ['policy-next', 'after'],
    ['policy-version', 'before'],
    ['policy-version', 'after'],
    ['policy', 'before'],
    ['policy', 'after'],
  ] as const;

  it.each(places)('at %s, %s it stood, is completed by publishing it again', async (name, when) => {
    await publish(policy);
    const cut = registryOver(failing(ledger, registryNamed(name), when));
    expect((await refusal(publish(secondPolicy, endorsementsOf(secondPolicy), cut))).code).toBe('ledger.unavailable');
    const stood = name === 'policy' && when === 'after';
    expect(await inForce('policy')).toBe(digestJson(stood ? secondPolicy : policy));
    await publish(secondPolicy);
    expect(await inForce('policy')).toBe(digestJson(secondPolicy));
    await publish(after(secondPolicy, { version: '1.5.0' }));
  });

  it('keeps its place: another that follows the same document is refused until it is completed, and after', async () => {
    await publish(ROSTER);
    const cut = registryOver(failing(ledger, registryNamed('roster'), 'before'));
    expect((await refusal(publish(secondRoster, endorsementsOf(secondRoster), cut))).code).toBe('ledger.unavailable');
    expect(await refusal(publish(rivalRoster))).toMatchObject({
      code: 'registry.succession',
      expected: expect.stringContaining(digestJson(secondRoster)),
      got: digestJson(rivalRoster),
    });
    expect(await inForce('roster')).toBe(digestJson(ROSTER));
    const completed = await publish(secondRoster, endorsementsOf(secondRoster, HOLDERS.roster.slice(1)));
    expect(completed.endorsements).toEqual(
      endorsementsOf(secondRoster)
        .map((one) => digestJson(one))
        .sort(),
    );
    expect((await refusal(publish(rivalRoster))).code).toBe('registry.succession');
  });
});
