import { moved, readArchived, readStub, type Stub, stubFields, WITHHELD } from './chain-document.ts';
import {
  answerExists,
  EMPTY_HEAD,
  entriesOf,
  entryId,
  headOf,
  prepareBatch,
  type ReadBatch,
  readEntries,
  readLastEntry,
  requireAuthentic,
  requireOpen,
  requireSealed,
  type StoredEntry,
} from './entries.ts';
import { unavailable } from './errors.ts';
import type {
  AppendResult,
  ArchivedChains,
  Archivist,
  Binding,
  Head,
  Ledger,
  LedgerCopy,
  LedgerHealth,
  SealedBatch,
  StoredBatch,
} from './ledger.ts';
import { requireBinding, requireDecisionId, requireRegistry } from './names.ts';
import { readBinding, writeBinding } from './registry-entry.ts';
import { createSealer, type Sealer, type SealingKeys } from './seal.ts';

/** What outlives a ledger in memory: hand it to the next one, as a disk would be; tests tamper with it. */
export interface MemoryStorage {
  readonly chains: Map<string, StoredEntry[]>;
  /** Fields of the stubs of archived chains. */
  readonly stubs: Map<string, ReadonlyMap<string, string>>;
  readonly registries: Map<string, Map<string, string>>;
}

export interface MemoryLedgerOptions {
  readonly macKeys: SealingKeys;
  readonly storage?: MemoryStorage;
  /** Where archived chains are read from. */
  readonly archive?: ArchivedChains;
}

export function createMemoryStorage(): MemoryStorage {
  return { chains: new Map(), stubs: new Map(), registries: new Map() };
}

/** The double for tests: the contract in full, except that nothing survives the process. */
export function createMemoryLedger({
  macKeys,
  storage = createMemoryStorage(),
  archive,
}: MemoryLedgerOptions): Ledger & LedgerCopy {
  return new MemoryLedger(createSealer(macKeys), storage, archive);
}

/** The double of the archivist, over the same storage. */
export function createMemoryArchivist({ macKeys, storage = createMemoryStorage() }: MemoryLedgerOptions): Archivist {
  const sealer = createSealer(macKeys);
  return {
    async replace(decisionId, head, document) {
      requireDecisionId(decisionId);
      const { sequence, hash } = head;
      const standing = storage.stubs.get(decisionId);
      if (standing !== undefined) {
        const same =
          standing.get('d') === document && standing.get('s') === `${sequence}` && standing.get('h') === hash;
        if (same) return 'stands';
        throw moved(decisionId, head, 'another stub stands there');
      }
      const entries = storage.chains.get(decisionId) ?? [];
      const last = entries.at(-1);
      const ends = last === undefined ? EMPTY_HEAD : readLastEntry(decisionId, last, entries.length);
      if (ends.sequence !== sequence || ends.hash !== hash) throw moved(decisionId, head, `the chain ends elsewhere`);
      const seal = sealer.sealStub({ decisionId, document, sequence, hash });
      storage.stubs.set(decisionId, stubFields(document, head, seal));
      storage.chains.delete(decisionId);
      return 'archived';
    },
    close: async () => undefined,
  };
}

class MemoryLedger implements Ledger, LedgerCopy {
  readonly #sealer: Sealer;
  readonly #storage: MemoryStorage;
  readonly #archive: ArchivedChains | undefined;
  #closed = false;

  constructor(sealer: Sealer, storage: MemoryStorage, archive: ArchivedChains | undefined) {
    this.#sealer = sealer;
    this.#storage = storage;
    this.#archive = archive;
  }

  append(decisionId: string, expectedHead: Head, { commandId, events }: StoredBatch): Promise<AppendResult> {
    return this.#append(decisionId, expectedHead, { commandId, events });
  }

  appendSealed(decisionId: string, expectedHead: Head, batch: SealedBatch): Promise<AppendResult> {
    return this.#append(decisionId, expectedHead, batch);
  }

