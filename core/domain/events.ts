import type {
  ApprovalCondition,
  BackoutResult,
  BarredPerson,
  Candidate,
  ConditionVerdict,
  EvidenceReference,
  Link,
  PolicyReference,
  ReviewVerdict,
  StatementKind,
} from './statements.ts';
import {
  type Band,
  type Commitment,
  type DigestText,
  type ExecutionResult,
  type GateResult,
  isNoOp,
  type Outcome,
  type Timestamp,
  type ViabilityVerdict,
} from './vocabulary.ts';

/** Version of the event schema; breaking change means MAJOR (R110). */
export const EVENT_SCHEMA_VERSION = '1.0.0';

/** Header that every stored event carries beside its type's own fields (R1, ruling 2). */
export interface EventHeader {
  readonly event_id: string;
  readonly schema_version: string;
  readonly decision_id: string;
  /** From 1, dense. Order is this, never the timestamp. */
  readonly sequence: number;
  readonly previous_hash: DigestText | 'GENESIS';
  readonly integrity_hash: DigestText;
}

interface Draft<T extends string> {
  readonly event_type: T;
  /** The workflow's clock. */
  readonly timestamp: Timestamp;
  readonly actor_id: string;
}

/** A version of a policy, roster or standing with the endorsements that make it count. */
export interface EndorsedReference {
  readonly serial: number;
  readonly digest: DigestText;
  /** Statement digests of its endorsements, sorted. */
  readonly endorsements: readonly DigestText[];
  /** With a policy whose predecessor asked for it: the decision that let it in. */
  readonly admitted?: AdmittedBy;
}

/** A decision, and the digest of the bytes of its sealed bundle. */
export interface AdmittedBy {
  readonly decision_id: string;
  readonly pack: DigestText;
}

export interface DecisionRequested extends Draft<'decision.requested'> {
  readonly origin: string;
  readonly tenant: string;
  /** Digest of the request statement. */
  readonly request: DigestText;
  readonly actor_role: string;
  readonly action: string;
  readonly target: string;
  readonly candidate: Candidate;
  readonly creators: readonly string[];
  readonly evidence: EvidenceReference;
  readonly policy_version: string;
  readonly policy_digest: DigestText;
  readonly context: Readonly<Record<string, string>>;
  readonly summary: Commitment;
  /** Roster in force at opening: the one under which the request was authenticated, and statements are until routing. */
  readonly roster: EndorsedReference;
  /** The earlier decision that the request goes back to; left out where there is none. */
  readonly linked?: Link;
  /** Statement digests of the waivers that the request names, sorted; left out where it names none. */
  readonly waivers?: readonly DigestText[];
}

export interface GateRecord {
  readonly id: string;
  readonly name: string;
  readonly hard: boolean;
  readonly triggered: boolean;
  readonly result: GateResult;
  readonly reason: string;
  /** Statement digest of the waiver for which its denial counts as an escalation; left out where nobody has waived it. */
  readonly waived?: DigestText;
}

/** A waiver that the request names, whether its gate has triggered or not. */
export interface WaiverRecord {
  readonly statement: DigestText;
  readonly gate: string;
  readonly actor_id: string;
  readonly role: string;
  /** Person who answers for it until it ends. */
  readonly owner: string;
  readonly controls: readonly string[];
  readonly reason: Commitment;
  readonly waived_at: Timestamp;
  readonly expires_at: Timestamp;
  /** False where the gate did not deny, or could not be evaluated: then it is waived by nobody. */
  readonly used: boolean;
}

export interface PolicyEvaluated extends Draft<'policy.evaluated'> {
  readonly policy_version: string;
  readonly policy: EndorsedReference;
  readonly result: GateResult;
  readonly gates: readonly GateRecord[];
  /** Each fact the policy read, with who vouches for it (ruling 13). */
  readonly facts: readonly FactRecord[];
  /** What the viability rules said; left out where the policy has none for the action. */
  readonly viability?: ViabilityRecord;
  /** Those that the request names, by gate; left out where it names none. */
  readonly waivers?: readonly WaiverRecord[];
}

