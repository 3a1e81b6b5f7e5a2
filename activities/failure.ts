import { activityInfo, log } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { hasCode } from '../core/errors.ts';

/**
 * Codes that another try may mend: the server comes back, the document arrives, an operator acts. Everything else that
 * carries a code is the same on every try, and is not tried again.
 */
export const RETRYABLE: ReadonlySet<string> = new Set([
  'ledger.unavailable',
  'ledger.durability',
  'ledger.permissions',
  'ledger.moved',
  'ledger.archive',
  'store.unavailable',
  'store.not_found',
  'notice.not_carried',
  'registry.empty',
  'registry.unendorsed',
  'registry.undecided',
  'standing.awaited',
  'evidence.awaited',
  'addendum.awaited',
]);

type Activities = { readonly [name: string]: (input: never) => Promise<unknown> };

/** Wraps activities, so that a failure reaches the workflow as a code and one sentence: no stack, no path, no secret. */
export function withFailures<A extends Activities>(activities: A): A {
  return mapped(activities, async (activity, input) => {
    try {
      return await activity(input);
    } catch (error) {
      // The worker shuts down: the server gives it to another one.
      if (error instanceof CancelledFailure) throw error;
      throw asFailure(error);
    }
  });
}

/**
 * Refuses every call but as a local activity, which runs in the very process that ran the workflow's code. Registered
 * activities can be scheduled by any workflow that whoever may use Temporal cares to start, on this task queue: without
 * this, a stranger's workflow would have its own events sealed, and permits and acknowledgements signed.
 */
export function localOnly<A extends Activities>(activities: A): A {
  return mapped(activities, async (activity, input) => {
    const { isLocal, activityType } = activityInfo();
    if (isLocal) return activity(input);
    throw ApplicationFailure.nonRetryable(
      `${activityType} is called by this service's own workflows only`,
      'activity.not_local',
    );
  });
}

function mapped<A extends Activities>(activities: A, wrap: (activity: A[string], input: never) => Promise<unknown>): A {
  const wrapped = Object.entries(activities).map(([name, activity]) => [
    name,
    (input: never): Promise<unknown> => wrap(activity as A[string], input),
  ]);
  return Object.fromEntries(wrapped) as A;
}

export function asFailure(error: unknown): ApplicationFailure {
  if (error instanceof ApplicationFailure) return error;
  const failure = hasCode(error)
    ? ApplicationFailure.create({
        message: error.message,
        type: error.code,
        nonRetryable: !RETRYABLE.has(error.code),
        details: [{ path: error.path, expected: error.expected, got: error.got }],
      })
    : // A fault of this code or of the machine: its text may hold anything, so it goes to the worker's log alone.
      ApplicationFailure.create({ message: 'the worker failed; its log says how', type: 'activity.failed' });
  if (!hasCode(error)) log.error('activity failed without a code', { error });
  failure.stack = '';
  return failure;
}
