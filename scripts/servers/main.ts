// Temporal and Valkey on loopback, for whoever has none, until Ctrl-C:  npm run servers -- [--data FOLDER]
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { exit } from 'node:process';
import { parseArgs } from 'node:util';

import { hasCode } from '../../core/errors.ts';
import { PROJECT_ROOT, ServerError, startTemporal, startValkey } from './index.ts';

const USAGE = `usage: npm run servers -- [--data FOLDER]

  --data FOLDER  where what they store is kept (default: .countersign/servers)
`;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const LOOK_EVERY_MS = 500;

/** Runs until a signal comes, or until one of the two is gone. @returns the exit code */
async function main(): Promise<number> {
  const data = folderOf(process.argv.slice(2));
  if (data === undefined) return say(USAGE);
  const stopped = signal();
  await using cleanup = new AsyncDisposableStack();
  hold(cleanup, data);
  const starting = [
    startTemporal({ dataDir: join(data, 'temporal'), log: say }),
    startValkey({ dataDir: join(data, 'valkey'), log: say }),
  ] as const;
  // Before they run: a Ctrl-C while they start must find them. One that failed to start has nothing to stop.
  for (const server of starting) cleanup.defer(async () => (await server.catch(() => undefined))?.stop());
  const servers = await Promise.race([Promise.all(starting), stopped]);
  if (servers === 'stopped') return 0;
  const [temporal, valkey] = servers;

  const environment = join(data, 'environment');
  writePrivate(environment, `export TEMPORAL_ADDRESS=${temporal.address}\nexport REDIS_URL='${valkey.url}'\n`);
  cleanup.defer(() => rmSync(environment, { force: true }));
  say(`In every other terminal, first:  . ${environment}`);
  say(`Ctrl-C stops them. What they store stays in ${data}`);
  return await firstOf(stopped, { Temporal: temporal.pid, Valkey: valkey.pid });
}

function folderOf(words: readonly string[]): string | undefined {
  const { values } = parseArgs({
    args: [...words],
    options: { data: { type: 'string' }, help: { type: 'boolean', default: false } },
  });
  return values.help ? undefined : resolve(values.data ?? join(PROJECT_ROOT, '.countersign', 'servers'));
}

/** Two servers on one append-only file would ruin it. A process that is gone holds nothing. @throws ServerError */
function hold(cleanup: AsyncDisposableStack, data: string): void {
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const path = join(data, 'process');
  const holder = Number(readIfThere(path));
  if (holder > 0 && isAlive(holder)) {
    throw new ServerError('server.running', {
      message: `the servers of this folder run already; stop them, or name another with --data`,
      path: data,
      got: `process ${holder}`,
    });
  }
  writePrivate(path, `${process.pid}\n`);
  cleanup.defer(() => rmSync(path, { force: true }));
}

function signal(): Promise<'stopped'> {
  return new Promise((settle) => {
    for (const name of SIGNALS) process.on(name, () => settle('stopped'));
  });
}

/** A signal: 0. One of the two being gone: 1, and it is said which. Keeps this process alive meanwhile. */
function firstOf(stopped: Promise<'stopped'>, pids: Readonly<Record<string, number | undefined>>): Promise<0 | 1> {
  return new Promise((settle) => {
    const end = (code: 0 | 1): void => {
      clearInterval(looking);
      settle(code);
    };
    const looking = setInterval(() => {
      const missing = Object.entries(pids).find(([, pid]) => pid !== undefined && !isAlive(pid));
      if (missing === undefined) return;
      say(`${missing[0]} has ended; stopping the other`);
      end(1);
    }, LOOK_EVERY_MS);
    void stopped.then(() => end(0));
  });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Holds a password. */
function writePrivate(path: string, text: string): void {
  writeFileSync(path, text, { mode: 0o600 });
  // The mode above counts only for a new file.
  chmodSync(path, 0o600);
}

function say(line: string): 0 {
  process.stdout.write(`${line}\n`);
  return 0;
}

try {
  exit(await main());
} catch (error) {
  console.error(
    hasCode(error) ? error.message : `${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`,
  );
  exit(hasCode(error) ? 1 : 2);
}
