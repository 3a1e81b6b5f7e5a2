import { Redis, type RedisOptions } from 'ioredis';
import { aclLine } from './acl.ts';
import { LedgerError, type UnavailableReason, unavailable, type WriteOutcome } from './errors.ts';

/** A command and its arguments, as they go over the wire. */
export type Command = readonly [name: string, ...args: (string | Uint8Array | number)[]];

/** What the server answered to one command: its reply, or the code word of its refusal (`NOSCRIPT`, `OOM`, ...). */
export type Reply = { readonly value: unknown } | { readonly refusal: Refusal };

export interface Refusal {
  /** First word of the server's error, for example `READONLY`. */
  readonly word: string;
  /**
   * The whole text. Redis quotes arguments in some of its errors, so this never enters an error or a log;
   * it is only matched against.
   */
  readonly text: string;
}

/** When the call that carries it must have settled. */
export interface Deadline {
  /** Milliseconds on the monotonic clock. */
  readonly at: number;
  readonly budgetMs: number;
}

/** Which physical connection: what was proven of one says nothing about the next, which may lead to another server. */
export type Generation = number;

const RECONNECT_DELAY_MS = { first: 50, longest: 1_000 };

/**
 * One connection to one Redis server, on which nothing is queued, resent or retried: the driver's conveniences would
 * turn "unknown outcome" into a second write, or into a call that never settles.
 */
export class RedisConnection {
  readonly #redis: Redis;
  readonly #commandTimeoutMs: number;
  #generation: Generation = 0;
  #connecting: Promise<void> | undefined;
  #abandonAttempt: (() => void) | undefined;
  /** Pending from the moment a silent connection is given up until its socket is gone. */
  #dropping: Promise<void> | undefined;
  /** Why the server is away, until it is there again. */
  #down: LedgerError | undefined;
  #closed = false;

  constructor(source: { readonly url: string } | { readonly redis: Redis }, commandTimeoutMs: number) {
    this.#commandTimeoutMs = commandTimeoutMs;
    const options = connectionOptions(commandTimeoutMs);
    this.#redis = 'url' in source ? new Redis(source.url, options) : source.redis.duplicate(options);
    // Unlistened errors are printed by the driver, with their command and its arguments.
    this.#redis.on('error', () => undefined);
    this.#redis.on('close', () => {
      this.#generation += 1;
    });
    this.#redis.on('ready', () => {
      this.#down = undefined;
    });
  }

  deadline(): Deadline {
    return { at: performance.now() + this.#commandTimeoutMs, budgetMs: this.#commandTimeoutMs };
  }

  /**
   * Waits for a usable connection, for one attempt to connect and no longer. While the server is known to be away
   * nobody waits: the driver goes on trying by itself, and a caller that waited would hold up a decision's queries.
   */
  async ready(deadline: Deadline): Promise<Generation> {
    this.#refuseClosed();
    if (this.#dropping !== undefined) await within(deadline, this.#dropping, 'not_stored');
    const { status } = this.#redis;
    if (status !== 'ready') {
      if (this.#down !== undefined && status !== 'wait' && status !== 'end') throw this.#down;
      this.#connecting ??= this.#nextAttempt().finally(() => {
        this.#connecting = undefined;
      });
      try {
        await within(deadline, this.#connecting, 'not_stored');
      } catch (error) {
        if (error instanceof LedgerError) this.#down = error;
        throw error;
      }
    }
    this.#refuseClosed();
    return this.#generation;
  }

  /**
   * Sends `commands` back to back on connection `generation` and gives one reply each, refusals included. Rejects with
   * `ledger.unavailable` when replies are missing; `writes` decides whether their outcome is then unknown.
   */
  async send(
    commands: readonly Command[],
    generation: Generation,
    deadline: Deadline,
    writes: boolean,
  ): Promise<Reply[]> {
    this.#refuseClosed();
    // No await between this test and the writes below: what was proven of this generation still holds.
    if (this.#redis.status !== 'ready' || this.#dropping !== undefined || generation !== this.#generation) {
      throw unavailable('cut', 'the connection was lost before anything was sent', 'not_stored');
    }
    const { stream } = this.#redis;
    // What is sent in one turn goes out in one write; each write costs the worker a tenth of a millisecond.
    stream.cork();
    process.nextTick(() => stream.uncork());
    const sent = commands.map(([name, ...args]) => this.#redis.callBuffer(name, ...args.map(toArgument)));
    const replies = Promise.all(sent.map(toReply));
    const outcome = writes ? 'unknown' : 'not_stored';
    try {
      return await within(deadline, replies, outcome);
    } catch (error) {
      if (error instanceof LedgerError) {
        // Several calls may wait for the same silent connection; the one that came after it is not given up for theirs.
        if (generation === this.#generation) {
          this.#drop();
          this.#down = unavailable('timeout', `no answer within ${deadline.budgetMs} ms`, 'not_stored');
        }
        throw error;
      }
      if (this.#closed) throw closedError(outcome);
      throw unavailable('cut', 'the connection was lost before the reply', outcome);
    }
  }

  close(): void {
    this.#closed = true;
    // Between two attempts the driver has nothing to close, and would leave whoever waits to his deadline.
    this.#abandonAttempt?.();
    this.#redis.disconnect();
  }

  /**
   * Gives up a connection on which an answer is overdue. Answers come in order, so every later call on it would wait
   * behind that one; the next call gets a fresh connection.
   */
  #drop(): void {
    if (this.#dropping !== undefined || this.#redis.status !== 'ready') return;
    this.#dropping = new Promise((resolve) => {
      this.#redis.once('close', () => {
        this.#dropping = undefined;
        resolve();
      });
    });
    this.#redis.stream.destroy();
  }

  #refuseClosed(): void {
    if (this.#closed) throw closedError('not_stored');
  }

  /** Resolves or rejects with the verdict of the attempt that is running or comes next. */
  #nextAttempt(): Promise<void> {
    const redis = this.#redis;
    const attempt = new Promise<void>((resolve, reject) => {
      const settle = (error?: LedgerError): void => {
        redis.off('ready', onReady).off('error', onError).off('close', onClose).off('end', onClose);
        this.#abandonAttempt = undefined;
        if (error) reject(error);
        else resolve();
      };
      const onReady = (): void => settle();
      const onError = (error: unknown): void => settle(connectError(error));
      const onClose = (): void => settle(unavailable('unreachable', 'the server closed the connection', 'not_stored'));
      redis.on('ready', onReady).on('error', onError).on('close', onClose).on('end', onClose);
      this.#abandonAttempt = () => settle(closedError('not_stored'));
    });
    if (redis.status === 'wait' || redis.status === 'end') redis.connect().catch(() => undefined);
    return attempt;
  }
}