/** A number with the unit in which alone it may be compared. */
export interface Quantity {
  /** An integer, or at most four decimals. */
  readonly value: number;
  readonly unit: string;
}

/** A number that somebody computed before, and what from. */
export interface Projection {
  /** An integer, or at most four decimals. */
  readonly value: number;
  readonly unit: string;
  /** Who or what computed it. */
  readonly source: string;
  /** Digest of what it was computed from. */
  readonly computed_from: DigestText;
}

/** R86. Everything the rules compared, so that a reader can follow them by hand. */
export interface ViabilityRecord {
  /** Null where an input was missing or of another unit: then nothing is viable, and the denial says what was. */
  readonly verdict: ViabilityVerdict | null;
  /** Hard gates of the packet that failed: the first of them by id, at most 16. Null where the packet has none at all. */
  readonly failed_gates: readonly string[] | null;
  /** Null where the packet does not say. */
  readonly permissions_added: number | null;
  readonly projected_reserve: Projection | null;
  readonly minimum_reserve: Quantity;
  readonly score: Projection | null;
  readonly change_threshold: Quantity;
  /** Roles without which no expansion of permissions is approved, sorted. */
  readonly governance_roles: readonly string[];
}

/** What of the evidence a service looks for, where a policy says so. */
export const RESOLVED_PARTS = [
  'package',
  'rollback_package',
  'rollback_target',
  'rollback_procedure',
  'lineage',
] as const;

/** What was found, by the service's word. */
export interface ResolvedFact {
  readonly what: (typeof RESOLVED_PARTS)[number];
  /** What the evidence names. */
  readonly digest: DigestText;
  /** What it came to when it was measured. */
  readonly measured: DigestText;
  readonly source: 'service';
}

export const FACT_SOURCES = ['request', 'evidence_author', 'policy', 'recomputed', 'service'] as const;
export type FactSource = (typeof FACT_SOURCES)[number];

export interface FactRecord {
  /** Dotted name as the gates see it, e.g. `target.environment`. */
  readonly name: string;
  readonly source: FactSource;
}

export interface RiskFactorRecord {
  readonly id: string;
  /** In [0,1], at most four decimals. */
  readonly value: number;
  /** At most four decimals. */
  readonly weight: number;
  readonly source: FactSource;
  readonly reason: string;
  /** What was read until the value was told, where the policy has its factors cite. */
  readonly cites?: readonly FactorCitation[];
}

export const CITED_DOCUMENTS = ['evidence', 'request', 'roster', 'policy'] as const;

/** One document that facts of a factor stand in. */
export interface FactorCitation {
  readonly document: (typeof CITED_DOCUMENTS)[number];
  readonly digest: DigestText;
  /** With evidence: the statement by which its author vouches for it. */
  readonly statement?: DigestText;
  /** Whose word it is; null for what keys of the installation endorsed. */
  readonly by: string | null;
  /** Names of the facts, sorted. */
  readonly facts: readonly string[];
  /** With evidence: digests of documents that it refers to there, sorted. */
  readonly refers?: readonly DigestText[];
  /** How many further ones are not spelled out. */
  readonly more?: number;
}

export interface Thresholds {
  readonly band_low_max: number;
  readonly band_med_max: number;
  readonly band_high_max: number;
  readonly band_critical_min: number;
}

export interface RiskEvaluated extends Draft<'risk.evaluated'> {
  /** In [0,1], at most four decimals. */
  readonly risk_score: number;
  readonly risk_band: Band;
  /** `above band_high_max` where ruling 1 says so, else null. */
  readonly band_note: string | null;
  readonly thresholds: Thresholds;
  readonly factors: readonly RiskFactorRecord[];
}

/** So many signatures by distinct holders of one role. */
export interface Slot {
  readonly role: string;
  readonly signatures: number;
}

