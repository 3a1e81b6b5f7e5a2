import { digestJson } from '../core/canon/index.ts';
import type { DigestText } from '../core/domain/vocabulary.ts';
import { type Ancestry, ANCESTRY_TYPE } from '../documents/ancestry.ts';
import { checksOf } from '../documents/manifests.ts';
import type { Denial } from './errors.ts';
import type { EvaluationInput } from './evaluate.ts';

/**
 * What stands behind a candidate, further back than its evidence names (R74, R90): read by the service in the registry of
 * lineages, kept as a document, and looked at whenever governance revokes something. That it is all there is, is the
 * service's word; which document, and that it is of this candidate, is decided here and again by whoever verifies.
 */

/** Whose ancestors are read; null where the policy asks for nobody's. */
export interface Lines {
  readonly candidate: DigestText;
  readonly rollback: DigestText | null;
}

export function linesOf({ policy, request, packet }: EvaluationInput): Lines | null {
  if (!checksOf(policy.document, request.action).includes('ancestry')) return null;
  return { candidate: request.candidate.digest, rollback: packet.sections.rollback?.target ?? null };
}

/** Of another candidate, or one that leaves out what the evidence itself names: nothing is concluded from that. */
export function refuseAncestry(input: EvaluationInput): Denial | undefined {
  const lines = linesOf(input);
  const { ancestry } = input;
  if (lines === null || !ancestry) return undefined;
  const of: Lines = { candidate: ancestry.candidate.digest, rollback: ancestry.rollback?.digest ?? null };
  if (of.candidate !== lines.candidate || of.rollback !== lines.rollback) {
    const detail = `ancestry is of ${of.candidate} and ${of.rollback}, where the evidence has ${lines.candidate} and ${lines.rollback}`;
    return { code: 'evidence.differs', detail };
  }
  const known = new Set(ancestry.candidate.ancestors);
  const parents = input.packet.sections.lineage?.parents ?? [];
  const lacking = parents.map(({ digest }) => digest).filter((digest) => !known.has(digest));
  if (lacking.length === 0) return undefined;
  return { code: 'evidence.differs', detail: `ancestry lacks the parents ${lacking.slice(0, 10).join(', ')}` };
}

/** Looked for last, as all that is resolved. */
export function awaitAncestry(input: EvaluationInput): Denial | undefined {
  const lines = linesOf(input);
  if (lines === null || input.ancestry) return undefined;
  return { code: 'evidence.unresolved', detail: `the ancestry of ${lines.candidate} was not read` };
}

/** The member by which an event names what was read. */
export function ancestryMember(input: EvaluationInput): { readonly ancestry?: DigestText } {
  return linesOf(input) === null || !input.ancestry ? {} : { ancestry: digestJson(input.ancestry) };
}

/** Once a document: a chain may have hundreds of claims. */
const ANCESTORS = new WeakMap<Ancestry, readonly string[]>();

/** All digests in it, of the candidate's line and of the rollback's. */
export function ancestorsIn(ancestry: Ancestry): readonly string[] {
  const known = ANCESTORS.get(ancestry);
  if (known !== undefined) return known;
  const all = [...ancestry.candidate.ancestors, ...(ancestry.rollback?.ancestors ?? [])];
  ANCESTORS.set(ancestry, all);
  return all;
}

/** For evaluations that are no decisions: no more than the evidence names. */
export function namedAncestry(input: EvaluationInput): Ancestry | null {
  const lines = linesOf(input);
  if (lines === null) return null;
  const parents = input.packet.sections.lineage?.parents ?? [];
  const ancestors = [...new Set(parents.map(({ digest }) => digest))].sort();
  const rollback = lines.rollback === null ? null : { digest: lines.rollback, ancestors: [] };
  return { _type: ANCESTRY_TYPE, candidate: { digest: lines.candidate, ancestors }, rollback };
}
