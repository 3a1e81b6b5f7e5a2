import * as z from 'zod';
import {
  type Digest,
  digestJson,
  type Envelope,
  excerpt,
  type JsonValue,
  type ParsedEnvelope,
  type PrivateKey,
  readEnvelope,
  signEnvelope,
  uuidFromDigest,
} from '../core/canon/index.ts';
import {
  BACKOUT_RESULTS,
  CONDITION_VERDICTS,
  ENDORSED_KINDS,
  LINK_RELATIONS,
  REVIEW_VERDICTS,
  STATEMENT_KINDS,
  type Statement,
  type StatementKind,
  type StatementType,
  statementKind,
  statementType,
} from '../core/domain/statements.ts';
import { EXECUTION_RESULTS, instant } from '../core/domain/vocabulary.ts';
import { DocumentError } from './errors.ts';
import { calibration, failureSlice, pinned, scorecard } from './evaluation-shape.ts';
import {
  actorId,
  commitment,
  decisionId,
  digest,
  name,
  nonce,
  pinnedVersion,
  predecessor,
  publicKeyText,
  serial,
  timestampText,
} from './primitives.ts';
import { readDocument } from './read-document.ts';
import { FREEZE_SCOPE, scopeShape } from './scope.ts';

/** Largest statement payload, in bytes. What is large travels by digest. */
export const STATEMENT_MAX_BYTES = 65_536;

/** Scorecards, and slices, of an evaluation card at most. */
const CARD_ENTRIES = 200;

/** Restrictions that one statement lifts at most. */
export const LIFTED_AT_ONCE = 500;

/** How long an emergency freeze lasts at most, in seconds: a week, for governance to say more in a standing. */
export const FREEZE_LONGEST_S = 7 * 24 * 3600;

export type StatementOf<K extends StatementKind> = Extract<Statement, { readonly _type: StatementType<K> }>;

/**
 * A statement whose form has been read. The SIGNATURE IS NOT VERIFIED: who signed, and whether anyone did, is for
 * `authenticate` and `authenticateService`. Until one of them has returned, everything here is attacker-controlled.
 */
export type ReadStatement<K extends StatementKind = StatementKind> = {
  readonly [P in K]: {
    readonly kind: P;
    readonly statement: StatementOf<P>;
    /** The statement digest: of the canonical envelope, signature included. */
    readonly digest: Digest;
    /** Selects a key, and proves nothing. */
    readonly keyId: Digest;
    readonly parsed: ParsedEnvelope;
  };
}[K];

const uniqueTexts = (texts: readonly string[]): boolean => new Set(texts).size === texts.length;
const sortedTexts = (texts: readonly string[]): boolean =>
  texts.every((text, at) => at === 0 || (texts[at - 1] ?? '') < text);

const roles = z.array(name).min(1).max(16).refine(sortedTexts, { error: 'expected distinct roles, sorted' }).readonly();

/** Sorted by id; what is to be done is free text, and so a commitment. */
const conditions = z
  .array(
    z.strictObject({
      id: name,
      what: commitment,
      due: timestampText,
      role: name,
      stops: name.exactOptional(),
      before: z.literal('clearance').exactOptional(),
    }),
  )
  .min(1)
  .max(16)
  .refine((list) => sortedTexts(list.map(({ id }) => id)), { error: 'expected distinct ids, sorted' })
  .readonly();

/** Names, not sentences: what is done in place of the people who are missing. */
const controls = z
  .array(name)
  .min(1)
  .max(16)
  .refine(sortedTexts, { error: 'expected distinct names, sorted' })
  .readonly();

const actorIds = z.array(actorId).min(1).max(64).refine(uniqueTexts, { error: 'expected each actor once' }).readonly();

/** Waivers that one request names at most: each has its record in one event of the ledger. */
export const WAIVERS_AT_ONCE = 8;

/** Members that carry keys in formats that verifiers are known to believe. */
export function namesKeyMaterial(member: string): boolean {
  return /^(public_?key|publicKeys|rawBytes|certificates?|x509\w*|jwks?|pem)$/i.test(member);
}

