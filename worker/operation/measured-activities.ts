import { AsyncLocalStorage } from 'node:async_hooks';
import { ApplicationFailure } from '@temporalio/common';
import type { Metrics } from './metrics.ts';

const running = new AsyncLocalStorage<string>();

/**
 * True inside the activity that writes a lost tail again. Its events were counted when they came first, here or by another
 * process.
 */
export function isRestoring(): boolean {
  return running.getStore() === 'restore';
}

/** The same activities, counted by name, and their failures by the code that the workflow is told. */
export function measureActivities<A extends object>(activities: A, metrics: Metrics): A {
  const measured = Object.entries(activities).map(([activity, run]) => [
    activity,
    async (input: unknown): Promise<unknown> => {
      metrics.activities.inc({ activity });
      try {
        return await running.run(activity, () => (run as (input: unknown) => Promise<unknown>)(input));
      } catch (error) {
        metrics.activityFailures.inc({ activity, code: codeOf(error) });
        throw error;
      }
    },
  ]);
  return Object.fromEntries(measured) as A;
}

function codeOf(error: unknown): string {
  return error instanceof ApplicationFailure && error.type ? error.type : 'unknown';
}
