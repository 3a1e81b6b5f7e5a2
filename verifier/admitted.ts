import type { AdmittedBy } from '../core/domain/events.ts';
import { type TrustFile, tenantOf } from '../documents/index.ts';
import { type Policy, policySchema } from '../documents/policy.ts';
import { asksForDecision, checkSuccession, type DigestedPolicy } from '../evaluation/succession.ts';
import { askedLast, memberOf, type PackCore } from '../pack/index.ts';
import type { EventPlace, Findings } from './findings.ts';
import { proven } from './proven.ts';
import { referenceIn } from './shapes.ts';

/** A policy that names the decision which let it in, and whose pack was not given. */
export interface UnseenAdmission {
  readonly serial: number;
  readonly admitted: AdmittedBy;
}

/**
 * Which decisions let in the policies that this chain was decided under, and those that these were decided under, as far
 * down as their packs were given. What one of them does not show is an error: the chain says that it does.
 *
 * @param packs bytes of sealed bundles, by digest
 * @returns those whose packs were not given
 */
export function checkAdmissions(
  core: PackCore,
  packs: ReadonlyMap<string, Uint8Array>,
  trust: TrustFile,
  findings: Findings,
): readonly UnseenAdmission[] {
  const genesis = tenantOf(trust, core.tenant)?.policy_genesis;
  const unseen = new Map<string, UnseenAdmission>();
  const seen = new Set<string>();
  const walk = (within: PackCore, top: EventPlace | null): void => {
    for (const [index, event] of within.events.entries()) {
      const reference = referenceIn(event, 'policy');
      if (reference?.admitted === undefined || reference.digest === genesis || seen.has(reference.digest)) continue;
      seen.add(reference.digest);
      const place: EventPlace = top ?? { chain: 'events', index, event };
      const { admitted, serial, digest } = reference;
      const path = '$.policy.admitted';
      const bundle = packs.get(admitted.pack);
      if (bundle === undefined) {
        unseen.set(admitted.pack, { serial, admitted });
        continue;
      }
      const found = proven(bundle, trust);
      const policy = policyOf(within, digest);
      const wrong =
        found.core === null
          ? { expected: `policy ${serial}: a pack that holds`, got: `${found.wrong.code} at ${found.wrong.path}` }
          : policy === null
            ? { expected: `policy ${serial}`, got: 'no policy under its digest' }
            : differenceOf({ policy, digest }, admitted, found.core);
      if (wrong !== undefined) findings.add('policy.not_admitted', { path, ...wrong }, place);
      if (found.core === null || wrong !== undefined) continue;
      const got = `policy ${serial}: decision ${admitted.decision_id}, pack ${admitted.pack}`;
      findings.add('policy.admitted', { path, got }, place);
      walk(found.core, place);
    }
  };
  walk(core, null);
  return [...unseen.values()];
}

/** What of this pack does not let in that policy. */
function differenceOf(
  next: DigestedPolicy,
  { decision_id }: AdmittedBy,
  core: PackCore,
): { readonly expected: string; readonly got: string } | undefined {
  if (core.decision_id !== decision_id) return { expected: decision_id, got: core.decision_id };
  const digest = askedLast(core.events)?.policy.digest ?? '';
  if (digest !== next.policy.predecessor) return { expected: `decided under ${next.policy.predecessor}`, got: digest };
  const before = policyOf(core, digest);
  if (!asksForDecision(before, next.digest, undefined))
    return { expected: 'a policy before that asks for a decision', got: digest };
  const refusal = checkSuccession({ policy: before, digest }, next, core);
  return refusal && { expected: `${refusal.path}: ${refusal.expected}`, got: refusal.got };
}

function policyOf({ documents }: PackCore, digest: string): Policy | null {
  return policySchema.safeParse(memberOf(memberOf(documents, digest), 'content')).data ?? null;
}
