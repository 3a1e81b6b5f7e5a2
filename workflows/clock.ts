import { instant, type Timestamp, timestamp } from '../core/domain/vocabulary.ts';

/** The workflow's clock: the time of the current workflow task, the same on every replay; so many milliseconds on. */
export function now(laterMs = 0): Timestamp {
  return timestamp(Date.now() + laterMs);
}

/** Milliseconds from now until `at`, at least 1: a timer of none would never be one. */
export function msUntil(at: Timestamp): number {
  return Math.max(1, instant(at) - Date.now());
}