/**
 * Settles with `promise`, or rejects when the deadline passes; the late answer is dropped. A timer that fires late, in a
 * process that was busy or stopped, says nothing about the server: what has arrived meanwhile is read first.
 */
async function within<T>(deadline: Deadline, promise: Promise<T>, outcome: WriteOutcome): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    const late = () => reject(unavailable('timeout', `no answer within ${deadline.budgetMs} ms`, outcome));
    timer = setTimeout(() => setImmediate(late), Math.max(0, deadline.at - performance.now()));
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

function closedError(outcome: WriteOutcome): LedgerError {
  return unavailable('closed', 'the ledger has been closed', outcome);
}

function connectionOptions(commandTimeoutMs: number): RedisOptions & { replyMapping: 'legacy' } {
  return {
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    // The answer to a server that is still loading is our own error, not the driver's patience.
    enableReadyCheck: false,
    connectTimeout: commandTimeoutMs,
    // For the handshake of a server that accepts and then stays silent, which no call of ours gives up.
    socketTimeout: 2 * commandTimeoutMs,
    retryStrategy: (attempt) => Math.min(RECONNECT_DELAY_MS.first * 2 ** (attempt - 1), RECONNECT_DELAY_MS.longest),
    reconnectOnError: null,
    keyPrefix: '',
    readOnly: false,
    enableAutoPipelining: false,
    disableClientInfo: true,
    protocol: 2,
    replyMapping: 'legacy',
  };
}

async function toReply(sent: Promise<unknown>): Promise<Reply> {
  try {
    return { value: await sent };
  } catch (error) {
    const refusal = toRefusal(error);
    if (refusal === undefined) throw error;
    return { refusal };
  }
}

function toRefusal(error: unknown): Refusal | undefined {
  if (!(error instanceof Error) || error.name !== 'ReplyError') return undefined;
  const inScript = error.message.includes('ACL failure in script');
  return { word: inScript ? 'NOPERM' : (/^[A-Z]+/.exec(error.message)?.[0] ?? 'ERR'), text: error.message };
}

function connectError(error: unknown): LedgerError {
  const refusal = toRefusal(error);
  if (refusal !== undefined) return refusalError(refusal, 'connecting', 'not_stored');
  const code = (error as { code?: unknown } | null)?.code;
  const name = typeof code === 'string' && /^[A-Z_]{1,40}$/.test(code) ? code : 'no connection';
  return unavailable('unreachable', `the server cannot be reached (${name})`, 'not_stored');
}

/** What each refusal of the server means; a word that is not here is `refused`. */
const REFUSALS: Readonly<Record<string, UnavailableReason>> = {
  LOADING: 'loading',
  READONLY: 'read_only',
  MASTERDOWN: 'read_only',
  OOM: 'out_of_memory',
  MISCONF: 'disk',
  BUSY: 'busy',
  UNKILLABLE: 'busy',
  NOREPLICAS: 'too_few_replicas',
  CLUSTERDOWN: 'cluster',
  MOVED: 'cluster',
  ASK: 'cluster',
  TRYAGAIN: 'cluster',
  CROSSSLOT: 'cluster',
};

const CREDENTIAL_REFUSALS = new Set(['WRONGPASS', 'NOAUTH', 'NOPERM']);

/** The one place where a server's refusal becomes an error of the ledger. */
export function refusalError(refusal: Refusal, doing: string, outcome: WriteOutcome): LedgerError {
  // A script that runs into what its caller may not do is refused as a whole, in words of its own.
  if (CREDENTIAL_REFUSALS.has(refusal.word) || refusal.text.includes('ACL failure in script')) {
    return new LedgerError('ledger.permissions', {
      message: `the server refuses these credentials (${doing})`,
      expected: refusal.word === 'NOPERM' ? aclLine('<user>') : 'the user and password that the server knows',
      got: refusal.word,
      outcome,
    });
  }
  const reason = REFUSALS[refusal.word] ?? 'refused';
  return unavailable(reason, `the server refused (${doing}: ${refusal.word})`, outcome);
}

/** The reply's value; a refusal becomes its error. A refused command has written nothing. */
export function valueOf(reply: Reply | undefined, doing: string): unknown {
  if (reply === undefined) throw unavailable('refused', `no reply (${doing})`, 'unknown');
  if ('refusal' in reply) throw refusalError(reply.refusal, doing, 'not_stored');
  return reply.value;
}

function toArgument(argument: string | Uint8Array | number): string | Buffer | number {
  return argument instanceof Uint8Array
    ? Buffer.from(argument.buffer, argument.byteOffset, argument.byteLength)
    : argument;
}
