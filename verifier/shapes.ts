import * as z from 'zod';
import type { Assignment, EndorsedReference, ZoneOffsets } from '../core/domain/events.ts';
import { actorId, decisionId, digest, name, serial, timestampText } from '../documents/primitives.ts';
import { memberOf } from '../pack/index.ts';

/** Shapes of what is read out of events before the replay has shown that they are what was decided. */

/** Sorted and without doubles, so that one set of endorsements has one spelling. */
const endorsements = z
  .array(digest)
  .max(64)
  .refine((list) => list.every((each, index) => index === 0 || (list[index - 1] ?? '') < each));

const endorsedReference = z.strictObject({ serial, digest, endorsements });

/** Only a policy is let in by a decision. */
const policyReference = endorsedReference.extend({
  admitted: z.strictObject({ decision_id: decisionId, pack: digest }).exactOptional(),
});

const assignment = z.array(z.strictObject({ role: name, actor_id: actorId, statement: digest })).max(256);

const override = z.strictObject({
  statements: z.array(digest).min(1).max(256),
  waived: z
    .array(z.strictObject({ role: name, signatures: z.int().min(1).max(16) }))
    .min(1)
    .max(16),
  review_role: name,
  review_by: timestampText,
});

const recovery = z.strictObject({ incidents: z.array(name).min(1).max(256), freezes: z.array(digest).max(4_096) });

/** What a clearance says of recovery plans; null where that is not of its form. */
export function recoveryIn(event: unknown): z.infer<typeof recovery> | null {
  const read = recovery.safeParse(memberOf(event, 'recovery'));
  return read.success ? read.data : null;
}

/** No zone was ever further from UTC than this, in seconds. */
const FURTHEST_S = 18 * 3600;

const zones = z
  .array(
    z.strictObject({
      zone: z.string().min(1).max(100),
      offsets: z
        .array(z.strictObject({ from: timestampText, offset_s: z.int().min(-FURTHEST_S).max(FURTHEST_S) }))
        .min(1)
        .max(64)
        .refine((list) => list.every((each, index) => index === 0 || (list[index - 1]?.from ?? '') < each.from)),
    }),
  )
  .max(8)
  .refine((list) => list.every((each, index) => index === 0 || (list[index - 1]?.zone ?? '') < each.zone));

/** Offsets that a route was computed with, each from `from` on; none where they are not of their form. */
export function zonesIn(event: unknown, from: string): readonly ZoneOffsets[] {
  const read = zones.safeParse(memberOf(event, 'zones'));
  return read.success && read.data.every(({ offsets }) => offsets[0]?.from === from) ? read.data : [];
}

/** What a clearance says of overrides; null where that is not of its form. */
export function overrideIn(event: unknown): z.infer<typeof override> | null {
  const read = override.safeParse(memberOf(event, 'override'));
  return read.success ? read.data : null;
}

export function referenceIn(event: unknown, member: string): EndorsedReference | null {
  const read = (member === 'policy' ? policyReference : endorsedReference).safeParse(memberOf(event, member));
  return read.success ? read.data : null;
}

export function assignmentIn(event: unknown): readonly Assignment[] | null {
  const read = assignment.safeParse(memberOf(event, 'assignment'));
  return read.success ? read.data : null;
}

export function textIn(event: unknown, member: string): string | null {
  const value = memberOf(event, member);
  return typeof value === 'string' ? value : null;
}

export function isTimestamp(value: unknown): value is string {
  return timestampText.safeParse(value).success;
}