/** One filled position: who fills which role, by which statement. */
export interface Assignment {
  readonly role: string;
  readonly actor_id: string;
  readonly statement: DigestText;
}

export interface RoleCandidates {
  readonly role: string;
  /** How many persons could fill it, the barred left out. */
  readonly count: number;
  /** The first of them by id, at most 16. */
  readonly actor_ids: readonly string[];
}

/** Instants after which nothing can be cleared, and lives in seconds. */
export interface Limits {
  readonly decision_deadline: Timestamp;
  readonly evidence_valid_until: Timestamp;
  /** Null where the action class demands no rollback test. */
  readonly rollback_valid_until: Timestamp | null;
  /** End of the first waiver that is used; left out where none is. */
  readonly waivers_valid_until?: Timestamp;
  readonly approval_life_s: number;
  readonly permit_life_s: number;
  readonly confirmation_s: number;
}

/** Who may override, for how long, and who has to review it by when. */
export interface BreakglassRules {
  readonly role: string;
  readonly life_s: number;
  readonly review_role: string;
  readonly review_s: number;
}

/** Roles whose positions wider roles may fill as well. */
export interface Widened {
  readonly role: string;
  /** Sorted. */
  readonly by: readonly string[];
}

/** One step of an escalation, with the certificate of who could sign once it has come. */
export interface EscalationStep {
  readonly at: Timestamp;
  /** By role. */
  readonly widened: readonly Widened[];
  /** Of the roles that this step widens: their own holders, and those of every wider role so far. */
  readonly candidates: readonly RoleCandidates[];
}

/** How far the clocks of a zone are ahead of UTC, from an instant on. */
export interface ZoneOffset {
  readonly from: Timestamp;
  /** In seconds; negative west of Greenwich. */
  readonly offset_s: number;
}

/** The offsets of a zone that instants of this decision were computed with. */
export interface ZoneOffsets {
  readonly zone: string;
  /** Ascending. */
  readonly offsets: readonly ZoneOffset[];
}

/** From `opens` until before `closes`. */
export interface ChangeWindow {
  readonly opens: Timestamp;
  readonly closes: Timestamp;
}

/** Which roles may be delegated, and for how long at most. */
export interface DelegationRules {
  readonly roles: readonly string[];
  readonly life_s: number;
}

/** Who may act on the waiting, how often they may nudge, and how far they may move the deadline. */
export interface OperationRules {
  /** Sorted. */
  readonly roles: readonly string[];
  /** Least time between two nudges, in seconds. */
  readonly nudge_every_s: number;
  /** No extension goes beyond it; left out where the policy lets nobody extend. */
  readonly extend_until?: Timestamp;
}

export interface AuthorityRouted extends Draft<'authority.routed'> {
  readonly basis_digest: DigestText;
  readonly route: string;
  /** The source's field: the distinct roles of `slots`, sorted. */
  readonly required_roles: readonly string[];
  readonly slots: readonly Slot[];
  readonly roster: EndorsedReference;
  /** Persons who may fill no slot here, with the duties that bar them. */
  readonly barred: readonly BarredPerson[];
  readonly candidates: readonly RoleCandidates[];
  readonly brief: DigestText;
  /** Roles that may sign a cancellation besides the requester. */
  readonly cancel_roles: readonly string[];
  /** Roles that may reject without filling a slot; left out where the policy names none. */
  readonly veto_roles?: readonly string[];
  /** Workloads or persons who may claim for this target. */
  readonly executors: readonly string[];
  readonly limits: Limits;
  /** True where the route asks for nobody (low band, outside every floor), or where what is kept fills it. */
  readonly satisfied: boolean;
  /** Left out where the policy knows no break-glass. */
  readonly breakglass?: BreakglassRules;
  /** Left out where the policy lets nobody delegate. */
  readonly delegation?: DelegationRules;
  /** Left out where the policy names no operators. */
  readonly operation?: OperationRules;
  /** Governance's word of the moment; left out where it has said nothing yet (ruling 18). */
  readonly standing?: EndorsedReference;
  /** Digests of the candidate manifests that were read, sorted; left out where none was (R72). */
  readonly manifests?: readonly DigestText[];
  /** Statement digest of the evaluation card that was read; left out where none was (R76). */
  readonly card?: DigestText;
  /** What the service looked for and found; left out where it was to look for nothing (R71, R74, R81). */
  readonly resolved?: readonly ResolvedFact[];
  /** Digest of what stands behind the candidate and the rollback target; left out where nobody asks for it (R74, R90). */
  readonly ancestry?: DigestText;
  /** When whoever is still waited for is reminded, ascending; left out where the policy reminds nobody. */
  readonly reminders?: readonly Timestamp[];
  /** When which wider roles may sign as well, ascending; left out where the policy widens nothing here. */
  readonly escalation?: readonly EscalationStep[];
  /** When this may be cleared, until the deadline, in order; left out where the target is always open. */
  readonly windows?: readonly ChangeWindow[];
  /** By zone; left out where nothing was counted by a calendar. */
  readonly zones?: readonly ZoneOffsets[];
  /** With a routing anew: statement digests of the approvals, overrides and delegations that go on counting, sorted (ruling 4). */
  readonly kept?: readonly DigestText[];
  /** With a routing anew: who fills which role by what is kept. */
  readonly assignment?: readonly Assignment[];
}

