import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { CanonError } from './errors.ts';
import { excerpt } from './json-path.ts';

const HEX = /^(?:[0-9a-f]{2})*$/;

/** Lower-case hexadecimal digits. */
export function toHex(bytes: Uint8Array): string {
  return bytesToHex(bytes);
}

/** @throws CanonError `hex.malformed`; upper case is refused, so that bytes have one spelling. */
export function fromHex(text: unknown, path = '$'): Uint8Array {
  if (typeof text === 'string' && HEX.test(text)) return hexToBytes(text);
  const expected = 'an even number of lower-case hexadecimal digits';
  throw new CanonError('hex.malformed', { message: 'this is not hexadecimal', path, expected, got: excerpt(text) });
}
