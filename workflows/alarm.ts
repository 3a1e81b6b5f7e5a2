import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow';
import type { Timestamp } from '../core/domain/vocabulary.ts';
import { msUntil } from './clock.ts';

/** One timer for the next instant that matters. Setting it to the instant it has costs no history event. */
export class Alarm {
  #at: Timestamp | null = null;
  #scope: CancellationScope | null = null;
  #rang = false;

  /** True once the instant has come, until the alarm is set again. */
  get rang(): boolean {
    return this.#rang;
  }

  set(at: Timestamp | null): void {
    if (at === this.#at && !this.#rang) return;
    this.#scope?.cancel();
    this.#scope = null;
    this.#at = at;
    this.#rang = false;
    if (at === null) return;
    const scope = new CancellationScope();
    this.#scope = scope;
    scope
      .run(async () => {
        await sleep(msUntil(at));
        if (this.#scope === scope) this.#rang = true;
      })
      .catch((error: unknown) => {
        if (!isCancellation(error)) throw error;
      });
  }
}
