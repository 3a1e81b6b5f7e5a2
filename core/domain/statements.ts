import type { Commitment, DigestText, Duty, Environment, ExecutionResult, Timestamp } from './vocabulary.ts';

/**
 * Payloads of signed statements: whoever acts, signs. Each travels in a DSSE envelope with exactly one signature,
 * whose payload type equals `_type`. `documents/statements.ts` holds the schemas that read them.
 */

/** Kinds that arrive at a running decision, by Update or signal (ruling 16). */
export const SUBMITTED_KINDS = [
  'approval',
  'rejection',
  'override',
  'revocation',
  'abstention',
  'delegation',
  'condition',
  'cancellation',
  'reevaluation',
  'nudge',
  'extension',
  'reassignment',
  'claim',
  'receipt',
  'review',
  'backout',
] as const;
export type SubmittedKind = (typeof SUBMITTED_KINDS)[number];

export const STATEMENT_KINDS = [
  'request',
  'evidence',
  'evaluation',
  'waiver',
  ...SUBMITTED_KINDS,
  'permit',
  'acknowledgement',
  'endorsement',
  'freeze',
  'lifting',
  'capture',
  'anchor',
  'possession',
] as const;
export type StatementKind = (typeof STATEMENT_KINDS)[number];

export type StatementType<K extends StatementKind = StatementKind> = `application/vnd.countersign.${K}.v1+json`;

/** Payload type of a kind of statement. */
export function statementType<K extends StatementKind>(kind: K): StatementType<K> {
  return `application/vnd.countersign.${kind}.v1+json`;
}

/** Kind of a payload type, or undefined where it is none of ours. */
export function statementKind(type: string): StatementKind | undefined {
  return STATEMENT_KINDS.find((kind) => statementType(kind) === type);
}

interface StatementBase<K extends StatementKind> {
  readonly _type: StatementType<K>;
  /** Name of the installation, as the trust file has it. */
  readonly origin: string;
  readonly tenant: string;
  /** Pseudonymous actor id of the signer (ruling 6). */
  readonly signer: string;
  /** The signer's claim, until anchored. */
  readonly signed_at: Timestamp;
  /** 128 random bits or more, base64; makes two acts two statements. */
  readonly nonce: string;
}

interface DecisionStatement<K extends StatementKind> extends StatementBase<K> {
  readonly decision_id: string;
}

export interface Candidate {
  readonly name: string;
  readonly version: string;
  readonly digest: DigestText;
}

export interface PolicyReference {
  readonly version: string;
  readonly digest: DigestText;
}

export interface EvidenceReference {
  /** Digest of the evidence packet. */
  readonly packet: DigestText;
  /** Digest of its author's signed statement. */
  readonly statement: DigestText;
}

export const LINK_RELATIONS = ['undoes', 'follows'] as const;
/**
 * `undoes`: a rollback, back from what the earlier decision let out to what its basis names as rollback target. `follows`:
 * the next stage of the same candidate's release.
 */
export type LinkRelation = (typeof LINK_RELATIONS)[number];

/** An earlier decision, closed and sealed, that this one goes back to or goes on from. */
export interface Link {
  readonly relation: LinkRelation;
  readonly decision_id: string;
  /** Digest of the bytes of its sealed bundle. */
  readonly pack: DigestText;
}

/** Asks for a decision. Signed by the requester, a person or a workload. */
export interface RequestStatement extends DecisionStatement<'request'> {
  readonly idempotency_key: string;
  /** The role in which the requester asks (`actor_role` of the source). */
  readonly role: string;
  /** Action class, e.g. `deploy.change` (the source's `intent`). */
  readonly action: string;
  readonly target: string;
  readonly candidate: Candidate;
  /** Actor ids of those who made the candidate. */
  readonly creators: readonly string[];
  readonly evidence: EvidenceReference;
  readonly policy: PolicyReference;
  /** Identifiers only, no free text: `environment`, `system`, `change_type`, `ticket`, … */
  readonly context: Readonly<Record<string, string>>;
  readonly summary: Commitment;
  /** Left out where the decision stands for itself. */
  readonly linked?: Link;
  /** Statement digests of the waivers that it is asked with, sorted; left out where there are none. */
  readonly waivers?: readonly DigestText[];
}

