import { CanonError } from './errors.ts';
import { toHex } from './hex.ts';
import { excerpt } from './json-path.ts';
import { canonicalBytes } from './json-write.ts';
import { sha256 } from './native.ts';

declare const digestBrand: unique symbol;

/** `sha256:` and 64 lower-case hexadecimal digits. Made by {@link parseDigest} and the functions that compute one. */
export type Digest = string & { readonly [digestBrand]: true };

const DIGEST = /^sha256:[0-9a-f]{64}$/;
const PREFIX = 'sha256:';

/** SHA-256 (FIPS 180-4) of `bytes`. */
export function digestBytes(bytes: Uint8Array): Digest {
  return `${PREFIX}${toHex(sha256(bytes))}` as Digest;
}

/** SHA-256 of the canonical bytes of `value`. @throws CanonError as `canonicalize` does. */
export function digestJson(value: unknown): Digest {
  return digestBytes(canonicalBytes(value));
}

/** @throws CanonError `digest.malformed`; upper-case digits and other algorithms are refused, not repaired. */
export function parseDigest(text: unknown, path = '$'): Digest {
  if (isDigest(text)) return text;
  const expected = 'sha256: and 64 lower-case hexadecimal digits';
  throw new CanonError('digest.malformed', { message: 'this is not a digest', path, expected, got: excerpt(text) });
}

export function isDigest(value: unknown): value is Digest {
  return typeof value === 'string' && DIGEST.test(value);
}

/** The 64 hexadecimal digits alone. */
export function digestHex(digest: Digest): string {
  return digest.slice(PREFIX.length);
}
