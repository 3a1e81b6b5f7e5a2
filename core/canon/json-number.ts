import type { CanonErrorCode } from './errors.ts';

/** Ruling 2: a number with decimals stays below this magnitude, so that four decimals survive a 64-bit float exactly. */
const DECIMAL_LIMIT = 2 ** 31;

const DECIMALS = /^-?[0-9]+\.[0-9]{1,4}$/;

export const NUMBER_RULE = 'an integer within ±(2^53-1), or at most four decimals below 2^31, without exponent';

/** Why ruling 2 keeps `value` out of hashed JSON, or `undefined` where it may enter. */
export function refusedNumber(value: number): CanonErrorCode | undefined {
  if (Number.isSafeInteger(value)) return Object.is(value, -0) ? 'json.negative_zero' : undefined;
  if (!Number.isFinite(value)) return 'json.not_finite';
  // ECMAScript's shortest text is RFC 8785's number format (section 3.2.2.3): what is judged here is what is hashed.
  if (Math.abs(value) < DECIMAL_LIMIT && DECIMALS.test(String(value))) return undefined;
  return 'json.number_range';
}

/**
 * Why ruling 2 refuses the number written as `token` (of RFC 8259's grammar), or `undefined`.
 *
 * Judged by its digits and not by its value: `0.30000000000000001` has the value of `0.3`, so a reader that looks at
 * values alone would take two spellings of which one was silently rounded.
 */
export function refusedNumberToken(token: string, value: number): CanonErrorCode | undefined {
  if (Object.is(value, -0)) return 'json.negative_zero';
  if (Number.isSafeInteger(value) && !/[.eE]/.test(token)) return undefined;
  return Math.abs(value) < DECIMAL_LIMIT && DECIMALS.test(token) ? undefined : 'json.number_range';
}
