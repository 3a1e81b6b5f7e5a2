import { ApplicationFailure } from '@temporalio/common';
import type { Metrics } from './metrics.ts';

/** The same activities, counted by name, and their failures by the code that the workflow is told. */
export function measureActivities<A extends object>(activities: A, metrics: Metrics): A {
  const measured = Object.entries(activities).map(([activity, run]) => [
    activity,
    async (input: unknown): Promise<unknown> => {
      metrics.activities.inc({ activity });
      try {
        return await (run as (input: unknown) => Promise<unknown>)(input);
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
