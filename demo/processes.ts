import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../scripts/servers/index.ts';
import { UnexpectedError } from './expect.ts';

/** Processes that the demo starts. Each is registered with the cleanup before it runs, and gone when that has run. */

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliCall {
  readonly words: readonly string[];
  /** The whole environment of the process: what is not here, it does not know. */
  readonly env: Readonly<Record<string, string>>;
}

const END_WITH_PARENT = new URL('./end-with-parent.ts', import.meta.url);
const CLI = join(PROJECT_ROOT, 'bin', 'countersign.mjs');

/** `countersign WORDS…` as a process of its own, in this folder; resolves when it has ended, however it ended. */
export async function countersign(cleanup: AsyncDisposableStack, { words, env }: CliCall): Promise<Finished> {
  refuseAfterCleanup(cleanup);
  const child = spawn(process.execPath, [CLI, ...words], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  cleanup.defer(() => end(child));
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      output[stream] += text;
    });
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...output };
}

/** A worker process that polls; its log lines pass through. */
export async function startWorker(
  cleanup: AsyncDisposableStack,
  env: Readonly<Record<string, string>>,
): Promise<ChildProcess> {
  refuseAfterCleanup(cleanup);
  const child = fork(join(PROJECT_ROOT, 'worker', 'main.ts'), [], {
    env,
    execArgv: [`--import=${END_WITH_PARENT.href}`],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  cleanup.defer(() => end(child));
  await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => {
      throw new UnexpectedError('the worker ended before it was ready', 'a worker that polls', `exit code ${code}`);
    }),
  ]);
  return child;
}

/** A process that nobody would stop must not be started. */
function refuseAfterCleanup(cleanup: AsyncDisposableStack): void {
  if (cleanup.disposed)
    throw new UnexpectedError('a process was to start while the demo stops', 'a running demo', 'a stopping one');
}

const GRACE_MS = 8_000;

/** SIGTERM, then SIGKILL; resolves when the process is gone. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const impatient = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
  await gone;
  clearTimeout(impatient);
}

/** What every process needs to start at all: no address of any server, no secret. */
export function bareEnvironment(): Record<string, string> {
  const kept = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'TZ', 'CI', 'NO_COLOR'];
  return Object.fromEntries(
    kept.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}
