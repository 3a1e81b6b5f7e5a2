import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { pid } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 250;
/** How long a lock may stand without its owner's number. */
const NAMELESS_MS = 2_000;

/**
 * Lets one set-up at a time into the checkout; a second one waits. A lock whose owner has died counts
 * for nothing.
 * @template T
 * @param {string} path
 * @param {(line: string) => void} say
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(path, say, work) {
  mkdirSync(dirname(path), { recursive: true });
  for (let told = false; !take(path); ) {
    const owner = ownerOf(path);
    if (owner === undefined ? !isFresh(path) : !isAlive(owner)) {
      rmSync(path, { force: true });
      continue;
    }
    if (!told) say(`Another set-up is under way (process ${owner ?? 'unknown'}); waiting for it.`);
    told = true;
    await sleep(POLL_MS);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

/** @param {string} path */
function take(path) {
  try {
    writeFileSync(path, `${pid}\n`, { flag: 'wx' });
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  }
}

/** @param {string} path */
function ownerOf(path) {
  try {
    const owner = Number(readFileSync(path, 'utf8'));
    return Number.isSafeInteger(owner) && owner > 0 ? owner : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The file exists a moment before its owner's number stands in it.
 * @param {string} path
 */
function isFresh(path) {
  const written = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  return written !== undefined && Date.now() - written < NAMELESS_MS;
}

/** @param {number} owner */
function isAlive(owner) {
  try {
    return process.kill(owner, 0);
  } catch (error) {
    // Somebody else's process may not be signalled, and is alive.
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}
