import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import type { ClientContext } from './context.ts';
import { silent } from './failures.ts';
import { tooManyUpdates, wasUnprocessed } from './update-limits.ts';

/**
 * Each Update that a server refuses makes it drop the task that a worker is at (ADR 0017): whoever sends again too soon
 * keeps a decision from ending one. With pauses of 0.1 to 0.5 s and fifteen at once, 447 of 909 had no answer in 30 s.
 */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 5_000;

export interface Update {
  readonly name: string;
  readonly id: string;
  readonly args: [] | [argument: unknown];
  /** Until when, in milliseconds since the epoch. */
  readonly end: number;
}

/**
 * Sends an Update and waits for its answer. Where the workflow has as many as the server allows (10 in flight and 2,000
 * a run unless it is set otherwise), or a worker gave it back, it is sent again under the same id until the time is out.
 *
 * It never goes by signal instead: a refused Update makes the server drop the task that a worker is at, a signal makes
 * it give out another, and the worker then completes that one with what it decided without the signal. Such a history
 * could not be replayed (tried on 1.32 with the SDK 1.24).
 */
export function executeUpdate<T>(context: ClientContext, handle: WorkflowHandle, update: Update): Promise<T> {
  const late = () => silent(context);
  return context.gate.pass(handle.workflowId, update.end, late, () => insist<T>(context, handle, update));
}

async function insist<T>(context: ClientContext, handle: WorkflowHandle, { name, id, args, end }: Update): Promise<T> {
  for (let longest = FIRST_PAUSE_MS; ; longest = Math.min(longest * 2, LONGEST_PAUSE_MS)) {
    // Not all of those that were refused together come back together.
    const pause = longest * (0.5 + Math.random() / 2);
    try {
      return await context.temporal.withDeadline(end, () =>
        args.length === 0
          ? handle.executeUpdate<T, []>(name, { updateId: id })
          : handle.executeUpdate<T, [unknown]>(name, { updateId: id, args }),
      );
    } catch (error) {
      if (!(tooManyUpdates(error) || wasUnprocessed(error)) || Date.now() + pause >= end) throw error;
    }
    await sleep(pause);
  }
}
