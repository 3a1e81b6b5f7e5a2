import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { createClient, signCancellation } from '../../client/index.ts';
import type { ClientContext } from '../../client/context.ts';
import { Gate } from '../../client/gate.ts';
import { type LatestRun, latestRun } from '../../client/latest-run.ts';
import { viewOf } from '../../client/state.ts';
import { privateKeyFromSeed, toBase64 } from '../../core/canon/index.ts';
import { SIGNALS, UPDATES, WORKFLOWS, workflowIdOf } from '../../core/contracts/names.ts';
import { timestamp } from '../../core/domain/vocabulary.ts';
import { decisionIdFor, readStatement } from '../../documents/index.ts';
import { createDisclosureStore } from '../../store/index.ts';
import { ORIGIN, PEOPLE, type RunningHouse, startHouse } from '../support/running-house.ts';
import { approve, chainOf, execute, openRouted, typesOf } from '../support/scenario.ts';

/** What callers are told, and can do, where somebody with access to Temporal stops, crowds or misleads a decision. */

let house: RunningHouse;
let connection: Connection;
let temporal: Client;

beforeAll(async () => {
  house = await startHouse({
    temporalAddress: inject('temporalAddress'),
    redisUrl: inject('redisUrl'),
    worker: false,
  });
  connection = await Connection.connect({ address: inject('temporalAddress') });
  temporal = new Client({ connection, namespace: 'default' });
});
afterAll(async () => {
  await connection?.close();
  await house?.stop();
});

const handleOf = (decisionId: string) => temporal.workflow.getHandle(workflowIdOf(decisionId));

async function withWorker<T>(run: () => Promise<T>): Promise<T> {
  const worker = await house.startWorker();
  try {
    return await run();
  } finally {
    await worker.stop();
  }
}

function cancellation(decisionId: string) {
  const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));
  const surroundings = { origin: ORIGIN, tenant: house.tenant, now: () => timestamp(Date.now()), random };
  return signCancellation(house.signer(PEOPLE.operator), { decisionId, reason: 'superseded' }, surroundings);
}

function contextOf(): ClientContext {
  return {
    temporal,
    address: inject('temporalAddress'),
    store: house.store,
    disclosures: createDisclosureStore({ directory: `${house.directory}/disclosures-${randomUUID()}` }),
    origin: ORIGIN,
    tenant: house.tenant,
    taskQueue: 'none',
    trust: null,
    now: () => timestamp(Date.now()),
    random: (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes)),
    gate: new Gate(),
    callTimeoutMs: 3_000,
  };
}

describe('a request that was refused', () => {
  test('is told as such to whoever looked before it was opened again, and does not wait for what came after', () =>
    withWorker(async () => {
      const stranger = { actorId: 'stranger-98', key: privateKeyFromSeed(new Uint8Array(32).fill(6)) };
      const key = { requester: stranger.actorId, idempotencyKey: 'looked-before' };
      const decisionId = decisionIdFor({ origin: ORIGIN, tenant: house.tenant, ...key });
      await expect(house.client.open(house.request(key.idempotencyKey, { requester: stranger }))).rejects.toMatchObject(
        { code: 'request.refused' },
      );
      const context = contextOf();
      const seen = await latestRun(context, decisionId);
      expect(seen).toMatchObject({ state: 'stopped', status: 'failed' });

      const workflowId = workflowIdOf(decisionId);
      const waits = { workflowId, taskQueue: `nobody-${randomUUID()}`, args: [] };
      const later = await temporal.workflow.start(WORKFLOWS.promotionDecision, waits);
      try {
        await expect(viewOf(context, decisionId, seen as LatestRun)).rejects.toMatchObject({
          code: 'request.refused',
          serverCode: 'statement.signer_unknown',
        });
      } finally {
        await later.terminate();
      }
    }));
});

