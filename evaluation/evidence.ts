import type { EvidenceStatement, RequestStatement } from '../core/domain/statements.ts';
import { earliest, type DigestText, later, type Timestamp } from '../core/domain/vocabulary.ts';
import { type EvidencePacket, missingEvidence, subjectProblems } from '../documents/evidence.ts';
import { countsUntil, datedItems, undatedItems } from '../documents/freshness.ts';
import type { Policy, PolicyAction } from '../documents/policy.ts';
import { type Denial, type DenialCode, denialAt } from './errors.ts';

/** Whether a packet is the one that was asked with, about this candidate, whole and fresh (R70, R77, R81). */

/** How far an evidence author's clock may be ahead of the service's, in seconds. Its future is never counted as life. */
export const CLOCK_SKEW_S = 60;

export interface Evidence {
  /** The workflow's clock at the evaluation. */
  readonly at: Timestamp;
  readonly request: RequestStatement;
  readonly policy: { readonly document: Policy };
  readonly packet: EvidencePacket;
  readonly packetDigest: DigestText;
  readonly evidenceStatement: EvidenceStatement;
}

/** What an action that demands a tested rollback goes back to. */
export interface TestedRollback {
  readonly target: DigestText;
  readonly testedAt: Timestamp;
  readonly owner: string | null;
}

/** In front of a path into the statement that vouches for the packet. */
const STATEMENT = 'statement.';

/**
 * Every way in which the packet does not do, each as the denial that it would be alone.
 *
 * @param unnamed paths of what is to be looked for, and is not named
 */
export function refuseEvidence(input: Evidence, action: PolicyAction, unnamed: readonly string[]): readonly Denial[] {
  return [...refuseOther(input), ...refuseIncomplete(input, action, unnamed), ...refuseUntimely(input)];
}

/** Another packet than the one named, or one about something else. */
function refuseOther({ request, packet, packetDigest, evidenceStatement: statement }: Evidence): Denial[] {
  const { candidate, evidence } = request;
  const denials: Denial[] = [];
  if (evidence.packet !== packetDigest || statement.packet !== packetDigest) {
    const detail = `asked with ${evidence.packet}, vouched for ${statement.packet}, fetched ${packetDigest}`;
    denials.push(denialAt('evidence.mismatch', detail, ['$']));
  }
  for (const [{ origin, tenant }, at] of [
    [packet, ''],
    [statement, STATEMENT],
  ] as const) {
    if (origin === request.origin && tenant === request.tenant) continue;
    const detail = `evidence of ${origin}, tenant ${tenant}, for a request of ${request.origin}, tenant ${request.tenant}`;
    const places = [
      ...(origin === request.origin ? [] : [`${at}$.origin`]),
      ...(tenant === request.tenant ? [] : [`${at}$.tenant`]),
    ];
    denials.push(denialAt('evidence.mismatch', detail, places));
  }
  const vouched =
    statement.subject === candidate.digest ? [] : [{ path: `${STATEMENT}$.subject`, got: statement.subject }];
  const subjects = [...vouched, ...subjectProblems(packet, candidate.digest)];
  const [other] = subjects;
  if (other !== undefined) {
    const detail = `evidence about ${other.got}, candidate ${candidate.digest}`;
    denials.push(denialAt('evidence.subject', detail, pathsOf(subjects)));
  }
  return denials;
}

function refuseIncomplete(
  { packet, policy: { document } }: Evidence,
  action: PolicyAction,
  unnamed: readonly string[],
): Denial[] {
  const demanded = pathsOf([...missingEvidence(packet, action.evidence), ...undatedItems(packet, document.times)]);
  const missing = [...new Set([...demanded, ...unnamed])];
  if (missing.length === 0) return [];
  const named = missing.slice(0, 10).join(', ');
  const detail = `${missing.length} items that ${action.id} demands are missing: ${named}`;
  return [denialAt('evidence.incomplete', detail, missing)];
}

function refuseUntimely(input: Evidence): Denial[] {
  const { at, packet, policy, evidenceStatement: statement } = input;
  const skewed = later(at, CLOCK_SKEW_S);
  const denials: Denial[] = [];
  const ahead = [
    ...(packet.created_at > skewed ? ['$.created_at'] : []),
    ...(statement.signed_at > skewed ? [`${STATEMENT}$.signed_at`] : []),
  ];
  if (ahead.length > 0) {
    const detail = `evidence made ${packet.created_at}, vouched for ${statement.signed_at}, evaluated ${at}`;
    denials.push(denialAt('evidence.not_yet_valid', detail, ahead));
  }
  const until = evidenceUntil(input);
  if (until <= at) {
    const stale = datedItems(packet, policy.document.times)
      .filter((item) => countsUntil(item, at) <= at)
      .map(({ path }) => path);
    const named = stale.length === 0 ? '' : `, by ${stale.slice(0, 10).join(', ')}`;
    const whole = [
      ...(countsByAge(input) <= at ? ['$.created_at'] : []),
      ...(statement.valid_until <= at ? [`${STATEMENT}$.valid_until`] : []),
    ];
    const detail = `evidence counted until ${until}, evaluated ${at}${named}`;
    denials.push(denialAt('evidence.stale', detail, [...whole, ...stale]));
  }
  return denials;
}

/** A rollback that was never carried out, or not lately, is a hope (R81). */
export function refuseRollback(
  { at, request, policy: { document } }: Evidence,
  action: PolicyAction,
  rollback: TestedRollback | null,
): readonly Denial[] {
  if (!action.evidence.includes('rollback')) return [];
  // Where it lies is told as missing evidence.
  if (!rollback)
    return [{ code: 'rollback.target', detail: `${action.id} demands a tested rollback, and none is named` }];
  const denials: Denial[] = [];
  const add = (code: DenialCode, detail: string, item: 'target' | 'tested_at') =>
    denials.push(denialAt(code, detail, [`$.sections.rollback.${item}`]));
  if (rollback.target === request.candidate.digest)
    add('rollback.target', `rolling back ${request.candidate.digest} to itself undoes nothing`, 'target');
  if (rollback.testedAt > later(at, CLOCK_SKEW_S))
    add('rollback.not_yet_valid', `rollback tested ${rollback.testedAt}, evaluated ${at}`, 'tested_at');
  const until = rollbackUntil(at, rollback, document);
  if (until <= at) add('rollback.stale', `rollback test counted until ${until}, evaluated ${at}`, 'tested_at');
  return denials;
}

/** Until when the packet counts: by its age, by its author's word, and by the age of each item that the policy limits. */
export function evidenceUntil(input: Evidence): Timestamp {
  const { at, packet, policy, evidenceStatement } = input;
  const items = datedItems(packet, policy.document.times).map((item) => countsUntil(item, at));
  return earliest(countsByAge(input), evidenceStatement.valid_until, ...items);
}

export function rollbackUntil(at: Timestamp, { testedAt }: TestedRollback, { times }: Policy): Timestamp {
  return countsUntil({ finishedAt: testedAt, ageS: times.rollback_test_age_s }, at);
}

function countsByAge({ at, packet, policy: { document } }: Evidence): Timestamp {
  return countsUntil({ finishedAt: packet.created_at, ageS: document.times.evidence_age_s }, at);
}

function pathsOf(problems: readonly { readonly path: string }[]): readonly string[] {
  return problems.map(({ path }) => path);
}
