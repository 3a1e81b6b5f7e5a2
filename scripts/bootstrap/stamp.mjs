import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { arch, platform } from 'node:process';

/**
 * What was installed, as one line: a digest over the lock file and what else the result depends on.
 * It lies inside the installed folder, so that it goes when the folder goes.
 * @param {string} lockFile
 * @param {readonly string[]} more
 */
export function stampOf(lockFile, more = []) {
  const hash = createHash('sha256').update(readFileSync(lockFile));
  for (const part of [platform, arch, ...more]) hash.update(`\0${part}`);
  return `${hash.digest('hex')}\n`;
}

/**
 * @param {string} path
 * @param {string} stamp
 */
export function isStamped(path, stamp) {
  return existsSync(path) && readFileSync(path, 'utf8') === stamp;
}

/**
 * @param {string} path
 * @param {string} stamp
 */
export function writeStamp(path, stamp) {
  writeFileSync(path, stamp);
}
