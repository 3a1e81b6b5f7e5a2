import type { BasisChange } from '../core/domain/events.ts';
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

/**
 * Members in which two bases differ, by path. Whatever members a basis has: one that only the other has differs too, so
 * that none can change unseen.
 */
export function basisChanges(before: BasisDocument, after: BasisDocument): readonly BasisChange[] {
  const earlier = new Map(leaves('$', before));
  const later = new Map(leaves('$', after));
  const paths = [...new Set([...earlier.keys(), ...later.keys()])].sort();
  return paths.flatMap((path): BasisChange[] => {
    const [was, is] = [earlier.get(path) ?? null, later.get(path) ?? null];
    return was === is ? [] : [{ path, before: was, after: is }];
  });
}

type Leaf = readonly [path: string, value: string | number | null];

function leaves(path: string, value: unknown): readonly Leaf[] {
  if (typeof value === 'string' || typeof value === 'number' || value === null) return [[path, value]];
  if (typeof value !== 'object') return [[path, JSON.stringify(value)]];
  return Object.entries(value).flatMap(([key, below]) =>
    leaves(Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`, below),
  );
}
