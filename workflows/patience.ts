import { ActivityFailure, ApplicationFailure, condition, TimeoutFailure } from '@temporalio/workflow';
import type { Trouble } from '../core/domain/why.ts';
import { now } from './clock.ts';
import { Turns } from './turns.ts';

const FIRST_WAIT_MS = 500;
const LONG_WAIT_MS = 30_000;
/** A try costs about six history events. After half an hour of them, one every five minutes lasts for weeks. */
const MANY_TRIES = 65;
const LONGEST_WAIT_MS = 300_000;

/** What fails at the moment, by what it concerns. It is shown, so `why` answers while the ledger is away. */
export class Troubles extends Map<string, Trouble> {
  /** Shows them as they are now: to be called before a wait, and once one is over that nobody else shows the end of. */
  readonly show: () => void;
  readonly turns = new Turns();

  constructor(show: () => void) {
    super();
    this.show = show;
  }
}

export interface Refusal {
  readonly code: string;
  readonly detail: string;
  /** What was expected where, and what came: members of the failure, for a client that can act on them. */
  readonly place?: { readonly path: string; readonly expected: string; readonly got: string };
}

/** What a call concerns; one that gathers facts and appends is about the ledger where the failure's code says so. */
export type Concern = string | { readonly facts: string };

export interface Patience {
  /** Which non-retryable failures are an answer; none unless given. The others may be mended by an operator. */
  readonly isFinal?: (code: string) => boolean;
  /** Ends the wait between two tries: something else has to be done first. Never unless given. */
  readonly interrupted?: () => boolean;
  /** Whether the next try leaves the house, and so waits for no turn. */
  readonly outside?: () => boolean;
}

export type Outcome<T> = { readonly value: T } | { readonly refusal: Refusal } | 'interrupted';

/** Every non-retryable failure is an answer. */
export const ANY_REFUSAL = (): boolean => true;

/**
 * Tries `call` until it succeeds, waiting on a timer between tries, and shows the failure in `troubles` meanwhile.
 * A failing activity never ends a decision: what no retry mends, an operator may.
 */
export async function persist<T>(troubles: Troubles, what: string, call: () => Promise<T>): Promise<T> {
  const result = await persistUnless(troubles, what, call, {});
  if (result !== 'interrupted' && 'value' in result) return result.value;
  throw new TypeError('a wait without an end has ended');
}

/** The same, but ends also with a failure that is an answer, or when the wait is interrupted. */
export async function persistUnless<T>(
  troubles: Troubles,
  concern: Concern,
  call: () => Promise<T>,
  { isFinal = () => false, interrupted = () => false, outside = () => false }: Patience,
): Promise<Outcome<T>> {
  for (let tries = 1; ; tries += 1) {
    try {
      const value = await (outside() ? call() : troubles.turns.take(call));
      relieve(troubles, concern);
      return { value };
    } catch (error) {
      const { nonRetryable, ...failure } = asFailure(error);
      if (nonRetryable && isFinal(failure.code)) {
        relieve(troubles, concern);
        return { refusal: failure };
      }
      const what = typeof concern === 'string' ? concern : isOfLedger(failure.code) ? 'ledger' : concern.facts;
      // What failed before and is over is no trouble any more.
      for (const other of namesOf(concern)) if (other !== what) troubles.delete(other);
      const waitMs = tries > MANY_TRIES ? LONGEST_WAIT_MS : Math.min(FIRST_WAIT_MS * 2 ** (tries - 1), LONG_WAIT_MS);
      const since = troubles.get(what)?.since ?? now();
      troubles.set(what, { what, ...failure, since, nextTry: now(waitMs) });
      troubles.show();
      if (await condition(interrupted, waitMs)) return 'interrupted';
    }
  }
}

function relieve(troubles: Troubles, concern: Concern): void {
  let relieved = false;
  for (const what of namesOf(concern)) relieved = troubles.delete(what) || relieved;
  if (relieved) troubles.show();
}

function namesOf(concern: Concern): readonly string[] {
  return typeof concern === 'string' ? [concern] : [concern.facts, 'ledger'];
}

function isOfLedger(code: string): boolean {
  return code.startsWith('ledger.');
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
