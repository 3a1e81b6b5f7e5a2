// Starts a program on a Node that can run it. Plain JavaScript: this file itself runs on whatever Node the machine has, from
// 20.3. In a checkout the TypeScript sources run as they are, on Node 24; a package has compiled ones only, since Node
// strips no types under node_modules.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { arch, argv, execPath, exit, platform, stderr, stdin, version } from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** @param {'cli' | 'worker'} room whose `main` is the program */
export async function launch(room) {
  const entry = [`${room}/main.ts`, `dist/${room}/main.js`].map((path) => join(root, path)).find(existsSync);
  if (entry === undefined) fail(`its code is in neither ${room}/ nor dist/; this copy is incomplete`);
  // Node 24.3 was the first to run TypeScript without a warning of its own.
  else if (entry.endsWith('.js') || isAtLeast(24, 3)) await import(pathToFileURL(entry).href);
  else runWith(pinnedNode(), ['--disable-warning=ExperimentalWarning', entry, ...argv.slice(2)]);
}

function isAtLeast(/** @type {number} */ wantedMajor, /** @type {number} */ wantedMinor) {
  const [major = 0, minor = 0] = version.slice(1).split('.').map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

function pinnedNode() {
  const { resolve } = createRequire(import.meta.url);
  for (const name of [`node-${platform}-${arch}`, `node-bin-${platform}-${arch}`]) {
    try {
      return join(dirname(resolve(`${name}/package.json`)), 'bin', 'node');
    } catch {
      // Not the package for this machine.
    }
  }
  if (isAtLeast(24, 0)) return execPath;
  return fail(`Node 24 is needed and this is ${version}; in a checkout, run: node scripts/bootstrap.mjs setup`);
}

/**
 * Terminal and signals belong to the child; its exit code becomes this process's.
 * @param {string} node
 * @param {string[]} args
 */
function runWith(node, args) {
  const child = spawn(node, args, { stdio: 'inherit' });
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    // A terminal's Ctrl-C has reached the child already, being sent to the whole process group.
    process.on(signal, () => (signal === 'SIGINT' && stdin.isTTY) || child.kill(signal));
  }
  child.once('error', (error) => fail(`${node} could not be started: ${error.message}`));
  child.once('exit', (code, signal) => exit(code ?? 128 + constants.signals[signal ?? 'SIGTERM']));
}

/**
 * @param {string} message
 * @returns {never}
 */
function fail(message) {
  stderr.write(`countersign: ${message}\n`);
  return exit(2);
}