/** Somebody who is waited for, in a role. */
export interface Reminding {
  readonly role: string;
  /** Positions of the role that are open; 0 where another signature in it would free the signer of an open one. */
  readonly signatures: number;
  /** Who could sign in it and has not, as far as the certificate of candidates names them. */
  readonly actor_ids: readonly string[];
}

/** A reminder that was configured has become due while signatures were missing. */
export interface AuthorityReminded extends Draft<'authority.reminded'> {
  /** The instant of `authority.routed` that had come. */
  readonly due: Timestamp;
  readonly waiting_for: readonly Reminding[];
}

/** From here on wider roles may sign as well; nothing that was signed before counts for more than it did. */
export interface AuthorityEscalated extends Draft<'authority.escalated'> {
  readonly due: Timestamp;
  /** From 1. */
  readonly step: number;
  readonly widened: readonly Widened[];
  /** The certificate of who could sign, told anew for every role of the route. */
  readonly candidates: readonly RoleCandidates[];
}

/** Somebody has asked, once more, whoever is waited for. */
export interface OperationNudged extends Draft<'operation.nudged'> {
  readonly statement: DigestText;
  /** Left out by whoever asked for the decision. */
  readonly actor_role?: string;
  readonly reason: Commitment;
  readonly waiting_for: readonly Reminding[];
}

/** The decision deadline is a later one from here on; every other limit stays. */
export interface OperationExtended extends Draft<'operation.extended'> {
  readonly statement: DigestText;
  readonly actor_role: string;
  readonly reason: Commitment;
  /** The deadline until here. */
  readonly before: Timestamp;
  readonly until: Timestamp;
}

/** From here on `to` is asked instead of `from`, who may sign all the same. */
export interface OperationReassigned extends Draft<'operation.reassigned'> {
  readonly statement: DigestText;
  /** Left out where `from` has handed over. */
  readonly actor_role?: string;
  readonly role: string;
  readonly from: string;
  readonly to: string;
  readonly reason: Commitment;
}

/** What a decision is evaluated from, beside its request: as the request named it, or whoever asked once more. */
export interface Asked {
  readonly policy: PolicyReference;
  readonly evidence: EvidenceReference;
}

/** A member in which two bases differ. */
export interface BasisChange {
  /** JSON path below the basis document, e.g. `$.evidence.packet`. */
  readonly path: string;
  readonly before: string | number | null;
  readonly after: string | number | null;
}

/**
 * Evaluated anew while nothing was cleared, under what is in force now: the evaluation's events follow it in its batch. On
 * the same basis approvals go on counting while their signers are eligible; another basis ends them all (ruling 4).
 */
