import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Digest, digestBytes } from '../../core/canon/index.ts';
import type { DocumentStore, StoreErrorCode } from '../../store/index.ts';

export const MAX_BYTES = 1_000;

export interface StoreFixture {
  /** A store of at most `MAX_BYTES` a document; every call opens the same one again. */
  open(): DocumentStore;
  /** Puts `bytes` in the place of a document, past every guard. */
  tamper(digest: Digest, bytes: Uint8Array): Promise<void>;
  dispose(): Promise<void>;
}

/** The contract of `store/document-store.ts`; every document store passes it whole. */
export function testDocumentStoreContract(name: string, createFixture: () => Promise<StoreFixture>): void {
  describe(`${name}: the document store's contract`, () => {
    let fixture: StoreFixture;
    let store: DocumentStore;

    beforeEach(async () => {
      fixture = await createFixture();
      store = fixture.open();
    });

    afterEach(() => fixture.dispose());

    const document = Uint8Array.from({ length: 300 }, (_, index) => index % 256);

    it('gives back what was put, by its digest', async () => {
      const digest = await store.put(document);
      expect(digest).toBe(digestBytes(document));
      expect(await store.get(digest)).toEqual(document);
      expect(await store.has(digest)).toBe(true);
      expect(await fixture.open().get(digest)).toEqual(document);
    });

    it('keeps the empty document', async () => {
      const digest = await store.put(new Uint8Array());
      expect(await store.get(digest)).toEqual(new Uint8Array());
    });

    it('keeps documents apart', async () => {
      const digests = await Promise.all(['a', 'b', 'c'].map((text) => store.put(Buffer.from(text))));
      const texts = await Promise.all(digests.map(async (digest) => Buffer.from(await store.get(digest)).toString()));
      expect(texts).toEqual(['a', 'b', 'c']);
    });

    it('lists every document once', async () => {
      const list = async () => (await all(store.list())).sort();
      expect(await list()).toEqual([]);
      const digests = await Promise.all(Array.from({ length: 40 }, (_, n) => store.put(Buffer.from(`${n}`))));
      await store.put(Buffer.from('0'));
      expect(await list()).toEqual(digests.sort());
    });

    it('takes a document that stands', async () => {
      expect(await store.put(document)).toBe(await store.put(document));
      expect(await store.get(digestBytes(document))).toEqual(document);
    });

    it('takes the same document from many at once', async () => {
      const stores = Array.from({ length: 20 }, () => fixture.open());
      const digests = await Promise.all(stores.map((one) => one.put(document)));
      expect(new Set(digests)).toEqual(new Set([digestBytes(document)]));
      expect(await store.get(digestBytes(document))).toEqual(document);
    });

    it('stores the bytes as they were at the call', async () => {
      const buffer = Uint8Array.from(document);
      const put = store.put(buffer);
      buffer.fill(0);
      expect(await store.get(await put)).toEqual(document);
    });

    it('hands out copies', async () => {
      const digest = await store.put(document);
      (await store.get(digest)).fill(0);
      expect(await store.get(digest)).toEqual(document);
    });

    it('knows what it has not', async () => {
      const digest = digestBytes(document);
      expect(await store.has(digest)).toBe(false);
      await expectCode(store.get(digest), 'store.not_found');
    });

    it.each([
      ['a flipped byte', Uint8Array.from(document, (byte, index) => (index === 17 ? byte ^ 1 : byte))],
      ['a byte less', document.slice(0, -1)],
      ['a byte more', Uint8Array.from([...document, 0])],
      ['nothing', new Uint8Array()],
    ])('never hands out damaged bytes: %s', async (_, damaged) => {
      const digest = await store.put(document);
      await fixture.tamper(digest, damaged);
      await expectCode(store.get(digest), 'store.digest_mismatch');
    });

    it('repairs a damaged document when it is put again', async () => {
      const digest = await store.put(document);
      for (const damaged of [document.slice(1), new Uint8Array(MAX_BYTES + 1)]) {
        await fixture.tamper(digest, damaged);
        await store.put(document);
        expect(await store.get(digest)).toEqual(document);
      }
    });

    it('takes documents up to its limit and no further', async () => {
      await store.put(new Uint8Array(MAX_BYTES));
      const digest = digestBytes(new Uint8Array(MAX_BYTES + 1));
      await expectCode(store.put(new Uint8Array(MAX_BYTES + 1)), 'store.too_large');
      expect(await store.has(digest)).toBe(false);
    });

    it('does not read more than its limit into memory', async () => {
      const digest = await store.put(document);
      await fixture.tamper(digest, new Uint8Array(MAX_BYTES + 1));
      await expectCode(store.get(digest), 'store.too_large');
    });

    const hex = digestBytes(document).slice('sha256:'.length);
    it.each([
      '',
      hex,
      `sha256:${hex.toUpperCase()}`,
      `sha256:${hex.slice(1)}`,
      `sha256:${hex}0`,
      `sha512:${hex}`,
      `sha256:../../${hex.slice(6)}`,
      `sha256:${hex}\n`,
      'sha256:.drafts',
    ])('takes no path for a digest: %j', async (odd) => {
      await store.put(document);
      await expectCode(store.get(odd as Digest), 'store.bad_digest');
      await expectCode(store.has(odd as Digest), 'store.bad_digest');
    });
  });
}

export async function expectCode(call: Promise<unknown>, code: StoreErrorCode): Promise<void> {
  await expect(call).rejects.toMatchObject({ name: 'StoreError', code });
}

/** Everything that an iteration gives. */
export async function all<T>(given: AsyncIterable<T>): Promise<T[]> {
  const taken: T[] = [];
  for await (const one of given) taken.push(one);
  return taken;
}
