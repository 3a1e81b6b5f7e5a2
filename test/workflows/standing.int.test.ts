import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Submitted } from '../../client/index.ts';
import { digestJson, type Envelope, type PrivateKey } from '../../core/canon/index.ts';
import { timestamp } from '../../core/domain/vocabulary.ts';
import type { Standing } from '../../documents/index.ts';
import { type StandingChanges, signFreeze } from '../../founding/index.ts';
import { publishFirstStanding, publishStanding } from '../support/governing.ts';
import { ORIGIN, PEOPLE, type RunningHouse, startHouse } from '../support/running-house.ts';
import { approve, chainOf, confirm, openRouted, typesOf, verifyExported } from '../support/scenario.ts';

/** What governance says of the moment, on real servers: nothing is routed or cleared past it (ruling 18, R62). */

const LIFE_S = 24 * 3600;
const WAIT = { timeout: 20_000 };

let house: RunningHouse;
let standing: Standing;

beforeAll(async () => {
  house = await startHouse({
    temporalAddress: inject('temporalAddress'),
    redisUrl: inject('redisUrl'),
    standingLifeS: LIFE_S,
  });
});
afterAll(() => house?.stop());

const now = (): string => timestamp(Date.now());
const random = (length: number): Uint8Array => Uint8Array.from(randomBytes(length));

async function publish(changes: Partial<StandingChanges>): Promise<void> {
  standing = await publishStanding(house, changes);
}

function emergencyKey(): PrivateKey {
  const key = house.house.holderKeys.get('emergency')?.get('emergency-1');
  if (key === undefined) throw new TypeError('the house has an emergency key');
  return key;
}

function freezeFor(actions: '*' | readonly string[]): Envelope {
  const at = now();
  const until = timestamp(Date.parse(at) + 3_600_000);
  const wish = { incident: 'INC-2041', environments: ['production'] as const, actions, until };
  const by = { holder: 'emergency-1', key: emergencyKey() };
  return signFreeze(wish, by, { origin: ORIGIN, tenant: house.tenant, at }, random);
}

const claim = (decisionId: string): Promise<Submitted> => house.client.claim(decisionId, house.signer(PEOPLE.deployer));

async function approved(): Promise<string> {
  const decisionId = await openRouted(house);
  await approve(house, decisionId);
  return decisionId;
}

