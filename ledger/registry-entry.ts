import { LedgerError } from './errors.ts';
import type { Sealer } from './seal.ts';

/** A binding as it is stored: the seal (64 hex digits), a space, the value. */
export function writeBinding(sealer: Sealer, registry: string, key: string, value: string): string {
  return `${sealer.sealBinding(registry, key, value)} ${value}`;
}

/** The value, once its seal verifies; otherwise `ledger.mac`. */
export function readBinding(sealer: Sealer, registry: string, key: string, stored: string): string {
  const [seal, value] = split(stored);
  if (sealer.isBindingSealed(registry, key, value, seal)) return value;
  throw new LedgerError('ledger.mac', {
    message: 'this binding stands in the ledger, but no worker sealed it',
    path: `${registry}/${key.slice(0, 80)}`,
    expected: 'a seal by a key of the workers',
    got: 'none that verifies',
  });
}

function split(stored: string): [string, string] {
  const space = stored.indexOf(' ');
  return space < 0 ? ['', stored] : [stored.slice(0, space), stored.slice(space + 1)];
}