/** Vouches for an evidence packet about one subject. Not bound to a decision: the subject's digest binds it. */
export interface EvidenceStatement extends StatementBase<'evidence'> {
  readonly subject: DigestText;
  readonly packet: DigestText;
  readonly valid_until: Timestamp;
}

/** Something large, by digest; the location only says where to look. */
export interface ReferenceByDigest {
  readonly uri: string;
  readonly digest: DigestText;
  readonly media_type: string;
  /** Bytes. */
  readonly size: number;
}

/** Suite or runtime of an evaluation. */
export interface PinnedTool {
  readonly name: string;
  readonly version: string;
  readonly digest: DigestText;
}

/**
 * What an evaluation came to, by the word of who made it (R76). Bound to its subject and to a policy, not to a decision.
 * Measures are numbers, or text with a unit.
 */
export interface EvaluationStatement extends StatementBase<'evaluation'> {
  readonly subject: DigestText;
  readonly suite: PinnedTool;
  /** Of the data that it was evaluated on. */
  readonly data_manifest: DigestText;
  readonly runtime: PinnedTool;
  /** Under whose criteria. */
  readonly policy: PolicyReference;
  /** Digest of the full results, wherever they are kept. */
  readonly results: DigestText;
  readonly scorecards: readonly {
    readonly metric: string;
    readonly value: number | string;
    readonly threshold: number | string;
    readonly direction: 'at_least' | 'at_most';
    readonly passed: boolean;
  }[];
  readonly failure_slices: readonly {
    readonly slice: string;
    readonly metric: string;
    readonly value: number | string;
    readonly cases: number;
    readonly detail: ReferenceByDigest | null;
  }[];
  readonly calibration: {
    readonly method: string;
    readonly expected_calibration_error: number;
    readonly report: ReferenceByDigest | null;
  };
  readonly started_at: Timestamp;
  readonly finished_at: Timestamp;
}

/**
 * Lets one candidate past one gate that denies, for a while (R59-R61). Signed before anybody asks, so it is bound to no
 * decision: candidate, action, target and policy bind it, and a second request about the same may name it again.
 */
export interface WaiverStatement extends StatementBase<'waiver'> {
  /** Digest of the one policy whose gate it is. */
  readonly policy: DigestText;
  /** Id of the gate. */
  readonly gate: string;
  readonly candidate: DigestText;
  readonly action: string;
  readonly target: string;
  /** In which the signer waives. */
  readonly role: string;
  /** Actor id of the person who answers for it until it ends. */
  readonly owner: string;
  /** Names of the controls that stand in for the check, sorted. */
  readonly controls: readonly string[];
  readonly reason: Commitment;
  readonly expires_at: Timestamp;
}

export interface ApprovalStatement extends DecisionStatement<'approval'> {
  readonly basis: DigestText;
  /** Hash of the `authority.routed` event the signer saw. */
  readonly routed: DigestText;
  /** Roles the signer offers to fill, sorted; the assignment uses one of them. */
  readonly roles: readonly string[];
  readonly scope: 'full';
  /** Digest of the brief that was shown. */
  readonly brief: DigestText;
  readonly rationale: Commitment;
  readonly expires_at: Timestamp;
  /**
   * Digest of the signer's revocation or abstention in this decision that this approval supersedes; left out where there
   * is none. Without it, an approval that was signed before and held back could be brought after its author's change of
   * mind (ruling 10).
   */
  readonly supersedes?: DigestText;
  /** With an approval in somebody else's place: statement digest of the delegation that it rests on. */
  readonly delegation?: DigestText;
  /** What has to be done as well, sorted by id; left out where nothing has. */
  readonly conditions?: readonly ApprovalCondition[];
}

