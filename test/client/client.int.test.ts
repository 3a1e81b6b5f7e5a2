import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { checkAcknowledgement, createClient, signCancellation } from '../../client/index.ts';
import { type Digest, digestJson, type Envelope, privateKeyFromSeed } from '../../core/canon/index.ts';
import { packRegistryOf } from '../../core/contracts/names.ts';
import { timestamp } from '../../core/domain/vocabulary.ts';
import { decisionIdFor, readStatement } from '../../documents/index.ts';
import { readClearancePack } from '../../pack/index.ts';
import { createDirectoryStore, createDisclosureStore } from '../../store/index.ts';
import { ORIGIN, PEOPLE, type RunningHouse, startHouse } from '../support/running-house.ts';

/** What callers rely on when answers are lost, servers are away, or two do the same thing at once. */

let house: RunningHouse;

beforeAll(async () => {
  house = await startHouse({ temporalAddress: inject('temporalAddress'), redisUrl: inject('redisUrl') });
});
afterAll(() => house?.stop());

function surroundings() {
  return {
    origin: ORIGIN,
    tenant: house.tenant,
    now: () => timestamp(Date.now()),
    random: (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes)),
  };
}

async function cleared(key: string): Promise<{ readonly decisionId: string; readonly receipt: Envelope }> {
  const { client } = house;
  const { decisionId } = await client.open(house.request(key));
  await client.approve(decisionId, house.signer(PEOPLE.executive), { rationale: 'read it' });
  const { envelope: claim } = await client.prepareClaim(decisionId, house.signer(PEOPLE.deployer));
  const answer = await client.submit(decisionId, claim);
  const { permit } = readClearancePack(await house.store.get(answer.clearance as Digest));
  const { statement } = readStatement(permit, 'permit');
  const at = timestamp(Date.now());
  const { envelope: receipt } = client.prepareReceipt(house.signer(PEOPLE.deployer), {
    decision_id: decisionId,
    receipt_id: 'rcpt-1',
    claim: readStatement(claim).digest,
    permit: readStatement(permit).digest,
    subject: statement.subject,
    tool: 'apply',
    target: statement.target,
    command: digestJson(['apply']),
    started_at: at,
    finished_at: at,
    result: 'success',
    exit_code: 0,
  });
  return { decisionId, receipt };
}

describe('a lost answer', () => {
  test('to the receipt that closed the decision: sent again, it is the same answer and no addendum', async () => {
    const { decisionId, receipt } = await cleared('lost-receipt');
    const first = await house.client.submit(decisionId, receipt);
    await house.client.wait(decisionId, { until: 'closed', timeoutMs: 20_000 });
    const again = await house.client.submit(decisionId, receipt);
    expect(again).toMatchObject({ verdict: 'accepted', addendum: null });
    expect(again.acknowledgement).toEqual(first.acknowledgement);
  });

  test('to the opening: opened again, signed anew, it is the same decision', async () => {
    const request = house.request('lost-opening');
    const [first, again] = [await house.client.open(request), await house.client.open(request)];
    expect([first.started, again.started]).toEqual([true, false]);
    expect([again.decisionId, again.request]).toEqual([first.decisionId, first.request]);
  });

  test('to a late statement: one addendum, however often it is sent', async () => {
    const { client } = house;
    const { decisionId } = await client.open(house.request('late'));
    await client.cancel(decisionId, house.signer(PEOPLE.operator), { reason: 'superseded' });
    await client.wait(decisionId, { until: 'closed', timeoutMs: 20_000 });
    const { envelope, digest } = signCancellation(
      house.signer(PEOPLE.operator),
      { decisionId, reason: 'again' },
      surroundings(),
    );
    const [first, again] = [await client.submit(decisionId, envelope), await client.submit(decisionId, envelope)];
    expect(first).toMatchObject({ verdict: 'refused', addendum: expect.any(String) });
    expect(again).toEqual(first);
    const check = {
      trust: house.trust,
      tenant: house.tenant,
      decisionId: first.addendum!,
      statement: digest,
      at: timestamp(Date.now()),
    };
    expect(checkAcknowledgement(first.acknowledgement!, check).acknowledgement.verdict).toBe('refused');
    const other = { ...check, statement: digestJson('another statement') };
    expect(() => checkAcknowledgement(first.acknowledgement!, other)).toThrow(
      expect.objectContaining({ code: 'acknowledgement.mismatch' }),
    );
  });
});