export interface DecisionReevaluated extends Draft<'decision.reevaluated'> {
  /** The statement that asked for it; null where a claim had found the roster changed. */
  readonly statement: DigestText | null;
  /** The refused claim that had found the roster changed; null where somebody asked for it. */
  readonly claim: DigestText | null;
  readonly asked: Asked;
  /** Basis digests; `after` is null where it is denied. */
  readonly basis: { readonly before: DigestText; readonly after: DigestText | null };
  /** Where the two differ, by path; empty on the same basis, and where it is denied. */
  readonly changed: readonly BasisChange[];
  /** Statement digests of the approvals, overrides and delegations that end with it, sorted. */
  readonly ended: readonly DigestText[];
}

export interface AuthorityApproved extends Draft<'authority.approved'> {
  readonly statement: DigestText;
  /** Role this approval fills after the event, null where it fills none now. */
  readonly role: string | null;
  /** Roles its signer offered. */
  readonly roles: readonly string[];
  readonly scope: string;
  readonly approved_at: Timestamp;
  readonly expires_at: Timestamp;
  readonly rationale: Commitment;
  /** With an approval in somebody else's place: statement digest of the delegation. */
  readonly delegation?: DigestText;
  /** What its signer asks for besides; left out where that is nothing. */
  readonly conditions?: readonly ApprovalCondition[];
  /** Who fills which role after this event: a maximum matching, its own certificate. */
  readonly assignment: readonly Assignment[];
  readonly satisfied: boolean;
}

export interface AuthorityRejected extends Draft<'authority.rejected'> {
  readonly statement: DigestText;
  readonly roles: readonly string[];
  readonly reason: Commitment;
}

/** Break-glass (R57): marked as what it is, for ever. */
export interface OverrideBreakglass extends Draft<'override.breakglass'> {
  readonly statement: DigestText;
  readonly role: string;
  /** Person who owns what comes of it. */
  readonly owner: string;
  readonly controls: readonly string[];
  readonly reason: Commitment;
  readonly overridden_at: Timestamp;
  readonly expires_at: Timestamp;
  /** Positions that nobody fills and that it waives. */
  readonly waived: readonly Slot[];
  readonly assignment: readonly Assignment[];
  readonly satisfied: boolean;
}

/** Somebody who could have approved lets one other person do so in their place. */
export interface AuthorityDelegated extends Draft<'authority.delegated'> {
  readonly statement: DigestText;
  readonly delegate: string;
  readonly role: string;
  readonly reason: Commitment;
  readonly delegated_at: Timestamp;
  readonly expires_at: Timestamp;
}

/** Somebody says of a condition that it was done, or not kept; after the close as the second event of an addendum. */
export interface ConditionSettled extends Draft<'condition.settled'> {
  readonly statement: DigestText;
  /** Statement digest of the approval whose condition it is. */
  readonly approval: DigestText;
  readonly condition: string;
  readonly verdict: ConditionVerdict;
  readonly findings: Commitment;
  /** It came after the condition was due. */
  readonly late: boolean;
  /** With a breach: the stop condition of the release plan that fires; left out where the condition names none. */
  readonly fires?: string;
}

/** An approver took back their approval before clearance (ruling 10). */
export interface AuthorityRevoked extends Draft<'authority.revoked'> {
  readonly statement: DigestText;
  /** Statement digests of what the signer had given and ends with it, and of what rested on that; sorted. */
  readonly revoked: readonly DigestText[];
  readonly reason: Commitment;
  readonly assignment: readonly Assignment[];
  readonly satisfied: boolean;
}

/** Somebody who could have approved says that they will not, and leaves it to others. */
export interface AuthorityAbstained extends Draft<'authority.abstained'> {
  readonly statement: DigestText;
  readonly roles: readonly string[];
  readonly reason: Commitment;
}

/** Approvals, overrides and delegations whose own life ended before clearance. */
export interface AuthorityExpired extends Draft<'authority.expired'> {
  readonly statements: readonly DigestText[];
  readonly assignment: readonly Assignment[];
  readonly satisfied: boolean;
}

