import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow';
import type { Timestamp } from '../core/domain/vocabulary.ts';
import { msUntil, now } from './clock.ts';

/**
 * Rings at the next instant that matters. Every timer and every cancel is a history event, so a timer is replaced only
 * by an earlier one: one that has become too early runs out quietly and is set again. An ordinary decision so has two.
 */
export class Alarm {
  #wanted: Timestamp | null = null;
  #armed: Timestamp | null = null;
  #scope: CancellationScope | null = null;

  /** True once the instant has come, until the alarm is set to another. */
  get rang(): boolean {
    return this.#wanted !== null && this.#wanted <= now();
  }

  set(at: Timestamp | null): void {
    this.#wanted = at;
    if (at === null || (this.#armed !== null && this.#armed <= at)) return;
    this.#scope?.cancel();
    this.#arm(at);
  }

  #arm(at: Timestamp): void {
    const scope = new CancellationScope();
    this.#scope = scope;
    this.#armed = at;
    scope
      .run(() => sleep(msUntil(at)))
      .then(
        () => this.#ranOut(scope),
        (error: unknown) => {
          if (!isCancellation(error)) throw error;
        },
      );
  }

  #ranOut(scope: CancellationScope): void {
    if (this.#scope !== scope) return;
    this.#scope = null;
    this.#armed = null;
    if (this.#wanted !== null && !this.rang) this.#arm(this.#wanted);
  }
}
