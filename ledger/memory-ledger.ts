import {
  answerExists,
  entryId,
  headOf,
  prepareBatch,
  readEntries,
  requireAuthentic,
  type StoredEntry,
} from './entries.ts';
import { unavailable } from './errors.ts';
import type { AppendResult, Binding, Head, Ledger, LedgerHealth, StandingBatch, StoredBatch } from './ledger.ts';
import { requireBinding, requireDecisionId, requireRegistry } from './names.ts';
import { readBinding, writeBinding } from './registry-entry.ts';
import { createSealer, type Sealer, type SealingKeys } from './seal.ts';

/** What outlives a ledger in memory: hand it to the next one, as a disk would be; tests tamper with it. */
export interface MemoryStorage {
  readonly chains: Map<string, StoredEntry[]>;
  readonly registries: Map<string, Map<string, string>>;
}

export interface MemoryLedgerOptions {
  readonly macKeys: SealingKeys;
  readonly storage?: MemoryStorage;
}

export function createMemoryStorage(): MemoryStorage {
  return { chains: new Map(), registries: new Map() };
}

/** The double for tests: the contract in full, except that nothing survives the process. */
export function createMemoryLedger({ macKeys, storage = createMemoryStorage() }: MemoryLedgerOptions): Ledger {
  return new MemoryLedger(createSealer(macKeys), storage);
}

class MemoryLedger implements Ledger {
  readonly #sealer: Sealer;
  readonly #storage: MemoryStorage;
  #closed = false;

  constructor(sealer: Sealer, storage: MemoryStorage) {
    this.#sealer = sealer;
    this.#storage = storage;
  }

  async append(decisionId: string, expectedHead: Head, batch: StoredBatch): Promise<AppendResult> {
    const { events, seal, head } = prepareBatch(decisionId, expectedHead, batch, this.#sealer);
    this.#refuseClosed();
    const standing = this.#standing(decisionId);
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
    return requireAuthentic(decisionId, this.#standing(decisionId));
  }

  async head(decisionId: string): Promise<Head> {
    requireDecisionId(decisionId);
    this.#refuseClosed();
    return headOf(this.#standing(decisionId));
  }

  async *decisions(): AsyncIterable<string> {
    this.#refuseClosed();
    yield* [...this.#storage.chains.keys()];
  }

  async bind(registry: string, key: string, value: string): Promise<Binding> {
    requireRegistry(registry);
    requireBinding(key, value);
    this.#refuseClosed();
    const bindings = this.#storage.registries.get(registry) ?? new Map<string, string>();
    this.#storage.registries.set(registry, bindings);
    const standing = bindings.get(key);
    if (standing !== undefined) return { bound: false, value: readBinding(this.#sealer, registry, key, standing) };
    bindings.set(key, writeBinding(this.#sealer, registry, key, value));
    return { bound: true, value };
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

  #standing(decisionId: string): StandingBatch[] {
    return readEntries(decisionId, this.#storage.chains.get(decisionId) ?? [], this.#sealer);
  }

  #refuseClosed(): void {
    if (this.#closed) throw unavailable('closed', 'the ledger has been closed', 'not_stored');
  }
}
