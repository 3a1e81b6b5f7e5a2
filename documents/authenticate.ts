import { CanonError, type ParsedEnvelope, type PublicKey, verifyEnvelope } from '../core/canon/index.ts';
import { type EndorsedKind, type StatementKind, SUBMITTED_KINDS } from '../core/domain/statements.ts';
import type { Timestamp } from '../core/domain/vocabulary.ts';
import { DocumentError, type DocumentErrorCode } from './errors.ts';
import { BREAKGLASS, type RosterKey } from './roster.ts';
import { keyOf, type RosterIndex } from './roster-reader.ts';
import { decisionIdFor, type ReadStatement } from './statements.ts';
import type { KeyUse } from './trust.ts';
import { findTrustKey, type TrustIndex } from './trust-index.ts';
import { begunAt, isInForce } from './window.ts';

/** Kinds that persons and workloads of the roster sign. */
export const ROSTER_SIGNED_KINDS = [
  'request',
  'evidence',
  'evaluation',
  'waiver',
  'lifting',
  'capture',
  ...SUBMITTED_KINDS,
] as const satisfies readonly StatementKind[];
export type RosterSignedKind = (typeof ROSTER_SIGNED_KINDS)[number];

/** Where and when a statement is admitted. */
export interface Admission {
  readonly origin: string;
  readonly tenant: string;
  /** The decision it arrived at. Left out where it opens one, or belongs to none (evidence, endorsements). */
  readonly decisionId?: string | undefined;
  /** When the service admitted it: the event's timestamp. */
  readonly at: Timestamp;
}

/** Who signed, after the signature verified. What they may do is for the roster's grants and the domain. */
export interface AuthenticatedActor {
  readonly kind: 'person' | 'workload';
  readonly actorId: string;
  readonly publicKey: PublicKey;
}

export interface AuthenticatedService {
  readonly kind: 'service';
  /** Holder of the key, as the trust file has it. */
  readonly actorId: string;
  readonly publicKey: PublicKey;
}

/**
 * Verifies that the statement's signer, an entry of this roster, signed it with a key of their own that was in force,
 * for this origin, tenant and decision. It is believed for its signature, never for the channel it came by (ruling 16).
 *
 * @throws DocumentError, checked in this order: `statement.kind`, `document.origin`, `document.tenant`,
 *   `statement.decision` (another decision's, or a request whose id is not the one that {@link decisionIdFor} gives),
 *   `statement.signer_unknown`, `statement.key_unknown`, `statement.key_owner`, `statement.key_use`, `statement.key_window`,
 *   `statement.signature`, `statement.from_the_future`, `statement.lifetime`.
 * @throws CanonError `key.*`, DocumentError `roster.possession` where the roster was read with proofs `on_use`.
 */
export function authenticate(read: ReadStatement, roster: RosterIndex, admission: Admission): AuthenticatedActor {
  const { statement, parsed, keyId } = read;
  if (!ROSTER_SIGNED_KINDS.some((kind) => kind === read.kind)) {
    refuse(
      'statement.kind',
      'this kind is signed by no one of the roster',
      '$.payloadType',
      ROSTER_SIGNED_KINDS.join(' or '),
      read.kind,
    );
  }
  checkPlace(roster.roster, admission, '$.roster');
  checkPlace(statement, admission, '$.payload');
  checkDecision(read, admission);
  const { signer } = statement;
  if (!roster.actors.has(signer)) {
    refuse(
      'statement.signer_unknown',
      'the roster does not know the signer',
      '$.payload.signer',
      'an actor of the roster',
      signer,
    );
  }
  const where = '$.signatures[0].keyid';
  const entry = roster.keys.get(keyId);
  if (entry === undefined)
    return refuse('statement.key_unknown', 'the key is none of the roster', where, `a key of ${signer}`, keyId);
  if (entry.actor.actorId !== signer) {
    refuse(
      'statement.key_owner',
      "the key is someone else's",
      where,
      `a key of ${signer}`,
      `a key of ${entry.actor.actorId}`,
    );
  }
  const use = read.kind === 'override' ? BREAKGLASS : undefined;
  // Whoever has only that key can take back what they signed with it.
  const takesBack = read.kind === 'revocation' || read.kind === 'abstention';
  if (entry.entry.use !== use && !takesBack) {
    refuse('statement.key_use', 'the key is for something else', where, useText(use), useText(entry.entry.use));
  }
  const holder = keyOf(roster, keyId, admission.at);
  if (holder === undefined) {
    return refuse(
      'statement.key_window',
      'the key is not in force',
      where,
      `a key in force at ${admission.at}`,
      windowText(entry.entry),
    );
  }
  checkSignature(parsed, holder.key);
  checkTimes(read, admission.at);
  return { kind: holder.kind, actorId: holder.actorId, publicKey: holder.key };
}

/**
 * Verifies that a key which the trust file names for this use signed a permit, acknowledgement, endorsement or freeze.
 *
 * @throws DocumentError as {@link authenticate}, less `statement.signer_unknown`; `statement.kind` also where this kind
 *   is not what keys of this use sign.
 */
