import { randomBytes } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Signer } from '../client/statements.ts';
import { type PrivateKey, privateKeyFromPem, privateKeyFromSeed, privateKeyToPem } from '../core/canon/index.ts';
import { hasCode } from '../core/errors.ts';
import type { Config } from './config.ts';
import { CliError, usage } from './errors.ts';
import { readInput, writeNew } from './files.ts';

/** Options of every command that signs. */
export interface SignerOptions {
  readonly as?: string;
  readonly key?: string;
}

export function generateKey(): PrivateKey {
  return privateKeyFromSeed(Uint8Array.from(randomBytes(32)));
}

/** PKCS#8 PEM, mode 0600, never over another file. @throws CliError `file.exists`, `file.unwritable`. */
export function writeKeyFile(path: string, key: PrivateKey): void {
  writeNew(path, privateKeyToPem(key), 0o600);
}

/** @throws CliError `file.unreadable`, `key.permissions` (others may read it), `key.unreadable`. */
export function readKeyFile(path: string): PrivateKey {
  const bytes = readInput(path);
  const mode = statSync(path).mode & 0o777;
  if ((mode & 0o077) !== 0) {
    throw new CliError('key.permissions', {
      message: `others may read this private key; run: chmod 600 ${path}`,
      path,
      expected: 'mode 0600',
      got: `mode 0${mode.toString(8)}`,
    });
  }
  try {
    return privateKeyFromPem(new TextDecoder().decode(bytes), path);
  } catch (error) {
    if (!hasCode(error)) throw error;
    const message = 'this is not a private key as keygen writes it';
    throw new CliError('key.unreadable', { message, path, expected: 'PKCS#8 PEM of an Ed25519 key' });
  }
}

/** The signer that `--as` names, with the key of `--key` or the one of that name in the folder of keys. */
export function readSigner(config: Config, { as: actorId, key }: SignerOptions): Signer {
  if (actorId === undefined) throw usage('--as ACTOR says who signs', { path: '--as' });
  const path = key ?? join(config.keys, `${actorId}.pem`);
  if (key === undefined && !existsSync(path)) {
    throw usage(`there is no key for ${actorId}; give it with --key`, { path, expected: 'a key file', got: 'nothing' });
  }
  return { actorId, key: readKeyFile(path) };
}