/** What an approval asks for besides: it counts, and somebody has to see to this. */
export interface ApprovalCondition {
  readonly id: string;
  /** What is to be done. */
  readonly what: Commitment;
  readonly due: Timestamp;
  /** Role whose holders say that it was done, or was not kept. */
  readonly role: string;
  /** Metric of the stop condition of the release plan that fires where it is not kept. */
  readonly stops?: string;
  /** Nothing is cleared until it is discharged. */
  readonly before?: 'clearance';
}

export interface RejectionStatement extends DecisionStatement<'rejection'> {
  readonly basis: DigestText;
  readonly routed: DigestText;
  readonly roles: readonly string[];
  readonly brief: DigestText;
  readonly reason: Commitment;
}

/**
 * Break-glass: clears the way past the people who are still missing, by a role and a key of its own (ruling 11). Its
 * scope is this decision on this basis, and nothing else.
 */
export interface OverrideStatement extends DecisionStatement<'override'> {
  readonly basis: DigestText;
  readonly routed: DigestText;
  readonly brief: DigestText;
  readonly role: string;
  /** Actor id of the person who owns what comes of it. */
  readonly owner: string;
  /** Names of the controls that stand in for the people who are missing, sorted. */
  readonly controls: readonly string[];
  readonly reason: Commitment;
  readonly expires_at: Timestamp;
  /** As in an approval. */
  readonly supersedes?: DigestText;
}

/** Takes back the signer's own approval, override or delegation, and earlier ones of theirs, until clearance (ruling 10). */
export interface RevocationStatement extends DecisionStatement<'revocation'> {
  /** Statement digest of the approval, override or delegation that ends. */
  readonly approval: DigestText;
  readonly reason: Commitment;
}

/** Says that the signer has read the brief and fills no slot here. It ends nothing, and decides nothing. */
export interface AbstentionStatement extends DecisionStatement<'abstention'> {
  readonly basis: DigestText;
  readonly routed: DigestText;
  readonly roles: readonly string[];
  readonly brief: DigestText;
  readonly reason: Commitment;
}

/**
 * Lets one person approve in the signer's place, in one role that the signer holds, here and nowhere else. It spends the
 * signer's own slot, and is not passed on.
 */
export interface DelegationStatement extends DecisionStatement<'delegation'> {
  readonly basis: DigestText;
  readonly routed: DigestText;
  readonly brief: DigestText;
  /** Actor id of the person who may approve. */
  readonly delegate: string;
  readonly role: string;
  readonly reason: Commitment;
  /** What the delegate approves ends with it. */
  readonly expires_at: Timestamp;
  /** As in an approval. */
  readonly supersedes?: DigestText;
}

/** Says of a condition of an approval that it was done, or that it was not kept. */
export interface ConditionStatement extends DecisionStatement<'condition'> {
  /** Statement digest of the approval. */
  readonly approval: DigestText;
  readonly condition: string;
  readonly verdict: ConditionVerdict;
  readonly findings: Commitment;
}

export const CONDITION_VERDICTS = ['discharged', 'breached'] as const;
export type ConditionVerdict = (typeof CONDITION_VERDICTS)[number];

export interface CancellationStatement extends DecisionStatement<'cancellation'> {
  readonly reason: Commitment;
}

/** Asks whoever is waited for once more. Like every act of an operator it fills nothing, and decides nothing. */
export interface NudgeStatement extends DecisionStatement<'nudge'> {
  readonly basis: DigestText;
  /** Hash of the `authority.routed` event the signer saw. */
  readonly routed: DigestText;
  /** Role of the policy's operators in which the signer acts; left out by whoever asked for the decision. */
  readonly actor_role?: string;
  readonly reason: Commitment;
}

/** Moves the decision deadline to a later instant, as far as the policy lets it. */
export interface ExtensionStatement extends DecisionStatement<'extension'> {
  readonly basis: DigestText;
  readonly routed: DigestText;
  readonly actor_role: string;
  readonly until: Timestamp;
  readonly reason: Commitment;
}

/**
 * Has one person asked instead of another, in a role that both could sign in. Who is asked no more may sign all the same.
 * To hand over is the same statement, by the person who is to be asked no more.
 */
