import { ApplicationFailure, proxyActivities } from '@temporalio/workflow';

interface Call {
  readonly name: string;
  readonly input: unknown;
}

/** A stranger's workflow: it calls this service's activities on the service's own task queue, and tells how each ended. */
export async function foreign({ taskQueue, calls }: { taskQueue: string; calls: readonly Call[] }): Promise<string[]> {
  const options = { taskQueue, startToCloseTimeout: '10 seconds', retry: { maximumAttempts: 1 } } as const;
  const activities = proxyActivities<Record<string, (input: unknown) => Promise<unknown>>>(options);
  const ends: string[] = [];
  for (const { name, input } of calls) {
    try {
      await activities[name]?.(input);
      ends.push('done');
    } catch (error) {
      const cause = (error as { cause?: unknown }).cause;
      ends.push(cause instanceof ApplicationFailure ? (cause.type ?? 'failed') : 'failed');
    }
  }
  return ends;
}
