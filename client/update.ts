import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import type { ClientContext } from './context.ts';
import { tooManyUpdates } from './too-many-updates.ts';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 500;

export interface Update {
  readonly name: string;
  readonly id: string;
  readonly args: [] | [argument: unknown];
  /** Until when, in milliseconds since the epoch. */
  readonly end: number;
  /** Run once where so many Updates wait already that the server takes no other. */
  readonly whenFull?: () => Promise<void>;
}

/**
 * Sends an Update and waits for its answer. Where as many are in flight as the server allows a workflow (10 unless it
 * is set otherwise), it is sent again under the same id until one of those is answered or the time is out.
 */
export async function executeUpdate<T>(
  context: ClientContext,
  handle: WorkflowHandle,
  { name, id, args, end, whenFull }: Update,
): Promise<T> {
  let told = false;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)) {
    try {
      return await context.temporal.withDeadline(end, () =>
        args.length === 0
          ? handle.executeUpdate<T, []>(name, { updateId: id })
          : handle.executeUpdate<T, [unknown]>(name, { updateId: id, args }),
      );
    } catch (error) {
      if (!tooManyUpdates(error) || Date.now() + pause >= end) throw error;
    }
    if (!told && whenFull) await context.temporal.withDeadline(end, whenFull);
    told = true;
    await sleep(pause);
  }
}
