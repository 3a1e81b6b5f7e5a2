import type { Digest, GENESIS, JsonObject } from '../core/canon/index.ts';
import type { LedgerErrorCode } from './errors.ts';

/** Where a chain ends. Sequence 0 with `GENESIS` is the empty chain; otherwise the last event's integrity hash. */
export interface Head {
  readonly sequence: number;
  readonly hash: Digest | typeof GENESIS;
}

/**
 * One event as it is stored: flat, with `event_id, schema_version, decision_id, sequence, event_type, timestamp,
 * actor_id`, the type's own fields, `previous_hash` and `integrity_hash` (ruling 2). The ledger reads `decision_id`,
 * `sequence` and the two hashes, and leaves every other field to the domain.
 */
export type StoredEvent = JsonObject;

/** The events that one command decided together; they stand all, or none of them does. */
export interface StoredBatch {
  /** Stable across retries: a statement's nonce, an update id, a stage's name. 1 to 256 printable ASCII characters. */
  readonly commandId: string;
  readonly events: readonly StoredEvent[];
}

/** A batch with its seal as it stands: what a backup and an archive hold. */
export interface SealedBatch extends StoredBatch {
  /** HMAC-SHA256 by a key of the workers, 64 lower-case hex digits. */
  readonly seal: string;
}

/** A batch that the ledger holds, with the answer to "did a worker write it". */
export interface StandingBatch extends StoredBatch {
  /** True when the seal over exactly these events, this command id and this place verifies under a workers' key. */
  readonly authentic: boolean;
}

export interface Appended {
  readonly outcome: 'appended';
  readonly head: Head;
}

export interface Exists {
  readonly outcome: 'exists';
  /** Where the stored chain ends now. */
  readonly head: Head;
  /**
   * `agrees`: the entry at `expectedHead.sequence` has `expectedHead.hash`, so `tail` continues what the caller knows.
   * `differs`: another event stands there. `shorter`: the stored chain ends before it, so the ledger lost its tail.
   */
  readonly prefix: 'agrees' | 'differs' | 'shorter';
  /**
   * The batches that hold any event after `expectedHead.sequence`, in order, first stored bytes. Empty when `shorter`.
   * A batch is never cut: where the expected head lies inside one, it is given whole.
   */
  readonly tail: readonly StandingBatch[];
}

export type AppendResult = Appended | Exists;

export interface Binding {
  /** True when this call wrote the value. After an unknown outcome a retry says false: compare `value` instead. */
  readonly bound: boolean;
  /** The value that stands, whoever wrote it. */
  readonly value: string;
}

export interface LedgerCheck {
  /** For example `appendfsync`, or `may not DEL`. */
  readonly name: string;
  readonly ok: boolean;
  /** The code that stands for this check while it fails. */
  readonly code: LedgerErrorCode;
  readonly expected: string;
  readonly got: string;
}

export interface LedgerHealth {
  readonly ok: boolean;
  readonly checks: readonly LedgerCheck[];
}

/**
 * The append-only event store. Its users verify what they read: the ledger orders and keeps bytes, it creates no
 * authority.
 *
 * Durability. A resolved `append` or `bind` means that the bytes are on the store's disk (fsync returned), and that
 * every later read, also after a crash of the store, gives them back. A rejected one means nothing of the kind: see
 * `outcome` of {@link LedgerError}. A batch stands whole or not at all, also across a crash.
 *
 * Concurrency. Any number of processes may call at once. Per decision, appends are compare-and-append on the head and
 * linearizable: of several against one head exactly one is `appended`, the others are told `exists`. Nothing orders
 * different decisions.
 *
 * Idempotency. The first stored bytes win. A retry (same command id, possibly other timestamps and so other hashes)
 * of a batch that stands is told `exists`, with the stored batch at the start of `tail`; the caller adopts that one
 * and drops its own. Repeating any call is therefore always safe.
 *
 * Authenticity. Each batch and each binding is sealed by an HMAC-SHA256 under the workers' key, outside the hashed
 * events. The seal keeps out whoever can write to the store but holds no worker's key; it proves nothing to outsiders.
 *
 * Time. Every call settles within the configured command timeout (default 2 s); `decisions` within it for each page.
 * Nothing is queued while the store is away, and nothing is sent twice behind the caller's back.
 *
 * Errors. Every rejection is a `LedgerError`:
 *
 * | code                   | meaning                                                        | again?                      |
 * |------------------------|----------------------------------------------------------------|-----------------------------|
 * | `ledger.unavailable`   | not confirmed; see `reason` and `outcome`                      | yes, the same call          |
 * | `ledger.durability`    | the store would acknowledge before fsync, or evict             | after an operator's act     |
 * | `ledger.permissions`   | credentials refused, too weak, or too strong                   | after an operator's act     |
 * | `ledger.not_a_batch`   | the batch does not continue `expectedHead`; nothing was sent   | never: a fault in the caller|
 * | `ledger.bad_name`      | decision id, registry, key or value refused; nothing was sent  | never: a fault in the caller|
 * | `ledger.corrupt`       | the stored chain cannot be one that this ledger wrote          | never: quarantine           |
 * | `ledger.mac`           | stored bytes without a worker's seal                           | never: quarantine           |
 * | `ledger.archived`      | append at the head of a chain that was archived: it has ended  | never                       |
 * | `ledger.archive`       | the archived chain is not to be had from the store             | yes, or an operator's act   |
 *
 * Archive. A chain that has ended may have been moved to the document store, with a sealed stub in its place. It reads
 * as before, and an append to it is told `exists`; `ledger.archived` where nothing but the end of it stands there.
 */
