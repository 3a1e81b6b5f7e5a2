import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { env, stdin } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';

import { projectRoot } from './project.mjs';
import { SetupError } from './setup-error.mjs';

const PAUSES_MS = [1_000, 4_000];
const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);
const OUTPUT_LINES = 15;
const PARENT_POLL_MS = 250;

/**
 * @typedef {object} RunOptions
 * @property {(line: string) => void} say
 * @property {string} [hint] what a person might do when it fails
 * @property {RegExp} [hopeless] output after which trying again is pointless
 */

/**
 * Runs a command of the set-up. Its output is shown only when it fails.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} options
 */
export async function run(command, args, { hint }) {
  const { code, output } = await collect(command, args);
  if (code === 0) return;
  const lines = output.trim().split('\n');
  const left = lines.length - 2 * OUTPUT_LINES;
  if (left > 0) lines.splice(OUTPUT_LINES, left, `(${left} lines left out)`);
  const shown = lines.join('\n');
  throw new SetupError([`Failed: ${command} ${args.join(' ')}`, shown, hint].filter(Boolean).join('\n'));
}

/**
 * The same for what downloads: a failure is tried again twice.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} options
 */
export async function runWithRetry(command, args, options) {
  for (const pause of PAUSES_MS) {
    try {
      return await run(command, args, options);
    } catch (error) {
      if (!(error instanceof SetupError) || options.hopeless?.test(error.message)) throw error;
      options.say(`  that failed; trying again in ${pause / 1000} s`);
      await sleep(pause);
    }
  }
  return run(command, args, options);
}

/**
 * Gives terminal, arguments and signals to the real program; resolves to its exit code.
 * @param {string} command
 * @param {readonly string[]} args
 * @returns {Promise<number>}
 */
export async function handOver(command, args) {
  const child = spawn(command, args, { stdio: 'inherit' });
  const forward = forwardSignals(child);
  const stopWatching = stopWhenOrphaned(child);
  try {
    return await exitCode(child);
  } finally {
    stopWatching();
    forward.stop();
  }
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 */
async function collect(command, args) {
  const child = spawn(command, args, { cwd: projectRoot, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (text) => (output += text));
  child.stderr.on('data', (text) => (output += text));
  const forward = forwardSignals(child);
  try {
    const code = await exitCode(child);
    if (forward.received !== undefined) {
      throw new SetupError('Stopped.', 128 + constants.signals[forward.received]);
    }
    return { code, output };
  } finally {
    forward.stop();
  }
}

/**
 * A terminal sends Ctrl-C to the whole process group, so the child has it already; any other signal
 * came to this process alone. Either way this process waits for the child to finish.
 * @param {import('node:child_process').ChildProcess} child
 */
function forwardSignals(child) {
  /** @type {{ received: (typeof SIGNALS)[number] | undefined, stop: () => void }} */
  const forward = { received: undefined, stop: () => SIGNALS.forEach((signal) => process.off(signal, listener)) };
  /** @param {NodeJS.Signals} signal */
  function listener(signal) {
    forward.received = /** @type {(typeof SIGNALS)[number]} */ (signal);
    if (!(signal === 'SIGINT' && stdin.isTTY)) child.kill(signal);
  }
  for (const signal of SIGNALS) process.on(signal, listener);
  return forward;
}

/**
 * A signal to npm alone ends npm and its shell, and never gets here: then the program must not go on
 * without anyone who could stop it.
 * @param {import('node:child_process').ChildProcess} child
 */
function stopWhenOrphaned(child) {
  if (env['npm_lifecycle_event'] === undefined) return () => undefined;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    child.kill('SIGTERM');
  }, PARENT_POLL_MS);
  return () => clearInterval(timer);
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<number>}
 */
function exitCode(child) {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new SetupError(`${child.spawnfile} could not be started: ${error.message}`)));
    child.once('close', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGTERM']));
  });
}
