import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { PEOPLE, type RunningHouse, startHouse } from '../support/running-house.ts';
import { approve, openRouted } from '../support/scenario.ts';

/** What an operator is shown first of the decisions that wait. */

let house: RunningHouse;

beforeAll(async () => {
  house = await startHouse({ temporalAddress: inject('temporalAddress'), redisUrl: inject('redisUrl') });
});
afterAll(() => house?.stop());

// Visibility lists the newest first, and an entry is looked for among ten candidates.
test('the one that has waited longest is listed first, however many came after it', async () => {
  const oldest = await openRouted(house);
  for (let count = 0; count < 11; count += 1) await openRouted(house);
  await expect.poll(async () => (await house.client.listStuck({ limit: 1000 })).length, { timeout: 20_000 }).toBe(12);
  expect((await house.client.listStuck({ limit: 1 })).map(({ decisionId }) => decisionId)).toEqual([oldest]);
});

test('what waits for something else is left out, and what ends soonest is listed first where that is asked', async () => {
  const approved = await openRouted(house);
  await approve(house, approved);
  const listed = async (waitingFor: string) =>
    (await house.client.listStuck({ limit: 1000, waitingFor, by: 'deadline' })).map(({ decisionId }) => decisionId);
  await expect.poll(() => listed('clearance'), { timeout: 20_000 }).toEqual([approved]);
  expect(await listed('approval')).not.toContain(approved);
  // An approval ends before any decision does.
  await expect
    .poll(async () => (await house.client.listStuck({ limit: 1, by: 'deadline' }))[0]?.decisionId, { timeout: 20_000 })
    .toBe(approved);
});

test('whose approval runs out, and when the permit does, stands in the cause tree', async () => {
  const decision = await openRouted(house);
  await approve(house, decision);
  const { next } = await house.client.why(decision);
  expect(next.map(({ what }) => what)).toContainEqual(expect.stringMatching(/^approval of \S+ runs out$/));
  expect(next.map(({ what }) => what)).not.toContain('approval runs out');
  await house.client.claim(decision, house.signer(PEOPLE.deployer));
  expect((await house.client.why(decision)).next.map(({ what }) => what)).toContain('permit runs out');
});

test('a claim that was refused is remembered, until one is cleared', async () => {
  const decision = await openRouted(house);
  expect((await house.client.why(decision)).refused).toBeUndefined();
  const { code } = await house.client.claim(decision, house.signer(PEOPLE.deployer));
  expect(code).toBe('claim.authority_missing');
  expect((await house.client.why(decision)).refused).toMatchObject({ code, by: PEOPLE.deployer });
  await approve(house, decision);
  await house.client.claim(decision, house.signer(PEOPLE.deployer));
  expect((await house.client.why(decision)).refused).toBeUndefined();
});
