import {
  canonicalBytes,
  type Digest,
  GENESIS,
  hashedBytes,
  integrityHash,
  isDigest,
  type JsonObject,
  type JsonValue,
  readCanonical,
} from '../core/canon/index.ts';
import type { ErrorDetail } from '../core/errors.ts';
import { LedgerError } from './errors.ts';
import type { Exists, Head, SealedBatch, StandingBatch, StoredBatch, StoredEvent } from './ledger.ts';
import { requireCommandId, requireDecisionId } from './names.ts';
import type { Sealer } from './seal.ts';

/** One event with what stands beside it in the store. Every field is untrusted when read back. */
export interface StoredEntry {
  /** `<sequence>-0` */
  readonly id: string;
  /** Canonical bytes of the event. */
  readonly event: Uint8Array;
  readonly commandId: string;
  /** Place in the batch, `<index from 1>/<size>`. */
  readonly place: string;
  /** The batch's seal, the same on each of its entries; undefined where the entry brings none. */
  readonly seal: string | undefined;
}

export interface PreparedBatch {
  readonly events: readonly Uint8Array[];
  readonly seal: string;
  /** Where the chain ends once this batch stands. */
  readonly head: Head;
}

/** A batch passes through a local activity, whose payload ends at 2 MiB. */
export const MAX_BATCH_BYTES = 2 * 1024 * 1024;
/** Documents travel by digest, so an event is small. */
export const MAX_EVENT_BYTES = 256 * 1024;
export const MAX_BATCH_EVENTS = 1_000;

export const EMPTY_HEAD: Head = { sequence: 0, hash: GENESIS };

export function entryId(sequence: number): string {
  return `${sequence}-0`;
}

/** What stands, with the seal that stands on it. */
export interface ReadBatch extends StandingBatch {
  readonly seal: string | undefined;
}

/** Proves that `batch` continues `expectedHead`, and seals it. Throws `ledger.not_a_batch` or `ledger.bad_name`. */
export function prepareBatch(
  decisionId: string,
  expectedHead: Head,
  batch: StoredBatch & { readonly seal?: string },
  sealer: Sealer,
): PreparedBatch {
  requireDecisionId(decisionId);
  requireCommandId(batch.commandId);
  requireHead(expectedHead);
  const size = batch.events.length;
  if (size < 1 || size > MAX_BATCH_EVENTS) {
    throw notABatch({
      message: 'a batch of this size is not stored',
      path: '$.events',
      expected: `1 to ${MAX_BATCH_EVENTS} events`,
      got: `${size}`,
    });
  }

  let head = expectedHead;
  let total = 0;
  const events = batch.events.map((event, index) => {
    const path = `$.events[${index}]`;
    const { bytes, hash } = written(event, path);
    total += bytes.length;
    if (bytes.length > MAX_EVENT_BYTES || total > MAX_BATCH_BYTES) {
      throw notABatch({
        message: 'these events are too large; documents belong in the store, by digest',
        path,
        expected: `at most ${MAX_EVENT_BYTES} bytes an event and ${MAX_BATCH_BYTES} a batch`,
        got: `${bytes.length} and ${total}`,
      });
    }
    const link = followLink(event, hash, decisionId, head);
    if ('fault' in link) throw notABatch({ ...link.fault, path: `${path}${link.fault.path}` });
    head = link.head;
    return bytes;
  });

  const firstSequence = expectedHead.sequence + 1;
  const toSeal = { decisionId, commandId: batch.commandId, firstSequence, events };
  if (batch.seal === undefined) return { events, seal: sealer.sealBatch(toSeal), head };
  if (sealer.isBatchSealed(toSeal, batch.seal)) return { events, seal: batch.seal, head };
  throw unsealed(decisionId, head, batch.commandId);
}

/**
 * From stored entries to batches: the whole chain, from the first entry. Throws `ledger.corrupt` for whatever this
 * ledger could not have written; says of each batch whether its seal verifies.
 */
export function readEntries(decisionId: string, entries: readonly StoredEntry[], sealer: Sealer): ReadBatch[] {
  const batches: ReadBatch[] = [];
  let open: OpenBatch | undefined;
  let head = EMPTY_HEAD;
  for (const entry of entries) {
    const firstSequence = head.sequence + 1;
    const { event, next } = readEntry(decisionId, entry, head);
    const place = readPlace(decisionId, entry);
    if (place.index === 1 && open === undefined) {
      open = { commandId: entry.commandId, seal: entry.seal, size: place.size, firstSequence, events: [], bytes: [] };
    }
    if (open === undefined || !continues(open, entry, place)) {
      throw corrupt(decisionId, entry.id, {
        message: 'this entry does not continue the batch before it',
        expected: open ? `${open.events.length + 1}/${open.size} of the same command and seal` : '1/<size>',
        got: entry.place.slice(0, 40),
      });
    }
    open.events.push(event);
    open.bytes.push(entry.event);
    head = next;
    if (open.events.length === open.size) {
      batches.push(closeBatch(decisionId, open, sealer));
      open = undefined;
    }
  }
  if (open !== undefined) {
    throw corrupt(decisionId, entryId(head.sequence), {
      message: 'the chain ends in the middle of a batch, and batches are stored whole',
      expected: `${open.size} events of one batch`,
      got: `${open.events.length}`,
    });
  }
  return batches;
}

