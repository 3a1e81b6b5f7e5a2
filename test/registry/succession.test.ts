import { beforeEach, describe, expect, it } from 'vitest';
import { canonicalBytes, digestBytes, digestHex, digestJson, type Envelope } from '../../core/canon/index.ts';
import type { Policy } from '../../documents/policy.ts';
import type { Trust, TrustTenant } from '../../documents/trust.ts';
import { createMemoryLedger, createMemoryStorage, type Ledger } from '../../ledger/index.ts';
import { sealPack } from '../../pack/index.ts';
import { createRegistry, type Registry, stagePolicy } from '../../registry/index.ts';
import { createMemoryStore, StoreError } from '../../store/index.ts';
import {
  ACTORS,
  fixtureTrust,
  fixtureTrustDocument,
  HOLDERS,
  keyFrom,
  signedEndorsement,
  T,
  TENANT,
} from '../documents/fixtures.ts';
import {
  endorsedPolicy,
  endorsedRoster,
  endorsedStanding,
  filesOf,
  fixturePolicy,
  fixtureStanding,
  type MiniatureService,
  ROSTER,
  shift,
} from '../verifier/fixture-pack.ts';
import { failing } from './failing-ledger.ts';
import { CHANGE, cleared, decided, following, proposed, succeeding } from '../verifier/policy-line.ts';

/** A policy that is followed only by what was decided on under it, over a ledger and a store in memory. */

const AT = shift(T.finished, 3600);
const KEY = new Uint8Array(32).fill(7);
const genesis = succeeding();
const next = following(genesis, { title: 'Gateway promotions, again' });
const bundleOf = (service: MiniatureService): Uint8Array => filesOf(service).bundle;
const decision = decided(genesis, next);
const pack = bundleOf(decision);
const admitted = { decision_id: decision.decisionId, pack: digestBytes(pack) };

let ledger: Ledger;
let registry: Registry;
const documents = new Map<string, Uint8Array>();
const store = createMemoryStore({ documents });

beforeEach(async () => {
  documents.clear();
  ledger = createMemoryLedger({ macKeys: [KEY], storage: createMemoryStorage() });
  registry = over();
  await publish(genesis);
});

/** The registry of another process: nothing is cached. */
function over({ tenants, within = ledger }: { tenants?: Trust['tenants']; within?: Ledger } = {}): Registry {
  const trust = fixtureTrust(fixtureTrustDocument(tenants === undefined ? {} : { tenants }));
  return createRegistry({ ledger: within, store, trust, tenant: TENANT });
}

const withGenesis = (policy: Policy): TrustTenant[] =>
  fixtureTrustDocument().tenants.map((tenant) => ({ ...tenant, policy_genesis: digestJson(policy) }));

function publish(policy: Policy, decidedBy?: Uint8Array, by: Registry = registry) {
  return by.publish('policy', canonicalBytes(policy), endorsedPolicy(policy).endorsements, AT, decidedBy);
}

const named = (what: string) => `${what}-${digestHex(digestBytes(new TextEncoder().encode(TENANT))).slice(0, 32)}`;

const refusal = (promise: Promise<unknown>): Promise<{ code?: string; path?: string }> =>
  promise.then(
    () => ({}),
    (error: { code: string; path: string }) => error,
  );

const versionInForce = async (by: Registry = over()) => (await by.policyInForce(AT)).document.version;

