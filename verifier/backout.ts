import { digestBytes, readJson } from '../core/canon/index.ts';
import { CLOCK_TOLERANCE_MS, type DigestText, instant, type Timestamp } from '../core/domain/vocabulary.ts';
import { hasCode } from '../core/errors.ts';
import { type ReadStatement, readStatement, type TrustFile } from '../documents/index.ts';
import { isRollback } from '../evaluation/linked.ts';
import { revokedBy } from '../evaluation/revoked.ts';
import { CLEARANCE_PACK_TYPE, memberOf, PACK_MAX_BYTES, type PackedChain, readClearancePack } from '../pack/index.ts';
import { openBundle } from './bundle.ts';
import type { Contents } from './contents.ts';
import { checkPermit } from './execution.ts';
import { type EventPlace, type Finding, Findings } from './findings.ts';
import { newestStanding, type OwnGovernance } from './own-governance.ts';
import { routingsOf } from './routings.ts';
import { referenceIn, textIn } from './shapes.ts';
import { checkSigner } from './signers.ts';
import { ancestryBefore } from './standing.ts';
import { openTrust } from './trust.ts';
import { verifyChainOf } from './verify-chain.ts';

/** What an executor checks before it goes back without the service: with its own trust file, by its own clock. */
export interface BackoutInput {
  /** Bytes of the sealed bundle of the decision that it goes back from, or of its clearance pack. */
  readonly pack: Uint8Array;
  /** Envelope of the statement by which it would swear to have begun. */
  readonly statement: unknown;
  readonly trust: Uint8Array;
  /** The executor's clock. */
  readonly at: Timestamp;
  /** The newest standing that it was given. Freezes are not asked for: none keeps anybody from going back. */
  readonly governance?: Pick<OwnGovernance, 'standing'>;
}

export interface BackoutReport {
  /** True: this executor may go back to this digest, now. Anything else: run nothing. */
  readonly holds: boolean;
  readonly findings: readonly Finding[];
}

/**
 * Everything that an audit pack or a clearance pack is asked for, but for the age of what it rests on: the way back that
 * approvers have signed does not lapse with the permit, the standing or its test. Total, as `verify` is.
 */
export function verifyBackout(input: BackoutInput): BackoutReport {
  const findings = new Findings();
  const trust = openTrust(input.trust, {}, findings);
  const gone = trust === null ? null : openGoneBack(input.pack, trust, findings);
  const read = openStatement(input.statement, findings);
  if (trust !== null && gone !== null && read !== null) {
    checkBackout(read, gone, input.at, findings);
    checkRevoked(read, gone, trust, input, findings);
  }
  const complete = gone !== null && read !== null;
  return { holds: complete && findings.errors.length === 0, findings: findings.all };
}

/** A verified chain that somebody goes back from. */
export interface GoneBack {
  readonly pack: PackedChain;
  readonly contents: Contents;
  /** Digest of the bytes of the sealed bundle; null where it is a clearance pack. */
  readonly bundle: DigestText | null;
}

function openGoneBack(bytes: Uint8Array, trust: TrustFile, findings: Findings): GoneBack | null {
  if (!isClearancePack(bytes)) {
    const opened = openBundle(bytes, trust, findings);
    if (opened === null) return null;
    const { contents } = verifyChainOf(opened.core, trust, findings);
    return { pack: opened.core, contents, bundle: digestBytes(bytes) };
  }
  try {
    const pack = readClearancePack(bytes);
    const permit = readStatement(pack.permit, 'permit', '$.permit');
    const { contents } = verifyChainOf(pack, trust, findings);
    // Whoever sealed nothing has cleared it all the same: the permit is the service's word that the clearance stands.
    checkPermit(permit, pack, trust, placeOf(pack, pack.events.length - 1), findings);
    return { pack, contents, bundle: null };
  } catch (error) {
    findings.refused('pack.shape', error);
    return null;
  }
}

function isClearancePack(bytes: Uint8Array): boolean {
  try {
    return memberOf(readJson(bytes, { maxBytes: PACK_MAX_BYTES }), '_type') === CLEARANCE_PACK_TYPE;
  } catch (error) {
    if (!hasCode(error)) throw error;
    return false;
  }
}

