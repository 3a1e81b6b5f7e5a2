import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { CountersignClient } from '../../client/index.ts';
import { type Envelope, parseDigest, readCanonical } from '../../core/canon/index.ts';
import { MEMO, MEMO_SINCE, workflowIdOf, WORKFLOWS } from '../../core/contracts/names.ts';
import { PEOPLE, type RunningHouse, startHouse, type WorkerProcess } from '../support/running-house.ts';
import { approve, execute, openRouted } from '../support/scenario.ts';

/** `state` and `why` are what a decision has shown, so they need no worker; `why` says that one is missing. */

let house: RunningHouse;
let connection: Connection;
let worker: WorkerProcess | undefined;

beforeAll(async () => {
  const temporalAddress = inject('temporalAddress');
  house = await startHouse({ temporalAddress, redisUrl: inject('redisUrl'), worker: false });
  connection = await Connection.connect({ address: temporalAddress });
});
afterAll(async () => {
  await worker?.kill();
  await connection?.close();
  await house?.stop();
});

const handleOf = (decisionId: string) => new Client({ connection }).workflow.getHandle(workflowIdOf(decisionId));

/** A decision that waits for an approval which nobody takes up. */
async function withoutWorker(): Promise<string> {
  worker = await house.startWorker();
  const decisionId = await openRouted(house);
  await worker.stop();
  const seen = await house.client.brief(decisionId);
  void house.client
    .approve(decisionId, house.signer(PEOPLE.executive), { rationale: 'read it', seen, roles: ['executive'] })
    .catch(() => undefined);
  return decisionId;
}

/** A run for a request that is in the store, with whatever memo, by somebody who is none of our clients. */
async function begunByStranger(memo: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const { decisionId, digest } = await house.prepareRequest(randomUUID());
  await new Client({ connection }).workflow.start(WORKFLOWS.promotionDecision, {
    workflowId: workflowIdOf(decisionId),
    taskQueue: house.taskQueue,
    args: [{ decisionId, request: digest }],
    memo,
  });
  return decisionId;
}

function failures({ failing }: Awaited<ReturnType<CountersignClient['why']>>): readonly string[] {
  return failing.map(({ what, code }) => `${what} ${code}`);
}

describe('a decision without a worker', () => {
  it('tells its state, and why says that nobody takes up its task, until somebody does', async () => {
    const decisionId = await withoutWorker();
    expect(await house.client.state(decisionId)).toMatchObject({ decisionId, stage: 'routed' });
    await expect
      .poll(async () => (await house.client.why(decisionId)).failing, { timeout: 20_000 })
      .toMatchObject([{ code: 'worker.silent', detail: expect.stringContaining(house.taskQueue) as string }]);
    expect(await house.client.why(decisionId)).toMatchObject({
      stage: 'routed',
      waiting: [{ what: 'approval', from: ['executive'] }],
    });
    worker = await house.startWorker();
    await expect.poll(async () => (await house.client.state(decisionId)).stage, { timeout: 20_000 }).toBe('authorized');
    expect(failures(await house.client.why(decisionId))).toEqual([]);
    await worker.stop();
  });

  it('that has shown nothing yet, waits for whoever reads its request', async () => {
    const decisionId = await begunByStranger();
    const tree = await house.client.why(decisionId);
    expect(tree).toMatchObject({ stage: 'empty', waiting: [{ what: 'request' }] });
    expect(failures(tree)).toEqual(['worker worker.silent']);
    worker = await house.startWorker();
    expect(await house.client.state(decisionId)).toMatchObject({ decisionId, stage: 'routed' });
    await worker.stop();
  });
});

it('a task that a worker has and does not finish', async () => {
  worker = await house.startWorker({ FREEZE_APPEND: '3' }, '../support/faulty-worker.ts');
  const { process: frozen } = worker;
  const decisionId = await openRouted(house);
  const freezing = once(frozen, 'message');
  const answer = approve(house, decisionId);
  await freezing;
  expect((await house.client.why(decisionId)).failing).toMatchObject([
    { code: 'worker.silent', detail: expect.stringContaining('has not finished') as string },
  ]);
  frozen.kill('SIGCONT');
  expect(await answer).toMatchObject({ verdict: 'accepted' });
  expect(failures(await house.client.why(decisionId))).toEqual([]);
  await worker.stop();
});

