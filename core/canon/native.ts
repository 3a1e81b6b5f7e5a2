import { sha256 as sha256InScript } from '@noble/hashes/sha2.js';

/**
 * The one file of the pure rooms that asks its engine for something: Node's own SHA-256 and Ed25519, where there are
 * any. They are pure functions, and each use is bound so that it can change no answer, only the time until it comes:
 * a hash and a signature are functions of their input alone, and a verification counts only where it says yes (see
 * {@link nativeSays}). A browser has none of it, and gives the same answers (measured on one machine, in microseconds:
 * SHA-256 of 2,000 bytes 1.4 against 17, signing 51 against 605, verifying 109 against 1,720).
 */
interface NodeCrypto {
  hash?(algorithm: 'sha256', data: Uint8Array, encoding: 'buffer'): Uint8Array;
  sign(algorithm: null, data: Uint8Array, key: object): Uint8Array;
  verify(algorithm: null, data: Uint8Array, key: object, signature: Uint8Array): boolean;
  createPublicKey(key: DerKey & { readonly type: 'spki' }): object;
  createPrivateKey(key: DerKey & { readonly type: 'pkcs8' }): object;
}

interface DerKey {
  readonly key: Uint8Array;
  readonly format: 'der';
}

declare const process: { getBuiltinModule?(name: 'node:crypto'): NodeCrypto | undefined } | undefined;

const node = typeof process === 'undefined' ? undefined : process.getBuiltinModule?.('node:crypto');

/** SHA-256 (FIPS 180-4). */
export function sha256(bytes: Uint8Array): Uint8Array {
  return node?.hash === undefined ? sha256InScript(bytes) : node.hash('sha256', bytes, 'buffer');
}

/** The Ed25519 signature (RFC 8032 section 5.1.6: one key and message have one); undefined where Node has none. */
export function nativeSignature(owner: object, pkcs8: () => Uint8Array, bytes: Uint8Array): Uint8Array | undefined {
  if (node === undefined) return undefined;
  try {
    let key = signingKeys.get(owner);
    if (key === undefined) {
      key = node.createPrivateKey({ key: pkcs8(), format: 'der', type: 'pkcs8' });
      signingKeys.set(owner, key);
    }
    return Uint8Array.from(node.sign(null, bytes, key));
  } catch {
    // An OpenSSL that is told to have no Ed25519, as in some FIPS settings.
    return undefined;
  }
}

/**
 * True where OpenSSL calls the signature good, under a key that `loadPublicKey` let in. Its rule is the stricter one:
 * `S < L`, `R` canonical (it compares encodings), the equation without the factor 8, which implies the one with it. So
 * its yes is a yes of our rule; its no is none, and is for our rule to say.
 */
export function nativeSays(owner: object, spki: () => Uint8Array, bytes: Uint8Array, signature: Uint8Array): boolean {
  if (node === undefined) return false;
  try {
    let key = verifyingKeys.get(owner);
    if (key === undefined) {
      key = node.createPublicKey({ key: spki(), format: 'der', type: 'spki' });
      verifyingKeys.set(owner, key);
    }
    return node.verify(null, bytes, key, signature);
  } catch {
    return false;
  }
}

/** A key object costs as much as half a verification; it goes when its key does. */
const signingKeys = new WeakMap<object, object>();
const verifyingKeys = new WeakMap<object, object>();
