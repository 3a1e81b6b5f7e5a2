import {
  commit,
  type Digest,
  type Disclosure,
  digestJson,
  type Envelope,
  type JsonValue,
  type PrivateKey,
  toBase64,
} from '../core/canon/index.ts';
import {
  type AbstentionStatement,
  type ApprovalStatement,
  type CancellationStatement,
  type Candidate,
  type ClaimStatement,
  type ApprovalCondition,
  type ConditionStatement,
  type ConditionVerdict,
  type DelegationStatement,
  type EvidenceReference,
  type Link,
  type EvaluationStatement,
  type EvidenceStatement,
  type ExtensionStatement,
  type NudgeStatement,
  type ReassignmentStatement,
  type OverrideStatement,
  type PolicyReference,
  type ReceiptStatement,
  type ReevaluationStatement,
  type RejectionStatement,
  type RequestStatement,
  type BackoutStatement,
  type ReviewStatement,
  type ReviewVerdict,
  type RevocationStatement,
  type Statement,
  type StatementKind,
  statementType,
  type WaiverStatement,
} from '../core/domain/statements.ts';
import type { DigestText, Timestamp } from '../core/domain/vocabulary.ts';
import { decisionIdFor, signStatement } from '../documents/index.ts';
import type { ClientContext } from './context.ts';

/** Who signs: an actor of the roster with one of its keys. */
export interface Signer {
  readonly actorId: string;
  readonly key: PrivateKey;
}

/** A statement with what opens its commitments. */
export interface SignedStatement {
  readonly envelope: Envelope;
  /** Statement digest: of the canonical envelope. */
  readonly digest: Digest;
  readonly disclosures: readonly Disclosure[];
}

/** Where and when a statement is made. */
export type Surroundings = Pick<ClientContext, 'origin' | 'tenant' | 'now' | 'random'>;

const NONCE_BYTES = 16;
const SALT_BYTES = 32;

/** What a requester asks for. */
export interface RequestContent {
  /** Role in which the requester asks. */
  readonly role: string;
  readonly action: string;
  readonly target: string;
  readonly candidate: Candidate;
  /** Actor ids of those who made the candidate. */
  readonly creators: readonly string[];
  readonly policy: PolicyReference;
  /** Identifiers only. */
  readonly context: Readonly<Record<string, string>>;
  /** Free text; enters the statement as a commitment. */
  readonly summary: string;
  /** 1 to 200 printable ASCII characters; the same key and requester mean the same decision. */
  readonly idempotencyKey: string;
  /** The earlier decision that this one goes back to, by its sealed pack. */
  readonly linked?: Link;
  /** Statement digests of waivers, in any order. */
  readonly waivers?: readonly DigestText[];
}

export function signRequest(
  by: Signer,
  content: RequestContent & { readonly evidence: EvidenceReference },
  at: Surroundings,
): SignedStatement & { readonly decisionId: string } {
  const { idempotencyKey, summary, ...rest } = content;
  const decisionId = decisionIdFor({ origin: at.origin, tenant: at.tenant, requester: by.actorId, idempotencyKey });
  const disclosure = disclose('$.summary', summary, at);
  const statement: RequestStatement = {
    ...base('request', by, at),
    decision_id: decisionId,
    idempotency_key: idempotencyKey,
    role: rest.role,
    action: rest.action,
    target: rest.target,
    candidate: rest.candidate,
    creators: rest.creators,
    evidence: rest.evidence,
    policy: rest.policy,
    context: rest.context,
    summary: commit(disclosure),
    ...(rest.linked === undefined ? {} : { linked: rest.linked }),
    ...(rest.waivers === undefined ? {} : { waivers: [...rest.waivers].sort() }),
  };
  return { ...signed(statement, by, [disclosure]), decisionId };
}

/** An author vouches for an evidence packet. */
export function signEvidence(
  by: Signer,
  content: { readonly subject: DigestText; readonly packet: DigestText; readonly validUntil: Timestamp },
  at: Surroundings,
): SignedStatement {
  const { subject, packet, validUntil } = content;
  const statement: EvidenceStatement = { ...base('evidence', by, at), subject, packet, valid_until: validUntil };
  return signed(statement, by, []);
}

/** What an evaluator says of an evaluation; see the card's members in docs/spec/statements.md. */
export type EvaluationContent = Omit<
  EvaluationStatement,
  '_type' | 'origin' | 'tenant' | 'signer' | 'signed_at' | 'nonce'
