import { hasCode } from '../core/errors.ts';
import { unavailable } from './errors.ts';
import type { Deadline, Generation, RedisConnection, Reply } from './redis-connection.ts';
import { READ_SETTINGS } from './redis-durability.ts';

/**
 * The server's settings as they are after everything that was sent on a connection before: answers come in order. All
 * appends of one turn of the event loop share one reading, which is sent behind the last of them; at 50 appends in
 * flight that is one reading for a dozen of them (measured).
 */
export class SettingsAfter {
  readonly #connection: RedisConnection;
  #next: { readonly generation: Generation; readonly reply: Promise<Reply> } | undefined;

  constructor(connection: RedisConnection) {
    this.#connection = connection;
  }

  /** @throws LedgerError `ledger.unavailable` with outcome `unknown`: what was sent before may stand. */
  read(generation: Generation, deadline: Deadline): Promise<Reply> {
    if (this.#next?.generation !== generation) this.#next = { generation, reply: this.#soon(generation, deadline) };
    return this.#next.reply;
  }

  async #soon(generation: Generation, deadline: Deadline): Promise<Reply> {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    // Whoever comes from here on is behind it, and needs a reading of his own.
    if (this.#next?.generation === generation) this.#next = undefined;
    try {
      const [reply] = await this.#connection.send([READ_SETTINGS], generation, deadline, true);
      if (reply !== undefined) return reply;
    } catch (error) {
      if (!hasCode(error, 'ledger.unavailable')) throw error;
    }
    throw unavailable('cut', 'the connection was lost before the settings were confirmed', 'unknown');
  }
}