describe('a house whose trust file demands a standing', () => {
  it('routes nothing before governance has spoken, says so, and goes on by itself when it has', async () => {
    const { decisionId, view } = await house.client.open(house.request(randomUUID()));
    expect(view.stage).toBe('requested');
    await expect
      .poll(async () => (await house.client.why(decisionId)).failing, WAIT)
      .toMatchObject([{ code: 'standing.awaited', detail: expect.stringContaining('standing') as string }]);
    standing = await publishFirstStanding(house);
    await house.client.wait(decisionId, { until: 'routed', timeoutMs: 60_000 });
    expect((await house.client.why(decisionId)).failing).toEqual([]);
    expect(
      (await chainOf(house, decisionId)).find(({ event_type }) => event_type === 'authority.routed'),
    ).toMatchObject({
      standing: { serial: 1, digest: digestJson(standing) },
    });
  });

  // shows: R62
  it('refuses claims under an emergency freeze, takes approvals all the same, and clears once it is lifted', async () => {
    const freeze = await house.registry.publishFreeze(freezeFor('*'), now());
    const decisionId = await approved();
    const refused = await claim(decisionId);
    expect(refused).toMatchObject({ verdict: 'refused', code: 'claim.frozen', permit: null });
    await publish({ liftFreezes: [freeze] });
    const cleared = await claim(decisionId);
    expect(cleared).toMatchObject({ verdict: 'accepted', code: null });
    await confirm(house, decisionId, cleared);
    await house.client.wait(decisionId, { until: 'closed', timeoutMs: 20_000 });
    const report = await verifyExported(house, decisionId, 'executed');
    expect(report.findings).toEqual([]);
    expect(report.evidence).toBe('holds');
    const events = await chainOf(house, decisionId);
    expect(events.find(({ event_type }) => event_type === 'statement.refused')).toMatchObject({ freeze });
    expect(typesOf(events)).toContain('execution.cleared');
  });

  // shows: R63
  it('clears during an incident what its recovery plan names, and nothing else, until the plan is over', async () => {
    const freeze = await house.registry.publishFreeze(freezeFor('*'), now());
    const [named, other] = [await approved(), await approved()];
    expect(await claim(named)).toMatchObject({ verdict: 'refused', code: 'claim.frozen' });
    const { candidate, target } = await house.client.state(named);
    const digest = candidate?.digest ?? '';
    const plan = { incident: 'INC-2041', until: timestamp(Date.now() + 600_000) };
    await publish({ recovery: [{ ...plan, releases: [{ candidate: digest, target: 'elsewhere' }] }] });
    expect(await claim(named)).toMatchObject({ verdict: 'refused', code: 'claim.frozen' });
    await publish({ recovery: [{ ...plan, releases: [{ candidate: digest, target: target ?? '' }] }] });
    const cleared = await claim(named);
    expect(cleared).toMatchObject({ verdict: 'accepted', code: null });
    await confirm(house, named, cleared);
    await house.client.wait(named, { until: 'closed', timeoutMs: 20_000 });
    const report = await verifyExported(house, named, 'executed');
    expect(report.evidence).toBe('holds');
    expect(report.findings.map(({ code }) => code)).toEqual(['standing.recovery']);
    expect((await chainOf(house, named)).find(({ event_type }) => event_type === 'execution.cleared')).toMatchObject({
      recovery: { incidents: ['INC-2041'], freezes: [freeze] },
    });
    await publish({ endRecovery: ['INC-2041'] });
    expect(await claim(other)).toMatchObject({ verdict: 'refused', code: 'claim.frozen' });
    await publish({ liftFreezes: [freeze] });
    expect(await claim(other)).toMatchObject({ verdict: 'accepted' });
  });

  it('does not stop what a freeze does not speak of', async () => {
    await house.registry.publishFreeze(freezeFor(['model.promote']), now());
    expect(await claim(await approved())).toMatchObject({ verdict: 'accepted' });
  });

  it('counts no approval by a key that governance has revoked since', async () => {
    const decisionId = await approved();
    await publish({ revokeKeys: [house.signer(PEOPLE.executive).key.publicKey.keyId] });
    expect(await claim(decisionId)).toMatchObject({ verdict: 'refused', code: 'claim.authority_missing' });
    await approve(house, decisionId, PEOPLE.secondExecutive);
    const cleared = await claim(decisionId);
    expect(cleared.verdict).toBe('accepted');
    await confirm(house, decisionId, cleared);
    await house.client.wait(decisionId, { until: 'closed', timeoutMs: 20_000 });
    expect((await verifyExported(house, decisionId, 'executed')).findings).toEqual([]);
  });

  it('stops an open decision whose candidate is revoked, and denies the next about it', async () => {
    const decisionId = await openRouted(house);
    await approve(house, decisionId, PEOPLE.secondExecutive);
    const { candidate } = await house.client.state(decisionId);
    await publish({ revokeDigests: [candidate?.digest ?? ''] });
    expect(await claim(decisionId)).toMatchObject({ verdict: 'refused', code: 'claim.candidate_revoked' });
    const next = await house.client.open(house.request(randomUUID()));
    expect(next.view).toMatchObject({ stage: 'closed', outcome: 'denied' });
    expect(next.view.ending).toContain('candidate.revoked');
    await house.client.wait(next.decisionId, { until: 'closed', timeoutMs: 20_000 });
    expect((await verifyExported(house, next.decisionId, 'denied')).findings).toEqual([]);
  });
});