/** Identifiers only, no free text (ruling 15). */
const context = z
  .record(name, name)
  .refine((entries) => Object.keys(entries).length <= 32, { error: 'expected at most 32 entries' })
  // A pack that has such a member is taken for one that brings its own trust, and refused.
  .refine((entries) => !Object.keys(entries).some(namesKeyMaterial), { error: 'expected no names of key material' })
  .readonly();

/** Printable ASCII without a space. */
const idempotencyKey = z.string().regex(/^[\x21-\x7e]{1,200}$/, { error: 'expected 1 to 200 printable characters' });

const exitCode = z
  .int()
  .min(-(2 ** 31))
  .max(2 ** 32 - 1)
  .nullable();

const base = <K extends StatementKind>(kind: K) => ({
  _type: z.literal(statementType(kind)),
  origin: name,
  tenant: name,
  signer: actorId,
  signed_at: timestampText,
  nonce,
});

const decision = <K extends StatementKind>(kind: K) => ({ ...base(kind), decision_id: decisionId });

/** What acts on the waiting share. */
const operation = <K extends 'nudge' | 'extension' | 'reassignment'>(kind: K) => ({
  ...decision(kind),
  basis: digest,
  routed: digest,
  reason: commitment,
});

/** Schema of each kind. Strict: a member that the kind does not have is refused, signed or not. */
export const statementSchemas = {
  request: z.strictObject({
    ...decision('request'),
    idempotency_key: idempotencyKey,
    role: name,
    action: name,
    target: name,
    candidate: z.strictObject({ name, version: pinnedVersion, digest }),
    creators: actorIds,
    evidence: z.strictObject({ packet: digest, statement: digest }),
    policy: z.strictObject({ version: pinnedVersion, digest }),
    context,
    summary: commitment,
    linked: z.strictObject({ relation: z.enum(LINK_RELATIONS), decision_id: decisionId, pack: digest }).exactOptional(),
    waivers: z
      .array(digest)
      .min(1)
      .max(WAIVERS_AT_ONCE)
      .refine(sortedTexts, { error: 'expected distinct digests, sorted' })
      .readonly()
      .exactOptional(),
  }),
  waiver: z.strictObject({
    ...base('waiver'),
    policy: digest,
    gate: name,
    candidate: digest,
    action: name,
    target: name,
    role: name,
    owner: actorId,
    controls,
    reason: commitment,
    expires_at: timestampText,
  }),
  evaluation: z
    .strictObject({
      ...base('evaluation'),
      subject: digest,
      suite: pinned,
      data_manifest: digest,
      runtime: pinned,
      policy: z.strictObject({ version: pinnedVersion, digest }),
      results: digest,
      scorecards: z.array(scorecard).min(1).max(CARD_ENTRIES).readonly(),
      failure_slices: z.array(failureSlice).max(CARD_ENTRIES).readonly(),
      calibration,
      started_at: timestampText,
      finished_at: timestampText,
    })
    .refine(({ started_at, finished_at }) => started_at <= finished_at, {
      error: 'expected an end that is not before its beginning',
      path: ['finished_at'],
    })
    .refine(({ finished_at, signed_at }) => finished_at <= signed_at, {
      error: 'expected a signature that is not before the end of what it is about',
      path: ['signed_at'],
    }),
  evidence: z.strictObject({ ...base('evidence'), subject: digest, packet: digest, valid_until: timestampText }),
  approval: z.strictObject({
    ...decision('approval'),
    basis: digest,
    routed: digest,
    roles,
    scope: z.literal('full'),
    brief: digest,
    rationale: commitment,
    expires_at: timestampText,
    supersedes: digest.exactOptional(),
    delegation: digest.exactOptional(),
    conditions: conditions.exactOptional(),
  }),
  rejection: z.strictObject({
    ...decision('rejection'),
    basis: digest,
    routed: digest,
    roles,
    brief: digest,
    reason: commitment,
  }),
  override: z.strictObject({
    ...decision('override'),
    basis: digest,
    routed: digest,
    brief: digest,
    role: name,
    owner: actorId,
    controls,
    reason: commitment,
    expires_at: timestampText,
    supersedes: digest.exactOptional(),
  }),
  revocation: z.strictObject({ ...decision('revocation'), approval: digest, reason: commitment }),
  abstention: z.strictObject({
    ...decision('abstention'),
    basis: digest,
    routed: digest,
    roles,
    brief: digest,
    reason: commitment,
  }),
  delegation: z.strictObject({
    ...decision('delegation'),
    basis: digest,
    routed: digest,
    brief: digest,
    delegate: actorId,
    role: name,
    reason: commitment,
    expires_at: timestampText,
    supersedes: digest.exactOptional(),
  }),
  condition: z.strictObject({
    ...decision('condition'),
    approval: digest,
    condition: name,
    verdict: z.enum(CONDITION_VERDICTS),
    findings: commitment,
  }),
  cancellation: z.strictObject({ ...decision('cancellation'), reason: commitment }),
  reevaluation: z.strictObject({
    ...decision('reevaluation'),
    basis: digest,
    policy: z.strictObject({ version: pinnedVersion, digest }),
    evidence: z.strictObject({ packet: digest, statement: digest }),
  }),
  nudge: z.strictObject({ ...operation('nudge'), actor_role: name.exactOptional() }),
  extension: z.strictObject({ ...operation('extension'), actor_role: name, until: timestampText }),
  reassignment: z.strictObject({
    ...operation('reassignment'),
    actor_role: name.exactOptional(),
    role: name,
    from: actorId,
    to: actorId,
  }),
  claim: z.strictObject({ ...decision('claim'), basis: digest, target: name }),
  permit: z.strictObject({
    ...decision('permit'),
    claim: digest,
    cleared: digest,
    basis: digest,
    subject: digest,
    target: name,
    executor: actorId,
    not_after: timestampText,
    confirm_by: timestampText,
  }),
  receipt: z
    .strictObject({
      ...decision('receipt'),
      receipt_id: name,
      claim: digest,
      permit: digest,
      subject: digest.nullable(),
      tool: name,
      target: name,
      command: digest,
      started_at: timestampText,
      finished_at: timestampText,
      result: z.enum(EXECUTION_RESULTS),
      exit_code: exitCode,
    })
    .refine(({ started_at, finished_at }) => started_at <= finished_at, {
      error: 'expected an end that is not before its beginning',
      path: ['finished_at'],
    }),
  review: z.strictObject({
    ...decision('review'),
    cleared: digest,
    verdict: z.enum(REVIEW_VERDICTS),
    findings: commitment,
  }),
  backout: z
    .strictObject({
      ...decision('backout'),
      cleared: digest,
      pack: digest.exactOptional(),
      candidate: z.strictObject({ name, version: pinnedVersion, digest }),
      target: name,
      tool: name,
      command: digest,
      started_at: timestampText,
      finished_at: timestampText,
      result: z.enum(BACKOUT_RESULTS),
      exit_code: exitCode,
      reason: commitment,
    })
    .refine(({ started_at, finished_at }) => started_at <= finished_at, {
      error: 'expected an end that is not before its beginning',
      path: ['finished_at'],
    })
    .refine(({ finished_at, signed_at }) => finished_at <= signed_at, {
      error: 'expected an end that is not after the signature',
      path: ['finished_at'],
    }),
  acknowledgement: z
    .strictObject({
      ...decision('acknowledgement'),
      statement: digest,
      verdict: z.enum(['accepted', 'refused']),
      code: z
        .string()
        .regex(/^[a-z][a-z0-9_.]{0,99}$/, { error: 'expected an error code' })
        .nullable(),
      event: digest,
      sequence: z.int().min(1),
    })
    .refine(({ verdict, code }) => (verdict === 'accepted') === (code === null), {
      error: 'expected a code where it was refused, and none where it was accepted',
      path: ['code'],
    }),
  endorsement: z.strictObject({
    ...base('endorsement'),
    document_kind: z.enum(ENDORSED_KINDS),
    document: digest,
    serial,
    predecessor,
  }),
  freeze: z
    .strictObject({ ...base('freeze'), ...scopeShape(FREEZE_SCOPE), incident: name, until: timestampText })
    .refine(({ signed_at, until }) => instant(until) - instant(signed_at) <= FREEZE_LONGEST_S * 1000, {
      error: `expected an end at most ${FREEZE_LONGEST_S} s after it was signed`,
      path: ['until'],
    }),
  lifting: z.strictObject({
    ...base('lifting'),
    restrictions: z
      .array(digest)
      .min(1)
      .max(LIFTED_AT_ONCE)
      .refine(sortedTexts, { error: 'expected distinct digests, sorted' })
      .readonly(),
    incident: name,
  }),
  capture: z.strictObject({ ...base('capture'), incident: name, manifest: digest }),
  anchor: z.strictObject({
    ...decision('anchor'),
    sequence: z.int().min(1),
    head: digest,
    log: z.strictObject({ index: z.int().min(1), previous: predecessor }),
  }),
  possession: z.strictObject({ ...base('possession'), public_key: publicKeyText }),
} satisfies { readonly [K in StatementKind]: z.ZodType<StatementOf<K>> };