describe('a policy that was decided on', () => {
  // shows: R30
  it('is in force, and names the decision that let it in and its pack, wherever it is named', async () => {
    const reference = await publish(next, pack);
    expect(reference).toMatchObject({ serial: 2, digest: digestJson(next), admitted });
    const fresh = over();
    expect((await fresh.policyInForce(AT)).reference).toEqual(reference);
    expect((await fresh.policyOnceInForce(digestJson(next), AT)).reference).toEqual(reference);
    expect(await store.get(digestBytes(pack))).toEqual(pack);
    expect((await fresh.policyOnceInForce(digestJson(genesis), AT)).reference).not.toHaveProperty('admitted');
  });

  it('is completed without the pack where its publication was cut off, and with the decision of the first time', async () => {
    const cut = failing(ledger, named('policy-next'), 'after');
    expect((await refusal(publish(next, pack, over({ within: cut })))).code).toBe('ledger.unavailable');
    expect(await versionInForce()).toBe(genesis.version);
    expect(await publish(next)).toMatchObject({ admitted });
    expect(await publish(next, pack)).toMatchObject({ admitted });
  });

  it('is followed by its endorsements alone where it asks for no decision any more', async () => {
    const { succession: _, ...last } = following(genesis);
    await publish(last, bundleOf(decided(genesis, last)));
    const after = following(last);
    expect((await refusal(publish(after, pack))).code).toBe('succession.unasked');
    expect(await publish(after)).not.toHaveProperty('admitted');
  });

  it('goes back to the text of an older one under a serial of its own, by a decision of its own', async () => {
    await publish(next, pack);
    const back = { ...genesis, version: '1.9.0', serial: 3, predecessor: digestJson(next) };
    expect((await refusal(publish(genesis))).code).toBe('registry.succession');
    expect((await refusal(publish(back))).code).toBe('succession.missing');
    await publish(back, bundleOf(decided(next, back)));
    const { document } = await over().policyInForce(AT);
    expect(document).toEqual(back);
    expect((await over().policyLine()).map(({ reference }) => reference.serial)).toEqual([3, 2, 1]);
  });

  it('begins a line anew where the trust file names it, whatever the one before asks', async () => {
    const anew = over({ tenants: withGenesis(next) });
    expect((await refusal(publish(next, pack, anew))).code).toBe('succession.unasked');
    expect(await publish(next, undefined, anew)).not.toHaveProperty('admitted');
    expect(await versionInForce(anew)).toBe(next.version);
    // Whoever holds the trust file of before sees a policy that nobody decided on.
    expect((await refusal(over().policyInForce(AT))).code).toBe('registry.undecided');
  });

  it('goes on counting where the trust file names it after a decision had let it in', async () => {
    await publish(next, pack);
    expect(await versionInForce(over({ tenants: withGenesis(next) }))).toBe(next.version);
  });

  it('stays what was decided under, for decisions of then', async () => {
    await publish(next, undefined, over({ tenants: withGenesis(next) }));
    expect((await over().policyOnceInForce(digestJson(next), AT)).document).toEqual(next);
  });
});

const stranger = following(genesis, { title: 'Another text' });
const globex = { ...fixtureTrustDocument().tenants[0], tenant: 'globex' } as TrustTenant;

function strangersSeal(): Uint8Array {
  return sealPack(decision.core(), keyFrom('stranger'));
}

/** An operator who holds the seal key lets the clearance count somebody who never signed. */
function unapproved(): Uint8Array {
  const service = proposed(genesis, next).approve({ signer: ACTORS.secondExecutive });
  service.tamper = (draft) =>
    draft.event_type === 'execution.cleared'
      ? { ...draft, assignment: draft.assignment.map((filled) => ({ ...filled, actor_id: ACTORS.executive })) }
      : draft;
  return bundleOf(
    service.claim({ target: CHANGE.target }).confirm({ target: CHANGE.target, subject: digestJson(next) }),
  );
}

