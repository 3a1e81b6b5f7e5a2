import { ed25519 } from '@noble/curves/ed25519.js';
import { concatBytes, isBytes } from '@noble/hashes/utils.js';
import { fromBase64, toBase64 } from './base64.ts';
import { type Digest, digestBytes } from './digest.ts';
import { CanonError, type CanonErrorCode } from './errors.ts';
import { excerpt } from './json-path.ts';
import { nativeSays, nativeSignature } from './native.ts';

declare const loadedBrand: unique symbol;

/** A public key that {@link loadPublicKey} has accepted; there is no other way to make one. */
export interface PublicKey {
  readonly scheme: 'ed25519';
  /** 32 bytes (RFC 8032 section 5.1.2). Not to be written to. */
  readonly raw: Uint8Array;
  /** SHA-256 of the SubjectPublicKeyInfo in DER (RFC 8410 section 4). It selects a key, and proves nothing. */
  readonly keyId: Digest;
  readonly [loadedBrand]: true;
}

/** A signing key. Printing, serialising or cloning it shows the public half only. */
export interface PrivateKey {
  readonly scheme: 'ed25519';
  readonly publicKey: PublicKey;
  /** A copy of the 32 secret bytes (RFC 8032 section 5.1.5), to be stored by whoever made the key. */
  readonly seed: Uint8Array;
}

/**
 * Points that have passed, by key id. The subgroup test is a millisecond, and is the same for the same bytes for ever;
 * only that it was passed is kept, so that nobody can change what another caller gets.
 */
const goodPoints = new Set<Digest>();

/**
 * Signatures that were good, by the digest of key, signature and message together. A pack holds the same endorsement and
 * the same approval at several places, and each place is checked: a third of the checks of one verification are of
 * signatures that it has seen. What was not good is looked at each time.
 */
const goodSignatures = new Set<Digest>();

/** Of either. It begins anew when it is full. */
const MOST_KEPT = 10_000;

const KEY_LENGTH = 32;
const SIGNATURE_LENGTH = 64;

/** SEQUENCE { SEQUENCE { OID 1.3.101.112 } BIT STRING of 32 bytes }: RFC 8410 section 4, the only DER there is. */
const SPKI_PREFIX = Uint8Array.of(0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00);
/** SEQUENCE { INTEGER 0, SEQUENCE { OID }, OCTET STRING { OCTET STRING of 32 bytes } }: RFC 8410 section 7, version 1. */
const PKCS8_PREFIX = Uint8Array.from([
  0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
]);

/**
 * The one gate for public keys. Implementations disagree about odd keys (some verify under them, others do not), and a
 * small-order key verifies signatures that nobody made; so none of them gets in.
 *
 * @param raw 32 bytes, attacker-controlled; copied.
 * @throws CanonError
 *   `key.malformed` not 32 bytes;
 *   `key.non_canonical` y is not below 2^255-19, or the sign bit is set where x is 0 (RFC 8032 section 5.1.3);
 *   `key.not_on_curve` no point has this y;
 *   `key.low_order` one of the eight points whose order divides 8;
 *   `key.mixed_order` a point outside the prime-order subgroup: up to eight such keys answer to one secret.
 */
export function loadPublicKey(raw: Uint8Array, path = '$'): PublicKey {
  if (!isBytes(raw) || raw.length !== KEY_LENGTH) {
    refuse('key.malformed', 'a public key is 32 bytes', path, isBytes(raw) ? `${raw.length} bytes` : excerpt(raw));
  }
  const bytes = Uint8Array.from(raw);
  if (!isCanonicalPoint(bytes)) refuse('key.non_canonical', 'the key is not encoded canonically', path);
  const keyId = digestBytes(concatBytes(SPKI_PREFIX, bytes));
  if (!goodPoints.has(keyId)) {
    const point = decodePoint(bytes);
    if (point === undefined) refuse('key.not_on_curve', 'the key is no point of the curve', path);
    if (point.isSmallOrder())
      refuse('key.low_order', 'the key is a point of small order, under which anyone can sign', path);
    if (!point.isTorsionFree()) refuse('key.mixed_order', 'the key lies outside the prime-order subgroup', path);
    keep(goodPoints, keyId);
  }
  return Object.freeze({ scheme: 'ed25519', raw: bytes, keyId }) as PublicKey;
}

