import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createRedisLedger, type Head, type Ledger } from '../../ledger/index.ts';
import { PROJECT_ROOT, startValkey, type ValkeyServer } from '../../scripts/servers/index.ts';
import { EMPTY, headAfter, KEY_A, makeBatch } from '../ledger/chains.ts';
import { takeTornTailOff } from './aof-repair.ts';
import { type Step, type ToldAppend, toldAppends, TracedDisk, type Torn } from './power-loss-disk.ts';
import { seededRandom } from './random.ts';

/**
 * The server is traced while several clients append and its file is rewritten. Then the power fails at instants of that
 * trace: a fresh server starts on what its disk must still have, and every acknowledged event is demanded of it.
 */

const SEED = 20261126;
const CLIENTS = 4;
const APPENDS_EACH = 25;
const REWRITE_AFTER = 40;
/** Instants after an acknowledgement, and instants with a torn tail. */
const LOSSES = 6;
const TORN_LOSSES = 4;

const macKeys = [KEY_A];
const random = seededRandom(SEED);
let root: string;

beforeAll(() => {
  vi.stubEnv('REDIS_URL', '');
  root = realpathSync(mkdtempSync(join(tmpdir(), 'countersign-power-')));
});
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
  vi.unstubAllEnvs();
});

interface Acknowledged {
  readonly decisionId: string;
  readonly head: Head;
}

interface Traced {
  readonly steps: readonly Step[];
  readonly acknowledged: readonly Acknowledged[];
  readonly told: readonly ToldAppend[];
  /** The folder of the append-only file. */
  readonly folder: string;
}

describe.runIf(process.platform === 'linux')('power loss', () => {
  let traced: Traced;

  beforeAll(async () => {
    traced = await traceUnderLoad(join(root, 'traced'));
  }, 60_000);

  it('the trace knows every acknowledgement that a client received', () => {
    const told = new Set(traced.told.map(({ decisionId, sequence }) => `${decisionId} ${sequence}`));
    const received = traced.acknowledged.map(({ decisionId, head }) => `${decisionId} ${head.sequence}`);
    expect(received).toHaveLength(CLIENTS * APPENDS_EACH);
    expect(received.filter((append) => !told.has(append))).toEqual([]);
  });

  // shows: R13
  it('an append is on disk, fsync returned, before the first byte of its reply', () => {
    const disk = new TracedDisk();
    const told = new Map(traced.told.map(({ step, decisionId, sequence }) => [step, `${decisionId} ${sequence}`]));
    const early: string[] = [];
    for (const [index, step] of traced.steps.entries()) {
      disk.apply(step);
      const append = told.get(index);
      const unsynced = append === undefined ? 0 : disk.unsynced(traced.folder);
      if (unsynced > 0) early.push(`${append}: ${unsynced} bytes not yet synced`);
    }
    expect(early).toEqual([]);
  });

  it('a fresh server on what the disk must still have holds every acknowledged event', async () => {
    const instants = spread(
      traced.told.map(({ step }) => step),
      LOSSES,
    );
    const lost = await Promise.all(instants.map((instant) => eventsLostAt(traced, instant)));
    expect(lost.flat()).toEqual([]);
  });

  it('so does one that found its file rewritten half way', async () => {
    const renames = traced.steps.flatMap(({ op }, index) => (op === 'rename' ? [index] : []));
    // Of the rewriting: the new base file, then the list of files. The first two belong to the server’s first start.
    const instants = renames.slice(2);
    expect(instants.length).toBeGreaterThanOrEqual(3);
    const lost = await Promise.all(spread(instants, LOSSES).map((instant) => eventsLostAt(traced, instant)));
    expect(lost.flat()).toEqual([]);
  });

  it('a torn tail stops the start; taken off, every acknowledged event stands', async () => {
    const firstTold = traced.told[0]?.step ?? 0;
    const writes = traced.steps.flatMap((step, index) => (isCommands(step) && index > firstTold ? [index] : []));
    const lost = await Promise.all(spread(writes, TORN_LOSSES).map((instant) => eventsLostAt(traced, instant, half)));
    expect(lost.flat()).toEqual([]);
  });
});

