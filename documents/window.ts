import { CLOCK_TOLERANCE_MS, instant, type Timestamp } from '../core/domain/vocabulary.ts';

export { CLOCK_TOLERANCE_MS };

/** From an instant on, and before another; null: without an end that is known yet. */
export interface Window {
  readonly valid_from: Timestamp;
  readonly valid_until: Timestamp | null;
}

/** The fixed spelling of timestamps makes text order time order. */
export function isInForce({ valid_from, valid_until }: Window, at: Timestamp): boolean {
  return valid_from <= at && (valid_until === null || at < valid_until);
}

/** Whether what was signed at an instant can be believed to have been signed by `at`, clocks being what they are. */
export function begunAt(signedAt: Timestamp, at: Timestamp): boolean {
  return instant(signedAt) <= instant(at) + CLOCK_TOLERANCE_MS;
}
