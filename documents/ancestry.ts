import * as z from 'zod';
import { digest, digestSet } from './primitives.ts';
import { readDocument } from './read-document.ts';

/**
 * All that a candidate, and what its rollback goes back to, were made of, by however many steps: as the service read it in
 * the registry of lineages (R74, R90). See docs/spec/lineage-registry.md#ancestry.
 */

export const ANCESTRY_TYPE = 'application/vnd.countersign.ancestry.v1+json';

/** Ancestors of one package at most. */
export const ANCESTORS_AT_MOST = 10_000;

const line = z.strictObject({
  digest,
  /** A set: packages that were built, and what else the registry says that any of them was made of. */
  ancestors: digestSet(ANCESTORS_AT_MOST),
});

export const ancestrySchema = z.strictObject({
  _type: z.literal(ANCESTRY_TYPE),
  candidate: line,
  /** Of the rollback target; null where the evidence names none. */
  rollback: line.nullable(),
});

export type Ancestry = z.infer<typeof ancestrySchema>;

/** From canonical bytes. @throws CanonError `json.*`; DocumentError `document.type`, `document.shape`, `document.floating_name` */
export function readAncestry(bytes: Uint8Array): Ancestry {
  return readDocument(ancestrySchema, ANCESTRY_TYPE, bytes);
}