/** Reads one entry that is expected to follow `head`; throws `ledger.corrupt`. */
export function readEntry(decisionId: string, entry: StoredEntry, head: Head): { event: StoredEvent; next: Head } {
  const expectedId = entryId(head.sequence + 1);
  if (entry.id !== expectedId) {
    throw corrupt(decisionId, entry.id, {
      message: 'a gap, or an entry out of place',
      expected: expectedId,
      got: entry.id,
    });
  }
  const event = readEvent(decisionId, entry);
  const { integrity_hash: _, ...body } = event;
  const link = followLink(event, integrityHash(body), decisionId, head);
  if ('fault' in link) throw corrupt(decisionId, entry.id, link.fault);
  return { event, next: link.head };
}

/** Reads the entry a chain ends with, without the entries before it; throws `ledger.corrupt`. */
export function readLastEntry(decisionId: string, entry: StoredEntry, sequence: number): Head {
  const event = readEvent(decisionId, entry);
  const previous = event['previous_hash'];
  const hash = previous === GENESIS || (typeof previous === 'string' && isDigest(previous)) ? previous : GENESIS;
  return readEntry(decisionId, entry, { sequence: sequence - 1, hash }).next;
}

export function headOf(batches: readonly StoredBatch[]): Head {
  const last = batches.at(-1)?.events.at(-1);
  return last === undefined ? EMPTY_HEAD : headAfter(last);
}

/** Throws `ledger.mac` for the first batch that no worker sealed. */
export function requireAuthentic(decisionId: string, batches: readonly ReadBatch[]): readonly StoredBatch[] {
  return requireSealed(decisionId, batches).map(({ commandId, events }) => ({ commandId, events }));
}

/** The same, with the seals that verified. */
export function requireSealed(decisionId: string, batches: readonly ReadBatch[]): readonly SealedBatch[] {
  return batches.map(({ authentic, commandId, events, seal }) => {
    if (authentic && seal !== undefined) return { commandId, events, seal };
    throw unsealed(decisionId, headOf([{ commandId, events }]), commandId);
  });
}

/** Sealed batches as the entries that an append would write. */
export function entriesOf(batches: readonly SealedBatch[]): StoredEntry[] {
  let sequence = 0;
  return batches.flatMap(({ commandId, events, seal }) =>
    events.map((event, index) => {
      sequence += 1;
      const place = `${index + 1}/${events.length}`;
      return { id: entryId(sequence), event: canonicalBytes(event), commandId, place, seal };
    }),
  );
}

/** How a whole stored chain answers an append that expected `expectedHead`. */
export function answerExists(expectedHead: Head, batches: readonly ReadBatch[]): Exists {
  const head = headOf(batches);
  if (head.sequence < expectedHead.sequence) {
    return { outcome: 'exists', head, prefix: 'shorter', tail: [] };
  }
  const hash =
    expectedHead.sequence === 0
      ? GENESIS
      : batches.flatMap(({ events }) => events)[expectedHead.sequence - 1]?.['integrity_hash'];
  const tail = batches
    .filter((batch) => headOf([batch]).sequence > expectedHead.sequence)
    .map(({ commandId, events, authentic }): StandingBatch => ({ commandId, events, authentic }));
  return { outcome: 'exists', head, prefix: hash === expectedHead.hash ? 'agrees' : 'differs', tail };
}

function unsealed(decisionId: string, { sequence }: Head, commandId: string): LedgerError {
  return new LedgerError('ledger.mac', {
    message: 'this batch stands in the ledger, but no worker sealed it',
    path: `${decisionId}/${entryId(sequence)}`,
    expected: 'a seal by a key of the workers',
    got: `none that verifies, on the batch of command ${JSON.stringify(commandId.slice(0, 80))}`,
  });
}

/** The answer, unless the chain was archived: then nothing but its end stands at the expected head. */
export function requireOpen(decisionId: string, expectedHead: Head, exists: Exists): Exists {
  if (exists.head.sequence !== expectedHead.sequence || exists.head.hash !== expectedHead.hash) return exists;
  throw new LedgerError('ledger.archived', {
    message: 'this chain has ended and was archived; nothing is appended to it any more',
    path: decisionId,
    expected: 'an open chain',
    got: `the end at sequence ${exists.head.sequence}`,
  });
}

