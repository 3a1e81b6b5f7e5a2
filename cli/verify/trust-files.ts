import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readInput } from '../files.ts';

/** The trust file's bytes, and the PEM files beside it; which of those count, the trust file says. */
export function trustFiles(path: string): {
  readonly trust: Uint8Array;
  readonly pems: Readonly<Record<string, Uint8Array>>;
} {
  const trust = readInput(path);
  const folder = dirname(path);
  const names = readdirSync(folder).filter((name) => name.endsWith('.pem'));
  return { trust, pems: Object.fromEntries(names.map((name) => [name, readInput(join(folder, name))])) };
}