>;

/** An evaluator signs the card of an evaluation. */
export function signEvaluation(by: Signer, content: EvaluationContent, at: Surroundings): SignedStatement {
  return signed({ ...base('evaluation', by, at), ...content }, by, []);
}

/** Somebody lets one candidate past one gate, before anybody asks. */
export function signWaiver(
  by: Signer,
  content: {
    /** Digest of the policy whose gate it is. */
    readonly policy: DigestText;
    readonly gate: string;
    readonly candidate: DigestText;
    readonly action: string;
    readonly target: string;
    readonly role: string;
    /** Actor id of the person who answers for it until it ends. */
    readonly owner: string;
    readonly controls: readonly string[];
    readonly reason: string;
    readonly expiresAt: Timestamp;
  },
  at: Surroundings,
): SignedStatement {
  const { policy, gate, candidate, action, target, role, owner, controls, reason, expiresAt } = content;
  const disclosure = disclose('$.reason', reason, at);
  const statement: WaiverStatement = {
    ...base('waiver', by, at),
    policy,
    gate,
    candidate,
    action,
    target,
    role,
    owner,
    controls: [...controls].sort(),
    reason: commit(disclosure),
    expires_at: expiresAt,
  };
  return signed(statement, by, [disclosure]);
}

/** The route as the signer saw it. */
export interface RoutedFacts {
  readonly decisionId: string;
  readonly basis: DigestText;
  /** Hash of the `authority.routed` event. */
  readonly routed: DigestText;
  /** Digest of the brief that was shown. */
  readonly brief: DigestText;
}

export function signApproval(
  by: Signer,
  content: RoutedFacts & {
    readonly roles: readonly string[];
    readonly rationale: string;
    readonly expiresAt: Timestamp;
    /** The signer's own revocation or abstention here, where there is one. */
    readonly supersedes?: DigestText | undefined;
    /** Statement digest of the delegation, where it is in somebody else's place. */
    readonly delegation?: DigestText | undefined;
    /** What is asked for besides; `what` is free text. */
    readonly conditions?: readonly ApprovalCondition[] | undefined;
  },
  at: Surroundings,
): SignedStatement {
  const disclosure = disclose('$.rationale', content.rationale, at);
  const asked = (content.conditions ?? []).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const texts = asked.map(({ what }, index) => disclose(`$.conditions[${index}].what`, what, at));
  const conditions = asked.map((condition, index) => ({ ...condition, what: commit(texts[index] as Disclosure) }));
  const statement: ApprovalStatement = {
    ...base('approval', by, at),
    ...routeMembers(content),
    roles: [...content.roles].sort(),
    scope: 'full',
    rationale: commit(disclosure),
    expires_at: content.expiresAt,
    ...supersedesMember(content),
    ...(content.delegation === undefined ? {} : { delegation: content.delegation }),
    ...(conditions.length === 0 ? {} : { conditions }),
  };
  return signed(statement, by, [disclosure, ...texts]);
}

function supersedesMember({ supersedes }: { readonly supersedes?: DigestText | undefined }): {
  readonly supersedes?: DigestText;
} {
  return supersedes === undefined ? {} : { supersedes };
}

/** A rejection's and an abstention's content. */
type Reasoned = RoutedFacts & { readonly roles: readonly string[]; readonly reason: string };

export function signRejection(by: Signer, content: Reasoned, at: Surroundings): SignedStatement {
  const disclosure = disclose('$.reason', content.reason, at);
  const statement: RejectionStatement = { ...base('rejection', by, at), ...reasonedMembers(content, disclosure) };
  return signed(statement, by, [disclosure]);
}

export function signOverride(
  by: Signer,
  content: RoutedFacts & {
    readonly role: string;
    readonly owner: string;
    readonly controls: readonly string[];
    readonly reason: string;
    readonly expiresAt: Timestamp;
    /** The signer's own revocation here, where there is one. */
    readonly supersedes?: DigestText | undefined;
  },
  at: Surroundings,
): SignedStatement {
  const disclosure = disclose('$.reason', content.reason, at);
  const statement: OverrideStatement = {
    ...base('override', by, at),
    ...routeMembers(content),
    role: content.role,
    owner: content.owner,
    controls: [...content.controls].sort(),
    reason: commit(disclosure),
    expires_at: content.expiresAt,
    ...supersedesMember(content),
  };
  return signed(statement, by, [disclosure]);
}

