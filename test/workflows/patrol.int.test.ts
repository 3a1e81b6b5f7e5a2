import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { PEOPLE, type RunningHouse, startHouse } from '../support/running-house.ts';
import { approve, execute, liftRestrictions, openRouted } from '../support/scenario.ts';
import { forgeEvent } from '../support/tampering.ts';

/** Every stored chain is verified at intervals, those of decisions too that nobody will ever read again (R11, R12). */

let house: RunningHouse;
let other: RunningHouse;

const options = () => ({ temporalAddress: inject('temporalAddress'), redisUrl: inject('redisUrl') });

beforeAll(async () => {
  [house, other] = await Promise.all([
    startHouse({ ...options(), environment: { COUNTERSIGN_PATROL_S: '1' } }),
    startHouse({ ...options(), environment: { COUNTERSIGN_PATROL_S: '1' } }),
  ]);
});
afterAll(async () => {
  await house?.stop();
  await other?.stop();
});

describe('the patrol', () => {
  // shows: R11, R12
  it('finds what is wrong with the chain of a closed decision, and restricts that tenant alone', async () => {
    const closed = await execute(house);
    const waiting = await openRouted(house);
    await approve(house, waiting);
    expect(await house.restrictions.inForce()).toEqual([]);
    const body = { event_id: 'x', schema_version: '1.0.0', event_type: 'decision.cancelled', timestamp: 'never' };
    await forgeEvent(inject('redisAdminUrl'), closed, body);
    await expect
      .poll(async () => (await house.restrictions.inForce()).map(({ document }) => document), { timeout: 60_000 })
      .toMatchObject([{ decision_id: closed, code: 'ledger.mac', head: null }]);
    const claim = () => house.client.claim(waiting, house.signer(PEOPLE.deployer));
    expect(await claim()).toMatchObject({ verdict: 'refused', code: 'claim.restricted' });
    // Chains of other tenants lie in the same ledger, under keys that are not ours.
    expect(await other.restrictions.inForce()).toEqual([]);

    await liftRestrictions(house);
    expect(await claim()).toMatchObject({ verdict: 'accepted' });
    // It goes on finding it, and that was judged.
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect(await house.restrictions.inForce()).toEqual([]);
  });
});