/**
 * Reads a statement's envelope, kind and shape. The SIGNATURE IS NOT VERIFIED here; see {@link ReadStatement}.
 *
 * @param value an envelope from outside, attacker-controlled; what is used is copied out of it once.
 * @param expected the kind, or kinds, that the caller has a use for; all of them unless told.
 * @throws CanonError `envelope.*`, `base64.malformed`, `digest.malformed`, `signature.malformed`, `json.*`.
 * @throws DocumentError `document.type` (none of our payload types, or another `_type` inside), `statement.kind`,
 *   `document.shape`, `document.floating_name`.
 */
export function readStatement<K extends StatementKind = StatementKind>(
  value: unknown,
  expected?: K | readonly K[],
  path = '$',
): ReadStatement<K> {
  const parsed = readEnvelope(value, path, { maxBytes: STATEMENT_MAX_BYTES });
  const kind = statementKind(parsed.payloadType);
  if (kind === undefined) {
    const problem = { path: `${path}.payloadType`, expected: 'a type of statement', got: excerpt(parsed.payloadType) };
    throw new DocumentError('document.type', 'this is no kind of statement', [problem]);
  }
  const wanted: readonly StatementKind[] = expected === undefined ? STATEMENT_KINDS : [expected].flat();
  if (!wanted.includes(kind)) {
    const problem = { path: `${path}.payloadType`, expected: wanted.join(' or '), got: kind };
    throw new DocumentError('statement.kind', 'this kind of statement has no place here', [problem]);
  }
  const statement = readDocument<z.ZodType>(
    statementSchemas[kind],
    parsed.payloadType,
    parsed.payload,
    `${path}.payload`,
  );
  return Object.freeze({ kind, statement, digest: parsed.digest, keyId: parsed.keyId, parsed }) as ReadStatement<K>;
}

