import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { env, execPath } from 'node:process';

import { projectRoot } from './project.mjs';
import { runWithRetry } from './run.mjs';
import { SetupError } from './setup-error.mjs';
import { isStamped, stampOf, writeStamp } from './stamp.mjs';

const lockFile = join(projectRoot, 'package-lock.json');
const modules = join(projectRoot, 'node_modules');
const installedFile = join(modules, '.package-lock.json');
const stampFile = join(modules, '.countersign-stamp');

export const npmPackages = {
  title: 'npm packages, with Node 24',

  isDone() {
    return isStamped(stampFile, stampOf(lockFile)) || isInstalled(lockFile, installedFile);
  },

  /** @param {(line: string) => void} say */
  async install(say) {
    const [command, ...before] = npmCommand();
    // No package here needs its install script (their binaries are packages of their own), so none is run.
    // Whatever the machine's settings leave out, the checks need it.
    const options = ['--ignore-scripts', '--include=dev', '--include=optional', '--no-audit', '--no-fund'];
    // Not `npm ci`: it refuses a lock file without an entry for every platform's optional binaries, even
    // where a registry does not have them. `--no-save` leaves the lock file alone; what `ci` promises
    // besides, that exactly the locked versions are there, is checked below.
    await runWithRetry(command, [...before, 'install', '--no-save', ...options], { say });
    if (!isInstalled(lockFile, installedFile)) {
      throw new SetupError('package.json and package-lock.json are out of step; run `npm install` and commit both.');
    }
    writeStamp(stampFile, stampOf(lockFile));
  },
};

/**
 * npm notes what it put into node_modules. True when that is what the lock file says: every package of
 * this platform, none other, each with the locked version and digest. So a tree that a person's own
 * `npm install` made is as good as ours and is not laid out anew.
 * @param {string} lock
 * @param {string} installed
 */
export function isInstalled(lock, installed) {
  if (!existsSync(installed)) return false;
  /** @typedef {{ version?: string, integrity?: string, optional?: boolean }} Entry */
  /** @type {Record<string, Entry>} */
  const wanted = JSON.parse(readFileSync(lock, 'utf8')).packages;
  /** @type {Record<string, Entry>} */
  const there = JSON.parse(readFileSync(installed, 'utf8')).packages;
  const same = (/** @type {Entry | undefined} */ a, /** @type {Entry | undefined} */ b) =>
    a !== undefined && b !== undefined && a.version === b.version && a.integrity === b.integrity;
  return (
    Object.entries(wanted).every(([path, entry]) => path === '' || entry.optional || same(entry, there[path])) &&
    // Only a platform's own binary may be there without a lock entry, its version fixed by the package that wants it.
    Object.entries(there).every(([path, entry]) => same(entry, wanted[path]) || (entry.optional && !wanted[path]))
  );
}

/**
 * Under `npm run`, that npm and its Node: node_modules/.bin/node may be about to be replaced.
 * @returns {[string, ...string[]]}
 */
export function npmCommand() {
  const cli = env['npm_execpath'];
  if (cli !== undefined && /npm-cli\.c?js$/.test(cli)) return [env['npm_node_execpath'] ?? execPath, cli];
  return ['npm'];
}
