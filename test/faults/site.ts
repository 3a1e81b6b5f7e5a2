import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Policy } from '../../documents/index.ts';
import { startTemporal, startValkey, type TemporalServer, type ValkeyServer } from '../../scripts/servers/index.ts';
import { type RunningHouse, startHouse } from '../support/running-house.ts';
import { Crew } from './crew.ts';

/** A whole installation with servers of its own, so that they can be broken. */
export interface Site {
  readonly house: RunningHouse;
  readonly crew: Crew;
  readonly temporal: TemporalServer;
  readonly valkey: ValkeyServer;
  /** SIGKILL. */
  killTemporal(): Promise<void>;
  /** On the same file and port. */
  restartTemporal(): Promise<void>;
  /** While the server is down: its files as they are now. */
  copyTemporalFiles(): string;
  /** While the server is down: an older copy in their place. */
  restoreTemporalFiles(copy: string): void;
  stop(): Promise<void>;
}

export interface SiteOptions {
  readonly workers: number;
  /** Settings of the Temporal server. */
  readonly dynamicConfig?: Readonly<Record<string, string>>;
  readonly callTimeoutMs?: number;
}

export const EXECUTIVES = ['executive-01', 'executive-02', 'executive-11', 'executive-12'] as const;
const CALL_TIMEOUT_MS = 8_000;

/** Two executives have to sign, so that there is something to count wrongly. */
function twoSignatures(policy: Policy): Policy {
  const routes = policy.routes.map((route) =>
    route.id === 'production-high' ? { ...route, slots: [{ role: 'executive', signatures: 2 }] } : route,
  );
  return { ...policy, routes };
}

export async function openSite(options: SiteOptions): Promise<Site> {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-faults-'));
  const files = join(directory, 'temporal');
  const settings = { dataDir: files, ui: false, dynamicConfig: options.dynamicConfig ?? {} };
  let copies = 0;
  let temporal = await startTemporal(settings);
  const valkey = await startValkey({ dataDir: join(directory, 'valkey') });
  const { port } = temporal;
  if (port === undefined || valkey.port === undefined) {
    throw new Error('faults are injected into servers of their own; unset TEMPORAL_ADDRESS and REDIS_URL');
  }
  const house = await startHouse({
    temporalAddress: temporal.address,
    redisUrl: valkey.url,
    worker: false,
    policy: twoSignatures,
    more: { 'executive-11': ['executive'], 'executive-12': ['executive'] },
    callTimeoutMs: options.callTimeoutMs ?? CALL_TIMEOUT_MS,
    // What the workers say of the faults is expected, and would drown the rest.
    environment: { COUNTERSIGN_LOG_LEVEL: 'error' },
  });
  const crew = new Crew(house);
  await crew.hire(options.workers);
  return {
    house,
    crew,
    valkey,
    get temporal() {
      return temporal;
    },
    killTemporal: () => temporal.kill(),
    async restartTemporal() {
      temporal = await startTemporal({ ...settings, port });
    },
    copyTemporalFiles() {
      copies += 1;
      const copy = join(directory, `temporal-copy-${copies}`);
      cpSync(files, copy, { recursive: true });
      return copy;
    },
    restoreTemporalFiles(copy) {
      rmSync(files, { recursive: true });
      cpSync(copy, files, { recursive: true });
    },
    async stop() {
      await crew.dismiss();
      await house.stop();
      await Promise.all([temporal.kill(), valkey.stop()]);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
