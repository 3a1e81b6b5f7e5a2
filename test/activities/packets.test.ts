import { beforeEach, describe, expect, it } from 'vitest';
import { loadPacket } from '../../activities/packets.ts';
import { canonicalBytes, type Digest } from '../../core/canon/index.ts';
import { createMemoryStore, type DocumentStore } from '../../store/index.ts';
import { digestOf, fixtureEvidence } from '../documents/fixtures.ts';

let reads: Digest[];
let store: DocumentStore;

beforeEach(() => {
  reads = [];
  const memory = createMemoryStore();
  store = { ...memory, put: (bytes) => memory.put(bytes), get: (digest) => (reads.push(digest), memory.get(digest)) };
});

const put = (summary: string, bytes = 0) => {
  const packet = fixtureEvidence({ subject: digestOf(summary), sections: {} });
  return store.put(canonicalBytes({ ...packet, tenant: `acme${'x'.repeat(bytes)}` }));
};

describe('loadPacket', () => {
  it('reads a packet once, and another one for itself', async () => {
    const [one, other] = [await put('one'), await put('other')];
    expect(await loadPacket(store, one)).toMatchObject({ subject: digestOf('one') });
    expect(await loadPacket(store, other)).toMatchObject({ subject: digestOf('other') });
    expect(await loadPacket(store, one)).toMatchObject({ subject: digestOf('one') });
    expect(reads).toEqual([one, other]);
  });

  it('holds the last 64 that were asked for', async () => {
    const many = await Promise.all(Array.from({ length: 65 }, (_, at) => put(`${at}`)));
    for (const digest of many.slice(0, 64)) await loadPacket(store, digest);
    await loadPacket(store, many[0]!);
    await loadPacket(store, many[64]!);
    reads = [];
    for (const digest of [many[0]!, many[64]!, many[1]!]) await loadPacket(store, digest);
    expect(reads).toEqual([many[1]]);
  });

  it('holds nothing that is none, or not there', async () => {
    const none = await store.put(canonicalBytes({ _type: 'another' }));
    for (const digest of [none, none])
      await expect(loadPacket(store, digest)).rejects.toMatchObject({ code: 'document.type' });
    const later = digestOf('not there yet');
    await expect(loadPacket(store, later)).rejects.toMatchObject({ code: 'store.not_found' });
    expect(reads).toEqual([none, none, later]);
  });
});
