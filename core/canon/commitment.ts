import { fromBase64 } from './base64.ts';
import { type Digest, digestBytes } from './digest.ts';
import { CanonError } from './errors.ts';
import { excerpt } from './json-path.ts';
import type { JsonValue } from './json-value.ts';
import { canonicalBytes } from './json-write.ts';
import { exactMembers } from './own-member.ts';
import { utf8Bytes } from './utf8.ts';

/** What opens a commitment: the text that was withheld, and the salt that kept it from being guessed. */
export type Disclosure = {
  /** Strict base64 of 32 random bytes, made by the author's client for this one field. */
  readonly salt: string;
  /** Where the field stands in the author's document, as a JSON path. Bound, so that no text moves to another field. */
  readonly path: string;
  readonly value: JsonValue;
};

const SALT_LENGTH = 32;
/** The kind of what is hashed, with the zero byte that no JSON text contains: never equal to another kind's bytes. */
const PREFIX = utf8Bytes('countersign/commit/v1\0');

/**
 * Ruling 15: SHA-256("countersign/commit/v1" || 0x00 || JCS([salt, path, value])).
 *
 * @throws CanonError `commitment.salt` (not strict base64 of 32 bytes), `commitment.malformed` (the path is no string, or
 *   empty), `json.*` (the value is not plain JSON).
 */
export function commit({ salt, path, value }: Disclosure): Digest {
  checkSalt(salt, '$.salt');
  checkPath(path, '$.path');
  const opened = canonicalBytes([salt, path, value]);
  const bytes = new Uint8Array(PREFIX.length + opened.length);
  bytes.set(PREFIX);
  bytes.set(opened, PREFIX.length);
  return digestBytes(bytes);
}

/**
 * Shape check of a disclosure from outside: exactly three members. The value is judged when it is hashed.
 *
 * @throws CanonError `commitment.malformed`, `commitment.salt`.
 */
export function readDisclosure(value: unknown, path = '$'): Disclosure {
  const members = exactMembers(value, ['salt', 'path', 'value']);
  if (members === undefined) {
    const expected = 'an object with exactly salt, path, value';
    const message = 'this is not a disclosure';
    throw new CanonError('commitment.malformed', { message, path, expected, got: excerpt(value) });
  }
  const salt = checkSalt(members.salt, `${path}.salt`);
  return { salt, path: checkPath(members.path, `${path}.path`), value: members.value as JsonValue };
}

/** @throws CanonError `commitment.mismatch`, and as {@link commit}. */
export function checkDisclosure(commitment: Digest, disclosure: Disclosure): void {
  const got = commit(disclosure);
  if (got === commitment) return;
  const message = 'the disclosure is not what was committed to';
  throw new CanonError('commitment.mismatch', { message, path: disclosure.path, expected: commitment, got });
}

function checkSalt(salt: unknown, path: string): string {
  if (typeof salt === 'string' && isBase64Of(salt, SALT_LENGTH)) return salt;
  // The salt is not repeated: whoever has it can guess at the text.
  throw new CanonError('commitment.salt', {
    message: 'the salt is not usable',
    path,
    expected: 'strict base64 of 32 bytes',
  });
}

function isBase64Of(text: string, length: number): boolean {
  try {
    return fromBase64(text).length === length;
  } catch {
    return false;
  }
}

function checkPath(path: unknown, where: string): string {
  if (typeof path === 'string' && path !== '') return path;
  const message = 'the path of the field is not usable';
  throw new CanonError('commitment.malformed', { message, path: where, expected: 'a JSON path', got: excerpt(path) });
}
