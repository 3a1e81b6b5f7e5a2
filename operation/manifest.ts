import { z } from 'zod';
import { canonicalBytes, type JsonObject } from '../core/canon/index.ts';
import { readDocument } from '../documents/index.ts';
import { digest, name, timestampText } from '../documents/primitives.ts';

/** What a backup holds, and by which digest each part is known: see docs/spec/backup.md. */
export const BACKUP_TYPE = 'application/vnd.countersign.backup.v1+json';
export const MANIFEST_FILE = 'manifest.json';

/** A manifest names every document by its digest: some 70 bytes each. */
const MAX_MANIFEST_BYTES = 512 * 1024 * 1024;

const head = z.strictObject({ sequence: z.int().min(1), hash: digest });
const text = z.string().min(1).max(1024);

const manifestSchema = z.strictObject({
  _type: z.literal(BACKUP_TYPE),
  tenant: name,
  began_at: timestampText,
  ended_at: timestampText,
  decisions: z.array(
    z.strictObject({
      decision_id: text,
      chain: digest,
      head,
      pack: text.nullable(),
      disclosures: digest.nullable(),
    }),
  ),
  bindings: z.array(z.strictObject({ registry: text, key: text, stored: text })),
  documents: z.array(digest),
  damaged: z.array(z.strictObject({ what: z.enum(['chain', 'document', 'disclosures']), id: text, code: text })),
});

export type Manifest = z.infer<typeof manifestSchema>;
export type BackedUpDecision = Manifest['decisions'][number];
export type Damage = Manifest['damaged'][number];

export function manifestBytes(manifest: Manifest): Uint8Array {
  return canonicalBytes(manifest as unknown as JsonObject);
}

/** @throws CanonError, DocumentError */
export function readManifest(bytes: Uint8Array): Manifest {
  return readDocument(manifestSchema, BACKUP_TYPE, bytes, '$', { maxBytes: MAX_MANIFEST_BYTES });
}
