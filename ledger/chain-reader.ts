import { isDigest, type JsonObject, type JsonValue, readCanonical } from '../core/canon/index.ts';
import { corrupt, entryId } from './entries.ts';
import type { Head } from './ledger.ts';
import { chainKey, DECISION_INDEX_SHARDS, decisionIndexKey, isDecisionId, requireDecisionId } from './names.ts';
import { type Command, RedisConnection, type Reply, valueOf } from './redis-connection.ts';
import { asArray, pairsOf } from './redis-chains.ts';
import { isRefused } from './script.ts';

/** What stands under a decision's id: its events; the end of a chain that was archived; or nothing. */
export type FoundChain =
  | { readonly kind: 'chain'; readonly events: readonly JsonObject[] }
  | { readonly kind: 'archived'; readonly head: Head }
  | { readonly kind: 'none' };

/** The ledger for whoever holds none of its keys. NOTHING IS VERIFIED but the form of what is read. */
export interface ChainReader {
  /** Ids in the index, each once or more; what is none is passed over. */
  decisions(): AsyncIterable<string>;
  /** @throws LedgerError `ledger.corrupt` for what is no chain; `ledger.unavailable`, `ledger.permissions`. */
  read(decisionId: string): Promise<FoundChain>;
  /** How many events stand there, and the last of them; null where no stream is. */
  end(decisionId: string): Promise<{ readonly sequence: number; readonly last: JsonObject } | null>;
  close(): Promise<void>;
}

const PAGE_ENTRIES = 500;
const TIMEOUT_MS = 5_000;
const READING = 'reading a chain';

export function createChainReader(source: { readonly url: string }): ChainReader {
  const connection = new RedisConnection(source, TIMEOUT_MS);

  async function ask(command: Command): Promise<Reply | undefined> {
    const deadline = connection.deadline();
    const [reply] = await connection.send([command], await connection.ready(deadline), deadline, false);
    return reply;
  }

  async function stub(decisionId: string): Promise<FoundChain> {
    const fields = pairsOf(valueOf(await ask(['HGETALL', chainKey(decisionId)]), READING));
    const [sequence, hash] = [Number(String(fields.get('s'))), String(fields.get('h'))];
    if (!Number.isSafeInteger(sequence) || sequence < 1 || !isDigest(hash))
      throw corrupt(decisionId, 'stub', { message: 'the key of the chain holds something else' });
    return { kind: 'archived', head: { sequence, hash } };
  }

  return {
    async *decisions() {
      for (let shard = 0; shard < DECISION_INDEX_SHARDS; shard += 1) {
        let cursor = '0';
        do {
          const reply = await ask(['SSCAN', decisionIndexKey(shard), cursor, 'COUNT', PAGE_ENTRIES]);
          const [next, members] = asArray(valueOf(reply, 'listing decisions'));
          for (const member of asArray(members).map(String)) if (isDecisionId(member)) yield member;
          cursor = String(next);
        } while (cursor !== '0');
      }
    },
    async read(decisionId) {
      requireDecisionId(decisionId);
      const events: JsonObject[] = [];
      for (let page = PAGE_ENTRIES; page === PAGE_ENTRIES; ) {
        const from = entryId(events.length + 1);
        const reply = await ask(['XRANGE', chainKey(decisionId), from, '+', 'COUNT', PAGE_ENTRIES]);
        if (isRefused(reply, 'WRONGTYPE')) return stub(decisionId);
        const entries = asArray(valueOf(reply, READING));
        events.push(...entries.map((raw) => eventIn(decisionId, raw)));
        page = entries.length;
      }
      return events.length === 0 ? { kind: 'none' } : { kind: 'chain', events };
    },
    async end(decisionId) {
      requireDecisionId(decisionId);
      const reply = await ask(['XINFO', 'STREAM', chainKey(decisionId)]);
      if (isRefused(reply, 'ERR', 'no such key') || isRefused(reply, 'WRONGTYPE')) return null;
      const info = pairsOf(valueOf(reply, READING));
      return { sequence: Number(info.get('length')), last: eventIn(decisionId, info.get('last-entry')) };
    },
    async close() {
      connection.close();
    },
  };
}

function eventIn(decisionId: string, raw: unknown): JsonObject {
  const [id, fields] = asArray(raw);
  const bytes = pairsOf(fields).get('e');
  let value: JsonValue = null;
  try {
    if (Buffer.isBuffer(bytes)) value = readCanonical(new Uint8Array(bytes));
  } catch {
    value = null;
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  const detail = { message: 'what stands here is no event', expected: 'an event in its canonical form' };
  throw corrupt(decisionId, String(id).slice(0, 48), detail);
}
