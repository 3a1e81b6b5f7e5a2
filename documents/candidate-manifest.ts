import * as z from 'zod';
import { digest, name, pinnedVersion } from './primitives.ts';
import { permission } from './permission.ts';
import { readDocument } from './read-document.ts';

/**
 * What a candidate says that it is (R72): its package by digest, what it may do, what it runs on, what it is made of and
 * what comes with that. Nobody signs it: an evidence packet names it by digest, and the packet's author vouches for it.
 * See docs/spec/candidate-manifest.md.
 */

export const CANDIDATE_MANIFEST_TYPE = 'application/vnd.countersign.candidate-manifest.v1+json';

/** Largest manifest, in bytes: it lies in every pack of its decision. */
export const CANDIDATE_MANIFEST_MAX_BYTES = 1024 * 1024;

export const CANDIDATE_KINDS = ['model', 'adapter', 'skill', 'software', 'configuration', 'data'] as const;

/** As docs/spec/package.md has them. */
export const PACKAGE_KINDS = ['file', 'directory', 'oci'] as const;

export const VULNERABILITY_SEVERITIES = ['critical', 'high', 'medium', 'low'] as const;

const list = <Entry extends z.ZodType>(entry: Entry, most = 1000) => z.array(entry).max(most);

const path = z.string().min(1).max(4096);
const size = z.int().min(0);

/** An entry of a package manifest: the members are those of its type, which only the package's own rules tell. */
const entry = z.strictObject({
  type: z.enum(['directory', 'file', 'symlink']),
  path,
  size: size.exactOptional(),
  digest: digest.exactOptional(),
  executable: z.boolean().exactOptional(),
  target: z.string().max(4096).exactOptional(),
});

const layer = z.strictObject({
  media_type: z.string().regex(/^[\x21-\x7e]{1,255}$/, { error: 'expected a media type' }),
  digest,
  size,
});

const contents = z.strictObject({
  kind: z.enum(PACKAGE_KINDS),
  /** The candidate's. */
  digest,
  /** Of a directory: the entries of its package manifest; null where they are not listed, or it is none. */
  entries: list(entry, 5000).nullable(),
  /** Of an image: configuration and layers; null where they are not listed, or it is none. */
  layers: list(layer).nullable(),
});

const runtime = z.strictObject({
  name,
  version: pinnedVersion,
  digest,
  /** Digest of the package that was seen to run on it. */
  verified_on: digest,
});

const vulnerability = z.strictObject({
  id: name,
  severity: z.enum(VULNERABILITY_SEVERITIES),
  /** Digest of what shows that it is fixed here; null: it is open. */
  fixed: digest.nullable(),
});

const parent = z.strictObject({
  name,
  digest,
  /** Digest of the parent's own manifest; null where it has none. */
  manifest: digest.nullable(),
});

export const candidateManifestSchema = z.strictObject({
  _type: z.literal(CANDIDATE_MANIFEST_TYPE),
  name,
  version: pinnedVersion,
  kind: z.enum(CANDIDATE_KINDS),
  package: contents,
  /** What starts it, as a path in the package; null where nothing does. */
  entry_point: path.nullable(),
  permissions: list(permission),
  runtimes: list(runtime).min(1),
  licences: z.strictObject({
    ids: list(name).min(1),
    /** What they oblige to. */
    obligations: list(name),
  }),
  /** What its data, or the data of what it was made of, may not be used for. */
  data_restrictions: list(name),
  known_vulnerabilities: list(vulnerability),
  /** All direct parents. */
  parents: list(parent),
});

export type CandidateManifest = z.infer<typeof candidateManifestSchema>;

/**
 * Reads a manifest from its canonical bytes. Whether it holds to itself, and to what a decision is about, is for
 * `manifestProblems`.
 *
 * @throws CanonError `json.*`; DocumentError `document.type`, `document.shape`, `document.floating_name`, each with every
 *   place.
 */
export function readCandidateManifest(bytes: Uint8Array): CandidateManifest {
  const limits = { maxBytes: CANDIDATE_MANIFEST_MAX_BYTES };
  return readDocument(candidateManifestSchema, CANDIDATE_MANIFEST_TYPE, bytes, '$', limits);
}
