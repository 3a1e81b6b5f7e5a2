import { CanonError } from '../core/canon/index.ts';
import type { DigestText } from '../core/domain/vocabulary.ts';
import { DocumentError } from '../documents/errors.ts';
import { type Checked, checkManifests, checksOf, type Manifests, manifestsNamed } from '../documents/manifests.ts';
import { type Denial, denialAt } from './errors.ts';
import type { EvaluationInput } from './evaluate.ts';
import { denialOf } from './places.ts';

/**
 * Service and verifier fetch what `manifestsNamed` names and give it to the evaluation, which reads it and records what
 * it read (R72, R75).
 */

/** Why the manifests do not do; empty where they do, or where none is to be read. */
export function refuseManifests(input: EvaluationInput): readonly Denial[] {
  try {
    checkManifests({ ...asked(input), candidate: input.request.candidate }, input.manifests ?? new Map());
    return [];
  } catch (error) {
    if (error instanceof CanonError)
      return [denialAt('manifest.invalid', `a manifest cannot be read: ${error.code}`, ['$'])];
    if (!(error instanceof DocumentError)) throw error;
    return [denialOf(error, 'manifest.invalid', placeOf)];
  }
}

/** The member by which an event names the manifests that were read. */
export function manifestsMember(input: EvaluationInput): { readonly manifests?: readonly DigestText[] } {
  const given: Manifests = input.manifests ?? new Map();
  const found = manifestsNamed(asked(input), given).filter((digest) => given.has(digest));
  return found.length === 0 ? {} : { manifests: found.toSorted() };
}

function asked({ policy, request, packet }: EvaluationInput): Omit<Checked, 'candidate'> {
  return { checks: checksOf(policy.document, request.action), packet };
}

/** Names of foreign members are somebody's free text, and an event is for ever. */
function placeOf(path: string): string {
  return /^\$(?:\.[a-z_]{1,24}|\[\d{1,6}\]){0,6}$/.test(path) ? path : 'a foreign member';
}
