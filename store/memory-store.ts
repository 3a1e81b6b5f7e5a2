import { type Digest, digestBytes, parseDigest } from '../core/canon/index.ts';
import {
  DEFAULT_MAX_DOCUMENT_BYTES,
  type DocumentStore,
  requireDigest,
  requireMatch,
  requireMaxBytes,
} from './document-store.ts';
import { StoreError, tooLarge } from './errors.ts';

export interface MemoryStoreOptions {
  readonly maxBytes?: number;
  /** What stands, by digest; tests tamper with it. */
  readonly documents?: Map<string, Uint8Array>;
}

/** The double for tests: the contract in full, except that nothing survives the process. */
export function createMemoryStore({
  maxBytes = DEFAULT_MAX_DOCUMENT_BYTES,
  documents = new Map(),
}: MemoryStoreOptions = {}): DocumentStore {
  requireMaxBytes(maxBytes);
  return {
    async put(bytes) {
      if (bytes.length > maxBytes) throw tooLarge('', maxBytes, bytes.length);
      const document = Uint8Array.from(bytes);
      const digest = digestBytes(document);
      documents.set(digest, document);
      return digest;
    },
    async get(digest: Digest) {
      requireDigest(digest);
      const document = documents.get(digest);
      if (document === undefined) {
        const message = 'no such document';
        throw new StoreError('store.not_found', { message, expected: digest, got: 'nothing of that name' });
      }
      if (document.length > maxBytes) throw tooLarge(digest, maxBytes, document.length);
      requireMatch(digest, document);
      return Uint8Array.from(document);
    },
    async has(digest: Digest) {
      requireDigest(digest);
      return documents.has(digest);
    },
    async *list() {
      for (const name of documents.keys()) yield parseDigest(name);
    },
  };
}
