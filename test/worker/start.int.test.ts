import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createRedisLedger } from '../../ledger/index.ts';
import { type RunningHouse, startHouse, type WorkerProcess } from '../support/running-house.ts';
import { approve, openRouted } from '../support/scenario.ts';

let house: RunningHouse;

beforeAll(async () => {
  house = await startHouse({
    temporalAddress: inject('temporalAddress'),
    redisUrl: inject('redisUrl'),
    worker: false,
  });
});

afterAll(async () => {
  for (const worker of workers) await worker.stop();
  await house.stop();
});

/** Stopped at the end, also where a test fails in between. */
const workers: WorkerProcess[] = [];
async function startWorker(): Promise<WorkerProcess> {
  const worker = await house.startWorker();
  workers.push(worker);
  return worker;
}

describe('the sealing key', () => {
  it('is exchanged while decisions are open, in two steps, and the old one goes on verifying', async () => {
    const keys = join(house.directory, 'keys');
    const next = randomBytes(32);
    const first = await startWorker();
    const decisionId = await openRouted(house);
    await first.stop();

    writeFileSync(join(keys, 'mac-next.key'), next);
    const second = await startWorker();
    await approve(house, decisionId);
    await second.stop();
    // Known to the worker, and sealing nothing yet.
    expect((await house.ledger.read(decisionId)).length).toBeGreaterThan(2);

    renameSync(join(keys, 'mac.key'), join(keys, 'mac-2026-11.key'));
    renameSync(join(keys, 'mac-next.key'), join(keys, 'mac.key'));
    const third = await startWorker();
    await house.client.cancel(decisionId, house.signer('operator-17'), { reason: 'key ceremony' });
    await house.client.wait(decisionId, { until: 'closed', timeoutMs: 20_000 });
    await third.stop();
    await expect(house.ledger.read(decisionId)).rejects.toMatchObject({ code: 'ledger.mac' });
    const both = createRedisLedger({ url: inject('redisUrl'), macKeys: [next, house.house.macKey] });
    expect((await both.read(decisionId)).at(-1)?.events.at(-1)).toMatchObject({ event_type: 'decision.cancelled' });
    await both.close();
  });

  it("must be one that the tenant's bindings verify under: another would restrict the tenant for every chain", async () => {
    const keys = join(house.directory, 'keys');
    const before = readFileSync(join(keys, 'mac.key'));
    const older = readFileSync(join(keys, 'mac-2026-11.key'));
    rmSync(join(keys, 'mac-2026-11.key'));
    writeFileSync(join(keys, 'mac.key'), randomBytes(32));
    await expect(house.startWorker()).rejects.toThrow('ended with 1');
    writeFileSync(join(keys, 'mac.key'), before);
    writeFileSync(join(keys, 'mac-2026-11.key'), older);
    await (await startWorker()).stop();
    expect(await house.restrictions.inForce()).toEqual([]);
  });

  it('must be there: a folder with older ones alone seals nothing', async () => {
    const keys = join(house.directory, 'keys');
    renameSync(join(keys, 'mac.key'), join(keys, 'mac-gone.key'));
    await expect(house.startWorker()).rejects.toThrow('ended with 1');
    renameSync(join(keys, 'mac-gone.key'), join(keys, 'mac.key'));
  });
});

describe('a folder for notices', () => {
  it('that is not there keeps a worker from starting, and the process ends', async () => {
    const missing = { COUNTERSIGN_NOTICES: join(house.directory, 'nowhere') };
    await expect(house.startWorker(missing)).rejects.toThrow('the worker ended with 1 before it was ready');
  });
});
