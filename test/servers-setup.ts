import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {} from 'vitest';
import type { TestProject } from 'vitest/node';

import { startTemporal, startValkey, type TemporalServer, type ValkeyServer } from '../scripts/servers/index.ts';

declare module 'vitest' {
  /** What an int or e2e test gets with `inject('redisUrl')` and so on. */
  export interface ProvidedContext {
    temporalAddress: string;
    redisUrl: string;
    redisAdminUrl: string;
  }
}

interface SharedServers {
  readonly dataDir: string;
  readonly temporal: TemporalServer;
  readonly valkey: ValkeyServer;
}

/** Each vitest project loads this file for itself; the servers are one for all of them. */
const shared = globalThis as { countersignServers?: { users: number; started: Promise<SharedServers> } };

export async function setup(project: TestProject): Promise<void> {
  shared.countersignServers ??= { users: 0, started: startServers() };
  shared.countersignServers.users += 1;
  const { temporal, valkey } = await shared.countersignServers.started;
  project.provide('temporalAddress', temporal.address);
  project.provide('redisUrl', valkey.url);
  project.provide('redisAdminUrl', valkey.adminUrl);
}

export async function teardown(): Promise<void> {
  const servers = shared.countersignServers;
  if (servers === undefined) return;
  servers.users -= 1;
  if (servers.users > 0) return;
  delete shared.countersignServers;
  const { dataDir, temporal, valkey } = await servers.started;
  await Promise.all([temporal.stop(), valkey.stop()]);
  rmSync(dataDir, { recursive: true, force: true });
}

async function startServers(): Promise<SharedServers> {
  const dataDir = mkdtempSync(join(tmpdir(), 'countersign-test-'));
  const [temporal, valkey] = await Promise.all([
    startTemporal({ dataDir: join(dataDir, 'temporal'), ui: false }),
    startValkey({ dataDir: join(dataDir, 'valkey') }),
  ]);
  return { dataDir, temporal, valkey };
}
