import { describe, expect, it } from 'vitest';
import { type Digest, digestBytes } from '../../core/canon/index.ts';
import { createCachedStore, createMemoryStore, type DocumentStore } from '../../store/index.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Which digests the store beneath was asked for. */
function counted(): { store: DocumentStore; asked: Digest[]; documents: Map<string, Uint8Array> } {
  const documents = new Map<string, Uint8Array>();
  const inner = createMemoryStore({ documents });
  const asked: Digest[] = [];
  const get = (digest: Digest): Promise<Uint8Array> => {
    asked.push(digest);
    return inner.get(digest);
  };
  return { store: { ...inner, get }, asked, documents };
}

describe('a store that holds what was read last', () => {
  it('asks for a document once, and hands out copies', async () => {
    const { store, asked } = counted();
    const cached = createCachedStore({ store });
    const digest = await cached.put(bytesOf('document'));
    (await cached.get(digest)).fill(0);
    (await cached.get(digest)).fill(0);
    expect(await cached.get(digest)).toEqual(bytesOf('document'));
    expect(asked).toEqual([digest]);
  });

  it('holds nothing of what is not there: it comes as soon as it stands', async () => {
    const { store } = counted();
    const cached = createCachedStore({ store });
    const digest = digestBytes(bytesOf('late'));
    await expect(cached.get(digest)).rejects.toMatchObject({ code: 'store.not_found' });
    await store.put(bytesOf('late'));
    expect(await cached.get(digest)).toEqual(bytesOf('late'));
  });

  it('does not take what was put for what stands: the first read is verified', async () => {
    const { store, documents } = counted();
    const cached = createCachedStore({ store });
    const digest = await cached.put(bytesOf('document'));
    documents.set(digest, bytesOf('another'));
    await expect(cached.get(digest)).rejects.toMatchObject({ code: 'store.digest_mismatch' });
  });

  it('lets go of what was asked for longest ago', async () => {
    const { store, asked } = counted();
    const cached = createCachedStore({ store, capacityBytes: 20 });
    const [a, b, c] = await Promise.all(
      ['aaaaaaaaaa', 'bbbbbbbbbb', 'cccccccccc'].map((text) => store.put(bytesOf(text))),
    );
    if (a === undefined || b === undefined || c === undefined) throw new Error('three documents');
    for (const digest of [a, b, a, c, a, b]) await cached.get(digest);
    expect(asked).toEqual([a, b, c, b]);
  });

  it('passes through what is larger than all it may hold', async () => {
    const { store, asked } = counted();
    const cached = createCachedStore({ store, capacityBytes: 4 });
    const digest = await cached.put(bytesOf('document'));
    await cached.get(digest);
    await cached.get(digest);
    expect(asked).toEqual([digest, digest]);
  });
});