describe('a workflow that an operator terminated', () => {
  test('is said to whoever submits, goes on when it is opened again, and ends as any other', () =>
    withWorker(async () => {
      const request = house.request(randomUUID());
      const { decisionId, request: digest } = await house.client.open(request);
      await handleOf(decisionId).terminate('tidying up');
      const refused = house.client.cancel(decisionId, house.signer(PEOPLE.operator), { reason: 'x' });
      await expect(refused).rejects.toMatchObject({
        code: 'decision.interrupted',
        path: decisionId,
        got: 'terminated',
        message: expect.stringMatching(/tidying up.*open it again/u),
      });
      await expect(house.client.wait(decisionId, { until: 'closed', timeoutMs: 5_000 })).rejects.toMatchObject({
        code: 'decision.interrupted',
      });

      const again = await house.client.open(request);
      expect(again).toMatchObject({ decisionId, request: digest, started: true, view: { stage: 'routed' } });
      expect(await approve(house, decisionId)).toMatchObject({ verdict: 'accepted' });
      const types = typesOf(await chainOf(house, decisionId));
      expect(types.filter((type) => type === 'decision.requested')).toHaveLength(1);
      expect(types.at(-1)).toBe('authority.approved');
      await house.client.cancel(decisionId, house.signer(PEOPLE.operator), { reason: 'superseded' });
      const ended = await house.client.wait(decisionId, { until: 'closed', timeoutMs: 20_000 });
      expect(ended).toMatchObject({ outcome: 'cancelled', pack: expect.stringMatching(/^sha256:/u) });
    }));

  test('goes on for a signed request, twice, and for several at once; another request is a conflict', () =>
    withWorker(async () => {
      const request = house.request(randomUUID());
      const { decisionId, request: digest } = await house.client.open(request);
      const { envelope } = await stored(digest);
      for (let round = 0; round < 2; round += 1) {
        await handleOf(decisionId).terminate();
        const opened = await Promise.all([house.client.openSigned(envelope), house.client.openSigned(envelope)]);
        expect(opened.map(({ view }) => view.stage)).toEqual(['routed', 'routed']);
      }
      await handleOf(decisionId).terminate();
      const other = { ...request, context: { ...request.context, ticket: 'CHG-9999' } };
      await expect(house.client.open(other)).rejects.toMatchObject({ code: 'decision.conflict' });
      expect(await house.client.openSigned(envelope)).toMatchObject({ request: digest, view: { stage: 'routed' } });
    }));

  test('that Temporal has forgotten, goes on for the same request signed anew, and for no other', () =>
    withWorker(async () => {
      const request = house.request(randomUUID());
      const { decisionId, request: digest } = await house.client.open(request);
      await approve(house, decisionId);
      await connection.workflowService.deleteWorkflowExecution({
        namespace: 'default',
        workflowExecution: { workflowId: workflowIdOf(decisionId) },
      });
      await expect
        .poll(() => house.client.state(decisionId).catch((error: { code?: string }) => error.code), { timeout: 20_000 })
        .toBe('decision.not_found');

      const other = { ...request, context: { ...request.context, ticket: 'CHG-9999' } };
      await expect(house.client.open(other)).rejects.toMatchObject({
        code: 'decision.conflict',
        path: '$.context.ticket',
      });
      const again = await house.client.open(request);
      expect(again).toMatchObject({ decisionId, request: digest, view: { request: digest } });
      await house.client.wait(decisionId, { until: 'authorized', timeoutMs: 20_000 });
      const types = typesOf(await chainOf(house, decisionId));
      expect(types.filter((type) => type === 'decision.requested')).toHaveLength(1);
      await house.client.cancel(decisionId, house.signer(PEOPLE.operator), { reason: 'superseded' });
    }));

  test('a decision that had ended stays ended', () =>
    withWorker(async () => {
      const key = randomUUID();
      const decisionId = await execute(house, key);
      const { runId } = await handleOf(decisionId).describe();
      expect(
        await house.client.openSigned((await stored((await house.client.state(decisionId)).request)).envelope),
      ).toMatchObject({
        started: false,
        view: { stage: 'closed' },
      });
      expect((await handleOf(decisionId).describe()).runId).toBe(runId);
    }));
});

