// Makes a bare checkout run:  node scripts/bootstrap.mjs demo|test|servers|bench|setup [ARGS...]
//
// Installs what the lock files pin (npm packages with the project's own Node 24, and wheels with the
// servers), once, then hands over to the project's Node. Plain JavaScript without dependencies: it
// runs on the machine's Node, before anything is there.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { env, exit, version } from 'node:process';

import { withLock } from './bootstrap/lock.mjs';
import { npmPackages } from './bootstrap/npm-packages.mjs';
import { projectNode, projectRoot } from './bootstrap/project.mjs';
import { handOver } from './bootstrap/run.mjs';
import { SetupError } from './bootstrap/setup-error.mjs';
import { checkNode } from './bootstrap/versions.mjs';
import { wheels } from './bootstrap/wheels.mjs';

const TARGETS = {
  demo: 'demo/main.ts',
  test: 'scripts/check.ts',
  servers: 'scripts/servers/main.ts',
  bench: 'test/bench/main.ts',
  setup: undefined,
};
const USAGE = 'usage: node scripts/bootstrap.mjs demo|test|servers|bench|setup [ARGS...]';

/** @param {string[]} argv */
async function main([target, ...args]) {
  if (target === undefined || !Object.hasOwn(TARGETS, target)) throw new SetupError(USAGE, 2);
  checkNode(version);
  await setUp(target);

  const script = TARGETS[/** @type {keyof typeof TARGETS} */ (target)];
  if (script === undefined) return say('Everything is set up.');
  if (!existsSync(join(projectRoot, script))) throw new SetupError(`${script} is not in this checkout`);
  exit(await handOver(projectNode(), [join(projectRoot, script), ...args]));
}

/** @param {string} target */
async function setUp(target) {
  const steps = [npmPackages, ...(needsWheels(target) ? [wheels] : [])];
  if (steps.every((step) => step.isDone())) return;

  say(`Setting up in ${projectRoot}; the next run starts at once.`);
  await withLock(join(projectRoot, '.countersign', 'setup.lock'), say, async () => {
    for (const [index, step] of steps.entries()) {
      const label = `[${index + 1}/${steps.length}] ${step.title}`;
      // Asked again: another set-up may have finished while this one waited for the lock.
      if (step.isDone()) say(`${label}: already there`);
      else await timed(label, (tell) => step.install(tell));
    }
  });
}

/**
 * Demo and servers can do without the servers in the wheels where both are given; the tests need more than those two.
 * @param {string} target
 */
function needsWheels(target) {
  return (target !== 'demo' && target !== 'servers') || !env['TEMPORAL_ADDRESS'] || !env['REDIS_URL'];
}

/**
 * Says that something began, every ten seconds that it still goes on, and how long it took.
 * @param {string} label
 * @param {(say: (line: string) => void) => Promise<void>} work
 */
async function timed(label, work) {
  const began = Date.now();
  const seconds = () => `${Math.round((Date.now() - began) / 1000)} s`;
  say(`${label} ...`);
  const heartbeat = setInterval(() => say(`${label} ... still at it, ${seconds()}`), 10_000);
  try {
    await work(say);
  } finally {
    clearInterval(heartbeat);
  }
  say(`${label}: done in ${seconds()}`);
}

/** @param {string} line */
function say(line) {
  console.error(line);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  say(error.message);
  exit(error.exitCode);
}