describe('two at once', () => {
  // shows: R20
  test('with the same key: one of them starts the decision, and all are given it', async () => {
    const request = house.request('race');
    const opened = await Promise.all([
      house.client.open(request),
      house.client.open(request),
      house.client.open(request),
    ]);
    expect(opened.filter(({ started }) => started)).toHaveLength(1);
    expect(new Set(opened.map(({ request: digest }) => digest)).size).toBe(1);
    expect(opened.every(({ request: digest, view }) => view.request === digest)).toBe(true);
  });

  test('with the same key and another request: one of them is a conflict', async () => {
    const request = house.request('race-conflict');
    const other = { ...request, context: { ...request.context, ticket: 'CHG-9999' } };
    const outcomes = await Promise.allSettled([house.client.open(request), house.client.open(other)]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const [rejected] = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(rejected?.reason).toMatchObject({ code: 'decision.conflict', path: '$.context.ticket' });
  });
});

describe('what cannot go on is said', () => {
  test('a request that the service refuses, also when it is asked again', async () => {
    const stranger = { actorId: 'stranger-99', key: privateKeyFromSeed(new Uint8Array(32).fill(5)) };
    const request = house.request('stranger', { requester: stranger });
    for (let attempt = 0; attempt < 2; attempt += 1) {
      await expect(house.client.open(request)).rejects.toMatchObject({
        code: 'request.refused',
        serverCode: 'statement.signer_unknown',
      });
    }
    const decisionId = decisionIdFor({
      origin: ORIGIN,
      tenant: house.tenant,
      requester: 'stranger-99',
      idempotencyKey: 'stranger',
    });
    expect(await house.ledger.read(decisionId)).toEqual([]);
  });

  test('a goal that is not reached, with the stage that is', async () => {
    const { decisionId } = await house.client.open(house.request('slow'));
    await expect(house.client.wait(decisionId, { until: 'authorized', timeoutMs: 300 })).rejects.toMatchObject({
      code: 'wait.timeout',
      got: 'routed',
    });
    await expect(house.client.wait(decisionId, { until: 'closed', timeoutMs: 300 })).rejects.toMatchObject({
      code: 'wait.timeout',
      got: 'routed',
    });
    await expect(house.client.export(decisionId)).rejects.toMatchObject({ code: 'decision.not_sealed', got: 'routed' });
  });

  test('somebody without a role that is asked for', async () => {
    const { decisionId } = await house.client.open(house.request('no-role'));
    await expect(
      house.client.approve(decisionId, house.signer(PEOPLE.releaseOwner), { rationale: '' }),
    ).rejects.toMatchObject({
      code: 'approval.no_role',
      expected: 'executive',
    });
  });

  test('a decision that nobody knows, for a query, a statement and a wait', async () => {
    const decisionId = '5b3f0c9e-6f0e-8a4e-9b7e-3d1f0a2b4c5d';
    const unknown = { code: 'decision.not_found', path: decisionId };
    await expect(house.client.state(decisionId)).rejects.toMatchObject(unknown);
    await expect(house.client.wait(decisionId, { until: 'routed', timeoutMs: 5_000 })).rejects.toMatchObject(unknown);
    await expect(house.client.cancel(decisionId, house.signer(PEOPLE.operator), { reason: '' })).rejects.toMatchObject(
      unknown,
    );
  });

  test('a packet of another tenant, before anything is stored', async () => {
    const request = house.request('foreign');
    const stranger = await createClient({ ...clientOptions(), tenant: 'another' });
    try {
      await expect(stranger.open(request)).rejects.toMatchObject({ code: 'document.tenant', path: '$.tenant' });
    } finally {
      await stranger.close();
    }
  });
});

function clientOptions(taskQueue = house.taskQueue) {
  return {
    temporal: { address: inject('temporalAddress'), namespace: 'default' },
    store: createDirectoryStore({ directory: join(house.directory, 'other-store') }),
    disclosures: createDisclosureStore({ directory: join(house.directory, 'other-disclosures') }),
    origin: ORIGIN,
    tenant: house.tenant,
    taskQueue,
  };
}

describe('servers that are away', () => {
  test('a task queue that nobody polls: said in time', async () => {
    const impatient = await createClient({
      ...clientOptions('nobody-polls-this'),
      store: house.store,
      callTimeoutMs: 1_500,
    });
    try {
      await expect(impatient.open(house.request('silent'))).rejects.toMatchObject({
        code: 'worker.silent',
        path: 'nobody-polls-this',
      });
    } finally {
      await impatient.close();
    }
  });

  test('an address where nothing listens, within seconds', async () => {
    const address = await closedAddress();
    const options = { ...clientOptions(), temporal: { address, namespace: 'default' } };
    await expect(createClient(options)).rejects.toMatchObject({ code: 'temporal.unreachable', path: address });
  });

  test('a namespace that is not there', async () => {
    const client = await createClient({
      ...clientOptions(),
      temporal: { address: inject('temporalAddress'), namespace: 'nowhere' },
    });
    try {
      await expect(client.state('5b3f0c9e-6f0e-8a4e-9b7e-3d1f0a2b4c5d')).rejects.toMatchObject({
        code: 'temporal.refused',
      });
    } finally {
      await client.close();
    }
  });
});

describe('an export', () => {
  // shows: R95, R102
  test('leaves the ledger as it was, byte for byte and seal for seal, and gives the same bytes again (c2pa#122)', async () => {
    const { decisionId, receipt } = await cleared('exported');
    await house.client.submit(decisionId, receipt);
    await house.client.wait(decisionId, { until: 'closed', timeoutMs: 20_000 });
    const stored = async () => ({
      batches: await house.ledger.readSealed(decisionId),
      pack: await house.ledger.sealedBinding(packRegistryOf(decisionId), decisionId),
    });
    // A decision shows its end before its pack is registered.
    await vi.waitFor(async () => expect((await stored()).pack).toBeDefined(), { timeout: 20_000 });
    const before = await stored();
    expect(before.batches.length).toBeGreaterThan(3);
    const [first, second] = [await house.client.export(decisionId), await house.client.export(decisionId)];
    expect(second).toEqual(first);
    expect(await stored()).toEqual(before);
  });
});

function closedAddress(): Promise<string> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(`127.0.0.1:${port}`));
    });
  });
}
