import * as z from 'zod';
import { CLEARED_OUTCOMES } from '../core/domain/vocabulary.ts';
import { decisionId, digest, name, pinnedVersion, predecessor, serial, timestampText } from './primitives.ts';
import { readDocument } from './read-document.ts';

/**
 * That a target was changed, by which decision (R88, R89): one link of the target's history. Made by the service once the
 * decision is sealed; what it says of the decision is proven by the pack that it names. See docs/spec/release-record.md.
 */

export const RELEASE_RECORD_TYPE = 'application/vnd.countersign.release-record.v1+json';

export const releaseRecordSchema = z.strictObject({
  _type: z.literal(RELEASE_RECORD_TYPE),
  origin: name,
  tenant: name,
  /** The alias: the policy's id of what was changed. */
  target: name,
  /** From 1, dense within the target. */
  number: serial,
  /** Digest of the record before it, or `GENESIS`. */
  previous: predecessor,
  decision_id: decisionId,
  /** Digest of the bytes of its sealed bundle. */
  pack: digest,
  /** Unless it is `executed`, the target may run the candidate, or what it ran before: the executor could not say, or did not. */
  outcome: z.enum(CLEARED_OUTCOMES),
  candidate: z.strictObject({ name, version: pinnedVersion, digest }),
  /** What the target was known to run before, by digest; null where it is not known. */
  previous_candidate: digest.nullable(),
  cleared_at: timestampText,
  /** When the executor swears to have finished; null where it never said. */
  changed_at: timestampText.nullable(),
  /** With a rollback, and with a backout: the decision that it undoes. */
  undoes: decisionId.exactOptional(),
  /**
   * With a backout alone, whose `decision_id` and `pack` are its addendum's: digest of the sealed bundle of the decision
   * that it undoes.
   */
  undone_pack: digest.exactOptional(),
  /** By the links before: who is the last in the order of time, or had moved the target on since what a backout undoes. */
  overtaken_by: z.strictObject({ decision_id: decisionId, changed_at: timestampText }).exactOptional(),
});

export type ReleaseRecord = z.infer<typeof releaseRecordSchema>;

/** @throws CanonError `json.*`; DocumentError `document.type`, `document.shape`. */
export function readReleaseRecord(bytes: Uint8Array): ReleaseRecord {
  return readDocument(releaseRecordSchema, RELEASE_RECORD_TYPE, bytes);
}
