import { getHeapStatistics } from 'node:v8';

const MIB = 2 ** 20;

/**
 * A decision that waits holds 0.25 MiB of the worker's memory, a fifth of it in the workflow thread's heap (measured up to
 * 10,000 of them); so many keep the whole process a third below the heap's limit. One that has been evicted is read from
 * the server and replayed when it is touched again.
 */
const CACHED_DECISIONS_PER_MIB = 2.5;

/** How a worker divides its time and memory; one place, so that a bench measures what runs. */
export const WORKER_TUNING = {
  maxConcurrentLocalActivityExecutions: 200,
  maxCachedWorkflows: Math.floor((getHeapStatistics().heap_size_limit / MIB) * CACHED_DECISIONS_PER_MIB),
} as const;
