import * as z from 'zod';
import { floatingLocation } from './floating-names.ts';
import { digest, name, pinnedVersion, unitInterval } from './primitives.ts';

/** What an evaluation came to, as its card and the packet that repeats it both say it. */

const URI_FORM = /^[a-z][a-z0-9+.-]*:[\x21-\x7e]+$/;
const URI_WITH_PASSWORD = /^[^/]*\/\/[^/?#]*:[^/?#]*@/;

/** Absolute, and without credentials: what is recorded here can never be taken back. */
const uri = z
  .string()
  .max(2000)
  .superRefine((text, context) => {
    // What stands before an @ may be a password, so a refusal does not repeat it.
    const secret = text.includes('@');
    const refuse = (message: string, floating = false): void =>
      context.addIssue({ code: 'custom', message: `expected ${message}`, params: { floating, secret } });
    if (!URI_FORM.test(text)) refuse('an absolute URI');
    else if (URI_WITH_PASSWORD.test(text)) refuse('a URI without a password');
    else if (floatingLocation(text)) refuse('a location that does not move', true);
  });

/** Something large, by digest. The digest is what is approved; the location only says where to look. */
export const reference = z.strictObject({
  uri,
  digest,
  media_type: z
    .string()
    .regex(/^[a-z0-9][a-z0-9!#$&^_.+-]{0,63}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,99}$/, { error: 'expected a media type' }),
  /** Bytes. */
  size: z.int().min(0),
});

/** `12.5 EUR`, `1500 tokens/s`: what does not fit a number of ruling 2, or has a unit of its own. At most 15 digits, which doubles keep in order. */
export const QUANTITY = /^(?=-?[\d.]{1,15} )(-?(?:0|[1-9]\d*)(?:\.\d+)?) ([A-Za-z%][A-Za-z0-9%/^*._-]{0,31})$/;

/** A number with at most four decimals, or text with its unit. */
export const measure = z.union([
  z
    .number()
    .gt(-(2 ** 31))
    .lt(2 ** 31)
    .refine((value) => Math.round(value * 1e4) / 1e4 === value, { error: 'expected at most four decimals' }),
  z.string().regex(QUANTITY, { error: 'expected a number, a space and its unit' }),
]);

export const direction = z.enum(['at_least', 'at_most']);

/** Suites and runtimes: a name says which, the digest says what. */
export const pinned = z.strictObject({ name, version: pinnedVersion, digest });

export const scorecard = z.strictObject({
  metric: name,
  value: measure,
  threshold: measure,
  direction,
  passed: z.boolean(),
});

export const failureSlice = z.strictObject({
  slice: name,
  metric: name,
  value: measure,
  cases: z.int().min(0),
  detail: reference.nullable(),
});

export const calibration = z.strictObject({
  method: name,
  expected_calibration_error: unitInterval,
  report: reference.nullable(),
});
