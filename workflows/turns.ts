import { takes } from './patches.ts';

/**
 * Local activities of one run, one after the other. Two at once that end in another order than they began would be ended
 * in the order in which they began when the run is replayed, and what follows them would come in another order than it
 * stands in history (ADR 0021).
 */
export class Turns {
  #taken = false;
  readonly #waiting: (() => void)[] = [];

  /** Runs `call` at once where nobody else is at theirs. */
  async take<T>(call: () => Promise<T>): Promise<T> {
    if (this.#taken) {
      // As it was before there were turns, for histories that began so.
      if (!takes('oneAtATime')) return call();
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#taken = true;
    try {
      return await call();
    } finally {
      const next = this.#waiting.shift();
      // Handed on while it is still taken, so that nobody slips in between.
      if (next === undefined) this.#taken = false;
      else next();
    }
  }
}
