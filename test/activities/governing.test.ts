import { beforeEach, describe, expect, it } from 'vitest';
import type { Dependencies } from '../../activities/index.ts';
import { admit, admittingRoster } from '../../activities/authority.ts';
import { evaluate } from '../../activities/evaluation.ts';
import { countingAt, governingAt } from '../../activities/in-force.ts';
import { canonicalBytes, digestJson, type Envelope } from '../../core/canon/index.ts';
import type { EndorsedKind } from '../../core/domain/statements.ts';
import type { Policy } from '../../documents/policy.ts';
import type { Roster } from '../../documents/roster.ts';
import type { Standing } from '../../documents/standing.ts';
import { createMemoryLedger, EMPTY_HEAD, type Ledger } from '../../ledger/index.ts';
import { createRegistry, createRestrictions } from '../../registry/index.ts';
import { createMemoryStore } from '../../store/index.ts';
import {
  ACTORS,
  CANDIDATE,
  fixtureTrust,
  fixtureTrustDocument,
  HOLDERS,
  keyOfActor,
  signedEndorsement,
  T,
  TENANT,
} from '../documents/fixtures.ts';
import {
  endorsedPolicy,
  endorsedRoster,
  endorsedStanding,
  fixturePolicy,
  fixtureStanding,
  MiniatureService,
  ROSTER,
  shift,
} from '../verifier/fixture-pack.ts';

/** What counts now, and what counted when a stored batch was decided, whatever was published since. */

const service = new MiniatureService().open();
const LATER = shift(T.claimed, 3600);
const policy = fixturePolicy();

let dependencies: Dependencies;

beforeEach(async () => {
  const store = createMemoryStore();
  const ledger = createMemoryLedger({ macKeys: [new Uint8Array(32).fill(7)] });
  dependencies = over({ ledger, store });
  for (const envelope of service.statements.values()) await store.put(canonicalBytes(envelope));
  for (const bytes of service.documents.values()) await store.put(bytes);
  await put('policy', policy, endorsedPolicy(policy).endorsements);
  await put('roster', ROSTER, endorsedRoster(ROSTER).endorsements);
});

function over({ ledger, store }: Pick<Dependencies, 'ledger' | 'store'>, trust = fixtureTrust()): Dependencies {
  const registry = createRegistry({ ledger, store, trust, tenant: TENANT });
  const restrictions = createRestrictions({ ledger, store, trust, tenant: TENANT, registry });
  return { ledger, store, disk: store, registry, restrictions, trust, tenant: TENANT } as unknown as Dependencies;
}

type Kind = Exclude<EndorsedKind, 'trust'>;

function put(
  kind: Kind,
  document: Policy | Roster | Standing,
  endorsements: readonly Envelope[],
  at: string = T.requested,
) {
  return dependencies.registry.publish(kind, canonicalBytes(document), endorsements, at);
}

/** Endorsed an hour after the claim: nothing of that time rests on it. */
function endorsedLater(kind: Kind, document: Policy | Roster | Standing, holders: readonly string[]): Envelope[] {
  const { serial, predecessor } = document;
  const said = { document_kind: kind, document: digestJson(document), serial, predecessor, signed_at: LATER } as const;
  return holders.slice(0, 2).map((holder) => signedEndorsement(holder, said));
}

async function publishMuch(): Promise<void> {
  const next = fixturePolicy({ version: '1.3.0', serial: 2, predecessor: digestJson(policy) });
  const roster: Roster = { ...ROSTER, serial: 2, predecessor: digestJson(ROSTER) };
  const named = (document: Policy | Roster) => ({ serial: document.serial, digest: digestJson(document) });
  const standing = fixtureStanding({
    policy: named(next),
    roster: named(roster),
    issued_at: LATER,
    not_after: shift(LATER, 86_400),
  });
  await put('policy', next, endorsedLater('policy', next, HOLDERS.policy), LATER);
  await put('roster', roster, endorsedLater('roster', roster, HOLDERS.roster), LATER);
  await put('standing', standing, endorsedLater('standing', standing, HOLDERS.governance), LATER);
}

const recorded = { policy: null, roster: digestJson(ROSTER), standing: null };

describe('what a stored batch was decided under', () => {
  it('is found again though policy, roster and standing of today were endorsed long after it', async () => {
    await publishMuch();
    const { standing, roster } = await governingAt(dependencies, T.claimed, recorded);
    expect(standing).toEqual({ inForce: null, demanded: false });
    expect(roster.reference).toMatchObject({ serial: 1, digest: digestJson(ROSTER) });
    const evaluated = await countingAt(dependencies, T.claimed, { ...recorded, policy: digestJson(policy) });
    expect(evaluated.policy.reference.serial).toBe(1);
    // What is asked for now is judged now.
    expect((await governingAt(dependencies, LATER)).standing.inForce?.reference.serial).toBe(1);
  });

  it('is found again though the trust file has withdrawn who endorsed it', async () => {
    await publishMuch();
    const tenants = fixtureTrustDocument().tenants.map((tenant) => ({ ...tenant, minimum_roster_serial: 2 }));
    const raised = over(dependencies, fixtureTrust(fixtureTrustDocument({ tenants })));
    const { roster } = await governingAt(raised, T.claimed, recorded);
    const endorsements = endorsedRoster(ROSTER).endorsements.map((one) => digestJson(one));
    expect(roster.reference).toEqual({ serial: 1, digest: digestJson(ROSTER), endorsements: endorsements.sort() });
  });

  it('was demanded where the refusal says so, whatever the trust file says by now', async () => {
    const { standing } = await governingAt(dependencies, T.claimed, { ...recorded, demanded: true });
    expect(standing).toEqual({ inForce: null, demanded: true });
  });
});

