import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { PEOPLE, type RunningHouse, startHouse } from '../support/running-house.ts';
import { approve, chainOf, gatewayReceipt, openRouted, typesOf, verifyExported } from '../support/scenario.ts';

/** Two executors of one target that claim at the same moment, on real servers. */

const OTHER = 'second-deployer-71';

let house: RunningHouse;

beforeAll(async () => {
  house = await startHouse({
    temporalAddress: inject('temporalAddress'),
    redisUrl: inject('redisUrl'),
    more: { [OTHER]: [] },
    policy: (policy) => ({
      ...policy,
      targets: policy.targets.map((target) => ({ ...target, executors: [...target.executors, OTHER] })),
    }),
  });
});
afterAll(() => house?.stop());

test('one is cleared, the other is refused on record, and has nothing to run with', async () => {
  const decision = await openRouted(house);
  await approve(house, decision);
  const claims = await Promise.all(
    [PEOPLE.deployer, OTHER].map(async (executor) => ({
      executor,
      claim: await house.client.claim(decision, house.signer(executor)),
    })),
  );
  const [cleared] = claims.filter(({ claim }) => claim.verdict === 'accepted');
  const [refused, ...others] = claims.filter(({ claim }) => claim.verdict === 'refused');
  expect(others).toEqual([]);
  expect(refused?.claim).toMatchObject({ code: 'claim.already_cleared', permit: null, clearance: null });
  const events = await chainOf(house, decision);
  expect(typesOf(events).filter((type) => type === 'execution.cleared')).toHaveLength(1);
  expect(events.find((event) => event.event_type === 'execution.cleared')?.actor_id).toBe(cleared?.executor);
  if (cleared === undefined) throw new TypeError('one of them was cleared');
  const { candidate, target } = await house.client.state(decision);
  const done = { subject: candidate?.digest ?? null, target: target ?? '', at: new Date().toISOString() };
  // Whoever was refused swears to nothing, whatever permit they name.
  const stolen = gatewayReceipt(decision, { ...done, claim: cleared.claim });
  expect(await house.client.confirm(house.signer(refused?.executor ?? ''), stolen)).toMatchObject({
    code: 'receipt.not_executor',
  });
  await house.client.confirm(
    house.signer(cleared.executor),
    gatewayReceipt(decision, { ...done, claim: cleared.claim }),
  );
  await house.client.wait(decision, { until: 'closed', timeoutMs: 20_000 });
  await expect(verifyExported(house, decision, 'executed')).resolves.toMatchObject({ evidence: 'holds', findings: [] });
});
