import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { vi } from 'vitest';
import { startValkey, type ValkeyOptions, type ValkeyServer } from '../../scripts/servers/index.ts';
import { type HouseOptions, type RunningHouse, startHouse } from '../support/running-house.ts';
import { createRecorder, type Recorder } from './recorder.ts';
import { seededRandom } from './random.ts';
import { EXECUTIVES } from './site.ts';
import { Journey, planOf, type Road } from './workload.ts';

type Again = Pick<ValkeyOptions, 'settings' | 'under'>;

const SEED = 20_261_126;

/** A whole house on a Valkey of its own, which may be killed, damaged and started again on its data. */
export interface ValkeyHouse {
  readonly house: RunningHouse;
  readonly recorder: Recorder;
  /** A decision on its way, not yet begun. */
  journey(road?: Road): Journey;
  readonly server: () => ValkeyServer;
  readonly dataDir: string;
  /** The last file of commands: what was appended since the last rewriting. */
  readonly commandFile: () => string;
  /** What the server has said since it was started. */
  readonly log: () => string;
  /** SIGKILL, as a crash would. */
  kill(): Promise<void>;
  /** Starts the server again on its data, under the same address and with the same passwords. */
  start(again?: Again): Promise<void>;
  /** A copy of the append-only file, to be taken while the server is down. */
  copy(): string;
  /** Puts a copy in place of the append-only file, while the server is down. */
  restore(copy: string): void;
  asAdmin<T>(act: (redis: Redis) => Promise<T>): Promise<T>;
  stop(): Promise<void>;
}

/** @param name of the histories that are left behind */
export async function startValkeyHouse(
  name: string,
  options: Omit<HouseOptions, 'redisUrl'>,
  /** Where the house is to find the server, if not where it listens. */
  through: (url: URL) => Promise<URL> = async (url) => url,
): Promise<ValkeyHouse> {
  // A server that somebody else uses is never reconfigured or killed.
  vi.stubEnv('REDIS_URL', '');
  const dataDir = mkdtempSync(join(tmpdir(), 'countersign-valkey-'));
  const appendOnly = join(dataDir, 'appendonlydir');
  let server = await startValkey({ dataDir });
  const { port, credentials, adminUrl, url } = server;
  const redisUrl = (await through(new URL(url))).href;
  const environment = { COUNTERSIGN_LOG_LEVEL: 'error', ...options.environment };
  const usual = new Set(['executive-01', 'executive-02']);
  const more = Object.fromEntries(EXECUTIVES.filter((id) => !usual.has(id)).map((id) => [id, ['executive']]));
  const house = await startHouse({ more, ...options, environment, redisUrl });
  const recorder = createRecorder({ name, seed: SEED });
  const random = seededRandom(SEED);
  let copies = 0;
  let journeys = 0;
  return {
    house,
    recorder,
    journey(road = 'executed') {
      journeys += 1;
      return new Journey(house, recorder, planOf(random, `${name}-${journeys}`, road));
    },
    dataDir,
    server: () => server,
    commandFile: () => {
      const files = readdirSync(appendOnly).filter((name) => name.endsWith('.incr.aof'));
      return join(appendOnly, files.toSorted().at(-1) ?? '');
    },
    log: () => readFileSync(join(dataDir, 'valkey.log'), 'utf8'),
    kill: () => server.kill(),
    async start(again = {}) {
      server = await startValkey({ dataDir, port, credentials, ...again });
    },
    copy() {
      copies += 1;
      const copy = join(dataDir, `copy-${copies}`);
      cpSync(appendOnly, copy, { recursive: true });
      return copy;
    },
    restore(copy) {
      rmSync(appendOnly, { recursive: true });
      cpSync(copy, appendOnly, { recursive: true });
    },
    asAdmin: (act) => withRedis(adminUrl, act),
    async stop() {
      await house.stop();
      await server.stop();
      rmSync(dataDir, { recursive: true, force: true });
      vi.unstubAllEnvs();
    },
  };
}

async function withRedis<T>(url: string, act: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url);
  try {
    return await act(redis);
  } finally {
    redis.disconnect();
  }
}