/** Appends from several clients at once, batches of one to three events, with a rewriting of the file on the way. */
async function traceUnderLoad(dataDir: string): Promise<Traced> {
  mkdirSync(dataDir);
  const out = join(root, 'trace.jsonl');
  const tracer = fileURLToPath(new URL('power-loss-trace.py', import.meta.url));
  const server = await startValkey({
    dataDir,
    under: [join(PROJECT_ROOT, '.venv', 'bin', 'python'), tracer, out, dataDir],
  });
  const acknowledged: Acknowledged[] = [];
  const ledgers = Array.from({ length: CLIENTS }, () => createRedisLedger({ url: server.url, macKeys }));
  const admin = new Redis(server.adminUrl);
  const client = async (ledger: Ledger, name: string): Promise<void> => {
    let head = EMPTY;
    for (let i = 0; i < APPENDS_EACH; i += 1) {
      // A new decision now and then: its first append writes the index too.
      if (random.percent(20)) head = EMPTY;
      const decisionId = head === EMPTY ? `${name}-${i}` : (acknowledged.findLast(isOf(name))?.decisionId ?? '');
      const batch = makeBatch(decisionId, head, `command-${i}`, { count: 1 + random.integer(3) });
      expect(await ledger.append(decisionId, head, batch)).toMatchObject({ outcome: 'appended' });
      head = headAfter(batch);
      acknowledged.push({ decisionId, head });
      if (acknowledged.length === REWRITE_AFTER) await admin.call('BGREWRITEAOF');
    }
  };
  try {
    await Promise.all(ledgers.map((ledger, i) => client(ledger, `client-${i}`)));
    await rewritten(admin);
  } finally {
    admin.disconnect();
    for (const ledger of ledgers) await ledger.close();
    await server.kill();
  }
  const steps = readFileSync(out, 'utf8')
    .split('\n')
    // The last line may have been cut off by the kill.
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Step);
  return { steps, acknowledged, told: toldAppends(steps), folder: join(dataDir, 'appendonlydir') };
}

async function rewritten(admin: Redis): Promise<void> {
  const done = /aof_rewrite_in_progress:0[^]*aof_last_bgrewrite_status:ok/u;
  while (!done.test(await admin.info('persistence'))) await sleep(20);
}

const isOf =
  (name: string) =>
  ({ decisionId }: Acknowledged): boolean =>
    decisionId.startsWith(`${name}-`);

/** What of the acknowledged is missing after a loss of power just after the step at `instant`. */
async function eventsLostAt(traced: Traced, instant: number, torn?: Torn): Promise<readonly string[]> {
  const disk = new TracedDisk();
  for (const step of traced.steps.slice(0, instant + 1)) disk.apply(step);
  const files = disk.afterPowerLoss(traced.folder, torn);
  const told = new Set(
    traced.told.filter(({ step }) => step <= instant).map(({ decisionId, sequence }) => `${decisionId} ${sequence}`),
  );
  const demanded = traced.acknowledged.filter(({ decisionId, head }) => told.has(`${decisionId} ${head.sequence}`));
  const dataDir = mkdtempSync(join(root, `at-${instant}-`));
  const folder = join(dataDir, 'appendonlydir');
  mkdirSync(folder);
  for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes);
  if (torn !== undefined) {
    // `aof-load-truncated no`: what is torn must be seen by a person, not vanish without a word.
    await expect(startValkey({ dataDir })).rejects.toMatchObject({ code: 'server.exited' });
    expect(takeTornTailOff(join(folder, lastListed(folder)), dataDir)).toContain('Successfully truncated');
  }
  const server = await startValkey({ dataDir });
  try {
    return await missingFrom(server, demanded);
  } finally {
    await server.stop();
  }
}

async function missingFrom(server: ValkeyServer, demanded: readonly Acknowledged[]): Promise<readonly string[]> {
  const ledger = createRedisLedger({ url: server.url, macKeys });
  try {
    const indexed = new Set<string>();
    for await (const decisionId of ledger.decisions()) indexed.add(decisionId);
    const missing: string[] = [];
    for (const { decisionId, head } of demanded) {
      const events = (await ledger.read(decisionId)).flatMap((batch) => batch.events);
      const stands = events[head.sequence - 1]?.['integrity_hash'] === head.hash;
      if (!stands || !indexed.has(decisionId)) missing.push(`${decisionId} ${head.sequence}`);
    }
    return missing;
  } finally {
    await ledger.close();
  }
}

/** A write of commands, before its sync: not of the list of files, nor of the log. */
function isCommands(step: Step): boolean {
  return step.op === 'write' && Buffer.from(step.data, 'base64').toString('latin1').startsWith('*');
}

/** The first half, or a byte less where that ends with a whole command: two of one length lose nothing by losing one. */
const half: Torn = (unsynced) => {
  const cut = Math.floor(unsynced.length / 2);
  const whole = unsynced[cut] === '*'.charCodeAt(0) && unsynced[cut - 1] === '\n'.charCodeAt(0);
  return unsynced.subarray(0, whole ? cut - 1 : cut);
};

/** The file of commands that the manifest lists last: the only one that may be torn. */
function lastListed(folder: string): string {
  const manifest = readFileSync(join(folder, 'appendonly.aof.manifest'), 'utf8');
  return manifest.trim().split('\n').at(-1)?.split(' ')[1] ?? '';
}

/** The first, the last, and some in between that the seed chooses. */
function spread(instants: readonly number[], count: number): readonly number[] {
  if (instants.length <= count) return instants;
  const between = random.shuffle(instants.slice(1, -1)).slice(0, count - 2);
  return [instants[0] ?? 0, ...between, instants.at(-1) ?? 0];
}
