import * as z from 'zod';
import { candidateManifestSchema } from '../../documents/candidate-manifest.ts';
import { evidenceSchema } from '../../documents/evidence.ts';
import { incidentEvidenceSchema } from '../../documents/incident-evidence.ts';
import { lineageRegistrySchema } from '../../documents/lineage-registry.ts';
import { observationSchema } from '../../documents/observation.ts';
import { policySchema } from '../../documents/policy.ts';
import { digest, predecessor } from '../../documents/primitives.ts';
import { releaseRecordSchema } from '../../documents/release-record.ts';
import { restrictionSchema } from '../../documents/restriction.ts';
import { rosterSchema } from '../../documents/roster.ts';
import { standingSchema } from '../../documents/standing.ts';
import { statementSchemas } from '../../documents/statements.ts';
import { trustSchema } from '../../documents/trust.ts';

/** Where the schemas lie, from the project's root. */
export const SCHEMAS_PATH = 'docs/spec/schemas';

const DIGEST = '^sha256:[0-9a-f]{64}$';

const DOCUMENTS: Readonly<Record<string, z.ZodType>> = {
  'candidate-manifest': candidateManifestSchema,
  'evidence-packet': evidenceSchema,
  'incident-evidence': incidentEvidenceSchema,
  'lineage-registry': lineageRegistrySchema,
  observation: observationSchema,
  policy: policySchema,
  'release-record': releaseRecordSchema,
  restriction: restrictionSchema,
  roster: rosterSchema,
  standing: standingSchema,
  trust: trustSchema,
  ...statementSchemas,
};

/**
 * A JSON Schema (draft 2020-12) for each kind of document, by file name, made of what its reader checks first: members,
 * types, bounds and patterns. What no schema can say (order, sums, members that depend on one another) is on the page of
 * the format, and the reader holds a document to it afterwards.
 */
export function schemas(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(DOCUMENTS).map(([kind, schema]) => [
      `${kind}.v1.json`,
      `${JSON.stringify({ $id: `urn:countersign:schema:${kind}:v1`, ...z.toJSONSchema(schema, { io: 'input', override }) }, null, 2)}\n`,
    ]),
  );
}

/** Checks that are code are not seen; those of digests are the same everywhere, and have a pattern. */
function override({
  zodSchema,
  jsonSchema,
}: {
  zodSchema: z.core.$ZodType;
  jsonSchema: z.core.JSONSchema.BaseSchema;
}): void {
  // Says that nobody may write it; here it only says that our code does not.
  delete jsonSchema.readOnly;
  if (jsonSchema.maxItems === Number.POSITIVE_INFINITY) delete jsonSchema.maxItems;
  if (zodSchema === digest) jsonSchema.pattern = DIGEST;
  if (zodSchema === predecessor) jsonSchema.pattern = `^GENESIS$|${DIGEST}`;
}
