import * as z from 'zod';
import type { Timestamp } from '../core/domain/vocabulary.ts';
import { instant } from '../core/domain/vocabulary.ts';
import { type Problem, refuseAll } from './errors.ts';
import { digest, digestSet, name, predecessor, serial, timestampText } from './primitives.ts';
import { readDocument } from './read-document.ts';
import { begunAt } from './window.ts';
import { FREEZE_SCOPE, scopeShape } from './scope.ts';

/**
 * What governance says of the moment (ruling 18): which policy and roster count, what is revoked, what is frozen, and
 * until when it says so. Endorsed by governance keys, never the service's. See docs/spec/standing.md.
 */

export const STANDING_TYPE = 'application/vnd.countersign.standing.v1+json';

/** How long a standing speaks at most, in seconds: governance that is silent for a month vouches for nothing. */
export const STANDING_LONGEST_S = 31 * 24 * 3600;

const named = z.strictObject({ serial, digest });

const freeze = z.strictObject({
  id: name,
  ...scopeShape(FREEZE_SCOPE),
  from: timestampText,
  /** Null: until a standing no longer names it. */
  until: timestampText.nullable(),
});

const release = z.strictObject({ candidate: digest, target: name });

const recoveryPlan = z.strictObject({
  /** The id of a freeze of the standing, or the incident of emergency freezes: the freezes that it spares. */
  incident: name,
  /** Exactly these may go out, each to its own target. */
  releases: z
    .array(release)
    .min(1)
    .max(64)
    .refine((list) => list.every((each, at) => at === 0 || precedes(list[at - 1], each)), {
      error: 'expected releases in order of candidate and target, each once',
    }),
  until: timestampText,
});

function precedes(
  before: z.infer<typeof release> | undefined,
  { candidate, target }: z.infer<typeof release>,
): boolean {
  if (before === undefined || before.candidate === candidate) return (before?.target ?? '') < target;
  return before.candidate < candidate;
}

export const standingSchema = z.strictObject({
  _type: z.literal(STANDING_TYPE),
  origin: name,
  tenant: name,
  serial,
  predecessor,
  issued_at: timestampText,
  not_after: timestampText,
  /** Under which new decisions are made. */
  policy: named,
  /** Earlier ones, under which a decision that is on its way may still be cleared. */
  accepted_policies: digestSet(64),
  roster: named,
  /** Key ids with which nothing counts any more, whatever the roster says. */
  revoked_keys: digestSet(10_000),
  /** Candidates, parents, data: whatever stands on one of them is neither routed nor cleared. */
  revoked_digests: digestSet(10_000),
  freezes: z
    .array(freeze)
    .max(64)
    .refine((list) => new Set(list.map(({ id }) => id)).size === list.length, { error: 'expected each id once' }),
  /** Digests of emergency freezes that are over before their time. */
  lifted_freezes: digestSet(1_000),
  /** What may still go out during an incident (R63); left out where nothing may. */
  recovery: z
    .array(recoveryPlan)
    .min(1)
    .max(16)
    .refine((list) => new Set(list.map(({ incident }) => incident)).size === list.length, {
      error: 'expected each incident once',
    })
    .exactOptional(),
});

export type Standing = z.infer<typeof standingSchema>;
export type StandingFreeze = Standing['freezes'][number];
export type RecoveryPlan = z.infer<typeof recoveryPlan>;

/**
 * Reads a standing from its canonical bytes. Whether it counts is for its endorsements, and whether it still speaks for
 * {@link speaksAt}.
 *
 * @throws CanonError `json.*`; DocumentError `document.type`, `document.shape`, `document.floating_name`,
 *   `standing.window`.
 */
export function readStanding(bytes: Uint8Array): Standing {
  const standing = readDocument(standingSchema, STANDING_TYPE, bytes);
  const { issued_at, not_after, freezes } = standing;
  const lifeMs = instant(not_after) - instant(issued_at);
  const problems: Problem[] = freezes.flatMap(({ from, until }, at) =>
    until === null || from < until
      ? []
      : [{ path: `$.freezes[${at}].until`, expected: `an instant after ${from}`, got: until }],
  );
  if (lifeMs <= 0 || lifeMs > STANDING_LONGEST_S * 1000) {
    const expected = `after ${issued_at}, and at most ${STANDING_LONGEST_S} s later`;
    problems.unshift({ path: '$.not_after', expected, got: not_after });
  }
  refuseAll('standing.window', 'a time does not fit', problems);
  return standing;
}

/**
 * False from its end on: the instant belongs to the end, as with everything that expires. False before it was issued
 * too, or a date in the future would let it speak for longer than a standing may.
 */
export function speaksAt({ issued_at, not_after }: Standing, at: Timestamp): boolean {
  return begunAt(issued_at, at) && at < not_after;
}
