import type { Digest } from '../core/canon/index.ts';
import type { DocumentStore } from './document-store.ts';

export interface CachedStoreOptions {
  readonly store: DocumentStore;
  /** Bytes of documents to hold; 64 MiB unless given. What was asked for longest ago goes first. */
  readonly capacityBytes?: number;
}

const DEFAULT_CAPACITY_BYTES = 64 * 1024 * 1024;

/**
 * The same store, with the documents that were read last held in memory. A digest names its bytes for ever, so what is
 * held cannot be out of date; and what was verified on its way in is not verified again. Nothing is held of what is not
 * there, and `put` and `has` always ask the store: only that can say what stands on disk.
 */
export function createCachedStore({
  store,
  capacityBytes = DEFAULT_CAPACITY_BYTES,
}: CachedStoreOptions): DocumentStore {
  // Insertion order is order of use: whatever is used is taken out and put in again.
  const held = new Map<Digest, Uint8Array>();
  let size = 0;

  const hold = (digest: Digest, bytes: Uint8Array): void => {
    if (bytes.length > capacityBytes || held.has(digest)) return;
    held.set(digest, bytes);
    size += bytes.length;
    for (const [oldest, document] of held) {
      if (size <= capacityBytes) break;
      held.delete(oldest);
      size -= document.length;
    }
  };

  return {
    put: (bytes) => store.put(bytes),
    has: (digest) => store.has(digest),
    list: () => store.list(),
    async get(digest) {
      const standing = held.get(digest);
      if (standing !== undefined) {
        held.delete(digest);
        held.set(digest, standing);
        return Uint8Array.from(standing);
      }
      const bytes = await store.get(digest);
      hold(digest, Uint8Array.from(bytes));
      return bytes;
    },
  };
}
