import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { execPath } from 'node:process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { ServerError } from './server-error.ts';

const WATCHDOG = fileURLToPath(new URL('./watchdog.mjs', import.meta.url));
const READY_WITHIN_MS = 60_000;
const POLL_MS = 50;
/** The watchdog gives five seconds before it kills; whoever waits for it waits a little longer. */
const EXIT_WAIT_MS = 7_000;
const LOG_EXCERPT_CHARS = 2_000;

export interface SupervisedServer {
  /** The server itself, not its watchdog. */
  readonly pid: number;
  readonly logFile: string;
  readonly exited: () => boolean;
  /** Settles when the server is gone, however that came about. */
  readonly exit: Promise<void>;
  /** SIGTERM, then SIGKILL after five seconds; resolves when the process is gone. Safe to call twice. */
  readonly stop: () => Promise<void>;
  /** SIGKILL at once, as a crash would; resolves when the process is gone. */
  readonly kill: () => Promise<void>;
}

export interface ServerCommand {
  readonly name: string;
  readonly binary: string;
  readonly args: readonly string[];
  /** Receives the server's own output; begun anew at each start. */
  readonly logFile: string;
  /** Asked every 50 ms until true. Must not be satisfied by another process on the same port. */
  readonly ready: (log: string) => Promise<boolean>;
  readonly readyWithinMs?: number | undefined;
}

/**
 * Starts a server under its watchdog and waits until it answers. It is gone when `stop` was called,
 * and also when this process ends in any way: normally, by an exception, by a signal, by kill -9.
 *
 * @throws ServerError `server.port_taken` (try another port), `server.exited`, `server.not_ready`
 */
export async function startSupervised(command: ServerCommand): Promise<SupervisedServer> {
  const server = await launch(command);
  try {
    await waitUntilReady(command, server);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

async function launch({ name, binary, args, logFile }: ServerCommand): Promise<SupervisedServer> {
  const log = openSync(logFile, 'w', 0o600);
  const watchdog = spawn(execPath, [WATCHDOG, binary, ...args], {
    stdio: ['pipe', log, log, 'pipe'],
    detached: true,
  });
  closeSync(log);
  // Writing never happens; without a listener an EPIPE at the watchdog's death would be an exception.
  watchdog.stdin?.on('error', () => undefined);

  let gone = false;
  const exit = new Promise<void>((resolve) => {
    const settle = () => {
      gone = true;
      resolve();
    };
    watchdog.once('exit', settle);
    watchdog.once('error', settle);
  });
  const pid = await pidOf(watchdog, name, binary);

  const live: LiveServer = { pid, closeLifeline: () => watchdog.stdin?.destroy() };
  keep(live);
  void exit.then(() => {
    forget(live);
    // Only the watchdog itself having been killed can leave the server behind here.
    signalQuietly(pid, 'SIGKILL');
  });
  // The owner's stop decides how long this process lives, not the pipes.
  watchdog.unref();
  (watchdog.stdin as { unref?: () => void } | null)?.unref?.();

  const ended = async () => {
    watchdog.ref();
    await exit;
  };
  return {
    pid,
    logFile,
    exited: () => gone,
    exit,
    stop: async () => {
      live.closeLifeline();
      await ended();
    },
    kill: async () => {
      if (!gone) signalQuietly(pid, 'SIGKILL');
      await ended();
    },
  };
}

async function pidOf(watchdog: ChildProcess, name: string, binary: string): Promise<number> {
  const reports = watchdog.stdio[3] as Readable;
  for await (const line of createInterface({ input: reports })) {
    const report = JSON.parse(line) as { pid?: number; error?: string };
    if (report.pid !== undefined) {
      // What comes later (the exit) is learnt from the watchdog's own exit; keep the pipe from filling.
      reports.resume();
      (reports as { unref?: () => void }).unref?.();
      return report.pid;
    }
    throw new ServerError('server.missing', { message: `${name} could not be started: ${report.error}`, path: binary });
  }
  throw new ServerError('server.exited', { message: `the watchdog of ${name} ended at once`, path: binary });
}

async function waitUntilReady(command: ServerCommand, server: SupervisedServer): Promise<void> {
  const { name, logFile, ready, readyWithinMs = READY_WITHIN_MS } = command;
  const deadline = Date.now() + readyWithinMs;
  while (Date.now() < deadline) {
    const log = readFileSync(logFile, 'utf8');
    if (server.exited()) {
      const taken = /already in use/i.test(log);
      throw new ServerError(taken ? 'server.port_taken' : 'server.exited', {
        message: taken ? `${name} found its port taken` : `${name} ended before it was ready`,
        path: logFile,
        got: log.slice(-LOG_EXCERPT_CHARS).trim(),
      });
    }
    // A probe that hangs on a stranger's port must not hide that our own server has given up.
    if (await Promise.race([ready(log), server.exit.then(() => false)])) return;
    await Promise.race([sleep(POLL_MS), server.exit]);
  }
  throw new ServerError('server.not_ready', {
    message: `${name} runs but does not answer`,
    path: logFile,
    expected: `an answer within ${readyWithinMs / 1000} s`,
  });
}

interface LiveServer {
  readonly pid: number;
  readonly closeLifeline: () => void;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const liveServers = new Set<LiveServer>();

function keep(server: LiveServer): void {
  if (liveServers.size === 0) {
    process.on('exit', stopAllNow);
    for (const signal of SIGNALS) process.on(signal, onSignal);
  }
  liveServers.add(server);
}

function forget(server: LiveServer): void {
  liveServers.delete(server);
  if (liveServers.size > 0) return;
  process.off('exit', stopAllNow);
  for (const signal of SIGNALS) process.off(signal, onSignal);
}

/** A program with handlers of its own stops in its own order; one without still leaves nothing behind. */
function onSignal(signal: (typeof SIGNALS)[number]): void {
  if (process.listenerCount(signal) > 1) return;
  process.exit(128 + constants.signals[signal]);
}

/**
 * Runs while the process exits, so it cannot await: it asks every server to stop and sleeps until the
 * last is gone, so that whoever waits for this process finds nothing left.
 */
function stopAllNow(): void {
  const pids = [...liveServers].map((server) => server.pid);
  for (const pid of pids) signalQuietly(pid, 'SIGTERM');
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  const deadline = Date.now() + EXIT_WAIT_MS;
  while (Date.now() < deadline && pids.some((pid) => signalQuietly(pid, 0))) Atomics.wait(sleeper, 0, 0, 20);
  for (const pid of pids) signalQuietly(pid, 'SIGKILL');
}

/** True when the process was there to be signalled. */
function signalQuietly(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
