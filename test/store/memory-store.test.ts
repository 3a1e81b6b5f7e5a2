import { expect, it } from 'vitest';
import { createMemoryStore } from '../../store/index.ts';
import { MAX_BYTES, testDocumentStoreContract } from './contract.ts';

testDocumentStoreContract('memory', async () => {
  const documents = new Map<string, Uint8Array>();
  return {
    open: () => createMemoryStore({ maxBytes: MAX_BYTES, documents }),
    tamper: async (digest, bytes) => void documents.set(digest, bytes),
    dispose: async () => undefined,
  };
});

it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('a limit of %s bytes is refused', (maxBytes) => {
  expect(() => createMemoryStore({ maxBytes })).toThrow(expect.objectContaining({ code: 'store.configuration' }));
});