export function signRevocation(
  by: Signer,
  content: { readonly decisionId: string; readonly approval: DigestText; readonly reason: string },
  at: Surroundings,
): SignedStatement {
  const disclosure = disclose('$.reason', content.reason, at);
  const statement: RevocationStatement = {
    ...base('revocation', by, at),
    decision_id: content.decisionId,
    approval: content.approval,
    reason: commit(disclosure),
  };
  return signed(statement, by, [disclosure]);
}

export function signAbstention(by: Signer, content: Reasoned, at: Surroundings): SignedStatement {
  const disclosure = disclose('$.reason', content.reason, at);
  const statement: AbstentionStatement = { ...base('abstention', by, at), ...reasonedMembers(content, disclosure) };
  return signed(statement, by, [disclosure]);
}

export function signDelegation(
  by: Signer,
  content: RoutedFacts & {
    /** Actor id of the person who may approve. */
    readonly delegate: string;
    readonly role: string;
    readonly reason: string;
    readonly expiresAt: Timestamp;
    /** The signer's own revocation or abstention here, where there is one. */
    readonly supersedes?: DigestText | undefined;
  },
  at: Surroundings,
): SignedStatement {
  const disclosure = disclose('$.reason', content.reason, at);
  const statement: DelegationStatement = {
    ...base('delegation', by, at),
    ...routeMembers(content),
    delegate: content.delegate,
    role: content.role,
    reason: commit(disclosure),
    expires_at: content.expiresAt,
    ...supersedesMember(content),
  };
  return signed(statement, by, [disclosure]);
}

export function signCancellation(
  by: Signer,
  content: { readonly decisionId: string; readonly reason: string },
  at: Surroundings,
): SignedStatement {
  const disclosure = disclose('$.reason', content.reason, at);
  const statement: CancellationStatement = {
    ...base('cancellation', by, at),
    decision_id: content.decisionId,
    reason: commit(disclosure),
  };
  return signed(statement, by, [disclosure]);
}

/** What acts on the waiting share. */
interface OperationFacts extends Omit<RoutedFacts, 'brief'> {
  readonly reason: string;
}

/** @param content `actorRole`: null where it is by whoever asked for the decision */
export function signNudge(
  by: Signer,
  content: OperationFacts & { readonly actorRole: string | null },
  at: Surroundings,
): SignedStatement {
  const disclosure = disclose('$.reason', content.reason, at);
  const statement: NudgeStatement = {
    ...base('nudge', by, at),
    ...operationMembers(content, disclosure),
    ...actorRoleMember(content),
  };
  return signed(statement, by, [disclosure]);
}

export function signExtension(
  by: Signer,
  content: OperationFacts & { readonly actorRole: string; readonly until: Timestamp },
  at: Surroundings,
): SignedStatement {
  const disclosure = disclose('$.reason', content.reason, at);
  const statement: ExtensionStatement = {
    ...base('extension', by, at),
    ...operationMembers(content, disclosure),
    actor_role: content.actorRole,
    until: content.until,
  };
  return signed(statement, by, [disclosure]);
}

/** @param content `actorRole`: null where `from` hands over */
export function signReassignment(
  by: Signer,
  content: OperationFacts & {
    readonly actorRole: string | null;
    readonly role: string;
    readonly from: string;
    readonly to: string;
  },
  at: Surroundings,
): SignedStatement {
  const { role, from, to } = content;
  const disclosure = disclose('$.reason', content.reason, at);
  const statement: ReassignmentStatement = {
    ...base('reassignment', by, at),
    ...operationMembers(content, disclosure),
    ...actorRoleMember(content),
    role,
    from,
    to,
  };
  return signed(statement, by, [disclosure]);
}

/** @param content `basis`: the one it leaves */
export function signReevaluation(
  by: Signer,
  content: {
    readonly decisionId: string;
    readonly basis: DigestText;
    readonly policy: PolicyReference;
    readonly evidence: EvidenceReference;
  },
  at: Surroundings,
): SignedStatement {
  const { decisionId, basis, policy, evidence } = content;
  const statement: ReevaluationStatement = {
    ...base('reevaluation', by, at),
    decision_id: decisionId,
    basis,
    policy: { version: policy.version, digest: policy.digest },
    evidence: { packet: evidence.packet, statement: evidence.statement },
  };
  return signed(statement, by, []);
}