export function authenticateService(
  read: ReadStatement,
  trust: TrustIndex,
  use: KeyUse,
  admission: Admission,
): AuthenticatedService {
  const { statement, parsed, keyId } = read;
  if (useOf(read) !== use) {
    refuse(
      'statement.kind',
      `keys for ${use} sign no such statement`,
      '$.payloadType',
      `a statement signed by a ${use} key`,
      read.kind,
    );
  }
  checkPlace({ origin: trust.trust.origin, tenant: admission.tenant }, admission, '$.trust');
  checkPlace(statement, admission, '$.payload');
  checkDecision(read, admission);
  const where = '$.signatures[0].keyid';
  const found = findTrustKey(trust, use, keyId, admission.tenant);
  if (found === undefined) {
    const expected = `a ${use} key for ${admission.tenant}`;
    return refuse('statement.key_unknown', 'the trust file names no such key', where, expected, keyId);
  }
  if (found.entry.holder !== statement.signer) {
    refuse(
      'statement.key_owner',
      "the key is someone else's",
      '$.payload.signer',
      found.entry.holder,
      statement.signer,
    );
  }
  if (!isInForce(found.entry, admission.at)) {
    refuse(
      'statement.key_window',
      'the key is not in force',
      where,
      `a key in force at ${admission.at}`,
      windowText(found.entry),
    );
  }
  checkSignature(parsed, found.key);
  checkTimes(read, admission.at);
  return { kind: 'service', actorId: found.entry.holder, publicKey: found.key };
}

/** A tenant's name means nothing under another origin, nor a role's under another tenant (openbao#3841). */
function checkPlace(
  { origin, tenant }: { readonly origin: string; readonly tenant: string },
  admission: Admission,
  path: string,
): void {
  if (origin !== admission.origin)
    refuse('document.origin', 'this is another installation', `${path}.origin`, admission.origin, origin);
  if (tenant !== admission.tenant)
    refuse('document.tenant', 'this is another tenant', `${path}.tenant`, admission.tenant, tenant);
}

function checkDecision(read: ReadStatement, { decisionId }: Admission): void {
  const path = '$.payload.decision_id';
  if (read.kind === 'request') {
    const { origin, tenant, signer, idempotency_key, decision_id } = read.statement;
    const derived = decisionIdFor({ origin, tenant, requester: signer, idempotencyKey: idempotency_key });
    if (decision_id !== derived) {
      refuse(
        'statement.decision',
        'the id is not the one that requester and idempotency key give',
        path,
        derived,
        decision_id,
      );
    }
  }
  if (decisionId === undefined || !('decision_id' in read.statement)) return;
  const { decision_id } = read.statement;
  if (decision_id !== decisionId)
    refuse('statement.decision', 'this is about another decision', path, decisionId, decision_id);
}

function checkSignature(parsed: ParsedEnvelope, key: PublicKey): void {
  try {
    verifyEnvelope(parsed, key);
  } catch (cause) {
    if (!(cause instanceof CanonError)) throw cause;
    const problem = { path: cause.path, expected: cause.expected, got: cause.got };
    throw new DocumentError('statement.signature', 'the signature does not verify under the key', [problem], { cause });
  }
}

function checkTimes(read: ReadStatement, at: Timestamp): void {
  const { signed_at } = read.statement;
  if (!begunAt(signed_at, at)) {
    const expected = `at most five minutes after ${at}`;
    refuse(
      'statement.from_the_future',
      'the statement was signed after it came',
      '$.payload.signed_at',
      expected,
      signed_at,
    );
  }
  const end = endOf(read);
  if (end !== undefined && signed_at >= end) {
    refuse(
      'statement.lifetime',
      'the statement ended before it was signed',
      '$.payload.signed_at',
      `before ${end}`,
      signed_at,
    );
  }
}

/** The end that a statement sets to itself. */
function endOf(read: ReadStatement): Timestamp | undefined {
  switch (read.kind) {
    case 'approval':
    case 'override':
    case 'delegation':
    case 'waiver':
      return read.statement.expires_at;
    case 'evidence':
      return read.statement.valid_until;
    case 'permit':
      return read.statement.not_after;
    case 'freeze':
      return read.statement.until;
    default:
      return undefined;
  }
}

/** The use of the keys that sign a kind of statement, where the trust file names them. */
function useOf(read: ReadStatement): KeyUse | undefined {
  switch (read.kind) {
    case 'permit':
    case 'acknowledgement':
      return read.kind;
    case 'endorsement':
      return useForEndorsing(read.statement.document_kind);
    case 'freeze':
      return 'emergency';
    case 'anchor':
      return 'witness';
    default:
      return undefined;
  }
}

export function useForEndorsing(kind: EndorsedKind): KeyUse {
  return kind === 'trust' || kind === 'standing' ? 'governance' : kind;
}

function useText(use: RosterKey['use']): string {
  return use === undefined ? 'a key for ordinary statements' : `a key for ${use}`;
}

function windowText({
  valid_from,
  valid_until,
}: {
  readonly valid_from: Timestamp;
  readonly valid_until: Timestamp | null;
}): string {
  return `in force from ${valid_from}${valid_until === null ? '' : ` until ${valid_until}`}`;
}

function refuse(code: DocumentErrorCode, message: string, path: string, expected: string, got: string): never {
  throw new DocumentError(code, message, [{ path, expected, got }]);
}
