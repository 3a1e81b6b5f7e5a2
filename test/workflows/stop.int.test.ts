import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Standing } from '../../documents/index.ts';
import type { StandingChanges } from '../../founding/index.ts';
import { publishFirstStanding, publishStanding } from '../support/governing.ts';
import { PEOPLE, type RunningHouse, startHouse } from '../support/running-house.ts';
import { approve, chainOf, confirm, openRouted, typesOf, verifyExported } from '../support/scenario.ts';

/** Open decisions stop once governance has revoked what they rest on, on real servers (R90). */

const LIFE_S = 24 * 3600;
const WAIT = { timeout: 30_000 };

let house: RunningHouse;
let standing: Standing;

beforeAll(async () => {
  house = await startHouse({
    temporalAddress: inject('temporalAddress'),
    redisUrl: inject('redisUrl'),
    standingLifeS: LIFE_S,
  });
  standing = await publishFirstStanding(house);
});
afterAll(() => house?.stop());

async function publish(changes: Partial<StandingChanges>): Promise<void> {
  standing = await publishStanding(house, changes);
}

describe('a decision that waits for approvals', () => {
  // shows: R90
  it('stops when what it rests on is revoked, by the standing that says so, and a stranger derives it', async () => {
    const [waiting, approved, running] = [await openRouted(house), await openRouted(house), await openRouted(house)];
    await approve(house, approved);
    await approve(house, running);
    const cleared = await house.client.claim(running, house.signer(PEOPLE.deployer));

    // Somebody tells it, and governance has revoked nothing that it rests on.
    await publish({ revokeDigests: [`sha256:${'7'.repeat(64)}`] });
    expect((await house.client.tellStanding()).untold).toEqual([]);
    expect((await house.client.state(waiting)).stage).toBe('routed');

    const candidate = (await house.client.state(waiting)).candidate?.digest ?? '';
    await publish({ revokeDigests: [candidate] });
    expect((await house.client.state(waiting)).stage).toBe('routed');
    // Visibility lags: whoever was not listed yet is told by the next call.
    await expect
      .poll(async () => {
        await house.client.tellStanding();
        return Promise.all([waiting, approved].map(async (one) => (await house.client.state(one)).ending));
      }, WAIT)
      .toEqual(['candidate.revoked', 'candidate.revoked']);
    for (const stopped of [waiting, approved]) {
      const view = await house.client.wait(stopped, { until: 'closed', timeoutMs: 20_000 });
      expect(view).toMatchObject({ outcome: 'denied', status: 'denied' });
      expect(await house.client.why(stopped)).toMatchObject({ ended: 'candidate.revoked', waiting: [] });
      const report = await verifyExported(house, stopped, 'denied');
      expect(report).toMatchObject({ evidence: 'holds', findings: [] });
    }
    const events = await chainOf(house, waiting);
    expect(typesOf(events).at(-1)).toBe('decision.denied');
    expect(events.at(-1)).toMatchObject({ standing: { serial: standing.serial }, revoked: [candidate] });

    // What was cleared stays cleared, and says what came after.
    await expect
      .poll(async () => (await house.client.why(running)).failing, WAIT)
      .toMatchObject([{ what: 'revoked', code: 'candidate.revoked' }]);
    await confirm(house, running, cleared);
    expect(await house.client.wait(running, { until: 'closed', timeoutMs: 20_000 })).toMatchObject({
      outcome: 'executed',
    });
    expect((await house.client.why(running)).failing).toEqual([]);
    await expect(verifyExported(house, running, 'executed')).resolves.toMatchObject({ evidence: 'holds' });
  });
});

describe('a decision that nobody told', () => {
  let patrolled: RunningHouse;

  beforeAll(async () => {
    patrolled = await startHouse({
      temporalAddress: inject('temporalAddress'),
      redisUrl: inject('redisUrl'),
      standingLifeS: LIFE_S,
      environment: { COUNTERSIGN_PATROL_S: '1' },
    });
  });
  afterAll(() => patrolled?.stop());

  it('is told by a round of the patrol', async () => {
    await publishFirstStanding(patrolled);
    const decisionId = await openRouted(patrolled);
    const candidate = (await patrolled.client.state(decisionId)).candidate?.digest ?? '';
    await publishStanding(patrolled, { revokeDigests: [candidate] });
    expect(await patrolled.client.wait(decisionId, { until: 'closed', timeoutMs: 60_000 })).toMatchObject({
      outcome: 'denied',
      ending: 'candidate.revoked',
    });
  });
});
