export { type CachedStoreOptions, createCachedStore } from './cached-store.ts';
export { checkDirectoryStore, createDirectoryStore, type DirectoryStoreOptions } from './directory-store.ts';
export {
  createDisclosureStore,
  type DisclosuresByOwner,
  type DisclosureStore,
  type DisclosureStoreOptions,
} from './disclosure-store.ts';
export { DEFAULT_MAX_DOCUMENT_BYTES, type DocumentStore } from './document-store.ts';
export { ensureRoot, syncDirectory, writeDurably } from './durable-file.ts';
export { STORE_ERROR_CODES, StoreError, type StoreErrorCode } from './errors.ts';
export { createMemoryStore, type MemoryStoreOptions } from './memory-store.ts';
export { ParsedDocuments } from './parsed-documents.ts';
