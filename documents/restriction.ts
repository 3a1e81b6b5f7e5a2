import * as z from 'zod';
import { decisionId, name, predecessor, timestampText } from './primitives.ts';
import { readDocument } from './read-document.ts';

/**
 * What was found wrong with a stored chain, and puts its tenant into restriction (ruling 12). Made by the service, and
 * its word: it takes authority from others for a while, and gives none. See docs/spec/restriction.md.
 */

export const RESTRICTION_TYPE = 'application/vnd.countersign.restriction.v1+json';

export const restrictionSchema = z.strictObject({
  _type: z.literal(RESTRICTION_TYPE),
  origin: name,
  tenant: name,
  /** Decision whose chain it is. */
  decision_id: decisionId,
  /** What the ledger, or the workflow that read it, says is wrong. */
  code: z.enum(['ledger.corrupt', 'ledger.mac', 'ledger.differs', 'ledger.undecided']),
  /** Where the chain ended as the decision's own workflow knows it; null where only the ledger was read. */
  head: z.strictObject({ sequence: z.int().min(0), hash: predecessor }).nullable(),
  found_at: timestampText,
});

export type Restriction = z.infer<typeof restrictionSchema>;
export type RestrictionCode = Restriction['code'];

/** @throws CanonError `json.*`; DocumentError `document.type`, `document.shape`. */
export function readRestriction(bytes: Uint8Array): Restriction {
  return readDocument(restrictionSchema, RESTRICTION_TYPE, bytes);
}

/** Whether it has the form of a decision's id, or an addendum's: ledgers take more than that. */
export function isDecisionId(text: string): boolean {
  return decisionId.safeParse(text).success;
}

export function isRestrictionCode(code: string): code is RestrictionCode {
  return restrictionSchema.shape.code.safeParse(code).success;
}

/** Role whose holders judge what was found, and lift a restriction. */
export const INTEGRITY_OFFICER = 'integrity_officer';