async function stored(digest: string) {
  const bytes = await house.store.get(digest as never);
  return { envelope: readStatement(JSON.parse(Buffer.from(bytes).toString('utf8')), 'request').parsed.envelope };
}

describe('ten Updates that wait', () => {
  test('do not lock a cancellation out: it is sent again, by no signal, and answered', async () => {
    const opening = await withWorker(() => openRouted(house));
    const handle = handleOf(opening);
    for (let i = 0; i < 10; i += 1) {
      const payload = toBase64(Buffer.from(`{"n":${i}}`));
      const envelope = { payloadType: 'x', payload, signatures: [{ keyid: 'k', sig: 's' }] };
      handle.executeUpdate(UPDATES.submit, { updateId: `crowd-${i}`, args: [envelope] }).catch(() => undefined);
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
    const { envelope, digest } = cancellation(opening);
    const submitted = house.client.submit(opening, envelope);
    submitted.catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const answer = await withWorker(() => submitted);
    expect(answer).toMatchObject({ statement: digest, verdict: 'accepted', addendum: null });
    expect(typesOf(await chainOf(house, opening)).at(-1)).toBe('decision.cancelled');
    expect(await signalsOf(opening)).toBe(0);
  });

  test('a statement that closed the decision by signal alone is no late one', () =>
    withWorker(async () => {
      const decisionId = await openRouted(house);
      const { envelope, digest } = cancellation(decisionId);
      await house.client.signalSubmit(decisionId, envelope);
      await house.client.wait(decisionId, { until: 'closed', timeoutMs: 20_000 });
      const answer = await house.client.submit(decisionId, envelope);
      expect(answer).toMatchObject({ statement: digest, verdict: 'accepted', code: null, addendum: null });
    }));
});

async function signalsOf(decisionId: string): Promise<number> {
  const { events } = await handleOf(decisionId).fetchHistory();
  return (events ?? []).filter((event) => event.workflowExecutionSignaledEventAttributes?.signalName === SIGNALS.submit)
    .length;
}

describe('an answer', () => {
  test('to another statement under this Update id is not taken for ours', () =>
    withWorker(async () => {
      const decisionId = await openRouted(house);
      const own = cancellation(decisionId);
      const other = cancellation(decisionId);
      await handleOf(decisionId).executeUpdate(UPDATES.submit, { updateId: own.digest, args: [other.envelope] });
      await expect(house.client.submit(decisionId, own.envelope)).rejects.toMatchObject({
        code: 'submit.answer',
        path: '$.statement',
        expected: own.digest,
        got: other.digest,
      });
    }));

  test('holds under the trust file of the house, and under no other', () =>
    withWorker(async () => {
      const foreign = await startHouse({
        temporalAddress: inject('temporalAddress'),
        redisUrl: inject('redisUrl'),
        worker: false,
      });
      const clientWith = (trust: RunningHouse['trust']) =>
        createClient({
          connection,
          namespace: 'default',
          store: house.store,
          disclosures: createDisclosureStore({ directory: `${house.directory}/disclosures-${randomUUID()}` }),
          origin: ORIGIN,
          tenant: house.tenant,
          taskQueue: house.taskQueue,
          trust,
        });
      try {
        const decisionId = await openRouted(house);
        const { envelope } = cancellation(decisionId);
        const stranger = (await clientWith(foreign.trust)).submit(decisionId, envelope);
        await expect(stranger).rejects.toMatchObject({ code: 'submit.answer', path: '$.acknowledgement' });
        const known = await (await clientWith(house.trust)).submit(decisionId, envelope);
        expect(known).toMatchObject({ verdict: 'accepted' });
      } finally {
        await foreign.stop();
      }
    }));
});
