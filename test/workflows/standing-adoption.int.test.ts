import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { PrivateKey } from '../../core/canon/index.ts';
import { timestamp } from '../../core/domain/vocabulary.ts';
import type { Standing } from '../../documents/index.ts';
import { type StandingChanges, signFreeze } from '../../founding/index.ts';
import { publishFirstStanding, publishStanding } from '../support/governing.ts';
import { ORIGIN, PEOPLE, type RunningHouse, startHouse } from '../support/running-house.ts';
import { chainOf, confirm, insist, verifyExported } from '../support/scenario.ts';

/**
 * A worker dies after its append and before anybody knows; before the next one starts, governance says something else.
 * What was stored is adopted as it was decided, under the standing and the freeze that it names.
 */

const LIFE_S = 24 * 3600;

let house: RunningHouse;
let standing: Standing;

beforeAll(async () => {
  house = await startHouse({
    temporalAddress: inject('temporalAddress'),
    redisUrl: inject('redisUrl'),
    worker: false,
    standingLifeS: LIFE_S,
  });
  standing = await publishFirstStanding(house);
});
afterAll(() => house?.stop());

const now = (): string => timestamp(Date.now());
const random = (length: number): Uint8Array => Uint8Array.from(randomBytes(length));

async function publish(changes: Partial<StandingChanges>): Promise<void> {
  standing = await publishStanding(house, changes);
}

async function freezeAll(): Promise<string> {
  const at = now();
  const key = house.house.holderKeys.get('emergency')?.get('emergency-1') as PrivateKey;
  const wish = {
    incident: 'INC-7',
    environments: '*',
    actions: '*',
    until: timestamp(Date.now() + 3_600_000),
  } as const;
  const place = { origin: ORIGIN, tenant: house.tenant, at };
  return house.registry.publishFreeze(signFreeze(wish, { holder: 'emergency-1', key }, place, random), at);
}

/** The road up to a claim, on a worker that dies after so many appends. */
async function upToClaim(append: number) {
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
    return { decisionId, claim: await insist(() => house.client.submit(decisionId, envelope)) };
  })();
  return { died, road };
}

const EVERYTHING = {
  id: 'stop',
  environments: '*',
  actions: '*',
  from: '2026-01-01T00:00:00.000Z',
  until: null,
} as const;

describe('governance says something else between an append and its retry', () => {
  it.each([
    { append: 2, what: 'an evaluation', changes: {} },
    { append: 4, what: 'a clearance, though everything is frozen by then', changes: { freezes: [EVERYTHING] } },
  ])('$what is adopted as it was decided', { timeout: 120_000 }, async ({ append, changes }) => {
    const { died, road } = await upToClaim(append);
    await died;
    await publish(changes);
    const worker = await house.startWorker();
    try {
      const { decisionId, claim } = await road;
      expect(claim).toMatchObject({ verdict: 'accepted' });
      await insist(() => confirm(house, decisionId, claim));
      await house.client.wait(decisionId, { until: 'closed', timeoutMs: 30_000 });
      expect((await house.client.why(decisionId)).failing).toEqual([]);
      expect(await verifyExported(house, decisionId, 'executed')).toMatchObject({ evidence: 'holds', findings: [] });
    } finally {
      await worker.stop();
      await publish({ endFreezes: [EVERYTHING.id] });
    }
  });

  it('a claim refused for an emergency freeze stays refused for it, though it is lifted by then', {
    timeout: 120_000,
  }, async () => {
    const freeze = await freezeAll();
    const { died, road } = await upToClaim(4);
    await died;
    await publish({ liftFreezes: [freeze] });
    const worker = await house.startWorker();
    try {
      const { decisionId, claim } = await road;
      expect(claim).toMatchObject({ verdict: 'refused', code: 'claim.frozen' });
      const cleared = await house.client.claim(decisionId, house.signer(PEOPLE.deployer));
      expect(cleared.verdict).toBe('accepted');
      await confirm(house, decisionId, cleared);
      await house.client.wait(decisionId, { until: 'closed', timeoutMs: 30_000 });
      expect(await verifyExported(house, decisionId, 'executed')).toMatchObject({ evidence: 'holds', findings: [] });
      const refused = (await chainOf(house, decisionId)).find(({ event_type }) => event_type === 'statement.refused');
      expect(refused).toMatchObject({ freeze, code: 'claim.frozen' });
    } finally {
      await worker.stop();
    }
  });

  it('a clearance by a recovery plan stands, though the plan is over by then', { timeout: 120_000 }, async () => {
    const freeze = await freezeAll();
    const { candidate, target } = house.request(randomUUID());
    const until = timestamp(Date.now() + 3_600_000);
    const releases = [{ candidate: candidate.digest, target }];
    await publish({ recovery: [{ incident: 'INC-7', releases, until }] });
    const { died, road } = await upToClaim(4);
    await died;
    await publish({ endRecovery: ['INC-7'] });
    const worker = await house.startWorker();
    try {
      const { decisionId, claim } = await road;
      expect(claim).toMatchObject({ verdict: 'accepted' });
      await insist(() => confirm(house, decisionId, claim));
      await house.client.wait(decisionId, { until: 'closed', timeoutMs: 30_000 });
      expect((await house.client.why(decisionId)).failing).toEqual([]);
      const report = await verifyExported(house, decisionId, 'executed');
      expect(report).toMatchObject({ evidence: 'holds', findings: [{ code: 'standing.recovery' }] });
      const cleared = (await chainOf(house, decisionId)).find(({ event_type }) => event_type === 'execution.cleared');
      expect(cleared).toMatchObject({ recovery: { freezes: [freeze] } });
    } finally {
      await worker.stop();
      await publish({ liftFreezes: [freeze] });
    }
  });

  it('a stop stands under the standing that it names, though another one followed', { timeout: 120_000 }, async () => {
    const request = house.request(randomUUID());
    const faulty = await house.startWorker({ FAULT_APPEND: '3', FAULT_WHEN: 'after' }, '../support/faulty-worker.ts');
    const died = new Promise<void>((resolve) => faulty.process.once('exit', () => resolve()));
    const { decisionId } = await insist(() => house.client.open(request));
    await house.client.wait(decisionId, { until: 'routed', timeoutMs: 30_000 });
    await publish({ revokeDigests: [request.candidate.digest] });
    const { serial } = standing;
    await Promise.all([died, insist(() => toldOnce(decisionId))]);
    await publish({ revokeDigests: [`sha256:${'7'.repeat(64)}`] });
    const worker = await house.startWorker();
    try {
      const view = await house.client.wait(decisionId, { until: 'closed', timeoutMs: 60_000 });
      expect(view).toMatchObject({ outcome: 'denied', ending: 'candidate.revoked' });
      expect(await verifyExported(house, decisionId, 'denied')).toMatchObject({ evidence: 'holds', findings: [] });
      expect((await chainOf(house, decisionId)).at(-1)).toMatchObject({ standing: { serial } });
    } finally {
      await worker.stop();
    }
  });
});

/** Visibility lags: until it lists the decision, nobody tells it. */
async function toldOnce(decisionId: string): Promise<void> {
  const { told } = await house.client.tellStanding();
  if (!told.includes(decisionId)) throw new Error('not listed yet');
}
