import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { startTemporal, startValkey, type ValkeyServer } from '../../scripts/servers/index.ts';
import type { Policy } from '../../documents/index.ts';
import { type RunningHouse, startHouse, type WorkerProcess } from '../support/running-house.ts';
import { bundleTo } from './variants.ts';

/** Servers, a house that asks for two approvals, and a worker each for the real decision, the floor and the naive one. */
export interface BenchHouse {
  readonly real: RunningHouse;
  readonly naive: RunningHouse;
  readonly temporal: Client;
  readonly floorQueue: string;
  readonly valkey: ValkeyServer;
  readonly servers: { readonly temporalAddress: string; readonly redisUrl: string };
  readonly pids: {
    readonly temporal: number;
    readonly valkey: number;
    readonly worker: number;
    readonly floorWorker: number;
  };
}

export function twoApprovals(policy: Policy): Policy {
  const routes = policy.routes.map((route) =>
    route.id === 'production-high' ? { ...route, slots: [{ role: 'executive', signatures: 2 }] } : route,
  );
  return { ...policy, routes };
}

export async function raiseBenchHouse(cleanup: AsyncDisposableStack): Promise<BenchHouse> {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-bench-'));
  cleanup.defer(() => rmSync(directory, { recursive: true, force: true }));
  const [temporal, valkey] = await Promise.all([
    startTemporal({ dataDir: join(directory, 'temporal'), ui: false }),
    startValkey({ dataDir: join(directory, 'valkey') }),
  ]);
  cleanup.defer(async () => void (await Promise.all([temporal.stop(), valkey.stop()])));

  const real = await startHouse({
    temporalAddress: temporal.address,
    redisUrl: valkey.url,
    policy: twoApprovals,
  });
  cleanup.defer(() => real.stop());
  const naiveQueue = `${real.taskQueue}-naive`;
  const floorQueue = `${real.taskQueue}-floor`;
  const startOther = async (variant: 'floor' | 'naive', queue: string): Promise<WorkerProcess> => {
    const bundle = await bundleTo(join(directory, `${variant}.js`), variant);
    const environment = { COUNTERSIGN_WORKFLOW_BUNDLE: bundle, COUNTERSIGN_TASK_QUEUE: queue };
    return real.startWorker(environment, '../bench/worker.ts');
  };
  const floorWorker = await startOther('floor', floorQueue);
  cleanup.defer(() => floorWorker.stop());
  const naiveWorker = await startOther('naive', naiveQueue);
  cleanup.defer(() => naiveWorker.stop());
  const naive = await real.onQueue(naiveQueue);
  cleanup.defer(() => naive.close());
  const connection = await Connection.connect({ address: temporal.address });
  cleanup.defer(() => connection.close());
  return {
    real,
    naive,
    temporal: new Client({ connection }),
    floorQueue,
    valkey,
    servers: { temporalAddress: temporal.address, redisUrl: valkey.url },
    pids: {
      temporal: temporal.pid ?? 0,
      valkey: valkey.pid ?? 0,
      worker: real.worker?.process.pid ?? 0,
      floorWorker: floorWorker.process.pid ?? 0,
    },
  };
}
