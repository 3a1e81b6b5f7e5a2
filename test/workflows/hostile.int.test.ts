import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { signRequest } from '../../client/index.ts';
import { canonicalBytes, digestBytes } from '../../core/canon/index.ts';
import { SIGNALS, workflowIdOf } from '../../core/contracts/names.ts';
import { REFUSALS_PER_SIGNER } from '../../core/domain/decide.ts';
import { ORIGIN, PEOPLE, type RunningHouse, startHouse } from '../support/running-house.ts';
import { approve, chainOf, execute, openRouted, typesOf } from '../support/scenario.ts';
import { loseTail } from '../support/tampering.ts';

/** What somebody tries who may use Temporal and the store, and holds no key, or no authority. */

let house: RunningHouse;
let connection: Connection;
let temporal: Client;

beforeAll(async () => {
  house = await startHouse({
    temporalAddress: inject('temporalAddress'),
    redisUrl: inject('redisUrl'),
    policy: (policy) => ({ ...policy, times: { ...policy.times, confirmation_s: 5, permit_life_s: 4 } }),
  });
  connection = await Connection.connect({ address: inject('temporalAddress') });
  temporal = new Client({ connection });
});
afterAll(async () => {
  await connection?.close();
  await house?.stop();
});

const surroundings = () => ({
  origin: ORIGIN,
  tenant: house.tenant,
  now: () => new Date().toISOString(),
  random: (length: number) => crypto.getRandomValues(new Uint8Array(length)),
});

describe('a stranger with a workflow of their own', () => {
  // shows: R23
  it('gets no event sealed, no permit and no acknowledgement signed', async () => {
    const decisionId = await execute(house);
    const at = new Date().toISOString();
    const calls = [
      {
        name: 'record',
        input: {
          decisionId: randomUUID(),
          expectedHead: { sequence: 0, hash: 'GENESIS' },
          commandId: 'open',
          drafts: [],
        },
      },
      { name: 'restore', input: { decisionId: randomUUID(), batches: [] } },
      { name: 'issueClearance', input: { decisionId, clearedSequence: 6 } },
      { name: 'acknowledge', input: { decisionId, statement: 'x', answered: {}, signedAt: at } },
      { name: 'recordAddendum', input: { decisionId, envelope: {}, at } },
      { name: 'readChain', input: { decisionId } },
    ];
    const taskQueue = `foreign-${randomUUID()}`;
    Runtime.install({ logger: new DefaultLogger('ERROR') });
    const native = await NativeConnection.connect({ address: inject('temporalAddress') });
    try {
      const workflowsPath = fileURLToPath(new URL('../support/foreign-workflow.ts', import.meta.url));
      const worker = await Worker.create({ connection: native, taskQueue, workflowsPath });
      const run = temporal.workflow.execute('foreign', {
        workflowId: taskQueue,
        taskQueue,
        args: [{ taskQueue: house.taskQueue, calls }],
      });
      expect(await worker.runUntil(run)).toEqual(calls.map(() => 'activity.not_local'));
    } finally {
      await native.close();
    }
  });

  it('starts no decision with a chain of their own making', async () => {
    const { decisionId, digest } = await house.prepareRequest(randomUUID());
    const head = { sequence: 4, hash: digest };
    await temporal.workflow.start('promotionDecision', {
      workflowId: workflowIdOf(decisionId),
      taskQueue: house.taskQueue,
      args: [{ decisionId, request: digest, carried: { head, discarded: {}, quarantine: null } }],
    });
    const tree = await shown(decisionId, 'quarantine');
    expect(tree).toMatchObject({ stage: 'empty', failing: [{ what: 'quarantine', code: 'ledger.differs' }] });
    // Else any stranger could stop the whole tenant (ruling 12).
    expect(await house.restrictions.inForce()).toEqual([]);
    expect(await house.ledger.read(decisionId)).toEqual([]);
  });
});

