import { randomBytes } from 'node:crypto';
import { findTrustKey } from '../../documents/trust-index.ts';
import type { Config } from '../config.ts';
import { CliError } from '../errors.ts';
import { readKeyFile } from '../key-file.ts';
import { readTrust } from '../workplace.ts';
import { WitnessLog } from './log.ts';

/**
 * The log, by a key that the trust file names for a witness.
 *
 * @throws CliError `endorsement.foreign_key`, `witness.log`, and of reading the key; as `readTrust`.
 */
export function openLog(
  { trust: path, origin, tenant }: Config,
  { key: keyPath, log }: { readonly key: string; readonly log: string },
): WitnessLog {
  const key = readKeyFile(keyPath);
  const found = findTrustKey(readTrust(path), 'witness', key.publicKey.keyId, tenant);
  if (found === undefined) {
    throw new CliError('endorsement.foreign_key', {
      message: 'the trust file does not name this key for a witness, so its anchors would prove nothing',
      path: '--key',
      expected: 'a witness key of the trust file',
      got: key.publicKey.keyId,
    });
  }
  const { holder } = found.entry;
  const random = (length: number): Uint8Array => Uint8Array.from(randomBytes(length));
  return new WitnessLog(log, { key, holder, origin, tenant, random });
}
