import { fromBase64, toBase64 } from './base64.ts';
import { type Digest, digestJson, parseDigest } from './digest.ts';
import { CanonError } from './errors.ts';
import { excerpt } from './json-path.ts';
import { type ReadLimits, readCanonical } from './json-read.ts';
import type { JsonValue } from './json-value.ts';
import { canonicalBytes } from './json-write.ts';
import { type PrivateKey, type PublicKey, signBytes, verifyBytes } from './keys.ts';
import { exactMembers, ownMember } from './own-member.ts';
import { utf8Bytes } from './utf8.ts';

/**
 * A signed statement: DSSE v1 with exactly one signature. A type of its members, not a promise: an envelope that came
 * from elsewhere is attacker-controlled in every one of them until {@link verifyEnvelope} has returned.
 */
export type Envelope = {
  /** Authenticated. Names what the payload is; equal to the payload's `_type`. */
  readonly payloadType: string;
  /** Authenticated. Strict base64 of the canonical JSON of the statement. */
  readonly payload: string;
  readonly signatures: readonly [
    {
      /** Not authenticated. The signer's key id, a digest: it selects a key, and proves nothing. */
      readonly keyid: string;
      /** Strict base64 of 64 bytes. */
      readonly sig: string;
    },
  ];
};

/** An envelope whose shape has been checked, and nothing else. Everything in it is attacker-controlled until verified. */
export interface ParsedEnvelope {
  /** A frozen copy with the three members and no other. */
  readonly envelope: Envelope;
  readonly payloadType: string;
  readonly payloadBytes: Uint8Array;
  /** Read from `payloadBytes`, which are its canonical form. */
  readonly payload: JsonValue;
  readonly keyId: Digest;
  /** 64 bytes. */
  readonly signature: Uint8Array;
  /** The *statement digest*: of the whole envelope in canonical JSON, signature included. */
  readonly digest: Digest;
}

export const IN_TOTO_PAYLOAD_TYPE = 'application/vnd.in-toto+json';
export const IN_TOTO_STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';

const SIGNATURE_LENGTH = 64;
/** Printable ASCII without spaces: a type that could hold anything else could be drawn to look like another. */
const PAYLOAD_TYPE = /^[\x21-\x7e]{1,255}$/;

/**
 * Pre-authentication encoding of DSSE v1, the bytes that are signed:
 * `"DSSEv1" SP LEN(type) SP type SP LEN(payload) SP payload`, lengths in bytes as ASCII decimals.
 */
export function pae(payloadType: string, payloadBytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const type = utf8Bytes(payloadType);
  const head = utf8Bytes(`DSSEv1 ${type.length} ${payloadType} ${payloadBytes.length} `);
  const whole = new Uint8Array(head.length + payloadBytes.length);
  whole.set(head);
  whole.set(payloadBytes, head.length);
  return whole;
}

/**
 * Signs the canonical JSON of `payload`.
 *
 * @throws CanonError `envelope.malformed` (the payload type), `envelope.payload_type` (the payload's `_type` is another),
 *   and `json.*` as `canonicalize` does.
 */
export function signEnvelope(payloadType: string, payload: JsonValue, key: PrivateKey): Envelope {
  const type = parsePayloadType(payloadType, '$.payloadType');
  const payloadBytes = canonicalBytes(payload);
  checkPayloadType(type, payload, '$');
  const sig = toBase64(signBytes(key, pae(type, payloadBytes)));
  return freeze(type, toBase64(payloadBytes), key.publicKey.keyId, sig);
}

/**
 * Checks the shape of an envelope from outside. It proves nothing about who made it: call {@link verifyEnvelope}.
 *
 * @param value attacker-controlled; what is used is copied out of it once.
 * @param limits bounds for the payload, as for `readJson`.
 * @throws CanonError `envelope.malformed`, `envelope.signature_count`, `base64.malformed`, `digest.malformed` (key id),
 *   `signature.malformed` (not 64 bytes), `json.*` (the payload is not canonical JSON).
 */