export function corrupt(decisionId: string, where: string, detail: ErrorDetail): LedgerError {
  const inEvent = detail.path ? ` ${detail.path}` : '';
  return new LedgerError('ledger.corrupt', { ...detail, path: `${decisionId}/${where}${inEvent}` });
}

interface OpenBatch {
  readonly commandId: string;
  readonly seal: string | undefined;
  readonly size: number;
  readonly firstSequence: number;
  readonly events: StoredEvent[];
  readonly bytes: Uint8Array[];
}

function continues(open: OpenBatch, entry: StoredEntry, place: { index: number; size: number }): boolean {
  return (
    place.index === open.events.length + 1 &&
    place.size === open.size &&
    entry.commandId === open.commandId &&
    entry.seal === open.seal
  );
}

function closeBatch(decisionId: string, open: OpenBatch, sealer: Sealer): ReadBatch {
  const { commandId, firstSequence, events, bytes, seal } = open;
  const authentic =
    seal !== undefined && sealer.isBatchSealed({ decisionId, commandId, firstSequence, events: bytes }, seal);
  return { commandId, events, authentic, seal };
}

/** Accepted only as it would be printed: `01/2` and `1/2 ` are other texts, and no ledger wrote them. */
function readPlace(decisionId: string, entry: StoredEntry): { index: number; size: number } {
  const match = /^([1-9][0-9]{0,3})\/([1-9][0-9]{0,3})$/.exec(entry.place);
  const index = Number(match?.[1]);
  const size = Number(match?.[2]);
  if (match && index <= size && size <= MAX_BATCH_EVENTS) return { index, size };
  throw corrupt(decisionId, entry.id, {
    message: 'the place in the batch cannot be read',
    expected: '<index>/<size>',
    got: JSON.stringify(entry.place.slice(0, 40)),
  });
}

function readEvent(decisionId: string, entry: StoredEntry): StoredEvent {
  let value: JsonValue;
  try {
    value = readCanonical(entry.event);
  } catch (error) {
    throw corrupt(decisionId, entry.id, {
      message: 'the stored bytes are not canonical JSON',
      expected: 'an event in its canonical form',
      got: error instanceof Error ? error.message.slice(0, 200) : 'unreadable bytes',
    });
  }
  if (isObject(value)) return value;
  throw corrupt(decisionId, entry.id, {
    message: 'the stored value is no event',
    expected: 'an object',
    got: typeof value,
  });
}

function written(event: StoredEvent, path: string): { readonly bytes: Uint8Array; readonly hash: Digest } {
  try {
    return hashedBytes(event);
  } catch (error) {
    throw notABatch({
      message: 'this event has no canonical form',
      path,
      expected: 'JSON that ruling 2 allows',
      got: error instanceof Error ? error.message.slice(0, 200) : 'something else',
    });
  }
}

type Link = { readonly head: Head } | { readonly fault: ErrorDetail };

/** The chain rule (ruling 2) for one event after `head`, and nothing about its meaning. `hash` is the recomputed one. */
function followLink(event: StoredEvent, hash: Digest, decisionId: string, head: Head): Link {
  const sequence = head.sequence + 1;
  const claimed = event['integrity_hash'];
  if (event['decision_id'] !== decisionId) {
    return fault('.decision_id', 'the event belongs to another decision', decisionId, event['decision_id']);
  }
  if (event['sequence'] !== sequence) {
    return fault('.sequence', 'sequence is not dense', String(sequence), event['sequence']);
  }
  if (event['previous_hash'] !== head.hash) {
    return fault('.previous_hash', 'the event does not link to the one before', head.hash, event['previous_hash']);
  }
  if (claimed !== hash) {
    return fault('.integrity_hash', 'the hash is not that of the event', hash, claimed);
  }
  return { head: { sequence, hash } };
}

function fault(path: string, message: string, expected: string, got: JsonValue | undefined): Link {
  return { fault: { path, message, expected, got: String(JSON.stringify(got)).slice(0, 120) } };
}

function headAfter(event: StoredEvent): Head {
  return { sequence: event['sequence'] as number, hash: event['integrity_hash'] as Digest };
}

function requireHead({ sequence, hash }: Head): void {
  const empty = sequence === 0 && hash === GENESIS;
  if (empty || (Number.isSafeInteger(sequence) && sequence > 0 && isDigest(hash))) return;
  throw notABatch({
    message: 'the expected head is none',
    path: '$.expectedHead',
    expected: 'sequence 0 with GENESIS, or a later sequence with a digest',
    got: `${String(sequence)} with ${String(hash).slice(0, 80)}`,
  });
}

function notABatch(detail: ErrorDetail): LedgerError {
  return new LedgerError('ledger.not_a_batch', detail);
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
