import { ApplicationFailure } from '@temporalio/common';
import { hasCode } from '../core/errors.ts';

/**
 * Codes that another try may mend: the server comes back, the document arrives, an operator acts. Everything else that
 * carries a code is the same on every try, and is not tried again.
 */
const RETRYABLE: ReadonlySet<string> = new Set([
  'ledger.unavailable',
  'ledger.durability',
  'ledger.permissions',
  'store.unavailable',
  'store.not_found',
  'registry.empty',
  'pack.head_differs',
]);

/** Wraps every activity, so that its failure reaches the workflow as a code and one sentence: no stack, no secret. */
export function withFailures<Activities extends { readonly [name: string]: (input: never) => Promise<unknown> }>(
  activities: Activities,
): Activities {
  const wrapped = Object.entries(activities).map(([name, activity]) => [
    name,
    async (input: never): Promise<unknown> => {
      try {
        return await activity(input);
      } catch (error) {
        throw asFailure(error);
      }
    },
  ]);
  return Object.fromEntries(wrapped) as Activities;
}

export function asFailure(error: unknown): unknown {
  if (error instanceof ApplicationFailure || !hasCode(error)) return error;
  return ApplicationFailure.create({
    message: error.message,
    type: error.code,
    nonRetryable: !RETRYABLE.has(error.code),
    details: [{ path: error.path, expected: error.expected, got: error.got }],
  });
}