export interface ReassignmentStatement extends DecisionStatement<'reassignment'> {
  readonly basis: DigestText;
  readonly routed: DigestText;
  /** Left out where `from` hands over. */
  readonly actor_role?: string;
  /** Role of the route. */
  readonly role: string;
  readonly from: string;
  readonly to: string;
  readonly reason: Commitment;
}

/** An executor asks for clearance. */
export interface ClaimStatement extends DecisionStatement<'claim'> {
  readonly basis: DigestText;
  readonly target: string;
}

/** Signed by the permit key after `execution.cleared` is stored. Order, never authority. */
export interface PermitStatement extends DecisionStatement<'permit'> {
  readonly claim: DigestText;
  /** Hash of the `execution.cleared` event. */
  readonly cleared: DigestText;
  readonly basis: DigestText;
  readonly subject: DigestText;
  readonly target: string;
  readonly executor: string;
  readonly not_after: Timestamp;
  readonly confirm_by: Timestamp;
}

/** The executor's sworn account of what it did. */
export interface ReceiptStatement extends DecisionStatement<'receipt'> {
  readonly receipt_id: string;
  readonly claim: DigestText;
  readonly permit: DigestText;
  /** Digest of the subject, measured immediately before the run; null where it refused before measuring. */
  readonly subject: DigestText | null;
  readonly tool: string;
  readonly target: string;
  /** Digest of the canonical JSON array of the command's words. */
  readonly command: DigestText;
  readonly started_at: Timestamp;
  readonly finished_at: Timestamp;
  readonly result: ExecutionResult;
  /** Exit status of the command, null where there is none. */
  readonly exit_code: number | null;
}

/** The account, after the fact, of somebody uninvolved: whether glass had to be broken (R60, ruling 11). */
export interface ReviewStatement extends DecisionStatement<'review'> {
  /** Hash of the `execution.cleared` event that rested on the override. */
  readonly cleared: DigestText;
  readonly verdict: ReviewVerdict;
  readonly findings: Commitment;
}

/**
 * The executor's sworn account of having gone back by itself, on what the decision's own pack says (ruling 12): from what
 * that decision let out to what its basis names as rollback target, and to nothing else.
 */
export interface BackoutStatement extends DecisionStatement<'backout'> {
  /** Hash of the `execution.cleared` event, and with it of the whole chain that led to it. */
  readonly cleared: DigestText;
  /** Digest of the bytes of the sealed bundle that it acted on; left out where that was the clearance pack. */
  readonly pack?: DigestText;
  /** What it went back to; the digest as measured immediately before the run. */
  readonly candidate: Candidate;
  readonly target: string;
  readonly tool: string;
  /** Digest of the canonical JSON array of the command's words. */
  readonly command: DigestText;
  readonly started_at: Timestamp;
  readonly finished_at: Timestamp;
  readonly result: BackoutResult;
  /** Exit status of the command, null where there is none. */
  readonly exit_code: number | null;
  readonly reason: Commitment;
}

export const BACKOUT_RESULTS = ['success', 'failure', 'unknown'] as const satisfies readonly ExecutionResult[];
export type BackoutResult = (typeof BACKOUT_RESULTS)[number];

export const REVIEW_VERDICTS = ['justified', 'unjustified'] as const;
export type ReviewVerdict = (typeof REVIEW_VERDICTS)[number];

/** The service's answer to every statement it accepted or refused (ruling 6). Its event proves omission if a pack lacks it. */
export interface AcknowledgementStatement extends DecisionStatement<'acknowledgement'> {
  readonly statement: DigestText;
  readonly verdict: 'accepted' | 'refused';
  /** Refusal code, null where accepted. */
  readonly code: string | null;
  readonly event: DigestText;
  readonly sequence: number;
}

export const ENDORSED_KINDS = ['policy', 'roster', 'standing', 'trust'] as const;
export type EndorsedKind = (typeof ENDORSED_KINDS)[number];

/** One of the M signatures over a policy, roster, standing or trust document. */
export interface EndorsementStatement extends StatementBase<'endorsement'> {
  readonly document_kind: EndorsedKind;
  readonly document: DigestText;
  readonly serial: number;
  /** Digest of the document it replaces, or `GENESIS`. */
  readonly predecessor: DigestText | 'GENESIS';
}

