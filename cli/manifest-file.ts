import { canonicalBytes, type Digest, digestBytes, readJson } from '../core/canon/index.ts';
import {
  CANDIDATE_MANIFEST_MAX_BYTES,
  type CandidateManifest,
  readCandidateManifest,
} from '../documents/candidate-manifest.ts';
import type { EvidencePacket } from '../documents/evidence.ts';
import { checkManifest } from '../documents/manifest-rules.ts';
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

/**
 * Holds the manifest that a packet names to its rules, and to the packet.
 *
 * @param files that one, and others that do not matter here.
 * @param asked name and version of the request; the manifest's own unless given.
 * @throws CliError `cli.usage` where it is none of the files; CanonError; DocumentError `manifest.invalid` and as the
 *   reader.
 */
export function checkManifestFiles(
  { subject, sections }: EvidencePacket,
  files: readonly ManifestFile[],
  asked?: { readonly name: string; readonly version: string },
): CandidateManifest {
  const named = sections.candidate?.manifest?.digest ?? 'none';
  const file = files.find(({ digest }) => digest === named);
  if (file === undefined) {
    throw usage("the packet's manifest is none of these files", {
      path: '--manifest',
      expected: `the manifest ${named}, which $.sections.candidate.manifest names`,
      got: files.map(({ path, digest }) => `${path} ${digest}`).join(', ') || 'no file',
    });
  }
  const manifest = readCandidateManifest(file.bytes);
  const { name, version } = asked ?? manifest;
  checkManifest(manifest, { candidate: { name, version, digest: subject }, sections });
  return manifest;
}
