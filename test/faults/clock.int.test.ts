import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createClient, type Submitted } from '../../client/index.ts';
import { parseDigest, readCanonical } from '../../core/canon/index.ts';
import type { DecisionEvent } from '../../core/domain/events.ts';
import { timestamp } from '../../core/domain/vocabulary.ts';
import { readStatement } from '../../documents/index.ts';
import { temporalTestServerPath } from '../../scripts/servers/index.ts';
import { createDisclosureStore } from '../../store/index.ts';
import { verifyClearance } from '../../verifier/index.ts';
import { ORIGIN, PEOPLE, type RunningHouse, startHouse, type WorkerProcess } from '../support/running-house.ts';
import { approve, chainOf, confirm, openRouted, typesOf, verifyExported } from '../support/scenario.ts';

/** Clocks an hour off, and stepped back, whosever they are. */

const HOUR_MS = 3600 * 1000;
const servers = () => ({ temporalAddress: inject('temporalAddress'), redisUrl: inject('redisUrl') });

describe('the clocks of those who sign', () => {
  let house: RunningHouse;
  let offMs = 0;
  const now = () => timestamp(Date.now() + offMs);

  beforeAll(async () => {
    house = await startHouse({ ...servers(), now });
  });
  afterAll(() => house?.stop());

  async function off<T>(ms: number, act: () => Promise<T>): Promise<T> {
    offMs = ms;
    try {
      return await act();
    } finally {
      offMs = 0;
    }
  }

  it('a requester an hour ahead is told so, and the key stays free; one an hour behind opens', async () => {
    const key = randomUUID();
    const early = off(HOUR_MS, () => house.client.open(house.request(key)));
    await expect(early).rejects.toMatchObject({ code: 'request.refused', serverCode: 'statement.from_the_future' });
    const { view } = await off(-HOUR_MS, () => house.client.open(house.request(key)));
    expect(view.stage).toBe('routed');
  });

  it('an approver an hour ahead is told so; one an hour behind signs what has expired, and is refused', async () => {
    const decisionId = await openRouted(house);
    await expect(off(HOUR_MS, () => approve(house, decisionId))).rejects.toMatchObject({
      code: 'submit.discarded',
      serverCode: 'statement.from_the_future',
    });
    const rationale = 'read it';
    const expired = () =>
      house.client.approve(decisionId, house.signer(PEOPLE.executive), { rationale, roles: ['executive'] });
    const late = await off(-HOUR_MS, expired);
    expect(late).toMatchObject({ verdict: 'refused', code: 'approval.expired' });
    expect((await house.client.state(decisionId)).stage).toBe('routed');
    expect(await approve(house, decisionId)).toMatchObject({ verdict: 'accepted' });
  });

  it('an executor an hour ahead claims nothing; with a clock an hour off either way he runs nothing', async () => {
    const decisionId = await openRouted(house);
    await approve(house, decisionId);
    const claim = () => house.client.claim(decisionId, house.signer(PEOPLE.deployer));
    await expect(off(HOUR_MS, claim)).rejects.toMatchObject({
      code: 'submit.discarded',
      serverCode: 'statement.from_the_future',
    });
    const cleared = await off(-HOUR_MS, claim);
    expect(cleared.verdict).toBe('accepted');
    const pack = await house.store.get(parseDigest(cleared.clearance ?? ''));
    const holdsAt = (ms: number) => clearanceAt(house, cleared, pack, ms);
    expect(holdsAt(0).holds).toBe(true);
    for (const ms of [-HOUR_MS, HOUR_MS]) {
      expect(holdsAt(ms)).toMatchObject({ holds: false, findings: [{ code: 'permit.expired' }] });
    }
    await confirm(house, decisionId, cleared);
    await house.client.wait(decisionId, { until: 'closed', timeoutMs: 20_000 });
    expect(await verifyExported(house, decisionId, 'executed')).toMatchObject({ evidence: 'holds' });
  });
});

