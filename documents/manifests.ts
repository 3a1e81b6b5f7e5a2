import { CanonError } from '../core/canon/index.ts';
import type { Candidate } from '../core/domain/statements.ts';
import type { DigestText } from '../core/domain/vocabulary.ts';
import { type CandidateManifest, readCandidateManifest } from './candidate-manifest.ts';
import { DocumentError, refuseAll, refuseTogether } from './errors.ts';
import { type EvidencePacket, missingSubjects } from './evidence.ts';
import { checkInheritance } from './inheritance.ts';
import { checkManifest } from './manifest-rules.ts';
import type { EvidenceCheck, Policy } from './policy.ts';

/** Manifests that are read, where the policy says so (R72, R75): which ones, and what they are held to. */

/** Canonical bytes by digest. */
export type Manifests = ReadonlyMap<string, Uint8Array>;

export interface Checked {
  readonly checks: readonly EvidenceCheck[];
  readonly candidate: Candidate;
  readonly packet: EvidencePacket;
}

/** What the policy says that an action has read; nothing for an action that it does not know. */
export function checksOf({ actions }: Policy, action: string): readonly EvidenceCheck[] {
  return actions.find(({ id }) => id === action)?.checks ?? [];
}

/**
 * Digests of the manifests that are read, each once: the candidate's, and, once that is among `manifests` and has to
 * carry what it inherits, those of its parents. None where nothing is to be read.
 */
export function manifestsNamed(
  { checks, packet }: Omit<Checked, 'candidate'>,
  manifests: Manifests,
): readonly DigestText[] {
  const own = packet.sections.candidate?.manifest?.digest;
  if (own === undefined || !isReadBy(checks)) return [];
  const parents = checks.includes('inheritance') ? parentsNamed(manifests.get(own)) : [];
  return [...new Set([own, ...parents])];
}

/**
 * Holds the candidate's manifest to its rules, and to what it inherits from its parents', as far as `checks` say.
 *
 * @throws DocumentError `evidence.incomplete`, `manifest.unreadable`, `manifest.invalid`, `inheritance.broken`, each with
 *   every place; `document.*` and CanonError `json.*` for what is no manifest.
 */
export function checkManifests({ checks, candidate, packet }: Checked, manifests: Manifests): void {
  if (!isReadBy(checks)) return;
  const { sections } = packet;
  const own = sections.candidate?.manifest?.digest;
  const got = sections.candidate?.manifest === null ? 'null' : 'nothing';
  const unnamed = { path: '$.sections.candidate.manifest', expected: 'the manifest that is read', got };
  const missing = [
    ...(own === undefined ? [unnamed] : []),
    ...(checks.includes('inheritance') ? missingSubjects(packet) : []),
  ];
  refuseTogether([
    () => refuseAll('evidence.incomplete', 'evidence that the policy has read is missing', missing),
    () => {
      if (own !== undefined) checkOwn(read(own, manifests), { checks, candidate, packet }, manifests);
    },
  ]);
}

function checkOwn(manifest: CandidateManifest, { checks, candidate, packet }: Checked, manifests: Manifests): void {
  const { sections } = packet;
  refuseTogether([
    () => checkManifest(manifest, { candidate, sections }),
    () => {
      // What another package would have to carry says nothing about this one.
      if (!checks.includes('inheritance') || manifest.package.digest !== candidate.digest) return;
      const parents = manifest.parents.map(({ manifest: named }) => (named === null ? null : read(named, manifests)));
      checkInheritance(manifest, parents, sections);
    },
  ]);
}

function isReadBy(checks: readonly EvidenceCheck[]): boolean {
  return checks.includes('manifest') || checks.includes('inheritance');
}

function parentsNamed(bytes: Uint8Array | undefined): readonly DigestText[] {
  if (bytes === undefined) return [];
  try {
    return readCandidateManifest(bytes).parents.flatMap(({ manifest }) => manifest ?? []);
  } catch (error) {
    // What is wrong with it is told where it is checked.
    if (error instanceof DocumentError || error instanceof CanonError) return [];
    throw error;
  }
}

function read(digest: DigestText, manifests: Manifests): CandidateManifest {
  const bytes = manifests.get(digest);
  if (bytes !== undefined) return readCandidateManifest(bytes);
  const problem = { path: '$', expected: `the document ${digest}`, got: 'none that can be read' };
  throw new DocumentError('manifest.unreadable', 'what is named as manifest is no document', [problem]);
}