/** A key written as strict base64 of its 32 bytes. @throws CanonError `base64.malformed`, and as loadPublicKey. */
export function publicKeyFromBase64(text: unknown, path = '$'): PublicKey {
  return loadPublicKey(fromBase64(text, path), path);
}

export function publicKeyToBase64(key: PublicKey): string {
  return toBase64(key.raw);
}

/** Strict PEM of a SubjectPublicKeyInfo: exactly what {@link publicKeyToPem} writes; the last newline may be missing. */
export function publicKeyFromPem(pem: unknown, path = '$'): PublicKey {
  return loadPublicKey(fromPem(pem, 'PUBLIC KEY', SPKI_PREFIX, path), path);
}

export function publicKeyToPem(key: PublicKey): string {
  return toPem('PUBLIC KEY', SPKI_PREFIX, key.raw);
}

/** @param seed 32 secret bytes from a good source of randomness, which this room has not. @throws CanonError `key.malformed`. */
export function privateKeyFromSeed(seed: Uint8Array): PrivateKey {
  // What was given instead is not repeated: it may be a secret in the wrong form.
  if (!isBytes(seed) || seed.length !== KEY_LENGTH) refuse('key.malformed', 'a seed is 32 bytes', '$');
  return new Ed25519PrivateKey(seed);
}

/** Strict PEM of a PKCS#8 key (RFC 8410 section 7, version 1): exactly what {@link privateKeyToPem} writes. */
export function privateKeyFromPem(pem: unknown, path = '$'): PrivateKey {
  return privateKeyFromSeed(fromPem(pem, 'PRIVATE KEY', PKCS8_PREFIX, path));
}

export function privateKeyToPem(key: PrivateKey): string {
  return toPem('PRIVATE KEY', PKCS8_PREFIX, key.seed);
}

/** The 64 bytes of the Ed25519 signature (RFC 8032 section 5.1.6) over `bytes`; deterministic. */
export function signBytes(key: PrivateKey, bytes: Uint8Array): Uint8Array {
  return nativeSignature(key, () => concatBytes(PKCS8_PREFIX, key.seed), bytes) ?? ed25519.sign(bytes, key.seed);
}

/**
 * The one rule by which service, verifier, command line and browser call a signature good: RFC 8032 section 5.1.7 in
 * its cofactored form, `[8][S]B = [8]R + [8][k]A`, where
 * - the signature is 64 bytes `R || S`, with `S < L` (no second spelling of a signature);
 * - `R` is encoded canonically; `A` passed {@link loadPublicKey};
 * - `k` is the hash over the very bytes of `R`, `A` and the message.
 * Every signature that an honest signer makes is good under the cofactorless form as well; only the holder of the
 * secret can make one on which the two forms differ.
 *
 * @returns false for a signature of any other length or form; it does not throw. About 0.1 ms for a good one where
 * Node's own Ed25519 says so first ({@link nativeSays}), a hundredth of a millisecond where it has been seen, 2 ms for
 * any other.
 */
export function verifyBytes(key: PublicKey, bytes: Uint8Array, signature: Uint8Array): boolean {
  if (!isBytes(signature) || signature.length !== SIGNATURE_LENGTH) return false;
  // Key and signature are of one length each, so no two triples are written alike.
  const triple = digestBytes(concatBytes(key.raw, signature, bytes));
  if (goodSignatures.has(triple)) return true;
  const isGood =
    nativeSays(key, () => concatBytes(SPKI_PREFIX, key.raw), bytes, signature) || verifyInScript(key, bytes, signature);
  if (isGood) keep(goodSignatures, triple);
  return isGood;
}

