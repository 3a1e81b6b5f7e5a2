import { CanonError } from './errors.ts';
import { excerpt } from './json-path.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const PAD = 0x3d;
const NOT_IN_ALPHABET = 0xff;

const SEXTETS = new Uint8Array(128).fill(NOT_IN_ALPHABET);
for (let value = 0; value < ALPHABET.length; value += 1) SEXTETS[ALPHABET.charCodeAt(value)] = value;

/** Standard base64 with padding (RFC 4648 section 4). */
export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const first = bytes[at] ?? 0;
    const second = bytes[at + 1] ?? 0;
    const third = bytes[at + 2] ?? 0;
    const left = bytes.length - at;
    text += ALPHABET.charAt(first >> 2) + ALPHABET.charAt(((first & 0x03) << 4) | (second >> 4));
    text += left > 1 ? ALPHABET.charAt(((second & 0x0f) << 2) | (third >> 6)) : '=';
    text += left > 2 ? ALPHABET.charAt(third & 0x3f) : '=';
  }
  return text;
}

/**
 * The bytes of strict base64: standard alphabet, padding, no white space, and no bits set that the bytes do not need
 * (RFC 4648 section 3.5). Lenient decoders read several texts as the same bytes, so that a signed text could be
 * respelled; here every text that is accepted is `toBase64` of its bytes.
 *
 * @throws CanonError `base64.malformed`.
 */
export function fromBase64(text: unknown, path = '$'): Uint8Array<ArrayBuffer> {
  if (typeof text !== 'string') return refuse(text, path, 'this is not a string');
  if (text.length % 4 !== 0) return refuse(text, path, 'the length is not a multiple of four: padding is missing');
  const padding = text.charCodeAt(text.length - 1) !== PAD ? 0 : text.charCodeAt(text.length - 2) !== PAD ? 1 : 2;
  const bytes = new Uint8Array((text.length / 4) * 3 - (text.length === 0 ? 0 : padding));
  let written = 0;
  let bits = 0;
  let buffer = 0;
  for (let at = 0; at < text.length - padding; at += 1) {
    const sextet = SEXTETS[text.charCodeAt(at)] ?? NOT_IN_ALPHABET;
    if (sextet === NOT_IN_ALPHABET) return refuse(text, path, `character ${at} is not in the standard alphabet`);
    buffer = ((buffer << 6) | sextet) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[written] = (buffer >> bits) & 0xff;
      written += 1;
    }
  }
  if ((buffer & ((1 << bits) - 1)) !== 0) return refuse(text, path, 'bits beyond the last byte are set');
  return bytes;
}

function refuse(text: unknown, path: string, message: string): never {
  const expected = 'standard base64 with padding, in its only spelling';
  throw new CanonError('base64.malformed', { message, path, expected, got: excerpt(text) });
}
