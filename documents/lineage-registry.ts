import * as z from 'zod';
import { type Digest, digestJson } from '../core/canon/index.ts';
import { duplicates } from './duplicates.ts';
import { refuseAll } from './errors.ts';
import { digest } from './primitives.ts';
import { readDocument } from './read-document.ts';

/**
 * Which package was made of which, as whoever builds them records it (R74): an entry for each, added and never changed.
 * See docs/spec/lineage-registry.md.
 */

export const LINEAGE_REGISTRY_TYPE = 'application/vnd.countersign.lineage-registry.v1+json';
const LINEAGE_TYPE = 'application/vnd.countersign.lineage.v1+json';

export const lineageRegistrySchema = z.strictObject({
  _type: z.literal(LINEAGE_REGISTRY_TYPE),
  entries: z
    .array(
      z.strictObject({
        digest,
        /** All direct parents. */
        parents: z.array(digest).max(1000),
        /** What else it was made of: data, teachers. Left out where nobody has recorded that. */
        made_of: z.array(digest).max(1000).exactOptional(),
      }),
    )
    .max(100_000),
});

export type LineageRegistry = z.infer<typeof lineageRegistrySchema>;

/** @throws DocumentError `document.type`, `document.shape` (also where a package stands twice). */
export function readLineageRegistry(value: unknown): LineageRegistry {
  const registry = readDocument(lineageRegistrySchema, LINEAGE_REGISTRY_TYPE, value);
  const entries = registry.entries.map((entry, index) => ({ path: `$.entries[${index}].digest`, value: entry.digest }));
  refuseAll('document.shape', 'a package stands in the registry twice', duplicates(entries));
  return registry;
}

/** One digest for a set of parents, in whatever order they are named. */
export function lineageDigest(parents: readonly string[]): Digest {
  return digestJson({ _type: LINEAGE_TYPE, parents: [...new Set(parents)].sort() });
}
