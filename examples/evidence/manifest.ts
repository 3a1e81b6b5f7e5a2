import { canonicalBytes } from '../../core/canon/index.ts';
import { CANDIDATE_MANIFEST_TYPE, type CandidateManifest } from '../../documents/index.ts';
import type { Artifact, ArtifactShelf } from './artifacts.ts';

/** A manifest as the store has it: canonical, so that its digest is the one that packets name. */
export function shelveManifest(
  shelf: ArtifactShelf,
  name: string,
  manifest: Omit<CandidateManifest, '_type'>,
): Artifact {
  const document: CandidateManifest = { _type: CANDIDATE_MANIFEST_TYPE, ...manifest };
  return shelf.add(name, canonicalBytes(document), CANDIDATE_MANIFEST_TYPE);
}