it('a workflow that was stopped, and one that has ended', async () => {
  worker = await house.startWorker();
  const stopped = await openRouted(house);
  await handleOf(stopped).terminate('tidying up');
  const tree = await house.client.why(stopped);
  expect(tree).toMatchObject({ stage: 'routed', waiting: [{ what: 'approval' }] });
  expect(failures(tree)).toEqual(['workflow decision.interrupted']);

  const ended = await execute(house);
  await worker.stop();
  expect(await house.client.why(ended)).toMatchObject({ stage: 'closed', waiting: [], failing: [], next: [] });
  expect(await house.client.state(ended)).toMatchObject({ outcome: 'executed', pack: expect.any(String) as string });
});

describe('a decision that is asked after while it begins', () => {
  it('and ends in its very first task, has its end for whoever asks', async () => {
    worker = await house.startWorker({ SLOW_APPEND_MS: '300' }, '../support/faulty-worker.ts');
    const request = house.request(randomUUID(), { context: { environment: 'production' } });
    const opening = house.client.open(request);
    const asked = await Promise.all([opening, ...Array.from({ length: 3 }, () => house.client.open(request))]);
    const [{ decisionId }] = asked;
    expect(asked.map(({ view }) => [view.stage, view.outcome])).toEqual(asked.map(() => ['closed', 'denied']));
    expect(await house.client.state(decisionId)).toMatchObject({ stage: 'closed', outcome: 'denied' });
    await worker.stop();
  });

  it('stopped before it had shown an event, is begun anew by the same signed request', async () => {
    worker = await house.startWorker();
    const request = house.request(randomUUID());
    const decisionId = await house.openWithout(request.packet, request);
    const { request: digest } = await house.client.state(decisionId);
    const envelope = readCanonical(await house.store.get(parseDigest(digest))) as unknown as Envelope;
    await handleOf(decisionId).terminate();
    await house.store.put(request.packet);
    expect(await house.client.openSigned(envelope)).toMatchObject({ started: true, view: { stage: 'routed' } });
    expect((await handleOf(decisionId).describe()).status.name).toBe('RUNNING');
    await worker.stop();
  });

  it('by a stranger, who made up what it shows, is none: nothing of it is believed, and the key is free', async () => {
    worker = await house.startWorker();
    const { decisionId, digest } = await house.prepareRequest(randomUUID());
    const forged = { view: { decisionId, request: digest, stage: 'authorized', head: { sequence: 5 } }, why: TREE };
    const run = await new Client({ connection }).workflow.start(WORKFLOWS.promotionDecision, {
      workflowId: workflowIdOf(decisionId),
      taskQueue: house.taskQueue,
      args: [{ decisionId, request: `sha256:${'a'.repeat(64)}`, carried: null }],
      memo: { [MEMO]: forged },
      workflowRunTimeout: '5 seconds',
    });
    await expect(run.result()).rejects.toThrow('Workflow execution');
    const envelope = readCanonical(await house.store.get(parseDigest(digest))) as unknown as Envelope;
    expect(await house.client.openSigned(envelope)).toMatchObject({ decisionId, view: { stage: 'routed' } });
    await worker.stop();
  });
});

const TREE = { stage: 'authorized', status: 'authorized', since: null, waiting: [], failing: [], next: [] };

describe('what is in a memo', () => {
  it.each([[{}], [{ why: {} }], [{ why: TREE, view: {} }], ['text'], [null], [{ why: TREE, view: { stage: 'x' } }]])(
    '%j is nothing that a decision has shown',
    async (made) => {
      const decisionId = await begunByStranger({ [MEMO]: made });
      expect(await house.client.why(decisionId)).toMatchObject({
        stage: 'empty',
        failing: [{ code: 'worker.silent' }],
      });
      await handleOf(decisionId).terminate();
    },
  );

  it.each([[{}], [{ view: {}, why: {} }], [{ view: null, why: { ...TREE, next: [null] } }]])(
    '%j, put there by a stranger, keeps no decision from being carried on and shown',
    async (made) => {
      const since = { view: { stage: 'closed' }, without: ['head'] };
      const decisionId = await begunByStranger({ [MEMO]: made, [MEMO_SINCE]: since });
      worker = await house.startWorker();
      expect(await house.client.state(decisionId)).toMatchObject({ decisionId, stage: 'routed' });
      await approve(house, decisionId);
      expect(await house.client.state(decisionId)).toMatchObject({ stage: 'authorized', head: { sequence: 5 } });
      expect(Object.keys((await handleOf(decisionId).describe()).memo ?? {})).toContain(MEMO);
      await worker.stop();
    },
  );
});
