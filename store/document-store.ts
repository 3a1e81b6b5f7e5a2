import { type Digest, digestBytes, isDigest } from '../core/canon/index.ts';
import { StoreError } from './errors.ts';

/**
 * Documents by digest: evidence, policies, rosters, packs. A name is the SHA-256 of the bytes, so a document never
 * changes, and whoever asks by digest gets those bytes or an error.
 *
 * Durability. A resolved `put` means that the bytes and their name are on disk (both fsynced). After a rejected one,
 * or a crash, the document stands whole or not at all.
 *
 * Concurrency. Any number of processes may put and get at once, the same document included.
 *
 * Idempotency. Putting a document that stands is no error and changes nothing. One whose stored bytes were damaged is
 * replaced by the right ones.
 *
 * Errors. Every rejection is a `StoreError`:
 *
 * | code                    | from           | meaning                                                     |
 * |-------------------------|----------------|-------------------------------------------------------------|
 * | `store.not_found`       | get            | no such document                                            |
 * | `store.digest_mismatch` | get            | the stored bytes are damaged or were tampered with          |
 * | `store.too_large`       | put, get       | more bytes than the store was configured for                |
 * | `store.bad_digest`      | get, has       | the name is no digest, so it is no path either              |
 * | `store.not_a_file`      | all            | a link, folder or device stands where the document belongs  |
 * | `store.unavailable`     | all            | the disk refused; `got` names its code                      |
 */
export interface DocumentStore {
  /** Stores a copy of `bytes` as they are at the call, and gives their digest. Empty documents are documents. */
  put(bytes: Uint8Array): Promise<Digest>;

  /** The bytes of `digest`, verified in this call. */
  get(digest: Digest): Promise<Uint8Array>;

  /** Whether something stands under this name. Nothing is verified: only `get` proves that it is the document. */
  has(digest: Digest): Promise<boolean>;

  /**
   * Every name under which something stands, each once, in no order; what is put meanwhile may come or not. Whatever
   * stood before the call comes. Nothing is verified: only `get` proves that it is the document.
   */
  list(): AsyncIterable<Digest>;
}

export const DEFAULT_MAX_DOCUMENT_BYTES = 64 * 1024 * 1024;

/** Digests come from documents of others; one that is none must never become part of a path. */
export function requireDigest(digest: string): void {
  if (isDigest(digest)) return;
  throw new StoreError('store.bad_digest', {
    message: 'this is no digest, so no document has it as a name',
    expected: 'sha256: and 64 lower-case hex digits',
    got: JSON.stringify(String(digest).slice(0, 80)),
  });
}

export function requireMatch(digest: Digest, bytes: Uint8Array): void {
  const got = digestBytes(bytes);
  if (got === digest) return;
  throw new StoreError('store.digest_mismatch', {
    message: 'the stored bytes are not the document of this digest',
    expected: digest,
    got,
  });
}

export function requireMaxBytes(maxBytes: number): void {
  if (Number.isSafeInteger(maxBytes) && maxBytes > 0) return;
  throw new StoreError('store.configuration', {
    message: 'the size limit is none',
    path: '$.maxBytes',
    expected: 'a positive integer, bytes',
    got: String(maxBytes),
  });
}