  async #append(
    decisionId: string,
    expectedHead: Head,
    batch: StoredBatch & { readonly seal?: string },
  ): Promise<AppendResult> {
    const { events, seal, head } = prepareBatch(decisionId, expectedHead, batch, this.#sealer);
    this.#refuseClosed();
    if (this.#storage.stubs.has(decisionId)) {
      return requireOpen(decisionId, expectedHead, answerExists(expectedHead, await this.#standing(decisionId)));
    }
    // Nothing is awaited from here to the end: that is what makes it compare and append.
    const standing = readEntries(decisionId, this.#storage.chains.get(decisionId) ?? [], this.#sealer);
    const { sequence, hash } = headOf(standing);
    if (sequence !== expectedHead.sequence || hash !== expectedHead.hash) return answerExists(expectedHead, standing);
    const entries = events.map((event, index) => ({
      id: entryId(expectedHead.sequence + index + 1),
      event,
      commandId: batch.commandId,
      place: `${index + 1}/${events.length}`,
      seal,
    }));
    this.#storage.chains.set(decisionId, [...(this.#storage.chains.get(decisionId) ?? []), ...entries]);
    return { outcome: 'appended', head };
  }

  async read(decisionId: string): Promise<readonly StoredBatch[]> {
    requireDecisionId(decisionId);
    this.#refuseClosed();
    return requireAuthentic(decisionId, await this.#standing(decisionId));
  }

  async readSealed(decisionId: string): Promise<readonly SealedBatch[]> {
    requireDecisionId(decisionId);
    this.#refuseClosed();
    return requireSealed(decisionId, await this.#standing(decisionId));
  }

  async isArchived(decisionId: string): Promise<boolean> {
    requireDecisionId(decisionId);
    this.#refuseClosed();
    return this.#stub(decisionId) !== undefined;
  }

  requireSealed(decisionId: string, batches: readonly SealedBatch[]): void {
    requireSealed(decisionId, readEntries(decisionId, entriesOf(batches), this.#sealer));
  }

  async peek(decisionId: string): Promise<Uint8Array | null> {
    requireDecisionId(decisionId);
    this.#refuseClosed();
    const [first] = this.#storage.chains.get(decisionId) ?? [];
    return first === undefined ? null : new Uint8Array(first.event);
  }

  async head(decisionId: string): Promise<Head> {
    requireDecisionId(decisionId);
    this.#refuseClosed();
    const stub = this.#stub(decisionId);
    return stub?.head ?? headOf(await this.#standing(decisionId));
  }

  async *decisions(): AsyncIterable<string> {
    this.#refuseClosed();
    yield* [...this.#storage.chains.keys(), ...this.#storage.stubs.keys()];
  }

  async bind(registry: string, key: string, value: string): Promise<Binding> {
    requireRegistry(registry);
    requireBinding(key, value);
    return this.#bind(registry, key, writeBinding(this.#sealer, registry, key, value), value);
  }

  readSealedBinding(registry: string, key: string, stored: string): string {
    return readBinding(this.#sealer, registry, key, stored);
  }

  async bindSealed(registry: string, key: string, stored: string): Promise<Binding> {
    requireRegistry(registry);
    const value = readBinding(this.#sealer, registry, key, stored);
    requireBinding(key, value);
    return this.#bind(registry, key, stored, value);
  }

  #bind(registry: string, key: string, stored: string, value: string): Binding {
    this.#refuseClosed();
    const bindings = this.#storage.registries.get(registry) ?? new Map<string, string>();
    this.#storage.registries.set(registry, bindings);
    const standing = bindings.get(key);
    if (standing !== undefined) return { bound: false, value: readBinding(this.#sealer, registry, key, standing) };
    bindings.set(key, stored);
    return { bound: true, value };
  }

  async sealedBinding(registry: string, key: string): Promise<string | undefined> {
    const value = await this.binding(registry, key);
    return value === undefined ? undefined : this.#storage.registries.get(registry)?.get(key);
  }

  async sealedBindings(registry: string): Promise<ReadonlyMap<string, string>> {
    await this.bindings(registry);
    return new Map(this.#storage.registries.get(registry));
  }

  async withhold(decisionId: string, code: string): Promise<'withheld' | 'stands'> {
    requireDecisionId(decisionId);
    this.#refuseClosed();
    const { chains, stubs } = this.#storage;
    if (chains.has(decisionId) || stubs.has(decisionId)) return 'stands';
    stubs.set(decisionId, new Map([[WITHHELD, code]]));
    return 'withheld';
  }

  async binding(registry: string, key: string): Promise<string | undefined> {
    requireRegistry(registry);
    requireBinding(key, 'any');
    this.#refuseClosed();
    const stored = this.#storage.registries.get(registry)?.get(key);
    return stored === undefined ? undefined : readBinding(this.#sealer, registry, key, stored);
  }

  async bindings(registry: string): Promise<ReadonlyMap<string, string>> {
    requireRegistry(registry);
    this.#refuseClosed();
    const stored = [...(this.#storage.registries.get(registry) ?? [])];
    return new Map(stored.map(([key, value]) => [key, readBinding(this.#sealer, registry, key, value)]));
  }

  /** Nothing to check: no disk, no credentials. */
  async check(): Promise<LedgerHealth> {
    this.#refuseClosed();
    return { ok: true, checks: [] };
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  async #standing(decisionId: string): Promise<ReadBatch[]> {
    const stub = this.#stub(decisionId);
    if (stub !== undefined) return readArchived(decisionId, stub, this.#archive, this.#sealer);
    return readEntries(decisionId, this.#storage.chains.get(decisionId) ?? [], this.#sealer);
  }

  #stub(decisionId: string): Stub | undefined {
    const fields = this.#storage.stubs.get(decisionId);
    return fields && readStub(decisionId, fields, this.#sealer);
  }

  #refuseClosed(): void {
    if (this.#closed) throw unavailable('closed', 'the ledger has been closed', 'not_stored');
  }
}