describe('a stranger with a schedule', () => {
  // Each of its runs but the first continues another, by the server's word (ruling 12).
  it.each(['aaaaaaaa-bbbb-8ccc-8ddd-eeeeeeeeeeee', 'junk'])('restricts nobody by %s', async (decisionId) => {
    const hash = `sha256:${'0'.repeat(64)}`;
    const carried = { head: { sequence: 7, hash }, discarded: {}, quarantine: null, verified: true };
    const handle = await temporal.workflow.start('promotionDecision', {
      workflowId: `scheduled-${randomUUID()}`,
      taskQueue: house.taskQueue,
      args: [{ decisionId, request: hash, carried }],
      cronSchedule: '@every 1s',
      workflowRunTimeout: '3s',
    });
    try {
      // One that continued another has lived its whole life once a third one is there.
      const runs = new Set<string>();
      const shown = new Set<boolean>();
      await expect
        .poll(
          async () => {
            const { runId, memo } = await handle.describe();
            runs.add(runId);
            shown.add(JSON.stringify(memo ?? {}).includes('ledger.differs'));
            return runs.size;
          },
          { timeout: 30_000, interval: 100 },
        )
        .toBe(3);
      expect(shown).toContain(true);
      expect(await house.restrictions.inForce()).toEqual([]);
    } finally {
      await handle.terminate();
    }
  });
});

describe('a signal that is no statement', () => {
  const deep = `${'['.repeat(60_000)}${']'.repeat(60_000)}`;
  it.each([
    ['nested sixty thousand deep', `{"payloadType":"x","payload":"x","signatures":[${deep}]}`],
    ['not JSON at all', 'not json'],
    [
      'huge',
      JSON.stringify({ payloadType: 'x', payload: 'x'.repeat(900_000), signatures: [{ keyid: 'x', sig: 'x' }] }),
    ],
    ['null', 'null'],
  ])('%s, stops nothing', async (_name, text) => {
    const decisionId = await openRouted(house);
    await connection.workflowService.signalWorkflowExecution({
      namespace: 'default',
      workflowExecution: { workflowId: workflowIdOf(decisionId) },
      signalName: SIGNALS.submit,
      input: { payloads: [{ metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from(text) }] },
      requestId: randomUUID(),
      identity: 'stranger',
    });
    expect(await approve(house, decisionId)).toMatchObject({ verdict: 'accepted' });
  });
});

describe('a known signer without authority', () => {
  it('fills no chain with refusals: beyond a bound they are only counted', async () => {
    const decisionId = await openRouted(house);
    const seen = await house.client.brief(decisionId);
    const send = () =>
      house.client
        .approve(decisionId, house.signer(PEOPLE.operator), { rationale: 'mine', roles: ['executive'], seen })
        .then(
          ({ code }) => code,
          (error: { serverCode?: string }) => error.serverCode,
        );
    const codes: unknown[] = [];
    for (let round = 0; round < 7; round += 1) codes.push(...(await Promise.all(Array.from({ length: 5 }, send))));
    expect(codes.filter((code) => code === 'approval.by_requester')).toHaveLength(REFUSALS_PER_SIGNER);
    expect(codes.filter((code) => code === 'statement.too_many_refused')).toHaveLength(35 - REFUSALS_PER_SIGNER);
    expect(await approve(house, decisionId)).toMatchObject({ verdict: 'accepted' });
    const types = typesOf(await chainOf(house, decisionId));
    expect(types.filter((type) => type === 'statement.refused')).toHaveLength(REFUSALS_PER_SIGNER);
  });
});

