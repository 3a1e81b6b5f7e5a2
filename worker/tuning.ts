/** How a worker divides its time; one place, so that a bench measures what runs. */
export const WORKER_TUNING = {
  maxConcurrentLocalActivityExecutions: 200,
  maxCachedWorkflows: 2000,
} as const;