/** Environments and action classes that something speaks of; `*` for all of them. */
export interface ScopeOf {
  readonly environments: '*' | readonly Environment[];
  readonly actions: '*' | readonly string[];
}

/** Stops clearances in a scope, at once and for a while (R62): by one emergency key, which is no service's and no approver's. */
export interface FreezeStatement extends StatementBase<'freeze'>, ScopeOf {
  /** Identifier of the incident; no free text. */
  readonly incident: string;
  readonly until: Timestamp;
}

/**
 * Ends the restriction of a tenant, by an integrity officer who has judged what was found (ruling 12). The decisions
 * whose chains were tampered with stay in quarantine.
 */
export interface LiftingStatement extends StatementBase<'lifting'> {
  /** Digests of the restrictions that end, sorted: each names decision, finding and head. */
  readonly restrictions: readonly DigestText[];
  /** Identifier of the incident; no free text. */
  readonly incident: string;
}

/** Vouches for what was found at the time of an incident, before anybody changes it (R109). */
export interface CaptureStatement extends StatementBase<'capture'> {
  /** Identifier of the incident; no free text. */
  readonly incident: string;
  /** Digest of the incident evidence: names, sizes, digests and times. */
  readonly manifest: DigestText;
}

/** A witness has seen the head of a chain: so many events stood, the last of them with this hash (R15). */
export interface AnchorStatement extends DecisionStatement<'anchor'> {
  readonly sequence: number;
  readonly head: DigestText;
  /** Place in the witness's own append-only log. */
  readonly log: {
    readonly index: number;
    /** Digest of the entry before, or `GENESIS`. */
    readonly previous: DigestText | 'GENESIS';
  };
}

/** Proof that whoever enters a key into a roster holds its private half. */
export interface PossessionStatement extends StatementBase<'possession'> {
  /** Raw Ed25519 public key, base64. */
  readonly public_key: string;
}

/**
 * Asks for a routed decision to be evaluated anew, under the policy and from the evidence that it names. To name others
 * than before is for whoever asked for the decision; the roster is always the one in force.
 */
export interface ReevaluationStatement extends DecisionStatement<'reevaluation'> {
  /** The basis that it leaves. */
  readonly basis: DigestText;
  readonly policy: PolicyReference;
  readonly evidence: EvidenceReference;
}

/** What a statement payload may be. */
export type Statement =
  | RequestStatement
  | EvidenceStatement
  | EvaluationStatement
  | WaiverStatement
  | ApprovalStatement
  | RejectionStatement
  | OverrideStatement
  | RevocationStatement
  | AbstentionStatement
  | DelegationStatement
  | ConditionStatement
  | CancellationStatement
  | ReevaluationStatement
  | NudgeStatement
  | ExtensionStatement
  | ReassignmentStatement
  | ClaimStatement
  | PermitStatement
  | ReceiptStatement
  | ReviewStatement
  | BackoutStatement
  | AcknowledgementStatement
  | EndorsementStatement
  | FreezeStatement
  | LiftingStatement
  | CaptureStatement
  | AnchorStatement
  | PossessionStatement;

/** Statements that arrive at a running decision, by Update or signal (ruling 16). */
export type SubmittedStatement =
  | ApprovalStatement
  | RejectionStatement
  | OverrideStatement
  | RevocationStatement
  | AbstentionStatement
  | DelegationStatement
  | ConditionStatement
  | CancellationStatement
  | ReevaluationStatement
  | NudgeStatement
  | ExtensionStatement
  | ReassignmentStatement
  | ClaimStatement
  | ReceiptStatement
  | ReviewStatement
  | BackoutStatement;

/** Kind of a statement that was read. */
export function kindOf(statement: Statement): StatementKind {
  const kind = statementKind(statement._type);
  if (kind === undefined) throw new TypeError(`not a statement type: ${statement._type}`);
  return kind;
}

export interface BarredPerson {
  readonly actor_id: string;
  readonly duties: readonly Duty[];
}
