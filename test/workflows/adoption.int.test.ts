import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { canonicalBytes } from '../../core/canon/index.ts';
import { timestamp } from '../../core/domain/vocabulary.ts';
import { endorseNext } from '../../founding/index.ts';
import { ORIGIN, PEOPLE, type RunningHouse, startHouse } from '../support/running-house.ts';
import { approve, chainOf, confirm, typesOf, verifyExported, insist } from '../support/scenario.ts';

/**
 * A worker dies after its append and before anybody knows; before the next one starts, the world moves on. What was
 * stored was decided under what it names, and is adopted under that: a new roster or policy is no tampering.
 */
let house: RunningHouse;

beforeAll(async () => {
  house = await startHouse({ temporalAddress: inject('temporalAddress'), redisUrl: inject('redisUrl'), worker: false });
});
afterAll(() => house.stop());

const surroundings = () => ({
  origin: ORIGIN,
  tenant: house.tenant,
  at: timestamp(Date.now()),
  random: (length: number) => crypto.getRandomValues(new Uint8Array(length)),
});

async function publishNextRoster(): Promise<void> {
  const { index, reference } = await house.registry.rosterInForce(timestamp(Date.now()));
  const next = { ...index.roster, serial: reference.serial + 1, predecessor: reference.digest };
  const { bytes, endorsements } = endorseNext(house.house, 'roster', next, surroundings());
  await house.registry.publish('roster', bytes, endorsements, timestamp(Date.now()));
}

async function publishNextPolicy(): Promise<void> {
  const { document, reference } = await house.registry.policyInForce(timestamp(Date.now()));
  const next = {
    ...document,
    version: `1.2.${reference.serial}`,
    serial: reference.serial + 1,
    predecessor: reference.digest,
  };
  const { bytes, endorsements } = endorseNext(house.house, 'policy', next, surroundings());
  expect(canonicalBytes(next)).toEqual(bytes);
  await house.registry.publish('policy', bytes, endorsements, timestamp(Date.now()));
}

/** Appends: request, evaluation, approval, clearance. */
const CASES = [
  { append: 1, what: 'the request' },
  { append: 2, what: 'the evaluation' },
  { append: 3, what: 'an approval' },
  { append: 4, what: 'a clearance' },
];

describe('a new roster is published between an append and its retry', () => {
  it.each(CASES)('$what is adopted as it was decided', { timeout: 120_000 }, async ({ append }) => {
    const request = house.request(randomUUID());
    const faulty = await house.startWorker(
      { FAULT_APPEND: `${append}`, FAULT_WHEN: 'after' },
      '../support/faulty-worker.ts',
    );
    const died = new Promise<void>((resolve) => faulty.process.once('exit', () => resolve()));
    const road = (async () => {
      const { decisionId } = await insist(() => house.client.open(request));
      const seen = await insist(() => house.client.brief(decisionId));
      await insist(() => house.client.approve(decisionId, house.signer(PEOPLE.executive), { rationale: 'ok', seen }));
      const { envelope } = await house.client.prepareClaim(decisionId, house.signer(PEOPLE.deployer));
      await insist(async () => confirm(house, decisionId, await house.client.submit(decisionId, envelope)));
      return decisionId;
    })();
    await died;
    await publishNextRoster();
    const worker = await house.startWorker();
    try {
      const decisionId = await road;
      await house.client.wait(decisionId, { until: 'closed', timeoutMs: 30_000 });
      expect((await house.client.why(decisionId)).failing).toEqual([]);
      expect(typesOf(await chainOf(house, decisionId)).filter((type) => type === 'authority.approved')).toHaveLength(1);
      expect(await verifyExported(house, decisionId, 'executed')).toMatchObject({
        evidence: 'holds',
        level: { reached: 'C2' },
      });
    } finally {
      await worker.stop();
    }
  });

  // shows: R22, R30
  it('the same with a new policy, for a decision that was evaluated under the old one', {
    timeout: 120_000,
  }, async () => {
    const request = house.request(randomUUID());
    const faulty = await house.startWorker({ FAULT_APPEND: '2', FAULT_WHEN: 'after' }, '../support/faulty-worker.ts');
    const died = new Promise<void>((resolve) => faulty.process.once('exit', () => resolve()));
    const opening = insist(() => house.client.open(request));
    await died;
    await publishNextPolicy();
    const worker = await house.startWorker();
    try {
      const { decisionId } = await opening;
      await house.client.wait(decisionId, { until: 'routed', timeoutMs: 60_000 });
      expect(await approve(house, decisionId)).toMatchObject({ verdict: 'accepted' });
      expect((await house.client.why(decisionId)).failing).toEqual([]);
    } finally {
      await worker.stop();
    }
  });
});