export interface Ledger {
  /**
   * Appends `batch` if the chain ends at `expectedHead`. The events come linked and hashed; before anything is sent
   * they are checked to continue `expectedHead`: dense `sequence`, `previous_hash`, recomputed `integrity_hash`, this
   * `decision_id`, canonical form, 1 to 1,000 events, at most 256 KiB an event and 2 MiB a batch. `exists` reports
   * unsealed batches as `authentic: false` instead of failing, since its caller must tell tampering from a retry.
   */
  append(decisionId: string, expectedHead: Head, batch: StoredBatch): Promise<AppendResult>;

  /**
   * The whole chain, oldest first; empty when the decision is unknown. Entry ids, hash links, batch borders and every
   * seal have been verified: otherwise `ledger.corrupt` (looked for first) or `ledger.mac`. Reads from the primary.
   */
  read(decisionId: string): Promise<readonly StoredBatch[]>;

  /**
   * The first event's bytes as they stand, NOTHING VERIFIED: for telling whose chain it says it is, where `read` refuses
   * it. Empty where the entry has none; null where there is no stream, so the decision is unknown or archived.
   */
  peek(decisionId: string): Promise<Uint8Array | null>;

  /** Where the chain ends. The last entry's own hash is recomputed; its seal and the chain before it are not. */
  head(decisionId: string): Promise<Head>;

  /**
   * Ids of decisions for periodic verification, each once, in no order. An id is indexed with or before its first
   * event, so an id may come whose chain is empty. The index is advisory: it is not sealed, and in a cluster it lives
   * on other shards than the chains and may lose entries on its own. Absence from it proves nothing.
   *
   * @param onJunk told what no append put there, and then it is passed over
   * @throws LedgerError `ledger.corrupt` for that, without it
   */
  decisions(onJunk?: (member: string) => void): AsyncIterable<string>;

  /**
   * Binds `key` to `value` in `registry` (a policy version or roster serial to its digest) unless it is bound; a
   * binding is never overwritten. Either way the answer holds the value that stands, seal verified.
   */
  bind(registry: string, key: string, value: string): Promise<Binding>;

  /** The value bound to `key`, its seal verified; undefined where nothing is. Looks at no other binding. */
  binding(registry: string, key: string): Promise<string | undefined>;

  /** Every binding of `registry`, seals verified; empty when nothing was ever bound. */
  bindings(registry: string): Promise<ReadonlyMap<string, string>>;

  /**
   * What makes "durable" and "append-only" true of this store and these credentials, item by item. Rejects only when
   * the store cannot be asked. To be called at start-up; {@link requireHealthy} turns a failing item into its error.
   */
  check(): Promise<LedgerHealth>;

  /** Ends the connection. Calls in flight and later ones reject with `ledger.unavailable`, reason `closed`. */
  close(): Promise<void>;
}

/**
 * What backup and restore do with a ledger, beside what decisions do. Seals and stored bytes travel as they are; nothing
 * is written whose seal no key of the workers verifies. Durability, idempotency and errors are those of {@link Ledger}.
 */
export interface LedgerCopy {
  /** As `read`, with the seals. */
  readSealed(decisionId: string): Promise<readonly SealedBatch[]>;

  /** Whether a stub stands in the place of the chain; its seal has been verified, its document was not asked for. */
  isArchived(decisionId: string): Promise<boolean>;

  /** Throws what `readSealed` would, if these batches stood. Asks nobody. */
  requireSealed(decisionId: string, batches: readonly SealedBatch[]): void;

  /** As `append`, under the seal that the batch brings. `ledger.mac` where that does not verify. */
  appendSealed(decisionId: string, expectedHead: Head, batch: SealedBatch): Promise<AppendResult>;

  /** As `bindings`, each value with its seal in front, as it is stored. */
  sealedBindings(registry: string): Promise<ReadonlyMap<string, string>>;

  /** As `binding`, likewise. */
  sealedBinding(registry: string, key: string): Promise<string | undefined>;

  /** The value of a binding as {@link sealedBindings} gives it. `ledger.mac` where its seal does not verify. Asks nobody. */
  readSealedBinding(registry: string, key: string, stored: string): string;

  /** As `bind`, with a value as {@link sealedBindings} gives it. `ledger.mac` where its seal does not verify. */
  bindSealed(registry: string, key: string, stored: string): Promise<Binding>;

  /**
   * Puts a mark in the place of a chain that could not be copied, and the decision into the index. From then on every
   * read of it and every append to it is `ledger.corrupt`: it can never be begun anew. The mark has no seal, as it
   * vouches for nothing.
   *
   * @returns `stands` where something stands there already; nothing was written
   */
  withhold(decisionId: string, code: string): Promise<'withheld' | 'stands'>;
}

/** Where archived chains are read from, by digest; a document store is one. */
export interface ArchivedChains {
  get(digest: Digest): Promise<Uint8Array>;
}

/** Puts a stub in the place of a chain. The one part of the ledger that takes bytes away, under credentials of its own. */
export interface Archivist {
  /**
   * Takes the chain away that ends at `head`, and puts a sealed stub in its place which names the document. The caller
   * has stored that document, and read it back. In one step: a crash leaves the chain or the stub, never neither.
   *
   * @returns `archived`, or `stands` where this very stub stood there
   * @throws LedgerError `ledger.moved` where the chain ends elsewhere, or another stub stands; nothing was changed
   */
  replace(decisionId: string, head: Head, document: Digest): Promise<'archived' | 'stands'>;

  close(): Promise<void>;
}
