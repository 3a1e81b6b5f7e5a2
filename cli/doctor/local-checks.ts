import { accessSync, constants, existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { TrustFile } from '../../documents/trust-reader.ts';
import { findTrustKey, tenantOf } from '../../documents/trust-index.ts';
import type { Config } from '../config.ts';
import { readInput } from '../files.ts';
import { readKeyFile } from '../key-file.ts';
import { readTrust } from '../workplace.ts';
import { attempt, type Check, fail, ok, skipped } from './check.ts';

/** The trust file, and whether it is of this origin and tenant. */
export async function checkTrust(config: Config): Promise<{ readonly check: Check; readonly trust: TrustFile | null }> {
  let trust: TrustFile | null = null;
  const check = await attempt('trust file', 'get the right one, and name it as "trust" in the configuration', () => {
    const read = readTrust(config.trust);
    if (read.trust.origin !== config.origin || tenantOf(read, config.tenant) === undefined) {
      return fail(
        'trust file',
        'document.tenant',
        `${read.trust.origin} does not know ${config.origin} / ${config.tenant}`,
        'compare origin and tenant with the configuration',
      );
    }
    trust = read;
    return ok('trust file', `${read.digest}, serial ${read.trust.serial}`);
  });
  return { check, trust };
}

/** Where documents and disclosures go: there and writable, or to be made in a folder that is. */
export function checkFolder(name: string, path: string): Check {
  const standing = existsSync(path) ? path : dirname(path);
  try {
    accessSync(standing, constants.W_OK);
    return ok(name, existsSync(path) ? `${path} is writable` : `${path} will be made`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return fail(name, 'store.unavailable', `${standing}: ${code}`, 'make it, writable by this user and by nobody else');
  }
}

const USES = ['permit', 'acknowledgement', 'seal'] as const;

/** The service's keys, where they are on this machine: named in the trust file for what they do. */
export async function checkServiceKeys(config: Config, trust: TrustFile | null): Promise<readonly Check[]> {
  if (!existsSync(config.serviceKeys)) return [skipped('service keys', `${config.serviceKeys} is not on this machine`)];
  const named = USES.map((use) =>
    attempt(
      `${use} key`,
      `put the key that the trust file names for ${use} into ${use}.pem, or name this one in a new trust file`,
      () => {
        const { keyId } = readKeyFile(join(config.serviceKeys, `${use}.pem`)).publicKey;
        if (trust === null) return skipped(`${use} key`, 'there is no trust file to hold it against');
        const found = findTrustKey(trust, use, keyId, config.tenant);
        return found
          ? ok(`${use} key`, `${keyId}, held by ${found.entry.holder}`)
          : fail(
              `${use} key`,
              'statement.key_unknown',
              `the trust file does not name ${keyId} for ${use}`,
              'what it signs would count for nothing',
            );
      },
    ),
  );
  const mac = attempt('sealing key', 'put 32 random bytes into mac.key, the same for every worker', () => {
    const { length } = readInput(join(config.serviceKeys, 'mac.key'));
    return length >= 32
      ? ok('sealing key', `${length} bytes`)
      : fail('sealing key', 'ledger.configuration', `${length} bytes`, 'at least 32 random bytes');
  });
  return Promise.all([...named, mac]);
}