describe('the clock of a worker', () => {
  let house: RunningHouse;
  let worker: WorkerProcess;

  beforeAll(async () => {
    house = await startHouse({ ...servers(), worker: false });
    const preload = new URL('clock-shift.mjs', import.meta.url).href;
    worker = await house.startWorker({ NODE_OPTIONS: `--import=${preload}`, CLOCK_SHIFT_MS: `${HOUR_MS}` });
  });
  afterAll(async () => {
    await worker?.stop();
    await house?.stop();
  });

  it('an hour ahead, then stepped back to an hour behind, moves nothing: time is the server’s', async () => {
    const began = timestamp(Date.now());
    const decisionId = await openRouted(house);
    await approve(house, decisionId);
    const told = once(worker.process, 'message');
    worker.process.kill('SIGUSR2');
    const [{ clock }] = (await told) as [{ clock: number }];
    expect(Math.round((clock - Date.now()) / HOUR_MS)).toBe(-1);
    await confirm(house, decisionId, await house.client.claim(decisionId, house.signer(PEOPLE.deployer)));
    await house.client.wait(decisionId, { until: 'closed', timeoutMs: 20_000 });
    const ended = timestamp(Date.now());
    const times = timesOf(await chainOf(house, decisionId));
    expect(times).toEqual(times.toSorted());
    expect([began, ...times, ended]).toEqual([began, ...times, ended].toSorted());
    expect(await verifyExported(house, decisionId, 'executed')).toMatchObject({ evidence: 'holds' });
  });
});

describe('the service’s own time', () => {
  let ahead: TestWorkflowEnvironment;
  let offMs = 0;
  const now = () => timestamp(Date.now() + offMs);
  let house: RunningHouse;

  beforeAll(async () => {
    const executable = { type: 'existing-path', path: temporalTestServerPath() } as const;
    ahead = await TestWorkflowEnvironment.createTimeSkipping({ server: { executable } });
    await ahead.sleep(HOUR_MS);
    house = await startHouse({
      ...servers(),
      temporalAddress: ahead.address ?? '',
      worker: false,
      // So that what is signed now has not expired an hour ahead.
      policy: (policy) => ({ ...policy, times: { ...policy.times, approval_life_s: 3 * 3600 } }),
    });
  });
  afterAll(async () => {
    await house?.stop();
    await ahead?.teardown();
  });

  it('stepped back an hour in the middle of a decision: its chain goes on, and never runs backwards', async () => {
    const early = await house.startWorker();
    const decisionId = await openRouted(house);
    await approve(house, decisionId);
    await early.stop();
    const first = await chainOf(house, decisionId);
    expect(Date.parse(first.at(-1)?.timestamp ?? '')).toBeGreaterThan(Date.now() + HOUR_MS / 2);

    const { temporalAddress } = servers();
    const worker = await house.startWorker({ TEMPORAL_ADDRESS: temporalAddress });
    const client = await createClient({
      temporal: { address: temporalAddress, namespace: 'default' },
      store: house.store,
      disclosures: createDisclosureStore({ directory: `${house.directory}/store/disclosures` }),
      taskQueue: house.taskQueue,
      origin: ORIGIN,
      tenant: house.tenant,
      now,
    });
    const later = { ...house, client };
    try {
      const [requested] = first;
      const request = requested?.event_type === 'decision.requested' ? requested.request : '';
      const { envelope } = readStatement(readCanonical(await house.store.get(parseDigest(request))), 'request').parsed;
      await client.openSigned(envelope);
      const view = await client.wait(decisionId, { until: 'authorized', timeoutMs: 20_000 });
      expect(view).toMatchObject({ stage: 'authorized', head: { sequence: first.length } });
      const cleared = await client.claim(decisionId, house.signer(PEOPLE.deployer));
      const pack = await house.store.get(parseDigest(cleared.clearance ?? ''));
      // By an executor's own clock this permit is of the future: nothing runs until that hour has come.
      expect(clearanceAt(house, cleared, pack, 0)).toMatchObject({
        holds: false,
        findings: [{ code: 'permit.expired' }],
      });
      expect(clearanceAt(house, cleared, pack, HOUR_MS).holds).toBe(true);
      offMs = HOUR_MS;
      await confirm(later, decisionId, cleared, now());
      await client.wait(decisionId, { until: 'closed', timeoutMs: 20_000 });
      const events = await chainOf(house, decisionId);
      expect(events.slice(0, first.length)).toEqual(first);
      expect(timesOf(events)).toEqual(timesOf(events).toSorted());
      expect(typesOf(events).slice(first.length)).toEqual(['execution.cleared', 'execution.confirmed']);
      expect(await verifyExported(later, decisionId, 'executed')).toMatchObject({ evidence: 'holds' });
    } finally {
      await client.close();
      await worker.stop();
    }
  });
});

/** What an executor finds by a clock that is so far off. */
function clearanceAt(house: RunningHouse, cleared: Submitted, pack: Uint8Array, ms: number) {
  return verifyClearance({
    pack,
    permit: cleared.permit ?? '',
    trust: house.house.trustFile,
    trustName: 'trust.json',
    at: timestamp(Date.now() + ms),
    executor: PEOPLE.deployer,
  });
}

function timesOf(events: readonly DecisionEvent[]): readonly string[] {
  return events.map(({ timestamp: at }) => at);
}