function openStatement(envelope: unknown, findings: Findings): ReadStatement<'backout'> | null {
  try {
    return readStatement(envelope, 'backout', '$.backout');
  } catch (error) {
    findings.refused('statement.unreadable', error);
    return null;
  }
}

/**
 * Whether this person or workload might go back from this decision to this, a second time and without
 * `decideAddendum`: out of policy, packet and roster as the last route has them.
 *
 * @param at when it was admitted, or is to run
 */
export function checkBackout(
  read: ReadStatement<'backout'>,
  { pack, contents, bundle }: GoneBack,
  at: Timestamp,
  findings: Findings,
): void {
  const { statement } = read;
  const clearedAt = pack.events.findIndex(({ event_type }) => event_type === 'execution.cleared');
  const routing = routingsOf(pack, contents).at(-1);
  const cleared = pack.events[clearedAt];
  if (cleared === undefined || routing === undefined || ranNothing(pack)) {
    const expected = 'a decision that let something out';
    findings.add('backout.cleared', { path: '$.backout.cleared', expected, got: 'none' });
    return;
  }
  const place = placeOf(pack, clearedAt);
  const roster = contents.roster(referenceIn(routing.event, 'roster')?.digest);
  if (roster !== null) checkSigner(read, roster, pack, at, place, findings);
  const { request } = routing.matter;
  const policy = contents.policy(request.policy.digest);
  const executors = policy?.targets.find(({ id }) => id === request.target)?.executors ?? [];
  const action = policy?.actions.find(({ id }) => id === request.action);
  const rollback = contents.packet(request.evidence.packet)?.sections.rollback?.target;
  // Back from a rollback is forward again, whatever its packet says.
  const goesBack = action?.evidence.includes('rollback') === true && !isRollback(request);
  const candidate = goesBack ? (rollback ?? null) : null;
  const demands = [
    ['backout.cleared', 'cleared', cleared.integrity_hash, statement.cleared],
    ['backout.cleared', 'pack', bundle ?? 'no sealed bundle', statement.pack ?? bundle ?? 'no sealed bundle'],
    ['backout.executor', 'signer', executors.find((id) => id === statement.signer) ?? null, statement.signer],
    ['backout.target', 'target', request.target, statement.target],
    ['backout.candidate', 'candidate', candidate, statement.candidate.digest],
  ] as const;
  for (const [code, member, expected, got] of demands) {
    if (expected === got) continue;
    const wanted = code === 'backout.executor' ? `one of ${executors.join(', ')}` : (expected ?? 'nothing');
    findings.add(code, { path: `$.backout.${member}`, expected: wanted, got }, place);
  }
  if (instant(statement.started_at) < instant(cleared.timestamp) - CLOCK_TOLERANCE_MS) {
    const expected = `at most five minutes before ${cleared.timestamp}`;
    findings.add('backout.early', { path: '$.backout.started_at', expected, got: statement.started_at }, place);
  }
}

/** Neither its candidate, nor what is known to stand behind that, nor the executor's key may be revoked, by the newest standing that is known. */
function checkRevoked(
  read: ReadStatement<'backout'>,
  { pack, contents }: GoneBack,
  trust: TrustFile,
  { governance = {}, at }: BackoutInput,
  findings: Findings,
): void {
  const clearedAt = pack.events.findIndex(({ event_type }) => event_type === 'execution.cleared');
  const place = placeOf(pack, clearedAt);
  const document = newestStanding(governance, { pack, contents, trust, at, place }, findings);
  if (document === null) return;
  const { keys, digests } = revokedBy(document);
  const { digest } = read.statement.candidate;
  const behind = ancestryBefore(pack, clearedAt, contents)?.rollback?.ancestors ?? [];
  const revoked = [
    ...[digest, ...behind].filter((each) => digests.has(each)),
    ...(keys.has(read.keyId) ? [read.keyId] : []),
  ];
  for (const got of revoked)
    findings.add('standing.revoked', { path: '$.standing', expected: 'nothing that is revoked', got }, place);
}

function ranNothing({ events }: PackedChain): boolean {
  const last = events.at(-1);
  return (
    textIn(last, 'event_type') === 'execution.confirmed' &&
    textIn(memberOf(last, 'execution'), 'result') === 'not_executed'
  );
}

function placeOf({ events }: PackedChain, index: number): EventPlace {
  return { chain: 'events', index, event: events[index] };
}
