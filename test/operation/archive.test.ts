import { beforeEach, describe, expect, it } from 'vitest';
import { type Digest, type JsonObject, linkEvent } from '../../core/canon/index.ts';
import { packRegistryOf } from '../../core/contracts/names.ts';
import {
  type Archivist,
  createMemoryArchivist,
  createMemoryLedger,
  createMemoryStorage,
  EMPTY_HEAD,
} from '../../ledger/index.ts';
import { archive } from '../../operation/index.ts';
import { createMemoryStore, type DocumentStore, StoreError } from '../../store/index.ts';
import { headAfter, KEY_A, makeBatch } from '../ledger/chains.ts';

const macKeys = [KEY_A];
const CLOSED_AT = Date.parse('2026-03-01T12:00:00.000Z');

let storage: ReturnType<typeof createMemoryStorage>;
let documents: Map<string, Uint8Array>;
let store: DocumentStore;
let ledger: ReturnType<typeof createMemoryLedger>;
let archivist: Archivist;

beforeEach(async () => {
  storage = createMemoryStorage();
  documents = new Map();
  store = createMemoryStore({ documents });
  ledger = createMemoryLedger({ macKeys, storage, archive: store });
  archivist = createMemoryArchivist({ macKeys, storage });
  await close('closed', 'decision.cancelled');
  await seal('closed');
});

async function close(decisionId: string, event_type: string): Promise<void> {
  const first = makeBatch(decisionId, EMPTY_HEAD, 'open');
  await ledger.append(decisionId, EMPTY_HEAD, first);
  const { sequence, hash } = headAfter(first);
  const [like = {}] = makeBatch(decisionId, { sequence, hash }, 'close').events;
  const { previous_hash: _, integrity_hash: __, ...body } = like as JsonObject;
  const event = linkEvent({ ...body, event_type }, hash);
  await ledger.append(decisionId, { sequence, hash }, { commandId: 'close', events: [event] });
}

const seal = async (decisionId: string) =>
  ledger.bind(packRegistryOf(decisionId), decisionId, await store.put(Buffer.from(`the pack of ${decisionId}`)));

const run = (before = CLOSED_AT + 1, by: Archivist | undefined = archivist, from: DocumentStore = store) =>
  archive({ ledger, store: from }, { before, archivist: by });

describe('archiving', () => {
  it('moves what is closed, sealed and old enough, once', async () => {
    const before = await ledger.readSealed('closed');
    expect(await archive({ ledger, store }, { before: CLOSED_AT + 1, archivist: undefined })).toEqual({
      walked: 1,
      standing: 0,
      decisions: [{ decisionId: 'closed', did: 'to_archive', code: null }],
    });
    expect(storage.chains.has('closed')).toBe(true);
    expect((await run()).decisions).toEqual([{ decisionId: 'closed', did: 'archived', code: null }]);
    expect(storage.chains.has('closed')).toBe(false);
    expect(await ledger.readSealed('closed')).toEqual(before);
    expect(await run()).toEqual({ walked: 1, standing: 1, decisions: [] });
  });

  it('leaves what is open, not sealed, too young, or an addendum', async () => {
    await close('open', 'authority.approved');
    await seal('open');
    await close('not-sealed', 'decision.cancelled');
    await close('addendum', 'statement.refused');
    expect((await run()).decisions.map(({ decisionId }) => decisionId)).toEqual(['closed']);
    await close('young', 'decision.cancelled');
    await seal('young');
    expect((await run(CLOSED_AT)).decisions).toEqual([]);
    for (const kept of ['open', 'not-sealed', 'addendum', 'young']) expect(storage.chains.has(kept), kept).toBe(true);
  });

  it('says what is damaged, and goes on', async () => {
    await close('damaged', 'decision.cancelled');
    await seal('damaged');
    storage.chains.get('damaged')?.shift();
    const { decisions } = await run();
    expect(decisions).toContainEqual({ decisionId: 'damaged', did: 'damaged', code: 'ledger.corrupt' });
    expect(decisions).toContainEqual({ decisionId: 'closed', did: 'archived', code: null });
  });
});

describe('an archiving that breaks off', () => {
  const away = () => new StoreError('store.unavailable', { message: 'a planted outage' });

  it('before the document stands leaves the chain', async () => {
    const failing: DocumentStore = { ...store, put: () => Promise.reject(away()) };
    await expect(run(undefined, archivist, failing)).rejects.toMatchObject({ code: 'store.unavailable' });
    expect(storage.chains.has('closed')).toBe(true);
  });

  it('once the document stands leaves the chain, and the next run finds the document', async () => {
    const failing: DocumentStore = { ...store, get: () => Promise.reject(away()) };
    await expect(run(undefined, archivist, failing)).rejects.toMatchObject({ code: 'store.unavailable' });
    expect(storage.chains.has('closed')).toBe(true);
    const { size } = documents;
    await run();
    expect(documents.size).toBe(size);
    expect(await ledger.isArchived('closed')).toBe(true);
  });

  it('where the store gives back something else leaves the chain', async () => {
    const lying: DocumentStore = { ...store, get: async () => Uint8Array.from(Buffer.from('{}')) };
    const { decisions } = await run(undefined, archivist, lying);
    expect(decisions).toEqual([{ decisionId: 'closed', did: 'damaged', code: 'ledger.corrupt' }]);
    expect(storage.chains.has('closed')).toBe(true);
  });

  it('once the stub stands, and nobody was told, has been done', async () => {
    const deaf: Archivist = {
      ...archivist,
      async replace(decisionId, head, document: Digest) {
        await archivist.replace(decisionId, head, document);
        throw away();
      },
    };
    await expect(run(undefined, deaf)).rejects.toMatchObject({ code: 'store.unavailable' });
    expect(await run()).toEqual({ walked: 1, standing: 1, decisions: [] });
  });

  it('beside a chain that has moved on meanwhile leaves it', async () => {
    const slow: Archivist = {
      ...archivist,
      async replace(decisionId, head, document) {
        await ledger.append(decisionId, head, makeBatch(decisionId, head, 'more'));
        return archivist.replace(decisionId, head, document);
      },
    };
    expect((await run(undefined, slow)).decisions).toMatchObject([{ did: 'damaged', code: 'ledger.moved' }]);
    expect((await ledger.head('closed')).sequence).toBe(3);
  });
});