/**
 * Signs a statement, once its form is one that {@link readStatement} takes: a floating name is refused before anybody
 * has signed it.
 *
 * @throws DocumentError `document.type`, `document.shape`, `document.floating_name`, with paths from `$`.
 */
export function signStatement(payload: Statement, key: PrivateKey): Envelope {
  const kind = statementKind(payload._type);
  if (kind === undefined) {
    const problem = { path: '$._type', expected: 'a type of statement', got: excerpt(payload._type) };
    throw new DocumentError('document.type', 'this is no kind of statement', [problem]);
  }
  const statement = readDocument<z.ZodType>(statementSchemas[kind], payload._type, payload);
  return signEnvelope(payload._type, statement as JsonValue, key);
}

/** What a decision's id is made of. */
export interface DecisionKey {
  readonly origin: string;
  readonly tenant: string;
  /** Actor id. */
  readonly requester: string;
  readonly idempotencyKey: string;
}

const DECISION_ID_TYPE = 'application/vnd.countersign.decision-id.v1+json';

/** The id of the decision that this requester opens with this key: the same on every machine and every retry (R20). */
export function decisionIdFor({ origin, tenant, requester, idempotencyKey }: DecisionKey): string {
  return uuidFromDigest(
    digestJson({ _type: DECISION_ID_TYPE, origin, tenant, requester, idempotency_key: idempotencyKey }),
  );
}
