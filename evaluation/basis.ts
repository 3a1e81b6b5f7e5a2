import type { Candidate, EvidenceReference, PolicyReference } from '../core/domain/statements.ts';
import type { Band, DigestText } from '../core/domain/vocabulary.ts';

export const BASIS_TYPE = 'application/vnd.countersign.basis.v1+json';

/**
 * What people sign (ruling 4): all that a decision rests on, and nothing that may change without changing it.
 * Escalation and the roster are left out; the approvals stand while the basis does. See docs/spec/routing-and-basis.md.
 */
export interface BasisDocument {
  readonly _type: typeof BASIS_TYPE;
  readonly origin: string;
  readonly tenant: string;
  readonly decision_id: string;
  /** Digest of the request statement. */
  readonly request: DigestText;
  readonly candidate: Candidate;
  readonly action: string;
  readonly target: string;
  readonly evidence: EvidenceReference;
  readonly policy: PolicyReference;
  readonly risk_score: number;
  readonly risk_band: Band;
  /** Digest of what a rollback restores; null where the action class demands no rollback. */
  readonly rollback_target: DigestText | null;
}

/** Picks the members by name, so that a wider value adds nothing to what is signed. */
export function basisDocument(facts: Omit<BasisDocument, '_type'>): BasisDocument {
  const { candidate, evidence, policy } = facts;
  return {
    _type: BASIS_TYPE,
    origin: facts.origin,
    tenant: facts.tenant,
    decision_id: facts.decision_id,
    request: facts.request,
    candidate: { name: candidate.name, version: candidate.version, digest: candidate.digest },
    action: facts.action,
    target: facts.target,
    evidence: { packet: evidence.packet, statement: evidence.statement },
    policy: { version: policy.version, digest: policy.digest },
    risk_score: facts.risk_score,
    risk_band: facts.risk_band,
    rollback_target: facts.rollback_target,
  };
}
