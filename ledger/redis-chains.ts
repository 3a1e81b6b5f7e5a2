import { readArchived, readStub, type Stub } from './chain-document.ts';
import {
  corrupt,
  EMPTY_HEAD,
  entryId,
  type ReadBatch,
  readEntries,
  readLastEntry,
  type StoredEntry,
} from './entries.ts';
import { LedgerError } from './errors.ts';
import type { ArchivedChains, Head } from './ledger.ts';
import { chainKey } from './names.ts';
import { type Command, type Deadline, type Generation, type RedisConnection, valueOf } from './redis-connection.ts';
import { isRefused } from './script.ts';
import type { Sealer } from './seal.ts';

const PAGE_ENTRIES = 500;

/** What a chain ends with: its last entry, or the stub of an archived one; undefined where there is none. */
type End = { readonly entry: StoredEntry; readonly sequence: number } | { readonly stub: Stub } | undefined;

/** Reads chains: from their streams, and through their stubs where they were archived. */
export class RedisChains {
  readonly #connection: RedisConnection;
  readonly #sealer: Sealer;
  readonly #archive: ArchivedChains | undefined;

  constructor(connection: RedisConnection, sealer: Sealer, archive: ArchivedChains | undefined) {
    this.#connection = connection;
    this.#sealer = sealer;
    this.#archive = archive;
  }

  async read(decisionId: string, generation: Generation, deadline: Deadline): Promise<ReadBatch[]> {
    // First the counters, which remember what was deleted; then the entries, of which there are at least as many.
    const end = await this.#end(decisionId, generation, deadline);
    if (end === undefined) return [];
    if ('stub' in end) return readArchived(decisionId, end.stub, this.#archive, this.#sealer);
    const entries: StoredEntry[] = [];
    for (let page = PAGE_ENTRIES; page === PAGE_ENTRIES; ) {
      const from = entryId(entries.length + 1);
      const reply = await this.#ask(
        ['XRANGE', chainKey(decisionId), from, '+', 'COUNT', PAGE_ENTRIES],
        generation,
        deadline,
      );
      // Archived between the two questions: the stub answers.
      if (isRefused(reply, 'WRONGTYPE') || (entries.length === 0 && asArray(valueOf(reply, READING)).length === 0)) {
        return this.#readStub(decisionId, end.sequence, generation, deadline);
      }
      const read = asArray(valueOf(reply, READING));
      entries.push(...read.map((raw) => toEntry(decisionId, raw)));
      page = read.length;
    }
    if (entries.length < end.sequence) throw missing(decisionId, end.sequence, entries.length);
    return readEntries(decisionId, entries, this.#sealer);
  }

  async peek(decisionId: string, generation: Generation, deadline: Deadline): Promise<Uint8Array | null> {
    const reply = await this.#ask(['XRANGE', chainKey(decisionId), '-', '+', 'COUNT', 1], generation, deadline);
    if (isRefused(reply, 'WRONGTYPE')) return null;
    const [first] = asArray(valueOf(reply, READING));
    if (first === undefined) return null;
    try {
      return new Uint8Array(toEntry(decisionId, first).event);
    } catch (error) {
      if (error instanceof LedgerError) return new Uint8Array();
      throw error;
    }
  }

  async head(decisionId: string, generation: Generation, deadline: Deadline): Promise<Head> {
    const end = await this.#end(decisionId, generation, deadline);
    if (end === undefined) return EMPTY_HEAD;
    return 'stub' in end ? end.stub.head : readLastEntry(decisionId, end.entry, end.sequence);
  }

  async isArchived(decisionId: string, generation: Generation, deadline: Deadline): Promise<boolean> {
    const end = await this.#end(decisionId, generation, deadline);
    return end !== undefined && 'stub' in end;
  }

  async #readStub(
    decisionId: string,
    sequence: number,
    generation: Generation,
    deadline: Deadline,
  ): Promise<ReadBatch[]> {
    const end = await this.#end(decisionId, generation, deadline);
    if (end === undefined || !('stub' in end)) throw missing(decisionId, sequence, 0);
    return readArchived(decisionId, end.stub, this.#archive, this.#sealer);
  }

  /** The counters of a stream have been found to agree, the seal of a stub to verify. */
  async #end(decisionId: string, generation: Generation, deadline: Deadline): Promise<End> {
    const reply = await this.#ask(['XINFO', 'STREAM', chainKey(decisionId)], generation, deadline);
    if (isRefused(reply, 'ERR', 'no such key')) return undefined;
    if (isRefused(reply, 'WRONGTYPE')) return { stub: await this.#stub(decisionId, generation, deadline) };
    const info = pairsOf(valueOf(reply, READING));
    const sequence = Number(info.get('length'));
    const lastId = String(info.get('last-generated-id'));
    if (lastId !== entryId(sequence)) {
      throw corrupt(decisionId, 'stream', {
        message: 'entries were deleted or trimmed',
        expected: `${lastId.slice(0, 40)} as the last of as many entries`,
        got: `${sequence} entries`,
      });
    }
    return { entry: toEntry(decisionId, info.get('last-entry')), sequence };
  }

  async #stub(decisionId: string, generation: Generation, deadline: Deadline): Promise<Stub> {
    const reply = await this.#ask(['HGETALL', chainKey(decisionId)], generation, deadline);
    const stored = isRefused(reply, 'WRONGTYPE') ? [] : valueOf(reply, READING);
    const fields = [...pairsOf(stored)].map(([name, value]) => [name, String(value)] as const);
    return readStub(decisionId, new Map(fields), this.#sealer);
  }

  async #ask(command: Command, generation: Generation, deadline: Deadline) {
    const [reply] = await this.#connection.send([command], generation, deadline, false);
    return reply;
  }
}

const READING = 'reading a chain';

function missing(decisionId: string, expected: number, got: number) {
  return corrupt(decisionId, 'stream', {
    message: 'entries are missing',
    expected: `${expected} entries`,
    got: `${got}`,
  });
}

function toEntry(decisionId: string, raw: unknown): StoredEntry {
  const [rawId, rawFields] = asArray(raw);
  const id = String(rawId).slice(0, 48);
  const flat = asArray(rawFields);
  const fields = new Map<string, Buffer>();
  for (let i = 0; i + 1 < flat.length; i += 2) {
    const [name, value] = flat.slice(i, i + 2);
    if (Buffer.isBuffer(value)) fields.set(String(name), value);
  }
  const names = [...fields.keys()].join(' ');
  const event = fields.get('e');
  const commandId = fields.get('c');
  const place = fields.get('b');
  const complete = event !== undefined && commandId !== undefined && place !== undefined;
  const exact = names === 'e c b m' || names === 'e c b';
  if (!complete || !exact || flat.length !== fields.size * 2) {
    throw corrupt(decisionId, id, {
      message: 'the entry has other fields than an append writes',
      expected: 'e c b m',
      got: names.slice(0, 80) || 'none',
    });
  }
  // latin1 keeps every byte apart, so no malformed text can collide with a sealed one.
  return {
    id,
    event,
    commandId: commandId.toString('latin1'),
    place: place.toString('latin1'),
    seal: fields.get('m')?.toString('latin1'),
  };
}

/** A flat reply of names and values, one after the other. */
export function pairsOf(reply: unknown): ReadonlyMap<string, unknown> {
  const flat = asArray(reply);
  const pairs = new Map<string, unknown>();
  for (let i = 0; i + 1 < flat.length; i += 2) pairs.set(String(flat[i]), flat[i + 1]);
  return pairs;
}

export function asArray(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
