import { canonicalBytes, type Digest, digestBytes, readJson } from '../core/canon/index.ts';
import {
  CANDIDATE_MANIFEST_MAX_BYTES,
  type CandidateManifest,
  readCandidateManifest,
} from '../documents/candidate-manifest.ts';
import type { EvidencePacket } from '../documents/evidence.ts';
import type { EvidenceCheck } from '../documents/policy.ts';
import { checkManifests, manifestsNamed } from '../documents/manifests.ts';
import { usage } from './errors.ts';
import { readInput } from './files.ts';

export interface ManifestFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly digest: Digest;
}

/** A file in any spelling as the canonical bytes that a packet names. @throws CliError, CanonError. */
export function manifestBytes(path: string): ManifestFile {
  const bytes = canonicalBytes(readJson(readInput(path), { maxBytes: CANDIDATE_MANIFEST_MAX_BYTES, path }));
  return { path, bytes, digest: digestBytes(bytes) };
}

export interface CheckedManifests {
  readonly checks: readonly EvidenceCheck[];
  /** Name and version of the request; the manifest's own unless given. */
  readonly asked?: { readonly name: string; readonly version: string } | undefined;
}

/**
 * Holds the manifest that a packet names to its rules, to the packet, and to what its parents pass on, as far as the
 * checks say.
 *
 * @param files that one, those of its parents, and others that do not matter here.
 * @throws CliError `cli.usage` where one is none of the files; CanonError; DocumentError as `checkManifests`.
 */
export function checkManifestFiles(
  packet: EvidencePacket,
  files: readonly ManifestFile[],
  { checks, asked }: CheckedManifests,
): CandidateManifest {
  const manifests = new Map<string, Uint8Array>(files.map(({ digest, bytes }) => [digest, bytes]));
  const own = packet.sections.candidate?.manifest?.digest;
  const { subject: digest } = packet;
  // Says that the packet names none.
  if (own === undefined) checkManifests({ checks, candidate: { name: '', version: '', digest }, packet }, manifests);
  const missing = manifestsNamed({ checks, packet }, manifests).filter((named) => !manifests.has(named));
  if (missing.length > 0) {
    throw usage('a manifest is none of these files', {
      path: '--manifest',
      expected: missing.join(', '),
      got: files.map(({ path, digest }) => `${path} ${digest}`).join(', ') || 'no file',
    });
  }
  const manifest = readCandidateManifest(manifests.get(own ?? '') ?? new Uint8Array());
  const { name, version } = asked ?? manifest;
  checkManifests({ checks, candidate: { name, version, digest }, packet }, manifests);
  return manifest;
}
