import type { Redis } from 'ioredis';
import { aclLine, FORBIDDEN_COMMANDS, NEEDED_COMMANDS } from './acl.ts';
import { APPEND_SCRIPT, readAppendReply } from './append-script.ts';
import { WITHHELD } from './chain-document.ts';
import {
  answerExists,
  corrupt,
  entriesOf,
  type PreparedBatch,
  prepareBatch,
  type ReadBatch,
  readEntries,
  requireAuthentic,
  requireOpen,
  requireSealed,
} from './entries.ts';
import { LedgerError, unavailable } from './errors.ts';
import type {
  AppendResult,
  ArchivedChains,
  Binding,
  Head,
  Ledger,
  LedgerCheck,
  LedgerCopy,
  LedgerHealth,
  SealedBatch,
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
import { asArray, pairsOf, RedisChains } from './redis-chains.ts';
import {
  READ_SETTINGS,
  READ_STATE,
  readState,
  requireDurable,
  settingChecks,
  stateChecks,
} from './redis-durability.ts';
import { readBinding, writeBinding } from './registry-entry.ts';
import { isRefused, runScript } from './script.ts';
import { SettingsAfter } from './settings-after.ts';
import { createSealer, type Sealer, type SealingKeys } from './seal.ts';

export type RedisLedgerOptions = RedisLedgerSource & {
  /** The workers' sealing keys, 32 bytes or more each: the first seals, all verify. */
  readonly macKeys: SealingKeys;
  /** Within which every call settles, in milliseconds; 2,000 unless given. */
  readonly commandTimeoutMs?: number;
  /** Where archived chains are read from; without it they are `ledger.archive`. */
  readonly archive?: ArchivedChains;
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
 * - Before the first append on each connection, and behind every append, the server's settings are read: an append is
 *   confirmed only where `appendfsync always` held when it had been answered.
 */
export function createRedisLedger(options: RedisLedgerOptions): Ledger & LedgerCopy {
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
  const connection = new RedisConnection(options, commandTimeoutMs);
  return new RedisLedger(connection, sealer, new RedisChains(connection, sealer, options.archive));
}

class RedisLedger implements Ledger, LedgerCopy {
  readonly #connection: RedisConnection;
  readonly #sealer: Sealer;
  readonly #chains: RedisChains;
  readonly #settings: SettingsAfter;
  /** The connection on which the settings were last found right. */
  #durableOn: Generation | undefined;

  constructor(connection: RedisConnection, sealer: Sealer, chains: RedisChains) {
    this.#connection = connection;
    this.#sealer = sealer;
    this.#chains = chains;
    this.#settings = new SettingsAfter(connection);
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
    const prepared = prepareBatch(decisionId, expectedHead, batch, this.#sealer);
    const deadline = this.#connection.deadline();
    const generation = await this.#durable(deadline);
    const outcome = await this.#compareAndAppend(decisionId, expectedHead, batch, prepared, generation, deadline);
    if (outcome === 'appended') return { outcome, head: prepared.head };
    // Read outside the script: a chain only grows, so what the script saw is still there.
    const exists = answerExists(expectedHead, await this.#chains.read(decisionId, generation, deadline));
    return requireOpen(decisionId, expectedHead, exists);
  }

  async read(decisionId: string): Promise<readonly StoredBatch[]> {
    return requireAuthentic(decisionId, await this.#readChain(decisionId));
  }

  async readSealed(decisionId: string): Promise<readonly SealedBatch[]> {
    return requireSealed(decisionId, await this.#readChain(decisionId));
  }

  async isArchived(decisionId: string): Promise<boolean> {
    requireDecisionId(decisionId);
    const deadline = this.#connection.deadline();
    return this.#chains.isArchived(decisionId, await this.#connection.ready(deadline), deadline);
  }

  requireSealed(decisionId: string, batches: readonly SealedBatch[]): void {
    requireSealed(decisionId, readEntries(decisionId, entriesOf(batches), this.#sealer));
  }

  async #readChain(decisionId: string): Promise<ReadBatch[]> {
    requireDecisionId(decisionId);
    const deadline = this.#connection.deadline();
    return this.#chains.read(decisionId, await this.#connection.ready(deadline), deadline);
  }

  async peek(decisionId: string): Promise<Uint8Array | null> {
    requireDecisionId(decisionId);
    const deadline = this.#connection.deadline();
    return this.#chains.peek(decisionId, await this.#connection.ready(deadline), deadline);
  }

  async head(decisionId: string): Promise<Head> {
    requireDecisionId(decisionId);
    const deadline = this.#connection.deadline();
    return this.#chains.head(decisionId, await this.#connection.ready(deadline), deadline);
  }

  async *decisions(onJunk?: (member: string) => void): AsyncIterable<string> {
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
            if (onJunk !== undefined) {
              onJunk(member);
              continue;
            }
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

  async #bind(registry: string, key: string, stored: string, value: string): Promise<Binding> {
    const deadline = this.#connection.deadline();
    const generation = await this.#durable(deadline);
    const hash = registryKey(registry);
    const commands: Command[] = [['HSETNX', hash, key, stored], ['HGET', hash, key], READ_SETTINGS];
    const [set, standing, settings] = await this.#connection.send(commands, generation, deadline, true);
    const bound = valueOf(set, 'binding') === 1;
    this.#confirmDurable(settings);
    if (bound) return { bound, value };
    return { bound, value: readBinding(this.#sealer, registry, key, String(valueOf(standing, 'binding'))) };
  }

  async withhold(decisionId: string, code: string): Promise<'withheld' | 'stands'> {
    requireDecisionId(decisionId);
    const deadline = this.#connection.deadline();
    const generation = await this.#durable(deadline);
    const chain = chainKey(decisionId);
    // A field more would make a stub unreadable, so what stands is asked for first; nobody else writes at a restore.
    const [type] = await this.#connection.send([['TYPE', chain]], generation, deadline, false);
    if (String(valueOf(type, 'withholding')) !== 'none') return 'stands';
    const index: Command = ['SADD', decisionIndexKey(decisionIndexShard(decisionId)), decisionId];
    const commands: Command[] = [index, ['HSETNX', chain, WITHHELD, code], READ_SETTINGS];
    const [indexed, set, settings] = await this.#connection.send(commands, generation, deadline, true);
    valueOf(set, 'withholding');
    this.#confirmDurable(settings);
    confirmIndexed(indexed);
    return 'withheld';
  }

  async binding(registry: string, key: string): Promise<string | undefined> {
    const stored = await this.#storedBinding(registry, key);
    return stored === undefined ? undefined : readBinding(this.#sealer, registry, key, stored);
  }

  async sealedBinding(registry: string, key: string): Promise<string | undefined> {
    const stored = await this.#storedBinding(registry, key);
    if (stored !== undefined) readBinding(this.#sealer, registry, key, stored);
    return stored;
  }

  async bindings(registry: string): Promise<ReadonlyMap<string, string>> {
    const stored = await this.#storedBindings(registry);
    return new Map(stored.map(([key, value]) => [key, readBinding(this.#sealer, registry, key, value)]));
  }

  async sealedBindings(registry: string): Promise<ReadonlyMap<string, string>> {
    const stored = await this.#storedBindings(registry);
    for (const [key, value] of stored) readBinding(this.#sealer, registry, key, value);
    return new Map(stored);
  }

  async #storedBinding(registry: string, key: string): Promise<string | undefined> {
    requireRegistry(registry);
    requireBinding(key, 'any');
    const stored = await this.#ask(['HGET', registryKey(registry), key], 'reading a binding');
    return stored === null ? undefined : String(stored);
  }

  async #storedBindings(registry: string): Promise<readonly (readonly [string, string])[]> {
    requireRegistry(registry);
    const stored = pairsOf(await this.#ask(['HGETALL', registryKey(registry)], 'reading bindings'));
    return [...stored].map(([key, value]) => [key, String(value)]);
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
    const call = [
      chainKey(decisionId),
      ...[expectedHead.sequence, expectedHead.hash, batch.commandId, seal, ...events],
    ] as const;
    // With each attempt at a first event, so that a retry repairs an index entry that failed alone.
    const shard = decisionIndexKey(decisionIndexShard(decisionId));
    const index: Command[] = expectedHead.sequence === 0 ? [['SADD', shard, decisionId]] : [];
    const around = { before: index, after: () => this.#settings.read(generation, deadline) };
    const replies = await runScript(this.#connection, APPEND_SCRIPT, call, around, generation, deadline);
    // Commit point. A crash of ours before here leaves the outcome unknown, and the retry is told `exists`.
    const outcome = readAppendReply(decisionId, valueOf(replies.script, 'appending'));
    this.#confirmDurable(replies.after);
    if (index.length > 0) confirmIndexed(replies.before[0]);
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
   * The settings as they were behind the write. If they changed meanwhile, the write may stand, but not surely on
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
