import type { Redis } from 'ioredis';
import { aclLine, FORBIDDEN_COMMANDS, NEEDED_COMMANDS } from './acl.ts';
import { APPEND_SCRIPT, readAppendReply } from './append-script.ts';
import {
  answerExists,
  corrupt,
  EMPTY_HEAD,
  entryId,
  type PreparedBatch,
  prepareBatch,
  readEntries,
  readLastEntry,
  requireAuthentic,
  type StoredEntry,
} from './entries.ts';
import { LedgerError, unavailable } from './errors.ts';
import type {
  AppendResult,
  Binding,
  Head,
  Ledger,
  LedgerCheck,
  LedgerHealth,
  StandingBatch,
  StoredBatch,
} from './ledger.ts';
import {
  chainKey,
  DECISION_INDEX_SHARDS,
  decisionIndexKey,
  decisionIndexShard,
  isDecisionId,
  registryKey,
  requireBinding,
  requireDecisionId,
  requireRegistry,
} from './names.ts';
import {
  type Command,
  type Deadline,
  type Generation,
  RedisConnection,
  type Reply,
  valueOf,
} from './redis-connection.ts';
import {
  READ_SETTINGS,
  READ_STATE,
  readState,
  requireDurable,
  settingChecks,
  stateChecks,
} from './redis-durability.ts';
import { readBinding, writeBinding } from './registry-entry.ts';
import { createSealer, type Sealer, type SealingKeys } from './seal.ts';

export type RedisLedgerOptions = RedisLedgerSource & {
  /** The workers' sealing keys, 32 bytes or more each: the first seals, all verify. */
  readonly macKeys: SealingKeys;
  /** Within which every call settles, in milliseconds; 2,000 unless given. */
  readonly commandTimeoutMs?: number;
};

/** A URL (`redis://` or `rediss://`, user and password in it), or a client whose options are copied. */
export type RedisLedgerSource = { readonly url: string } | { readonly redis: Redis };

const DEFAULT_COMMAND_TIMEOUT_MS = 2_000;
const PAGE_ENTRIES = 500;

/**
 * The ledger on one Redis (7 or later) or Valkey server. Connects at the first call, and reconnects until `close`.
 *
 * - A decision is one stream, entry `<sequence>-0` an event: the server itself refuses an id that is not higher.
 * - Compare-and-append is one Lua script, so a batch stands whole or not at all, in memory and in the AOF.
 * - Before the first append on each connection, and with each append's own reply, the server's settings are read:
 *   an append is confirmed only where `appendfsync always` held when it was answered.
 */
export function createRedisLedger(options: RedisLedgerOptions): Ledger {
  const commandTimeoutMs = options.commandTimeoutMs ?? DEFAULT_COMMAND_TIMEOUT_MS;
  if (!Number.isSafeInteger(commandTimeoutMs) || commandTimeoutMs < 1) {
    throw new LedgerError('ledger.configuration', {
      message: 'the command timeout is none',
      path: '$.commandTimeoutMs',
      expected: 'a positive integer, milliseconds',
      got: String(commandTimeoutMs),
    });
  }
  const sealer = createSealer(options.macKeys);
  return new RedisLedger(new RedisConnection(options, commandTimeoutMs), sealer);
}

class RedisLedger implements Ledger {
  readonly #connection: RedisConnection;
  readonly #sealer: Sealer;
  /** The connection on which the settings were last found right. */
  #durableOn: Generation | undefined;

  constructor(connection: RedisConnection, sealer: Sealer) {
    this.#connection = connection;
    this.#sealer = sealer;
  }