/** A statement that verifies under a roster key and is refused all the same. */
export interface StatementRefused extends Draft<'statement.refused'> {
  readonly statement: DigestText;
  readonly kind: StatementKind;
  readonly code: string;
  /** With a refused claim: the roster in force, which it was judged under. Null for the other kinds. */
  readonly roster: EndorsedReference | null;
  /** With a refused claim, where there is one: the standing that it was judged under. */
  readonly standing?: EndorsedReference;
  /** With a claim refused for an emergency freeze: its statement digest. */
  readonly freeze?: DigestText;
  /** With an override refused for an overdue review: the decision that owes it (ruling 11). */
  readonly overdue?: string;
  /** With a claim refused outside the change windows: when the next one opens; left out where none does. */
  readonly opens?: Timestamp;
  /** With a claim refused because the tenant is restricted: the digest of what was found (ruling 12). */
  readonly restriction?: DigestText;
  /** With a claim refused for what was looked for again: what of it was found, and what that came to. */
  readonly resolved?: readonly ResolvedFact[];
  /** With a claim on a rollback refused because its target has moved on: the decision that moved it. */
  readonly overtaken?: string;
  /** With a verdict on a basis that is no more: hash of the `decision.reevaluated` event that says what changed. */
  readonly reevaluated?: DigestText;
}

/** Statements that did not even authenticate, counted by code; at most one such event, just before the end. */
export interface StatementsDiscarded extends Draft<'statements.discarded'> {
  readonly counts: Readonly<Record<string, number>>;
}

export interface ExecutionCleared extends Draft<'execution.cleared'> {
  readonly claim: DigestText;
  readonly subject: DigestText;
  readonly target: string;
  readonly assignment: readonly Assignment[];
  /** Roster in force at clearance; every counted approver is eligible in it too (ruling 18). */
  readonly roster: EndorsedReference;
  /** Governance's word of the moment, which the permit does not outlive; left out where it has said nothing yet. */
  readonly standing?: EndorsedReference;
  /** What the route had looked for, found once more; left out where that was nothing. */
  readonly resolved?: readonly ResolvedFact[];
  readonly not_after: Timestamp;
  /** Which limit `not_after` comes from. */
  readonly bounded_by: string;
  readonly confirm_by: Timestamp;
  /** With a clearance that rests on break-glass: what it waived, and the review that is due (ruling 11). */
  readonly override?: {
    /** Statement digests of the overrides, sorted. */
    readonly statements: readonly DigestText[];
    readonly waived: readonly Slot[];
    readonly review_role: string;
    readonly review_by: Timestamp;
  };
  /** With a clearance that a freeze would have stopped: the plans of the standing that let it through (R63). */
  readonly recovery?: {
    /** Sorted. */
    readonly incidents: readonly string[];
    /** Statement digests of the emergency freezes that were spared, sorted. */
    readonly freezes: readonly DigestText[];
  };
}

export interface ExecutionConfirmed extends Draft<'execution.confirmed'> {
  readonly receipt: DigestText;
  readonly permit: DigestText;
  readonly execution: {
    readonly tool: string;
    readonly target: string;
    readonly result: ExecutionResult;
    readonly receipt_id: string;
  };
  readonly subject: DigestText | null;
  /** The measured subject is the candidate that was approved. */
  readonly subject_matches: boolean;
  readonly command: DigestText;
  readonly started_at: Timestamp;
  readonly finished_at: Timestamp;
  /** Arrived after the permit had ended (ruling 9). */
  readonly late: boolean;
}

/** No receipt came before `confirm_by`. */
export interface ExecutionUnconfirmed extends Draft<'execution.unconfirmed'> {
  readonly confirm_by: Timestamp;
}

/** One thing that the evidence lacks, or gets wrong. */
export interface Miss {
  /** A code of denials. */
  readonly code: string;
  /** JSON path into what the code speaks of: the packet, its card or a manifest; behind `statement.`, who vouches for it. */
  readonly path: string;
}

