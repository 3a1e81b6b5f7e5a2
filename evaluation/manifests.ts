import { CanonError, isDigest } from '../core/canon/index.ts';
import type { DigestText } from '../core/domain/vocabulary.ts';
import { type CandidateManifest, readCandidateManifest } from '../documents/candidate-manifest.ts';
import { DocumentError, type Problem } from '../documents/errors.ts';
import type { EvidencePacket } from '../documents/evidence.ts';
import { manifestProblems } from '../documents/manifest-rules.ts';
import type { EvidenceCheck, Policy } from '../documents/policy.ts';
import type { Denial, DenialCode } from './errors.ts';
import type { EvaluationInput } from './evaluate.ts';

/**
 * Manifests that are read, where the policy says so (R72). Service and verifier fetch what {@link manifestsNamed} names
 * and give it to the evaluation, which reads it and records what it read.
 */

/** Canonical bytes by digest. */
export type Manifests = ReadonlyMap<string, Uint8Array>;

interface Asked {
  readonly policy: { readonly document: Policy };
  readonly request: { readonly action: string };
  readonly packet: EvidencePacket;
}

/** Whether the policy lets this action pass only where `check` holds. */
export function isChecked(check: EvidenceCheck, { policy, request }: Omit<Asked, 'packet'>): boolean {
  const action = policy.document.actions.find(({ id }) => id === request.action);
  return action?.checks?.includes(check) ?? false;
}

/** Digests of the manifests that the evaluation reads, each once; none where the policy demands none. */
export function manifestsNamed(asked: Asked): readonly DigestText[] {
  const own = asked.packet.sections.candidate?.manifest?.digest;
  return own !== undefined && isChecked('manifest', asked) ? [own] : [];
}

/** The member by which an event names the manifests that were read. */
export function manifestsMember(input: EvaluationInput): { readonly manifests?: readonly DigestText[] } {
  const read = manifestsNamed(input).filter((digest) => input.manifests?.has(digest));
  return read.length === 0 ? {} : { manifests: read.toSorted() };
}

/** Why the candidate's manifest does not do; undefined where it does, or where nobody asked for it. */
export function refuseManifest(input: EvaluationInput): Denial | undefined {
  if (!isChecked('manifest', input)) return undefined;
  const { request, packet } = input;
  const named = packet.sections.candidate?.manifest?.digest;
  if (named === undefined) {
    return deny(
      'evidence.incomplete',
      '1 items that the manifest is checked by are missing: $.sections.candidate.manifest',
    );
  }
  const manifest = readManifest(input, named);
  if ('code' in manifest) return manifest;
  return invalid(named, manifestProblems(manifest, { candidate: request.candidate, sections: packet.sections }));
}

function readManifest({ manifests }: EvaluationInput, digest: DigestText): CandidateManifest | Denial {
  const bytes = isDigest(digest) ? manifests?.get(digest) : undefined;
  if (bytes === undefined) return deny('manifest.unreadable', `what is named as manifest is no document: ${digest}`);
  try {
    return readCandidateManifest(bytes);
  } catch (error) {
    if (error instanceof DocumentError) return invalid(digest, error.problems) ?? deny('manifest.invalid', digest);
    if (!(error instanceof CanonError)) throw error;
    return deny('manifest.invalid', `manifest ${digest} cannot be read: ${error.code}`);
  }
}

function invalid(digest: DigestText, problems: readonly Problem[]): Denial | undefined {
  if (problems.length === 0) return undefined;
  const places = [...new Set(problems.map(({ path }) => placeOf(path)))];
  const more = places.length > 10 ? ` and ${places.length - 10} more` : '';
  return deny(
    'manifest.invalid',
    `manifest ${digest} breaks ${problems.length} rules, at ${places.slice(0, 10).join(', ')}${more}`,
  );
}

/** Names of foreign members are somebody's free text, and an event is for ever. */
function placeOf(path: string): string {
  return /^\$(?:\.[a-z_]{1,24}|\[\d{1,6}\]){0,6}$/.test(path) ? path : 'a foreign member';
}

function deny(code: DenialCode, detail: string): Denial {
  return { code, detail };
}