export function readEnvelope(value: unknown, path = '$', limits: ReadLimits = {}): ParsedEnvelope {
  const outer = members(value, ['payloadType', 'payload', 'signatures'], path);
  const payloadType = parsePayloadType(outer.payloadType, `${path}.payloadType`);
  const { signatures } = outer;
  if (!Array.isArray(signatures) || signatures.length !== 1) {
    const message = 'a statement bears exactly one signature';
    const where = `${path}.signatures`;
    const expected = 'an array of 1';
    throw new CanonError('envelope.signature_count', { message, path: where, expected, got: excerpt(signatures) });
  }
  const entry = members(signatures[0], ['keyid', 'sig'], `${path}.signatures[0]`);
  const keyId = parseDigest(entry.keyid, `${path}.signatures[0].keyid`);
  const signature = fromBase64(entry.sig, `${path}.signatures[0].sig`);
  if (signature.length !== SIGNATURE_LENGTH) {
    const where = `${path}.signatures[0].sig`;
    const got = `${signature.length} bytes`;
    throw new CanonError('signature.malformed', {
      message: 'this is not a signature',
      path: where,
      expected: '64 bytes',
      got,
    });
  }
  const payloadBytes = fromBase64(outer.payload, `${path}.payload`);
  const payload = readCanonical(payloadBytes, { ...limits, path: `${path}.payload` });
  // Strict base64 has one spelling, so the texts that came are those of the bytes.
  const envelope = freeze(payloadType, outer.payload as string, keyId, entry.sig as string);
  const digest = digestJson(envelope);
  return Object.freeze({ envelope, payloadType, payloadBytes, payload, keyId, signature, digest });
}

/**
 * Returns when `key` signed exactly this payload under exactly this type. It says nothing about who holds the key or
 * what that person may do. The key comes from the caller's own roster or trust file, never from the envelope.
 *
 * @throws CanonError `envelope.key_id`, `signature.invalid`, `envelope.payload_type`, in this order.
 */
export function verifyEnvelope(parsed: ParsedEnvelope, key: PublicKey, path = '$'): void {
  if (parsed.keyId !== key.keyId) {
    const message = 'the envelope names another key';
    const where = `${path}.signatures[0].keyid`;
    throw new CanonError('envelope.key_id', { message, path: where, expected: key.keyId, got: parsed.keyId });
  }
  if (!verifyBytes(key, pae(parsed.payloadType, parsed.payloadBytes), parsed.signature)) {
    const message = 'the signature does not verify under the key that was expected';
    throw new CanonError('signature.invalid', {
      message,
      path: `${path}.signatures[0].sig`,
      expected: `one by ${key.keyId}`,
    });
  }
  checkPayloadType(parsed.payloadType, parsed.payload, path);
}

/** Without this, a reader that goes by `_type` and one that goes by `payloadType` would see two kinds in one statement. */
function checkPayloadType(payloadType: string, payload: JsonValue, path: string): void {
  const expected = payloadType === IN_TOTO_PAYLOAD_TYPE ? IN_TOTO_STATEMENT_TYPE : payloadType;
  const type = ownMember(payload, '_type');
  if (type === expected) return;
  const message = "the payload's _type is not the one that the envelope's payload type calls for";
  throw new CanonError('envelope.payload_type', {
    message,
    path: `${path}.payload._type`,
    expected,
    got: excerpt(type),
  });
}

function parsePayloadType(value: unknown, path: string): string {
  if (typeof value === 'string' && PAYLOAD_TYPE.test(value)) return value;
  const expected = '1 to 255 printable ASCII characters without a space';
  throw new CanonError('envelope.malformed', {
    message: 'this is not a payload type',
    path,
    expected,
    got: excerpt(value),
  });
}

function members<Name extends string>(value: unknown, names: readonly Name[], path: string): Record<Name, unknown> {
  const found = exactMembers(value, names);
  if (found !== undefined) return found;
  const expected = `an object with exactly ${names.join(', ')}`;
  const got = excerpt(typeof value === 'object' && value !== null ? Object.keys(value).join(', ') : value);
  throw new CanonError('envelope.malformed', { message: 'members are missing or foreign', path, expected, got });
}

function freeze(payloadType: string, payload: string, keyid: Digest, sig: string): Envelope {
  const signatures: Envelope['signatures'] = Object.freeze([Object.freeze({ keyid, sig })]);
  return Object.freeze({ payloadType, payload, signatures });
}