describe('documents that go bad', () => {
  it('evidence that turns out to be another document leaves the decision to be cancelled', async () => {
    const { requester, packet, evidenceStatement: _, waivers: __, ...content } = house.request(randomUUID());
    const other = canonicalBytes({ nobody: randomUUID() });
    await house.store.put(packet);
    const evidence = { packet: digestBytes(packet), statement: digestBytes(other) };
    const { envelope, decisionId, disclosures } = signRequest(requester, { ...content, evidence }, surroundings());
    await house.client.openSigned(envelope, disclosures);
    await house.store.put(other);
    await shown(decisionId, 'evidence');
    expect(await house.client.cancel(decisionId, house.signer(PEOPLE.operator), { reason: 'none' })).toMatchObject({
      verdict: 'accepted',
    });
    const view = await house.client.wait(decisionId, { until: 'closed', timeoutMs: 20_000 });
    expect(view.outcome).toBe('cancelled');
    expect((await house.client.why(decisionId)).failing.filter(({ what }) => what === 'evidence')).toEqual([]);
  });

  // shows: R66
  it('a claim whose grounds are no longer there clears nothing, until they are', async () => {
    const request = house.request(randomUUID());
    const { decisionId } = await house.client.open(request);
    await approve(house, decisionId);
    const [, hex = ''] = digestBytes(request.packet).split(':');
    rmSync(join(house.directory, 'store', hex.slice(0, 2), hex));
    const claiming = house.client.claim(decisionId, house.signer(PEOPLE.deployer));
    await shown(decisionId, 'admission');
    expect(typesOf(await chainOf(house, decisionId)).at(-1)).toBe('authority.approved');
    await house.store.put(request.packet);
    expect(await claiming).toMatchObject({ verdict: 'accepted' });
    // And time goes on after it: nobody confirms.
    const view = await house.client.wait(decisionId, { until: 'closed', timeoutMs: 30_000 });
    expect(view.outcome).toBe('unconfirmed');
  });
});

describe('a ledger that forgets', () => {
  it('gets two batches back though the second append fails once', async () => {
    const taskQueue = `forgets-${randomUUID()}`;
    const other = await house.onQueue(taskQueue);
    const worker = await house.startWorker(
      { COUNTERSIGN_TASK_QUEUE: taskQueue, FAIL_SECOND: 'evaluate' },
      '../support/faulty-worker.ts',
    );
    try {
      const decisionId = await openRouted(other);
      await loseTail(inject('redisAdminUrl'), decisionId, 0);
      expect(await approve(other, decisionId)).toMatchObject({ verdict: 'accepted' });
      expect(typesOf(await chainOf(other, decisionId)).slice(-2)).toEqual(['ledger.restored', 'authority.approved']);
      expect((await other.client.why(decisionId)).failing).toEqual([]);
    } finally {
      await worker.stop();
      await other.close();
    }
  });

  it('gets the end of a closed decision back before it is sealed, and what came meanwhile is kept', async () => {
    const taskQueue = `forgets-${randomUUID()}`;
    const other = await house.onQueue(taskQueue);
    const environment = {
      COUNTERSIGN_TASK_QUEUE: taskQueue,
      LOSE_AFTER: 'decision.cancelled',
      LOSE_KEEP: '4',
      ADMIN_URL: inject('redisAdminUrl'),
    };
    const worker = await house.startWorker(environment, '../support/faulty-worker.ts');
    try {
      const decisionId = await openRouted(other);
      await other.client.cancel(decisionId, other.signer(PEOPLE.operator), { reason: 'superseded' });
      const view = await other.client.wait(decisionId, { until: 'closed', timeoutMs: 30_000 });
      await expect
        .poll(() => other.client.state(decisionId).then(({ pack }) => pack), { timeout: 20_000 })
        .toMatch(/^sha256:/);
      expect(view.outcome).toBe('cancelled');
      expect(typesOf(await chainOf(other, decisionId)).at(-1)).toBe('decision.cancelled');
    } finally {
      await worker.stop();
      await other.close();
    }
  });
});

async function shown(decisionId: string, what: string) {
  for (let tries = 0; tries < 300; tries += 1) {
    const tree = await house.client.why(decisionId);
    if (tree.failing.some((trouble) => trouble.what === what)) return tree;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`why never showed ${what}: ${JSON.stringify(await house.client.why(decisionId))}`);
}
