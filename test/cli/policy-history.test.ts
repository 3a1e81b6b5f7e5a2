import { beforeEach, describe, expect, it } from 'vitest';
import { provePolicies } from '../../cli/past/policies.ts';
import { draftProposal } from '../../cli/proposal.ts';
import { canonicalBytes, digestBytes, digestJson } from '../../core/canon/index.ts';
import type { Policy } from '../../documents/policy.ts';
import type { Trust } from '../../documents/trust.ts';
import type { PublishedPolicy } from '../../registry/index.ts';
import { createMemoryStore, type DocumentStore } from '../../store/index.ts';
import {
  ACTORS,
  fixtureTenant,
  fixtureTrust,
  fixtureTrustDocument,
  HOLDERS,
  T,
  TENANT,
} from '../documents/fixtures.ts';
import { endorsedPolicy, filesOf, fixturePolicy, shift } from '../verifier/fixture-pack.ts';
import { CHANGE, decided, following, succeeding } from '../verifier/policy-line.ts';

/** The line of policies as `policy history` proves it, and what `policy propose` begins the next link with. */

const genesis = succeeding();
const second = following(genesis);
const decision = decided(genesis, second);
const { bundle } = filesOf(decision);
const admitted = { decision_id: decision.decisionId, pack: digestBytes(bundle) };

let store: DocumentStore;

beforeEach(async () => {
  store = createMemoryStore();
  await store.put(bundle);
});

async function published(
  document: Policy,
  by?: PublishedPolicy['reference']['admitted'],
  holders?: readonly string[],
): Promise<PublishedPolicy> {
  const { endorsements } = endorsedPolicy(document, holders);
  for (const envelope of endorsements) await store.put(canonicalBytes(envelope));
  return {
    document,
    reference: {
      serial: document.serial,
      digest: await store.put(canonicalBytes(document)),
      endorsements: endorsements.map((envelope) => digestJson(envelope)).sort(),
      ...(by === undefined ? {} : { admitted: by }),
    },
  };
}

const trustWith = (changes: Partial<Trust['tenants'][number]> = {}) =>
  fixtureTrust(fixtureTrustDocument({ tenants: [{ ...fixtureTenant(), ...changes }] }));
const prove = (line: readonly PublishedPolicy[], trust = trustWith()) => provePolicies(line, store, trust, TENANT);

describe('the line of policies', () => {
  it('is proven link by link: endorsements, the decision and its pack, and who approved', async () => {
    expect(await prove([await published(second, admitted), await published(genesis)])).toEqual([
      {
        serial: 2,
        version: second.version,
        digest: digestJson(second),
        endorsed_by: HOLDERS.policy.slice(0, 2),
        admitted,
        approved: [`${ACTORS.secondExecutive} as executive`],
        genesis: false,
        wrong: null,
      },
      {
        serial: 1,
        version: genesis.version,
        digest: digestJson(genesis),
        endorsed_by: HOLDERS.policy.slice(0, 2),
        admitted: null,
        approved: [],
        genesis: true,
        wrong: null,
      },
    ]);
  });

  it('does not hold where a policy names no decision, or the pack of another one', async () => {
    const first = await published(genesis);
    const [none] = await prove([await published(second), first]);
    expect(none?.wrong).toContain('succession.missing');
    const other = following(genesis, { title: 'Another text' });
    const pack = await store.put(filesOf(decided(genesis, other)).bundle);
    const [wrong] = await prove([await published(second, { ...admitted, pack }), first]);
    expect(wrong).toMatchObject({ approved: [], wrong: expect.stringContaining('succession.candidate') });
    const gone = { ...admitted, pack: digestJson('nothing') };
    expect((await prove([await published(second, gone), first]))[0]?.wrong).toContain('store.not_found');
    const torn = new TextEncoder().encode(new TextDecoder().decode(bundle).replace(/"sig":"./u, '"sig":"A'));
    const broken = { ...admitted, pack: await store.put(torn) };
    expect((await prove([await published(second, broken), first]))[0]?.wrong).toContain('succession.unproven');
  });

  it('does not hold where fewer holders endorsed than it takes, or somebody else did', async () => {
    const [alone] = await prove([await published(genesis, undefined, HOLDERS.policy.slice(0, 1))]);
    expect(alone).toMatchObject({ endorsed_by: HOLDERS.policy.slice(0, 1), wrong: expect.stringContaining('takes 2') });
    const { reference } = await published(second);
    const first = await published(genesis);
    const [foreign] = await prove([
      { ...first, reference: { ...first.reference, endorsements: reference.endorsements } },
    ]);
    expect(foreign).toMatchObject({ endorsed_by: [], wrong: expect.stringContaining('endorsed by 0 holders') });
  });

  it('counts holders whose keys had not ended when they say that they signed', async () => {
    const { keys } = fixtureTrustDocument();
    const ended = (valid_until: string) =>
      fixtureTrust(
        fixtureTrustDocument({ keys: keys.map((key) => (key.use === 'policy' ? { ...key, valid_until } : key)) }),
      );
    const line = [await published(genesis)];
    expect((await prove(line, ended(shift(T.rosterIssued, 60))))[0]?.wrong).toBeNull();
    const late = fixtureTrust(
      fixtureTrustDocument({
        keys: keys.map((key) =>
          key.use === 'policy' ? { ...key, valid_from: shift(T.rosterIssued, -60), valid_until: T.rosterIssued } : key,
        ),
      }),
    );
    expect((await prove(line, late))[0]?.endorsed_by).toEqual([]);
  });

  it('ends at the genesis that the trust file names, and does not hold where it misses that one', async () => {
    const line = [await published(second, admitted), await published(genesis)];
    const pinned = await prove(line, trustWith({ policy_genesis: digestJson(second) }));
    expect(pinned).toMatchObject([{ serial: 2, genesis: true, admitted: null, wrong: null }]);
    const missed = await prove(line, trustWith({ policy_genesis: digestJson('another') }));
    expect(missed.map(({ wrong }) => wrong !== null)).toEqual([false, true]);
    expect(missed[1]?.wrong).toContain('does not go through');
  });
});

describe('a proposal', () => {
  const file = (policy: Policy) => ({
    policy,
    bytes: canonicalBytes(policy),
    digest: digestBytes(canonicalBytes(policy)),
  });

  it('names what the policy before has its successor decided by, and drafts the evidence about it', async () => {
    await published(genesis);
    const proposal = await draftProposal(file(second), ACTORS.creator, store, T.packed);
    expect(proposal).toMatchObject({
      ...CHANGE,
      candidate: { name: CHANGE.target, version: second.version, digest: digestJson(second) },
      sections: ['candidate'],
      before: file(genesis),
      packet: {
        subject: digestJson(second),
        sections: { candidate: { digest: digestJson(second), owner: ACTORS.creator } },
      },
    });
  });

  it.each<[string, Policy]>([
    ['follows nothing', genesis],
    ['follows a policy that asks for no decision', following(fixturePolicy())],
  ])('is none of a policy that %s: cli.usage', async (_, policy) => {
    await published(fixturePolicy());
    const drafted = draftProposal(file(policy), ACTORS.creator, store, T.packed);
    await expect(drafted).rejects.toMatchObject({ code: 'cli.usage', path: '$.predecessor' });
  });

  it('waits for the policy before: store.not_found', async () => {
    const drafted = draftProposal(file(second), ACTORS.creator, store, T.packed);
    await expect(drafted).rejects.toMatchObject({ code: 'store.not_found' });
  });
});
