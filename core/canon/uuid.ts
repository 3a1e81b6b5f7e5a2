import { type Digest, digestHex } from './digest.ts';

/**
 * A UUID of version 8 (RFC 9562 section 5.8) from the first 16 bytes of a digest: 122 of its bits, the version and
 * variant in the other six. The same digest gives the same id on every machine, so a retry makes no second id.
 */
export function uuidFromDigest(digest: Digest): string {
  const hex = digestHex(digest);
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    variant + hex.slice(17, 20),
    hex.slice(20, 32),
  ].join('-');
}
