import type { Body } from '../core/domain/commands.ts';
import type {
  AuthorityRouted,
  ChangeWindow,
  BasisChange,
  GateRecord,
  Limits,
  PolicyEvaluated,
  RiskEvaluated,
  Slot,
  ViabilityRecord,
  WaiverRecord,
} from '../core/domain/events.ts';
import type { BarredPerson, Candidate, EvidenceReference } from '../core/domain/statements.ts';
import type { Commitment, DigestText, GateResult, Timestamp } from '../core/domain/vocabulary.ts';
import type { PolicyAction, PolicyTarget } from '../documents/policy.ts';
import type { Highlight } from './highlights.ts';
import type { ReleaseStep } from './ladder.ts';

export const BRIEF_TYPE = 'application/vnd.countersign.brief.v1+json';

/**
 * What an approver is shown, and names by digest in the approval. Built from structured facts alone: nobody's prose
 * can argue for the change here. The requester's summary and whatever else is free text appear as commitments.
 */
export interface BriefDocument {
  readonly _type: typeof BRIEF_TYPE;
  readonly origin: string;
  readonly tenant: string;
  readonly decision_id: string;
  readonly basis: DigestText;
  readonly requested_at: Timestamp;
  readonly evaluated_at: Timestamp;
  readonly requester: {
    readonly actor_id: string;
    readonly kind: 'person' | 'workload';
    readonly role: string;
    /** Persons who control a requesting workload; empty for a person. */
    readonly controlled_by: readonly string[];
  };
  readonly action: Pick<PolicyAction, 'id' | 'class' | 'effects' | 'irreversible'>;
  readonly candidate: Candidate;
  readonly creators: readonly string[];
  readonly target: Pick<PolicyTarget, 'id' | 'environment' | 'system' | 'sensitivity' | 'blast_radius'>;
  readonly context: Readonly<Record<string, string>>;
  readonly summary: Commitment;
  readonly policy: {
    readonly version: string;
    readonly serial: number;
    readonly digest: DigestText;
    readonly result: GateResult;
    readonly gates: number;
    /** Those that triggered. */
    readonly triggered: readonly Omit<GateRecord, 'triggered'>[];
  };
  /** Those that the request names, by gate; left out where it names none. */
  readonly waivers?: readonly WaiverRecord[];
  /** Left out where the policy has no viability rules for the action. */
  readonly viability?: ViabilityRecord;
  readonly risk: Body<RiskEvaluated>;
  readonly evidence: EvidenceReference & {
    readonly author: string;
    readonly created_at: Timestamp;
    /** Sections it holds, sorted. */
    readonly sections: readonly string[];
    readonly highlights: readonly Highlight[];
    /** By whose card; left out where the policy has none read. */
    readonly evaluated?: { readonly by: string; readonly card: DigestText; readonly finished_at: Timestamp };
    /** Null where the evidence does not say. */
    readonly permissions: { readonly added: readonly string[]; readonly removed: readonly string[] } | null;
  };
  /** How to undo; null where the action class demands no rollback. */
  readonly rollback: {
    readonly target: DigestText;
    readonly tested_at: Timestamp;
    /** Seconds between the test and the evaluation. */
    readonly test_age_s: number;
    readonly owner: string | null;
  } | null;
  /** With a stage of a release: which, and what changes since the one before. */
  readonly release?: ReleaseStep;
  /** With a rollback: the decision that it undoes, and the digest of what that one let out. */
  readonly undoes?: { readonly decision_id: string; readonly candidate: DigestText };
  readonly authority: {
    readonly route: string;
    readonly slots: readonly Slot[];
    readonly barred: readonly BarredPerson[];
  } & Pick<AuthorityRouted, 'reminders' | 'escalation' | 'operation'>;
  readonly limits: Limits;
  /** When it may be cleared; left out where the target is always open. */
  readonly windows?: readonly ChangeWindow[];
  /** With a decision that was evaluated anew: what people signed before, and where this basis differs from it. */
  readonly anew?: {
    readonly basis_before: DigestText;
    readonly changed: readonly BasisChange[];
  };
}

export interface BriefFacts extends Omit<BriefDocument, '_type' | 'action' | 'target' | 'policy'> {
  readonly action: PolicyAction;
  readonly target: PolicyTarget;
  readonly policy: Body<PolicyEvaluated>;
}

export function briefDocument(facts: BriefFacts): BriefDocument {
  const { action, target, policy } = facts;
  return {
    ...facts,
    _type: BRIEF_TYPE,
    action: { id: action.id, class: action.class, effects: action.effects, irreversible: action.irreversible },
    target: {
      id: target.id,
      environment: target.environment,
      system: target.system,
      sensitivity: target.sensitivity,
      blast_radius: target.blast_radius,
    },
    ...(policy.waivers === undefined ? {} : { waivers: policy.waivers }),
    ...(policy.viability === undefined ? {} : { viability: policy.viability }),
    policy: {
      version: policy.policy_version,
      serial: policy.policy.serial,
      digest: policy.policy.digest,
      result: policy.result,
      gates: policy.gates.length,
      triggered: policy.gates.filter((gate) => gate.triggered).map(({ triggered: _, ...record }) => record),
    },
  };
}
