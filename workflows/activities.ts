import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { LocalActivities, RegularActivities } from '../core/contracts/activities.ts';

/**
 * A local activity that keeps failing blocks Updates (measured: 5 to 6.5 s each) and shows nowhere. So it
 * gets two attempts of two seconds at most; then its task ends, and the workflow waits on a timer instead
 * (`persist` in `patience.ts`).
 */
export const house = proxyLocalActivities<LocalActivities & RegularActivities>({
  startToCloseTimeout: '2 seconds',
  scheduleToCloseTimeout: '4500 milliseconds',
  retry: { maximumAttempts: 2, initialInterval: '50 milliseconds', backoffCoefficient: 1 },
});

/** A round over all chains: as long as it takes, on one worker at a time, and begun again where that one died. */
export const patrols = proxyActivities<RegularActivities>({
  startToCloseTimeout: '12 hours',
  heartbeatTimeout: '2 minutes',
  retry: { initialInterval: '1 minute', maximumInterval: '1 hour' },
});

/** Notices to people: tried for a day, while the decision goes on. */
export const messenger = proxyActivities<RegularActivities>({
  startToCloseTimeout: '30 seconds',
  scheduleToCloseTimeout: '1 day',
  retry: { initialInterval: '1 second', maximumInterval: '5 minutes' },
});

/** Packing a chain of thousands of events takes longer than a local activity may; this one has the time. */
export const outside = proxyActivities<RegularActivities>({
  startToCloseTimeout: '60 seconds',
  retry: { maximumAttempts: 3, initialInterval: '200 milliseconds' },
});