describe('what is in force, and not endorsed any more', () => {
  it('is nobody else’s fault: it is tried again, and no statement is discarded for it', async () => {
    const tenants = fixtureTrustDocument().tenants.map((tenant) => ({ ...tenant, minimum_roster_serial: 2 }));
    const raised = over(dependencies, fixtureTrust(fixtureTrustDocument({ tenants })));
    await expect(governingAt(raised, T.claimed)).rejects.toMatchObject({ code: 'registry.unendorsed' });
  });
});

describe('a key that governance has revoked', () => {
  const keyId = keyOfActor(ACTORS.executive).publicKey.keyId;

  it('signs nothing more, though the frozen roster has it; what is stored was admitted once', async () => {
    const standing = fixtureStanding({ revoked_keys: [keyId] });
    await put('standing', standing, endorsedStanding(standing).endorsements);
    const context = { at: T.approved, roster: digestJson(ROSTER) };
    expect((await admittingRoster(dependencies.registry, context)).keys.has(keyId)).toBe(false);
    expect((await admittingRoster(dependencies.registry, context, recorded)).keys.has(keyId)).toBe(true);
  });
});

describe('an evaluation', () => {
  const where = {
    decisionId: service.decisionId,
    request: service.request.digest,
    requestedAt: T.requested,
    openingRoster: digestJson(ROSTER),
  };

  it('waits while governance does not speak, before anything else is said of the request', async () => {
    const next = fixturePolicy({ version: '1.3.0', serial: 2, predecessor: digestJson(policy) });
    await put('policy', next, endorsedPolicy(next).endorsements);
    const named = { serial: 2, digest: digestJson(next) };
    const standing = fixtureStanding({ policy: named, not_after: shift(T.requested, 60) });
    await put('standing', standing, endorsedStanding(standing).endorsements);
    // Asked under the policy before: that is no denial while nobody may say which one counts.
    await expect(evaluate(dependencies)({ ...where, at: shift(T.requested, 60) })).rejects.toMatchObject({
      code: 'standing.awaited',
      got: expect.stringContaining('serial 1, which speaks from'),
    });
    const { denial } = await evaluate(dependencies)({ ...where, at: shift(T.requested, 59) });
    expect(denial?.code).toBe('policy.not_in_force');
  });

  it('waits for the first one, where the trust file demands one from then on', async () => {
    const tenants = fixtureTrustDocument().tenants.map((tenant) => {
      return { ...tenant, standing: { minimum_serial: 1, demanded_from: shift(T.requested, 10) } };
    });
    const demanding = over(dependencies, fixtureTrust(fixtureTrustDocument({ tenants })));
    expect((await evaluate(demanding)({ ...where, at: shift(T.requested, 9) })).denial).toBeNull();
    await expect(evaluate(demanding)({ ...where, at: shift(T.requested, 10) })).rejects.toMatchObject({
      code: 'standing.awaited',
      got: 'none',
    });
  });
});

describe('a claim', () => {
  const claimed = new MiniatureService().open().evaluate().approve().claim();

  it('is judged under what was published while everything else was being looked for', async () => {
    const { ledger, store } = dependencies;
    for (const envelope of claimed.statements.values()) await store.put(canonicalBytes(envelope));
    for (const bytes of claimed.documents.values()) await store.put(bytes);
    const events = claimed.events.slice(0, -1) as unknown as Parameters<Ledger['append']>[2]['events'];
    await ledger.append(claimed.decisionId, EMPTY_HEAD, { commandId: 'all', events });
    const cleared = claimed.events.at(-1);
    if (cleared?.event_type !== 'execution.cleared') throw new TypeError('it was cleared');
    const standing = fixtureStanding({ revoked_digests: [CANDIDATE.digest] });
    const disk = {
      ...store,
      async get(digest: Parameters<typeof store.get>[0]) {
        await put('standing', standing, endorsedStanding(standing).endorsements);
        return store.get(digest);
      },
    };
    const admission = await admit({ ...dependencies, chains: ledger, disk } as unknown as Dependencies)({
      envelope: claimed.statements.get(cleared.claim),
      context: {
        decisionId: claimed.decisionId,
        request: claimed.request.digest,
        at: cleared.timestamp,
        roster: digestJson(ROSTER),
        approvals: cleared.assignment.map(({ statement }) => statement),
      },
    });
    expect(admission).toMatchObject({
      inForce: {
        standing: { reference: { serial: 1 } },
        obstacle: { code: 'claim.candidate_revoked' },
      },
    });
  });
});