  async append(decisionId: string, expectedHead: Head, batch: StoredBatch): Promise<AppendResult> {
    const prepared = prepareBatch(decisionId, expectedHead, batch, this.#sealer);
    const deadline = this.#connection.deadline();
    const generation = await this.#durable(deadline);
    const outcome = await this.#compareAndAppend(decisionId, expectedHead, batch, prepared, generation, deadline);
    if (outcome === 'appended') return { outcome, head: prepared.head };
    // Read outside the script: a chain only grows, so what the script saw is still there.
    return answerExists(expectedHead, await this.#readChain(decisionId, generation, deadline));
  }

  async read(decisionId: string): Promise<readonly StoredBatch[]> {
    requireDecisionId(decisionId);
    const deadline = this.#connection.deadline();
    const generation = await this.#connection.ready(deadline);
    return requireAuthentic(decisionId, await this.#readChain(decisionId, generation, deadline));
  }

  async head(decisionId: string): Promise<Head> {
    requireDecisionId(decisionId);
    const deadline = this.#connection.deadline();
    const generation = await this.#connection.ready(deadline);
    const last = await this.#lastEntry(decisionId, generation, deadline);
    return last === undefined ? EMPTY_HEAD : readLastEntry(decisionId, last.entry, last.sequence);
  }

  async *decisions(): AsyncIterable<string> {
    for (let shard = 0; shard < DECISION_INDEX_SHARDS; shard += 1) {
      const key = decisionIndexKey(shard);
      // A scan may name a member twice.
      const seen = new Set<string>();
      let cursor = '0';
      do {
        const command: Command = ['SSCAN', key, cursor, 'COUNT', PAGE_ENTRIES];
        const [next, members] = asArray(await this.#ask(command, 'listing decisions'));
        for (const member of asArray(members).map(String)) {
          if (!isDecisionId(member)) {
            throw corrupt('index', key, {
              message: 'the index holds what no append put there',
              expected: 'a decision id',
              got: JSON.stringify(member.slice(0, 80)),
            });
          }
          if (seen.has(member)) continue;
          seen.add(member);
          yield member;
        }
        cursor = String(next);
      } while (cursor !== '0');
    }
  }

  async bind(registry: string, key: string, value: string): Promise<Binding> {
    requireRegistry(registry);
    requireBinding(key, value);
    const deadline = this.#connection.deadline();
    const generation = await this.#durable(deadline);
    const hash = registryKey(registry);
    const commands: Command[] = [
      ['HSETNX', hash, key, writeBinding(this.#sealer, registry, key, value)],
      ['HGET', hash, key],
      READ_SETTINGS,
    ];
    const [set, standing, settings] = await this.#connection.send(commands, generation, deadline, true);
    const bound = valueOf(set, 'binding') === 1;
    this.#confirmDurable(settings);
    return { bound, value: readBinding(this.#sealer, registry, key, String(valueOf(standing, 'binding'))) };
  }

  async binding(registry: string, key: string): Promise<string | undefined> {
    requireRegistry(registry);
    requireBinding(key, 'any');
    const stored = await this.#ask(['HGET', registryKey(registry), key], 'reading a binding');
    return stored === null ? undefined : readBinding(this.#sealer, registry, key, String(stored));
  }

  async bindings(registry: string): Promise<ReadonlyMap<string, string>> {
    requireRegistry(registry);
    const flat = asArray(await this.#ask(['HGETALL', registryKey(registry)], 'reading bindings')).map(String);
    const bindings = new Map<string, string>();
    for (let i = 0; i + 1 < flat.length; i += 2) {
      const [key = '', stored = ''] = flat.slice(i, i + 2);
      bindings.set(key, readBinding(this.#sealer, registry, key, stored));
    }
    return bindings;
  }

  async check(): Promise<LedgerHealth> {
    const deadline = this.#connection.deadline();
    const generation = await this.#connection.ready(deadline);
    const commands: Command[] = [READ_SETTINGS, READ_STATE, ['ACL', 'WHOAMI']];
    const [settings, state, whoami] = await this.#connection.send(commands, generation, deadline, false);
    const user = String(valueOf(whoami, 'asking for the user'));
    const checks = [
      ...settingChecks(valueOf(settings, 'reading the settings')),
      ...stateChecks(readState(valueOf(state, 'reading the state'))),
      ...(await this.#permissionChecks(user, generation, deadline)),
    ];
    return { ok: checks.every(({ ok }) => ok), checks };
  }

  async close(): Promise<void> {
    this.#connection.close();
  }

  async #compareAndAppend(
    decisionId: string,
    expectedHead: Head,
    batch: StoredBatch,
    { events, seal }: PreparedBatch,
    generation: Generation,
    deadline: Deadline,
  ): Promise<'appended' | 'exists'> {
    const call = [chainKey(decisionId), expectedHead.sequence, expectedHead.hash, batch.commandId, seal, ...events];
    // With each attempt at a first event, so that a retry repairs an index entry that failed alone.
    const shard = decisionIndexKey(decisionIndexShard(decisionId));
    const index: Command[] = expectedHead.sequence === 0 ? [['SADD', shard, decisionId]] : [];
    const send = (script: Command) =>
      this.#connection.send([...index, script, READ_SETTINGS], generation, deadline, true);

    let replies = await send(['EVALSHA', APPEND_SCRIPT.sha1, APPEND_SCRIPT.keyCount, ...call]);
    if (isRefused(replies.at(-2), 'NOSCRIPT')) {
      replies = await send(['EVAL', APPEND_SCRIPT.source, APPEND_SCRIPT.keyCount, ...call]);
    }
    // Commit point. A crash of ours before here leaves the outcome unknown, and the retry is told `exists`.
    const outcome = readAppendReply(decisionId, valueOf(replies.at(-2), 'appending'));
    this.#confirmDurable(replies.at(-1));
    if (index.length > 0) confirmIndexed(replies[0]);
    return outcome;
  }

  /** A connection on which the server has been seen to keep what it acknowledges. */
  async #durable(deadline: Deadline): Promise<Generation> {
    const generation = await this.#connection.ready(deadline);
    if (this.#durableOn === generation) return generation;
    const [settings, info] = await this.#connection.send([READ_SETTINGS, READ_STATE], generation, deadline, false);
    const state = readState(valueOf(info, 'reading the state'));
    if (state.get('loading') !== '0') {
      throw unavailable('loading', 'the server is still loading its data', 'not_stored');
    }
    const checks = [...settingChecks(valueOf(settings, 'reading the settings')), ...stateChecks(state)];
    requireDurable(checks, 'not_stored');
    this.#durableOn = generation;
    return generation;
  }

  /**
   * The settings in the same exchange as the write. If they changed meanwhile, the write may stand, but not surely on
   * disk: it is not confirmed, and the next one is refused before it is sent.
   */
  #confirmDurable(reply: Reply | undefined): void {
    try {
      requireDurable(settingChecks(valueOf(reply, 'reading the settings')), 'unknown');
    } catch (error) {
      this.#durableOn = undefined;
      throw error;
    }
  }

  async #readChain(decisionId: string, generation: Generation, deadline: Deadline): Promise<StandingBatch[]> {
    // First the counters, which remember what was deleted; then the entries, of which there are at least as many.
    const last = await this.#lastEntry(decisionId, generation, deadline);
    if (last === undefined) return [];
    const entries: StoredEntry[] = [];
    for (let page = PAGE_ENTRIES; page === PAGE_ENTRIES; ) {
      const from = entryId(entries.length + 1);
      const command: Command = ['XRANGE', chainKey(decisionId), from, '+', 'COUNT', PAGE_ENTRIES];
      const reply = asArray(await this.#askOn(command, 'reading a chain', generation, deadline));
      entries.push(...reply.map((raw) => toEntry(decisionId, raw)));
      page = reply.length;
    }
    if (entries.length < last.sequence) {
      throw corrupt(decisionId, 'stream', {
        message: 'entries are missing',
        expected: `${last.sequence} entries`,
        got: `${entries.length}`,
      });
    }
    return readEntries(decisionId, entries, this.#sealer);
  }

  /** The entry the stream ends with, after its counters have been found to agree; undefined where there is no stream. */
  async #lastEntry(
    decisionId: string,
    generation: Generation,
    deadline: Deadline,
  ): Promise<{ entry: StoredEntry; sequence: number } | undefined> {
    const commands: Command[] = [['XINFO', 'STREAM', chainKey(decisionId)]];
    const [reply] = await this.#connection.send(commands, generation, deadline, false);
    if (isRefused(reply, 'ERR', 'no such key')) return undefined;
    if (isRefused(reply, 'WRONGTYPE')) {
      throw corrupt(decisionId, 'stream', {
        message: 'the key of the chain holds something else',
        expected: 'a stream',
      });
    }
    const info = readInfo(valueOf(reply, 'reading a chain'));
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

  async #permissionChecks(user: string, generation: Generation, deadline: Deadline): Promise<LedgerCheck[]> {
    const probes = [
      ...NEEDED_COMMANDS.map((command) => ({ command, needed: true })),
      ...FORBIDDEN_COMMANDS.map((command) => ({ command, needed: false })),
    ];
    const dryRuns = probes.map(({ command }): Command => ['ACL', 'DRYRUN', user, ...command]);
    const replies = await this.#connection.send(dryRuns, generation, deadline, false);
    return probes.map(({ command, needed }, index) => permissionCheck(user, command, needed, replies[index]));
  }

  async #ask(command: Command, doing: string): Promise<unknown> {
    const deadline = this.#connection.deadline();
    return this.#askOn(command, doing, await this.#connection.ready(deadline), deadline);
  }

  async #askOn(command: Command, doing: string, generation: Generation, deadline: Deadline): Promise<unknown> {
    const [reply] = await this.#connection.send([command], generation, deadline, false);
    return valueOf(reply, doing);
  }
}

/** A script that stands and an index that does not: the caller repeats the append, which indexes again. */
function confirmIndexed(reply: Reply | undefined): void {
  if (reply !== undefined && 'value' in reply) return;
  throw unavailable('refused', 'the decision could not be indexed', 'unknown');
}

function permissionCheck(
  user: string,
  command: readonly string[],
  needed: boolean,
  reply: Reply | undefined,
): LedgerCheck {
  // A command that the server does not know is refused as well; DRYRUN itself refused proves nothing either way.
  const provesNothing = isRefused(reply, 'NOPERM') || reply === undefined;
  const allowed = !provesNothing && 'value' in reply && String(reply.value) === 'OK';
  const outside = command[1] === 'outside' ? ' outside cs:*' : '';
  const subcommand = ['XINFO', 'CONFIG', 'ACL', 'FUNCTION', 'DEBUG'].includes(String(command[0]))
    ? ` ${command[1]}`
    : '';
  return {
    name: `${needed ? 'may' : 'may not'} ${command[0]}${subcommand}${outside}`,
    ok: !provesNothing && allowed === needed,
    code: 'ledger.permissions',
    expected: aclLine(user),
    got: provesNothing ? 'no answer to ACL DRYRUN' : allowed ? 'allowed' : 'refused',
  };
}

function isRefused(reply: Reply | undefined, word: string, text = ''): boolean {
  return reply !== undefined && 'refusal' in reply && reply.refusal.word === word && reply.refusal.text.includes(text);
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

function readInfo(reply: unknown): ReadonlyMap<string, unknown> {
  const flat = asArray(reply);
  const info = new Map<string, unknown>();
  for (let i = 0; i + 1 < flat.length; i += 2) info.set(String(flat[i]), flat[i + 1]);
  return info;
}

function asArray(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
