import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LedgerError } from './errors.ts';
import type { SealingKeys } from './seal.ts';

/** The key that seals; every worker of an installation has the same. */
export const SEALING_KEY_FILE = 'mac.key';
/** Keys that only verify: older ones, or the next one on its way to every worker. */
const VERIFYING_KEY_FILE = /^mac-[A-Za-z0-9._-]{1,64}\.key$/;

/**
 * The sealing keys of a folder: `mac.key` first, then every `mac-*.key` in order of name.
 *
 * @throws LedgerError `ledger.configuration` naming the file, never its contents
 */
export function readSealingKeys(directory: string): SealingKeys {
  const read = (name: string): Uint8Array =>
    attempt(join(directory, name), (path) => Uint8Array.from(readFileSync(path)));
  const names = attempt(directory, (path) => readdirSync(path));
  const verifying = names.filter((name) => VERIFYING_KEY_FILE.test(name)).sort();
  return [SEALING_KEY_FILE, ...verifying].map(read);
}

function attempt<T>(path: string, use: (path: string) => T): T {
  try {
    return use(path);
  } catch (error) {
    throw new LedgerError('ledger.configuration', {
      message: 'a sealing key cannot be read',
      path,
      expected: `${SEALING_KEY_FILE}, and mac-*.key for keys that only verify`,
      got: (error as NodeJS.ErrnoException).code ?? 'an error',
    });
  }
}