export function signClaim(
  by: Signer,
  content: { readonly decisionId: string; readonly basis: DigestText; readonly target: string },
  at: Surroundings,
): SignedStatement {
  const { decisionId, basis, target } = content;
  const statement: ClaimStatement = { ...base('claim', by, at), decision_id: decisionId, basis, target };
  return signed(statement, by, []);
}

/** @param content `approval`: statement digest of the approval whose condition it is */
export function signCondition(
  by: Signer,
  content: {
    readonly decisionId: string;
    readonly approval: DigestText;
    readonly condition: string;
    readonly verdict: ConditionVerdict;
    readonly findings: string;
  },
  at: Surroundings,
): SignedStatement {
  const { decisionId, approval, condition, verdict, findings } = content;
  const disclosure = disclose('$.findings', findings, at);
  const statement: ConditionStatement = {
    ...base('condition', by, at),
    decision_id: decisionId,
    approval,
    condition,
    verdict,
    findings: commit(disclosure),
  };
  return signed(statement, by, [disclosure]);
}

/** @param content `cleared`: hash of the `execution.cleared` event that rested on the override */
export function signReview(
  by: Signer,
  content: {
    readonly decisionId: string;
    readonly cleared: DigestText;
    readonly verdict: ReviewVerdict;
    readonly findings: string;
  },
  at: Surroundings,
): SignedStatement {
  const { decisionId, cleared, verdict, findings } = content;
  const disclosure = disclose('$.findings', findings, at);
  const statement: ReviewStatement = {
    ...base('review', by, at),
    decision_id: decisionId,
    cleared,
    verdict,
    findings: commit(disclosure),
  };
  return signed(statement, by, [disclosure]);
}

/** What an executor swears to of going back by itself; members as in the statement. */
export type BackoutContent = Omit<
  BackoutStatement,
  '_type' | 'origin' | 'tenant' | 'signer' | 'signed_at' | 'nonce' | 'reason'
> & { readonly reason: string };

/** Needs no service: the executor keeps it, and sends it once there is one. */
export function signBackout(
  by: Signer,
  { reason, ...content }: BackoutContent,
  at: Pick<Surroundings, 'origin' | 'tenant' | 'random'>,
): SignedStatement {
  const disclosure = disclose('$.reason', reason, at);
  const surroundings = { ...at, now: () => content.finished_at };
  return signed({ ...base('backout', by, surroundings), ...content, reason: commit(disclosure) }, by, [disclosure]);
}

/** What an executor swears to have done; members as in the statement. */
export type ReceiptContent = Omit<ReceiptStatement, '_type' | 'origin' | 'tenant' | 'signer' | 'signed_at' | 'nonce'>;

export function signReceipt(by: Signer, content: ReceiptContent, at: Surroundings): SignedStatement {
  return signed({ ...base('receipt', by, at), ...content }, by, []);
}

function base<K extends StatementKind>(kind: K, by: Signer, { origin, tenant, now, random }: Surroundings) {
  return {
    _type: statementType(kind),
    origin,
    tenant,
    signer: by.actorId,
    signed_at: now(),
    nonce: toBase64(random(NONCE_BYTES)),
  };
}

function routeMembers({ decisionId, basis, routed, brief }: RoutedFacts) {
  return { decision_id: decisionId, basis, routed, brief };
}

function operationMembers({ decisionId, basis, routed }: OperationFacts, disclosure: Disclosure) {
  return { decision_id: decisionId, basis, routed, reason: commit(disclosure) };
}

function actorRoleMember({ actorRole }: { readonly actorRole: string | null }): { readonly actor_role?: string } {
  return actorRole === null ? {} : { actor_role: actorRole };
}

function reasonedMembers(content: Reasoned, disclosure: Disclosure) {
  return { ...routeMembers(content), roles: [...content.roles].sort(), reason: commit(disclosure) };
}

function signed(statement: Statement, by: Signer, disclosures: readonly Disclosure[]): SignedStatement {
  const envelope = signStatement(statement, by.key);
  return { envelope, digest: digestJson(envelope), disclosures };
}

/** Empty texts are committed to as well: which ones are empty is nobody's business (ruling 15). */
function disclose(path: string, value: JsonValue, { random }: Pick<Surroundings, 'random'>): Disclosure {
  return { salt: toBase64(random(SALT_BYTES)), path, value };
}
