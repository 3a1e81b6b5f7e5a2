import type {
  Asked,
  AuthorityRouted,
  BasisChange,
  DecisionDenied,
  DecisionRequested,
  EndorsedReference,
  PolicyEvaluated,
  ResolvedFact,
  RiskEvaluated,
} from './events.ts';
import type { ObstacleCode, ReevaluationRefusal, StopCode } from './errors.ts';
import type { SubmittedStatement } from './statements.ts';
import type { Band, DigestText, Duty, Timestamp } from './vocabulary.ts';

/** An event's own fields, without what every event has. */
export type Body<E> = Omit<E, 'event_type' | 'timestamp' | 'actor_id'>;

/** What `evaluation/` makes of the documents that a request names. A pure function of them; the verifier computes it again. */
export interface Evaluation {
  /** Null where no gate could be run: the denial says why. */
  readonly policy: Body<PolicyEvaluated> | null;
  readonly risk: Body<RiskEvaluated> | null;
  readonly routing: Body<AuthorityRouted> | null;
  /** Present exactly where `routing` is null. */
  readonly denial: Body<DecisionDenied> | null;
}

/** What an evaluation has looked for in the evidence's name, before anything is routed. */
export interface Wanted {
  readonly what: ResolvedFact['what'];
  /** What it has to come to: of packages their own digest, of a lineage that of its parents. */
  readonly digest: DigestText;
  /** Digest of the candidate. */
  readonly of: DigestText;
}

/** What is known of the signer of a submitted statement after its signature verified. */
export interface SignerFacts {
  readonly kind: 'person' | 'workload';
  /** Roles held in the frozen roster, in the scope of this decision, at the time of admission; sorted. */
  readonly roles: readonly string[];
  /** What bars this person, or the persons behind this workload, from approving here (ruling 7); sorted. */
  readonly duties: readonly Duty[];
}

/** A statement whose signature verified under a roster key that was valid at the time of admission. */
export interface AdmittedStatement {
  readonly digest: DigestText;
  readonly statement: SubmittedStatement;
  readonly signer: SignerFacts;
  /** With an override: what is known of the owner that it names; null where the roster knows none. */
  readonly owner?: Pick<SignerFacts, 'kind' | 'duties'> | null;
  /** With a delegation: what is known of the person it names; null where the roster knows none. */
  readonly delegate?: Pick<SignerFacts, 'kind' | 'duties'> | null;
  /** With a reassignment: what is known of the two persons it names; null where the roster knows none. */
  readonly from?: SignerFacts | null;
  readonly to?: SignerFacts | null;
  /** With an approval whose conditions name stop conditions: the metrics of those in the release plan. */
  readonly stops?: readonly string[];
  /** With an override: the decision whose review has been overdue for longest; left out where none is. */
  readonly overdue?: string;
}

/** What a claim needs beside itself: the roster in force now. */
export interface InForceFacts {
  readonly roster: EndorsedReference;
  /** Statement digests of live approvals, overrides and delegations whose signer is no longer eligible: role, key or person gone. */
  readonly ineligible: readonly DigestText[];
  /** The claim's own key and signer still stand in the roster in force. */
  readonly executorEligible: boolean;
  /** What governance says of the moment, and until when; left out where it has said nothing yet (ruling 18). */
  readonly standing?: { readonly reference: EndorsedReference; readonly not_after: Timestamp };
  /** Left out where nothing stands in the way. */
  readonly obstacle?: Obstacle;
  /** What the route had looked for, found once more at the claim; left out where nothing was looked for. */
  readonly resolved?: readonly ResolvedFact[];
  /** The plans that let the clearance pass a freeze; left out where none lies over it (R63). */
  readonly recovery?: Recovery;
}

/** What an approved recovery plan spares during an incident. */
export interface Recovery {
  /** Whose plans they are, sorted. */
  readonly incidents: readonly string[];
  /** Statement digests of the emergency freezes that are spared, sorted. */
  readonly freezes: readonly DigestText[];
  /** End of the plan that ends first. */
  readonly until: Timestamp;
}

/** Nothing is cleared while it stands there, whoever approved. */
export interface Obstacle {
  readonly code: ObstacleCode;
  /** Statement digest of the emergency freeze that it is, where it is one. */
  readonly freeze?: DigestText;
  /** Digest of the restriction that it is, where it is one. */
  readonly restriction?: DigestText;
  /** What was found again of what the evidence names, where that is it. */
  readonly resolved?: readonly ResolvedFact[];
  /** The decision that moved a rollback's target on, where that is it. */
  readonly overtaken?: string;
}

/** What a decision is evaluated to anew; or why it cannot be. */
export type ReevaluationFacts =
  | { readonly refused: ReevaluationRefusal }
  | {
      readonly refused: null;
      readonly asked: Asked;
      readonly evaluation: Evaluation;
      /** Members in which the new basis differs from the one before; empty where it is denied. */
      readonly changed: readonly BasisChange[];
      /** Statement digests of live approvals and overrides whose signer is not eligible under the new roster; sorted. */
      readonly ineligible: readonly DigestText[];
    };

/** What the standing in force takes away from under a decision: nothing will be cleared on it. */
export interface Revocation {
  readonly code: StopCode;
  readonly standing: EndorsedReference;
  /** Digests that it rests on, and key ids that signed for it: the first of them, at most {@link NAMED_REVOKED}; sorted. */
  readonly revoked: readonly DigestText[];
}

/** How many revoked digests an event names at most. */
export const NAMED_REVOKED = 16;

/** What a receipt needs beside itself: the permit it names, verified under a permit key; null where there is none. */
export interface PermitFacts {
  readonly digest: DigestText;
  readonly claim: DigestText;
  readonly cleared: DigestText;
}

/**
 * Each command carries the clock (`at`) and a stable id. `decide(command, state)` is a pure function of these.
 */
export type Command =
  | {
      readonly type: 'open';
      readonly id: string;
      readonly at: Timestamp;
      readonly requester: string;
      readonly request: Body<DecisionRequested>;
    }
  | { readonly type: 'evaluate'; readonly id: string; readonly at: Timestamp; readonly evaluation: Evaluation }
  | {
      readonly type: 'submit';
      readonly id: string;
      readonly at: Timestamp;
      readonly admitted: AdmittedStatement;
      /** With a claim. */
      readonly inForce: InForceFacts | null;
      /** With a receipt. */
      readonly permit: PermitFacts | null;
      /** With a reevaluation. */
      readonly reevaluation?: ReevaluationFacts;
    }
  /** By itself, after a claim was refused because the roster had changed. */
  | {
      readonly type: 'reevaluate';
      readonly id: string;
      readonly at: Timestamp;
      readonly reevaluation: ReevaluationFacts;
    }
  /** By itself, once governance has revoked what it rests on. */
  | { readonly type: 'stop'; readonly id: string; readonly at: Timestamp; readonly revocation: Revocation }
  | { readonly type: 'tick'; readonly id: string; readonly at: Timestamp }
  | {
      readonly type: 'restored';
      readonly id: string;
      readonly at: Timestamp;
      readonly fromSequence: number;
      readonly head: DigestText;
    };

/** Least number of distinct approvers that ruling 8 demands, whatever a policy says. */
export interface FloorInput {
  readonly band: Band;
  readonly environment: string;
  readonly effects: readonly string[];
}
