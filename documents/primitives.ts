import * as z from 'zod';
import { isDigest } from '../core/canon/index.ts';
import { ENVIRONMENTS } from '../core/domain/vocabulary.ts';
import { DIGEST_RULE, floatingDigest, floatingVersion, VERSION_RULE } from './floating-names.ts';

/** The small shapes that all documents share. Bounded everywhere: a document comes from a stranger. */

/** `sha256:` and 64 hex digits. A name in its place is refused as a floating name (R56). */
export const digest = z.string().superRefine((text, context) => {
  if (!isDigest(text))
    context.addIssue({ code: 'custom', message: DIGEST_RULE, params: { floating: floatingDigest(text) } });
});

/** A set has one spelling: sorted, each once. */
export const digestSet = (most: number) =>
  z
    .array(digest)
    .max(most)
    .refine((list) => list.every((each, at) => at === 0 || (list[at - 1] ?? '') < each), {
      error: 'expected digests in order, each once',
    });

/** An exact version: one that cannot come to mean something else (R56). See {@link floatingVersion}. */
export const pinnedVersion = z
  .string()
  .max(128)
  .superRefine((text, context) => {
    if (floatingVersion(text)) context.addIssue({ code: 'custom', message: VERSION_RULE, params: { floating: true } });
  });

/** RFC 3339 UTC with exactly milliseconds, and a day that exists. */
export const timestampText = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, { error: 'expected RFC 3339 UTC with milliseconds' })
  .refine((text) => !Number.isNaN(Date.parse(text)) && new Date(Date.parse(text)).toISOString() === text, {
    error: 'expected an instant that exists',
  });

/** Pseudonymous and immutable (ruling 6): never a mail address, never `SYSTEM`. */
export const actorId = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{2,127}$/, { error: 'expected 3 to 128 of A-Z a-z 0-9 . _ -' })
  // In any case of its letters: an id that reads as the service's own would be taken for it.
  .refine((id) => id.toUpperCase() !== 'SYSTEM', { error: 'expected an id that is not reserved' });

/** Names of roles, targets, actions, tenants, gates. */
export const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$/, {
  error: 'expected 1 to 128 of A-Z a-z 0-9 . _ : / -',
});

export const decisionId = z.string().regex(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/, {
  error: 'expected the UUID (version 8) of a decision',
});

/**
 * One line a person reads, in documents that are not redactable (a gate's reason, a role's title). Control characters
 * would reach terminals, and marks that turn the direction of writing make a line read as another.
 */
export const line = z
  .string()
  .min(1)
  .max(500)
  .regex(/^[^\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]*$/u, {
    error: 'expected one line without control characters',
  });

export const semver = z
  .string()
  .regex(/^(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})(-[0-9A-Za-z.-]{1,64})?$/, {
    error: 'expected a semantic version such as 1.2.0',
  });

/** Serial of a policy, roster or trust document: from 1, each one higher than its predecessor. */
export const serial = z.int().min(1).max(Number.MAX_SAFE_INTEGER);

/** Digest of the document this one replaces, or `GENESIS` for the first. */
export const predecessor = z.string().superRefine((text, context) => {
  if (text === 'GENESIS' || isDigest(text)) return;
  context.addIssue({
    code: 'custom',
    message: `${DIGEST_RULE}, or GENESIS`,
    params: { floating: floatingDigest(text) },
  });
});

export const seconds = z
  .int()
  .min(1)
  .max(366 * 24 * 3600);

/** In [0,1] with at most four decimals (ruling 1). */
export const unitInterval = z
  .number()
  .min(0)
  .max(1)
  .refine(hasFourDecimals, { error: 'expected at most four decimals' });

/** A measured number of its field's unit: not negative, at most four decimals, below 2^31 (ruling 2). */
export const amount = z
  .number()
  .min(0)
  .lt(2 ** 31)
  .refine(hasFourDecimals, { error: 'expected at most four decimals' });

/** A number of ruling 2: an integer, or at most four decimals below 2^31. Two of them compare as they are written. */
export const decimal = z
  .number()
  .refine((value) => Number.isSafeInteger(value) || (Math.abs(value) < 2 ** 31 && hasFourDecimals(value)), {
    error: 'expected an integer, or at most four decimals below 2^31',
  });

/** `EUR`, `tokens/s`, `%`. Compared as text: `ms` and `s` are two units. */
export const unit = z
  .string()
  .regex(/^[A-Za-z%][A-Za-z0-9%/^*._-]{0,31}$/, { error: 'expected a unit of 1 to 32 characters' });

export const currency = z.string().regex(/^[A-Z]{3}$/, { error: 'expected an ISO 4217 code' });

export const environment = z.enum(ENVIRONMENTS);

/** Strict standard base64 of so many bytes; the canonical spelling is checked where it is decoded. */
export const base64 = z
  .string()
  .regex(/^[A-Za-z0-9+/]*={0,2}$/, { error: 'expected base64' })
  .max(4096);

/** The one base64 spelling of 32 bytes. Whether they are a key is for `loadPublicKey`. */
export const publicKeyText = z.string().regex(/^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/, {
  error: 'expected strict base64 of 32 bytes',
});

export const nonce = z
  .string()
  .regex(/^[A-Za-z0-9+/]{22,86}={0,2}$/, { error: 'expected base64 of 16 to 64 random bytes' });

/** Same spelling as a digest (ruling 15). */
export const commitment = digest;

function hasFourDecimals(value: number): boolean {
  return Math.round(value * 1e4) / 1e4 === value;
}