export interface DecisionDenied extends Draft<'decision.denied'> {
  readonly code: string;
  /** What an operator reads; made from ids and numbers, never from free text. */
  readonly detail: string;
  /**
   * With a denial by evaluation, where the evidence falls short: everything that it lacks or gets wrong, not only what
   * `code` is about; the first 500.
   */
  readonly misses?: readonly Miss[];
  /** With a denial by evaluation: what was in force and evaluated under, so that it can be evaluated again. */
  readonly policy: EndorsedReference | null;
  readonly roster: EndorsedReference | null;
  /** With a denial by evaluation, where there is one; with a decision that was stopped, the one that stops it. */
  readonly standing?: EndorsedReference;
  /** With a denial by evaluation: digests of the candidate manifests that were read, sorted; left out where none was. */
  readonly manifests?: readonly DigestText[];
  /** With a denial by evaluation: statement digest of the evaluation card that was read; left out where none was. */
  readonly card?: DigestText;
  /** With a denial by evaluation: what the service looked for and found. */
  readonly resolved?: readonly ResolvedFact[];
  /** With a denial by evaluation: as in `authority.routed`. */
  readonly ancestry?: DigestText;
  /** With a decision that was stopped: what its standing revokes of what it rests on, sorted; the first 16. */
  readonly revoked?: readonly DigestText[];
}

export interface DecisionExpired extends Draft<'decision.expired'> {
  /** Which limit ran out: `intake_deadline`, or a member of {@link Limits}. */
  readonly limit: string;
  readonly at: Timestamp;
}

export interface DecisionCancelled extends Draft<'decision.cancelled'> {
  readonly statement: DigestText;
  readonly reason: Commitment;
}

/** The ledger had lost its tail, and the workflow wrote it again from its own copy. */
export interface LedgerRestored extends Draft<'ledger.restored'> {
  /** First sequence that was written again. */
  readonly from_sequence: number;
  /** Hash of the head that was written again. */
  readonly head: DigestText;
}

/** Somebody uninvolved has reviewed an override: the second event of an addendum to its decision (ruling 11). */
export interface OverrideReviewed extends Draft<'override.reviewed'> {
  readonly statement: DigestText;
  /** Hash of the closed decision's `execution.cleared`. */
  readonly cleared: DigestText;
  readonly verdict: ReviewVerdict;
  readonly findings: Commitment;
  /** It came after the time by which it was due. */
  readonly late: boolean;
}

/** An executor went back without the service: the second event of an addendum to the decision that it went back from. */
export interface BackoutRecorded extends Draft<'backout.recorded'> {
  readonly statement: DigestText;
  /** Hash of the closed decision's `execution.cleared`. */
  readonly cleared: DigestText;
  /** Digest of the sealed bundle that the executor acted on; left out where that was the clearance pack. */
  readonly pack?: DigestText;
  readonly candidate: Candidate;
  readonly target: string;
  readonly tool: string;
  readonly command: DigestText;
  readonly started_at: Timestamp;
  readonly finished_at: Timestamp;
  readonly result: BackoutResult;
  readonly reason: Commitment;
  /** The test of the way back counted no more when it began: an emergency does not wait for a new one. */
  readonly test_lapsed: boolean;
}

/** First event of an addendum: what arrived after the decision it names had closed (ruling 9). */
export interface AddendumOpened extends Draft<'addendum.opened'> {
  readonly origin: string;
  readonly tenant: string;
  /** Decision the addendum belongs to, and its last hash. */
  readonly closed_decision: string;
  readonly closed_head: DigestText;
  readonly statement: DigestText;
}

