import { ActivityFailure, ApplicationFailure, sleep, TimeoutFailure } from '@temporalio/workflow';
import type { Trouble } from '../core/domain/why.ts';
import { now } from './clock.ts';

const FIRST_WAIT_MS = 500;
const LONG_WAIT_MS = 30_000;
/** A try costs about six history events. After half an hour of them, one every five minutes lasts for months. */
const MANY_TRIES = 65;
const LONGEST_WAIT_MS = 300_000;

/** What fails at the moment, by what it concerns. Queries read it, so `why` answers while the ledger is away. */
export type Troubles = Map<string, Trouble>;

/**
 * Tries `call` until it succeeds, waiting on a timer between tries, and shows the failure in `troubles` meanwhile.
 * A failing activity never ends a decision: what no retry mends, an operator may.
 */
export async function persist<T>(troubles: Troubles, what: string, call: () => Promise<T>): Promise<T> {
  const result = await persistUnlessRefused(troubles, what, call, () => false);
  if ('refusal' in result) throw new TypeError('a refusal that nobody asked for');
  return result.value;
}

export interface Refusal {
  readonly code: string;
  readonly detail: string;
}

/** The same, but gives back a non-retryable failure that `isFinal` (all of them, unless given) takes for an answer. */
export async function persistUnlessRefused<T>(
  troubles: Troubles,
  what: string,
  call: () => Promise<T>,
  isFinal: (code: string) => boolean = () => true,
): Promise<{ readonly value: T } | { readonly refusal: Refusal }> {
  for (let tries = 1; ; tries += 1) {
    try {
      const value = await call();
      troubles.delete(what);
      return { value };
    } catch (error) {
      const { nonRetryable, ...failure } = asFailure(error);
      if (nonRetryable && isFinal(failure.code)) {
        troubles.delete(what);
        return { refusal: failure };
      }
      const waitMs = tries > MANY_TRIES ? LONGEST_WAIT_MS : Math.min(FIRST_WAIT_MS * 2 ** (tries - 1), LONG_WAIT_MS);
      const since = troubles.get(what)?.since ?? now();
      troubles.set(what, { what, ...failure, since, nextTry: now(waitMs) });
      await sleep(waitMs);
    }
  }
}

/**
 * The failure as an operator reads it. A local activity fails with its own failure, a regular one with an
 * `ActivityFailure` around it (tried on 1.24). Anything else is a fault of this code, or the end of the run.
 */
function asFailure(error: unknown): Refusal & { readonly nonRetryable: boolean } {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure) {
    return { code: cause.type ?? 'activity.failed', detail: cause.message, nonRetryable: cause.nonRetryable ?? false };
  }
  if (cause instanceof TimeoutFailure) return { code: 'activity.timeout', detail: cause.message, nonRetryable: false };
  throw error;
}
