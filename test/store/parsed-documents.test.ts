import { beforeEach, describe, expect, it } from 'vitest';
import type { Digest } from '../../core/canon/index.ts';
import { createMemoryStore, type DocumentStore, ParsedDocuments } from '../../store/index.ts';

let store: DocumentStore;
let reads: string[];
const textOf = (bytes: Uint8Array): { text: string } => {
  const text = new TextDecoder().decode(bytes);
  reads.push(text);
  if (text === 'none') throw new SyntaxError('this is none');
  return { text };
};
const put = (text: string): Promise<Digest> => store.put(new TextEncoder().encode(text));

beforeEach(() => {
  store = createMemoryStore();
  reads = [];
});

describe('documents that are parsed once', () => {
  it('are the same for all who ask, also at once', async () => {
    const documents = new ParsedDocuments(store, textOf);
    const digest = await put('one');
    const [first, second] = await Promise.all([documents.get(digest), documents.get(digest)]);
    expect(second).toBe(first);
    expect(await documents.get(digest)).toBe(first);
    expect(reads).toEqual(['one']);
  });

  it('give way to others in the order of their use', async () => {
    const documents = new ParsedDocuments(store, textOf, { documents: 2 });
    const [a, b, c] = [await put('a'), await put('b'), await put('c')];
    for (const digest of [a, b, a, c, a, b]) await documents.get(digest);
    expect(reads).toEqual(['a', 'b', 'c', 'b']);
  });

  it('are not held where they are longer than that', async () => {
    const documents = new ParsedDocuments(store, textOf, { bytesEach: 3 });
    const [short, long] = [await put('abc'), await put('abcd')];
    for (const digest of [short, long, short, long]) await documents.get(digest);
    expect(reads).toEqual(['abc', 'abcd', 'abcd']);
  });

  it('are asked for again where they could not be read', async () => {
    const documents = new ParsedDocuments(store, textOf);
    const none = await put('none');
    for (const digest of [none, none]) await expect(documents.get(digest)).rejects.toThrow('this is none');
    expect(reads).toEqual(['none', 'none']);
    const later = await createMemoryStore().put(new TextEncoder().encode('later'));
    await expect(documents.get(later)).rejects.toMatchObject({ code: 'store.not_found' });
    await put('later');
    expect(await documents.get(later)).toEqual({ text: 'later' });
    for (const _ of [1, 2])
      await expect(documents.get('no digest')).rejects.toMatchObject({ code: 'digest.malformed' });
  });
});