export type EventDraft =
  | DecisionRequested
  | PolicyEvaluated
  | RiskEvaluated
  | AuthorityRouted
  | DecisionReevaluated
  | AuthorityApproved
  | AuthorityRejected
  | OverrideBreakglass
  | AuthorityRevoked
  | AuthorityAbstained
  | AuthorityDelegated
  | ConditionSettled
  | AuthorityExpired
  | AuthorityReminded
  | AuthorityEscalated
  | OperationNudged
  | OperationExtended
  | OperationReassigned
  | StatementRefused
  | StatementsDiscarded
  | ExecutionCleared
  | ExecutionConfirmed
  | ExecutionUnconfirmed
  | DecisionDenied
  | DecisionExpired
  | DecisionCancelled
  | LedgerRestored
  | AddendumOpened
  | OverrideReviewed
  | BackoutRecorded;

export type EventType = EventDraft['event_type'];

/** An event as it stands in the ledger. */
export type DecisionEvent = EventDraft & EventHeader;

export const EVENT_TYPES = [
  'decision.requested',
  'policy.evaluated',
  'risk.evaluated',
  'authority.routed',
  'decision.reevaluated',
  'authority.approved',
  'authority.rejected',
  'override.breakglass',
  'authority.revoked',
  'authority.abstained',
  'authority.delegated',
  'condition.settled',
  'authority.expired',
  'authority.reminded',
  'authority.escalated',
  'operation.nudged',
  'operation.extended',
  'operation.reassigned',
  'statement.refused',
  'statements.discarded',
  'execution.cleared',
  'execution.confirmed',
  'execution.unconfirmed',
  'decision.denied',
  'decision.expired',
  'decision.cancelled',
  'ledger.restored',
  'addendum.opened',
  'override.reviewed',
  'backout.recorded',
] as const satisfies readonly EventType[];

/** Denials for what the earlier decision is that the request names. */
const OF_LINKED = /^(?:linked\.(?:too_deep|not_cleared|target|candidate)|ladder\.[a-z_]+)$/;

/**
 * Whether the evaluation that this event is of has read the earlier decision that its request names. One that was denied
 * before has not, and what lies under the digest may be anything; what is looked for is looked for after it. Total.
 */
export function hasReadLinked(event: {
  readonly event_type?: unknown;
  readonly code?: unknown;
  readonly resolved?: unknown;
  readonly ancestry?: unknown;
}): boolean {
  switch (event.event_type) {
    case 'policy.evaluated':
    case 'authority.routed':
      return true;
    case 'decision.denied':
      if (event.resolved !== undefined || event.ancestry !== undefined) return true;
      return typeof event.code === 'string' && OF_LINKED.test(event.code);
    default:
      return false;
  }
}

/** Events that end a decision, with the outcome each means. */
export function outcomeOf(event: EventDraft): Outcome | undefined {
  switch (event.event_type) {
    case 'execution.confirmed':
      return event.execution.result === 'success' && event.subject_matches ? 'executed' : 'execution_failed';
    case 'execution.unconfirmed':
      return 'unconfirmed';
    case 'decision.denied':
      return isNoOp(event.code) ? 'no_op' : 'denied';
    case 'decision.expired':
      return 'expired';
    case 'decision.cancelled':
      return 'cancelled';
    case 'decision.requested':
    case 'policy.evaluated':
    case 'risk.evaluated':
    case 'authority.routed':
    case 'decision.reevaluated':
    case 'authority.approved':
    case 'authority.rejected':
    case 'override.breakglass':
    case 'authority.revoked':
    case 'authority.abstained':
    case 'authority.delegated':
    case 'condition.settled':
    case 'authority.expired':
    case 'authority.reminded':
    case 'authority.escalated':
    case 'operation.nudged':
    case 'operation.extended':
    case 'operation.reassigned':
    case 'statement.refused':
    case 'statements.discarded':
    case 'execution.cleared':
    case 'ledger.restored':
    case 'addendum.opened':
    case 'override.reviewed':
    case 'backout.recorded':
      return undefined;
    default:
      return unknownEvent(event);
  }
}

export function unknownEvent(event: never): never {
  throw new TypeError(`unknown event type ${JSON.stringify((event as { event_type?: unknown }).event_type)}`);
}