function torn(): Uint8Array {
  return new TextEncoder().encode(new TextDecoder().decode(pack).replace(/"sig":"./u, '"sig":"A'));
}

const rejected = () => proposed(genesis, next).reject({ signer: ACTORS.secondExecutive });
const expired = () => proposed(genesis, next).tick(shift(T.requested, 4 * 3600));
const untouched = () =>
  cleared(genesis, next).confirm({ target: CHANGE.target, result: 'not_executed', subject: null, exit_code: null });
const other = () => cleared(genesis, next).confirm({ target: CHANGE.target, subject: digestJson(genesis) });
const onAnother = () => bundleOf(decided(genesis, stranger));
const renamed = () =>
  bundleOf(
    decided(genesis, next, {
      request: { candidate: { name: CHANGE.target, version: '7.0.0', digest: digestJson(next) } },
    }),
  );
const otherAction = () => bundleOf(decided(genesis, next, { request: { action: 'deploy.change' } }));
const otherTarget = () => bundleOf(decided(genesis, next, { request: { target: 'prod-gateway-01' } }));
/** Of the very same rules, and another document: opened before the one in force was. */
const underAnother = () => bundleOf(decided(succeeding({ version: '1.1.0', title: 'Before' }), next));

/** A decision on the wrong thing, by everything but one member the right one. */
const REFUSED: readonly [what: string, code: string, path: string, () => Uint8Array | undefined][] = [
  ['none', 'succession.missing', '$.predecessor', () => undefined],
  ['one whose seal was made by a stranger', 'succession.unproven', '$.admitted.pack', strangersSeal],
  ['one whose pack was torn', 'succession.unproven', '$.admitted.pack', torn],
  ['one that the service sealed and nobody approved', 'succession.unproven', '$.admitted.pack', unapproved],
  ['one that was rejected', 'succession.outcome', '$.outcome', () => bundleOf(rejected())],
  ['one that nobody approved in time', 'succession.outcome', '$.outcome', () => bundleOf(expired())],
  ['one whose executor ran nothing', 'succession.outcome', '$.outcome', () => bundleOf(untouched())],
  ['one whose executor measured another document', 'succession.outcome', '$.outcome', () => bundleOf(other())],
  ['one on another document', 'succession.candidate', '$.events[0].candidate.digest', onAnother],
  ['one on the document under another version', 'succession.candidate', '$.events[0].candidate.version', renamed],
  ['one by another action', 'succession.place', '$.events[0].action', otherAction],
  ['one about another target', 'succession.place', '$.events[0].target', otherTarget],
  ['one under another policy', 'succession.policy', '$.events[0].policy_digest', underAnother],
];

describe('a policy is not let in by', () => {
  // shows: R25, R31
  it.each(REFUSED)('%s: %s', async (_, code, path, bundle) => {
    expect(await refusal(publish(next, bundle()))).toMatchObject({ code, path });
    expect(await versionInForce()).toBe(genesis.version);
    // Its place is not taken.
    await publish(next, pack);
    expect(await versionInForce()).toBe(next.version);
  });

  it('a decision of another tenant: succession.tenant', async () => {
    const keys = fixtureTrustDocument().keys.map((key) => ({ ...key, tenant: null }));
    const trust = fixtureTrust(fixtureTrustDocument({ tenants: [...fixtureTrustDocument().tenants, globex], keys }));
    const theirs = createRegistry({ ledger, store, trust, tenant: 'globex' });
    const put = (policy: Policy, decidedBy?: Uint8Array) =>
      theirs.publish('policy', canonicalBytes(policy), endorsedAt('globex', policy), AT, decidedBy);
    const first = { ...genesis, tenant: 'globex' };
    await put(first);
    expect(await refusal(put(following(first), pack))).toMatchObject({ code: 'succession.tenant', path: '$.tenant' });
  });

  it('its endorsements where the decision is there, nor the other way round', async () => {
    const put = registry.publish('policy', canonicalBytes(next), [], AT, pack);
    expect((await refusal(put)).code).toBe('endorsement.threshold');
  });
});

function endorsedAt(tenant: string, policy: Policy): readonly Envelope[] {
  const { serial, predecessor } = policy;
  const endorsed = { document_kind: 'policy', document: digestJson(policy), serial, predecessor, tenant } as const;
  return HOLDERS.policy.slice(0, 2).map((holder) => signedEndorsement(holder, endorsed));
}

async function bindAsInForce(policy: Policy, by?: { decision_id: string; pack: string }): Promise<void> {
  const { endorsements } = endorsedPolicy(policy);
  for (const envelope of endorsements) await store.put(canonicalBytes(envelope));
  const publication = {
    _type: 'application/vnd.countersign.publication.v1+json',
    kind: 'policy',
    tenant: TENANT,
    serial: policy.serial,
    document: await store.put(canonicalBytes(policy)),
    endorsements: endorsements.map((envelope) => digestJson(envelope)).sort(),
    ...(by === undefined ? {} : { admitted: by }),
  };
  const bound = await store.put(canonicalBytes(publication));
  await ledger.bind(named('policy-next'), policy.predecessor, bound);
  await ledger.bind(named('policy'), `${policy.serial}`, bound);
}

describe('a binding that somebody made who holds the ledger', () => {
  it('puts nothing in force that was endorsed, and not decided on', async () => {
    await bindAsInForce(next);
    expect(await refusal(over().policyInForce(AT))).toMatchObject({ code: 'registry.undecided', path: '$.policy' });
    expect((await refusal(publish(next))).code).toBe('succession.missing');
  });

  it('puts nothing in force that follows such a policy, also where that one asks for no decision', async () => {
    const { succession: _, ...undecided } = following(genesis);
    await bindAsInForce(undecided);
    const after = following(undecided);
    expect((await refusal(publish(after, undefined, over()))).code).toBe('registry.undecided');
    await bindAsInForce(after);
    expect((await refusal(over().policyInForce(AT))).code).toBe('registry.undecided');
    expect(await versionInForce(over({ tenants: withGenesis(after) }))).toBe(after.version);
  });

  it.each<[string, () => Promise<{ decision_id: string; pack: string }>]>([
    ['of another document', async () => ({ ...admitted, pack: await store.put(onAnother()) })],
    [
      'under the name of another decision',
      async () => ({ decision_id: '11111111-2222-8333-8444-555555555555', pack: await store.put(pack) }),
    ],
  ])('puts nothing in force by the pack %s', async (_, by) => {
    await bindAsInForce(next, await by());
    expect((await refusal(over().policyInForce(AT))).code).toBe('registry.undecided');
  });

  it('makes no standing name it', async () => {
    const roster = endorsedRoster(ROSTER);
    await registry.publish('roster', canonicalBytes(roster.document), roster.endorsements, AT);
    await bindAsInForce(next);
    const names = { policy: { serial: 2, digest: digestJson(next) } };
    const times = { issued_at: shift(AT, -60), not_after: shift(AT, 86_400) };
    const { document, endorsements } = endorsedStanding(fixtureStanding({ ...names, ...times }));
    const put = registry.publish('standing', canonicalBytes(document), endorsements, AT);
    expect((await refusal(put)).code).toBe('registry.undecided');
  });
});

describe('to hand a policy over', () => {
  it('keeps it with its endorsements, and puts nothing in force', async () => {
    const { document, endorsements } = endorsedPolicy(next);
    await stagePolicy({ store, trust: fixtureTrust(), tenant: TENANT }, canonicalBytes(document), endorsements, AT);
    expect(await store.get(digestBytes(canonicalBytes(next)))).toEqual(canonicalBytes(next));
    expect(await versionInForce()).toBe(genesis.version);
  });

  it('takes what publishing it takes, but for its place and its decision', async () => {
    const where = { store, trust: fixtureTrust(), tenant: TENANT };
    expect((await refusal(stagePolicy(where, canonicalBytes(next), [], AT))).code).toBe('endorsement.threshold');
    const elsewhere = { ...where, tenant: 'globex' };
    const { endorsements } = endorsedPolicy(next);
    expect((await refusal(stagePolicy(elsewhere, canonicalBytes(next), endorsements, AT))).code).toBe(
      'registry.tenant',
    );
  });
});

describe('the line of policies', () => {
  it('is that of the policy which the standing names, without what was published since', async () => {
    const roster = endorsedRoster(ROSTER);
    await registry.publish('roster', canonicalBytes(roster.document), roster.endorsements, AT);
    await publish(next, pack);
    const names = { policy: { serial: 2, digest: digestJson(next) } };
    const times = { issued_at: shift(AT, -60), not_after: shift(AT, 86_400) };
    const { document, endorsements } = endorsedStanding(fixtureStanding({ ...names, ...times }));
    await registry.publish('standing', canonicalBytes(document), endorsements, AT);
    const third = following(next);
    await publish(third, bundleOf(decided(next, third)));
    const line = await over().policyLine();
    expect(line.map(({ document: { version } }) => version)).toEqual([next.version, genesis.version]);
    expect(line.map(({ reference }) => reference.admitted)).toEqual([admitted, undefined]);
  });

  it('is none before there is a policy: registry.empty', async () => {
    ledger = createMemoryLedger({ macKeys: [KEY], storage: createMemoryStorage() });
    expect((await refusal(over().policyLine())).code).toBe('registry.empty');
  });

  it('goes back behind policies that asked for no decision', async () => {
    ledger = createMemoryLedger({ macKeys: [KEY], storage: createMemoryStorage() });
    const plain = fixturePolicy();
    const asking = following(plain, { ...succeeding(), version: '1.3.0', serial: 2, predecessor: digestJson(plain) });
    await publish(plain, undefined, over());
    await publish(asking, undefined, over());
    expect((await over().policyLine()).map(({ document }) => document.serial)).toEqual([2, 1]);
  });
});

describe('what is lost of the line', () => {
  const plain = fixturePolicy();
  const second: Policy = { ...plain, version: '1.3.0', serial: 2, predecessor: digestJson(plain) };
  const third: Policy = { ...second, version: '1.4.0', serial: 3, predecessor: digestJson(second) };
  const asking: Policy = { ...succeeding(), version: '1.5.0', serial: 4, predecessor: digestJson(third) };

  beforeEach(() => {
    ledger = createMemoryLedger({ macKeys: [KEY], storage: createMemoryStorage() });
    documents.clear();
  });

  async function lose(policy: Policy, what: 'document' | 'publication' | 'both'): Promise<void> {
    const bound = (await ledger.bindings(named('policy'))).get(`${policy.serial}`) ?? '';
    if (what !== 'publication') documents.delete(digestJson(policy));
    if (what !== 'document') documents.delete(bound);
  }

  it.each(['document', 'publication', 'both'] as const)(
    'blocks nothing where no policy of before ever asked: the %s, nor the first one that asks after it',
    async (what) => {
      for (const policy of [plain, second, third]) await publish(policy, undefined, over());
      await lose(plain, what);
      expect(await versionInForce()).toBe(third.version);
      await lose(second, what);
      expect(await versionInForce()).toBe(third.version);
      await publish(asking, undefined, over());
      expect(await versionInForce()).toBe(asking.version);
      const fifth = following(asking);
      expect((await refusal(publish(fifth, undefined, over()))).code).toBe('succession.missing');
      await publish(fifth, bundleOf(decided(asking, fifth)), over());
      expect(await versionInForce()).toBe(fifth.version);
    },
  );

  it('keeps nobody from following it where it never asked, and was in force itself', async () => {
    for (const policy of [plain, second]) await publish(policy, undefined, over());
    await lose(second, 'document');
    await publish(third, undefined, over());
    expect(await versionInForce()).toBe(third.version);
  });

  it.each(['document', 'publication', 'both'] as const)(
    'lets nothing in that was not decided on: the %s of the one that asked, or of one after it',
    async (what) => {
      const { succession: _, ...undecided } = following(genesis);
      const after = following(undecided);
      for (const lost of [genesis, undecided]) {
        ledger = createMemoryLedger({ macKeys: [KEY], storage: createMemoryStorage() });
        documents.clear();
        await publish(genesis, undefined, over());
        await bindAsInForce(undecided);
        await bindAsInForce(after);
        await lose(lost, what);
        expect((await refusal(over().policyInForce(AT))).code).toBe('registry.undecided');
      }
    },
  );

  it('waits, and says why, while the pack of the decision is lost; the trust file leads out', async () => {
    await publish(genesis, undefined, over());
    await publish(next, pack, over());
    documents.delete(digestBytes(pack));
    const refused = await refusal(over().policyInForce(AT));
    expect(refused).toMatchObject({ code: 'registry.undecided', cause: { code: 'store.not_found' } });
    await lose(genesis, 'both');
    expect(await versionInForce(over({ tenants: withGenesis(next) }))).toBe(next.version);
    expect(await over({ tenants: withGenesis(next) }).policyLine()).toHaveLength(1);
  });

  it('leaves the way out of the trust file open: what it names follows one whose document is lost', async () => {
    await publish(genesis, undefined, over());
    await lose(genesis, 'document');
    expect((await refusal(publish(next, undefined, over()))).code).toBe('store.not_found');
    const anew = over({ tenants: withGenesis(next) });
    await publish(next, undefined, anew);
    expect(await versionInForce(over({ tenants: withGenesis(next) }))).toBe(next.version);
  });

  it('is completed by the same document where its publication was cut off, and is lost since', async () => {
    await publish(genesis, undefined, over());
    const cut = failing(ledger, named('policy-next'), 'after');
    expect((await refusal(publish(next, pack, over({ within: cut })))).code).toBe('ledger.unavailable');
    documents.delete((await ledger.binding(named('policy-next'), digestJson(genesis))) ?? '');
    await publish(next, pack, over());
    expect(await versionInForce()).toBe(next.version);
  });

  it('is no matter of a store that is away, which is waited for', async () => {
    for (const policy of [plain, second]) await publish(policy, undefined, over());
    const away: typeof store = {
      ...store,
      get: (digest) => {
        if (digest !== digestJson(plain)) return store.get(digest);
        throw new StoreError('store.unavailable', { message: 'away', expected: 'an answer', got: 'EIO' });
      },
    };
    const registryAway = createRegistry({ ledger, store: away, trust: fixtureTrust(), tenant: TENANT });
    expect((await refusal(registryAway.policyInForce(AT))).code).toBe('store.unavailable');
  });
});