/** The rule itself, in JavaScript alone: what {@link verifyBytes} answers everywhere. For its tests. */
export function verifyInScript(key: PublicKey, bytes: Uint8Array, signature: Uint8Array): boolean {
  return ed25519.verify(signature, bytes, key.raw, { zip215: false });
}

/** The seed lies in a private field, which neither inspection, JSON, spreading nor structured cloning reads. */
class Ed25519PrivateKey implements PrivateKey {
  readonly scheme = 'ed25519';
  readonly publicKey: PublicKey;
  readonly #seed: Uint8Array;

  constructor(seed: Uint8Array) {
    this.#seed = Uint8Array.from(seed);
    this.publicKey = loadPublicKey(ed25519.getPublicKey(this.#seed));
    Object.freeze(this);
  }

  get seed(): Uint8Array {
    return Uint8Array.from(this.#seed);
  }

  /** Node's inspection can be told to run getters; this is what it prints instead. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `PrivateKey { scheme: 'ed25519', keyId: '${this.publicKey.keyId}' }`;
  }
}

/** RFC 8032 section 5.1.3: y, the low 255 bits in little-endian order, is below p; and x = 0 has no negative. */
function isCanonicalPoint(bytes: Uint8Array): boolean {
  const y = bytesToInteger(bytes) & ((1n << 255n) - 1n);
  const p = (1n << 255n) - 19n;
  const signBit = ((bytes[KEY_LENGTH - 1] ?? 0) & 0x80) !== 0;
  return y < p && !(signBit && (y === 1n || y === p - 1n));
}

function bytesToInteger(littleEndian: Uint8Array): bigint {
  return littleEndian.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}

function decodePoint(bytes: Uint8Array): ReturnType<typeof ed25519.Point.fromBytes> | undefined {
  try {
    return ed25519.Point.fromBytes(bytes, false);
  } catch {
    return undefined;
  }
}

function toPem(label: string, prefix: Uint8Array, raw: Uint8Array): string {
  // 44 and 48 bytes make 60 and 64 characters: RFC 7468 breaks lines after 64, so there is one line.
  return `-----BEGIN ${label}-----\n${toBase64(concatBytes(prefix, raw))}\n-----END ${label}-----\n`;
}

function fromPem(pem: unknown, label: string, prefix: Uint8Array, path: string): Uint8Array {
  const head = `-----BEGIN ${label}-----\n`;
  const tail = `\n-----END ${label}-----`;
  const text = typeof pem === 'string' && pem.endsWith('\n') ? pem.slice(0, -1) : pem;
  // What was given is not repeated: it may be a private key.
  if (
    typeof text !== 'string' ||
    !text.startsWith(head) ||
    !text.endsWith(tail) ||
    text.length < head.length + tail.length
  ) {
    return refuse('key.malformed', `this is not a PEM block of one ${label}`, path);
  }
  const der = decodePemBody(text.slice(head.length, text.length - tail.length), label, path);
  if (der.length !== prefix.length + KEY_LENGTH || prefix.some((byte, at) => der[at] !== byte)) {
    return refuse('key.malformed', `the ${label} is not Ed25519 in the form of RFC 8410`, path);
  }
  return der.subarray(prefix.length);
}

function decodePemBody(body: string, label: string, path: string): Uint8Array {
  try {
    return fromBase64(body, path);
  } catch {
    // The cause repeats an excerpt of the text, which may be secret.
    return refuse('key.malformed', `the ${label} is not one line of strict base64`, path);
  }
}

function keep(kept: Set<Digest>, digest: Digest): void {
  if (kept.size >= MOST_KEPT) kept.clear();
  kept.add(digest);
}

function refuse(code: CanonErrorCode, message: string, path: string, got?: string): never {
  throw new CanonError(code, { message, path, got });
}
