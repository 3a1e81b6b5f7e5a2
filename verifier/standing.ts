import type { DecisionEvent } from '../core/domain/events.ts';
import type { Timestamp } from '../core/domain/vocabulary.ts';
import { demandsStanding, type ReadStatement, speaksAt, type Standing, type TrustFile } from '../documents/index.ts';
import type { Matter } from '../evaluation/admission.ts';
import { freezeOf, type InForceStanding, restsOn } from '../evaluation/standing.ts';
import type { PackedChain } from '../pack/index.ts';
import type { Contents } from './contents.ts';
import type { EventPlace, Findings } from './findings.ts';
import { assignmentIn, overrideIn, referenceIn, textIn } from './shapes.ts';

/** The standing that an event names; null where it names none, or one that cannot be read, which has left its finding. */
export function standingIn(event: unknown, contents: Contents): InForceStanding | null {
  const reference = referenceIn(event, 'standing');
  const document = contents.standing(reference?.digest);
  return reference === null || document === null ? null : { document, reference };
}

/**
 * What governance had to say of the decision when it was routed and cleared, a second time and without `decide`. Its
 * endorsements, and that it is not older than one before it, are checked with those of policies and rosters.
 */
export function checkStandings(
  pack: PackedChain,
  matter: Matter,
  contents: Contents,
  trust: TrustFile,
  findings: Findings,
): void {
  for (const [index, event] of pack.events.entries()) {
    if (event.event_type !== 'authority.routed' && event.event_type !== 'execution.cleared') continue;
    const place: EventPlace = { chain: 'events', index, event };
    const standing = standingIn(event, contents);
    if (standing === null) {
      if (demandsStanding(trust, pack.tenant, event.timestamp))
        findings.add('standing.missing', { path: '$.standing', expected: 'a standing', got: 'none' }, place);
      continue;
    }
    const { document } = standing;
    checkSpeaks(document, event, place, findings);
    checkNamed('roster', document.roster.digest, referenceIn(event, 'roster')?.digest, place, findings);
    if (event.event_type === 'execution.cleared')
      checkCleared({ document, freezes: [], at: event.timestamp }, matter, contents, place, findings);
    else checkNamed('policy', document.policy.digest, matter.request.policy.digest, place, findings);
  }
}

function checkSpeaks(document: Standing, event: DecisionEvent, place: EventPlace, findings: Findings): void {
  const expected = `before ${document.not_after}`;
  if (!speaksAt(document, event.timestamp))
    findings.add('standing.ended', { path: '$.timestamp', expected, got: event.timestamp }, place);
  const notAfter = textIn(event, 'not_after');
  if (event.event_type === 'execution.cleared' && (notAfter === null || notAfter > document.not_after))
    findings.add('standing.ended', { path: '$.not_after', expected, got: notAfter ?? 'nothing' }, place);
}

function checkNamed(
  kind: 'policy' | 'roster',
  expected: string,
  got: string | undefined,
  place: EventPlace,
  findings: Findings,
): void {
  if (got !== expected)
    findings.add('standing.other', { path: `$.${kind}.digest`, expected, got: got ?? 'nothing' }, place);
}

export interface GovernanceAt {
  /** Null where only freezes are known. */
  readonly document: Standing | null;
  readonly freezes: readonly ReadStatement<'freeze'>[];
  readonly at: Timestamp;
}

/** Whether governance lets this clearance stand: its policy, all that it rests on, every key that is counted. */
export function checkCleared(
  { document, freezes, at }: GovernanceAt,
  matter: Matter,
  contents: Contents,
  place: EventPlace,
  findings: Findings,
): void {
  const { request, environment, keys } = matter;
  if (document !== null) {
    const policies = [document.policy.digest, ...document.accepted_policies];
    const { digest } = request.policy;
    if (!policies.includes(digest))
      findings.add('standing.other', { path: '$.standing', expected: policies.join(' or '), got: digest }, place);
    const digests = restsOn(request, contents.packet(request.evidence.packet));
    const signing = [
      keys.requester,
      ...(keys.evidenceAuthor ? [keys.evidenceAuthor] : []),
      ...keysOf(place.event, contents),
    ];
    const revoked = [
      ...digests.filter((one) => document.revoked_digests.includes(one)),
      ...[...new Set(signing)].filter((key) => document.revoked_keys.includes(key)),
    ];
    const expected = 'nothing that is revoked';
    for (const got of revoked) findings.add('standing.revoked', { path: '$.standing', expected, got }, place);
  }
  const frozen = freezeOf({ document, freezes }, { environment, action: request.action }, at);
  if (frozen === undefined) return;
  const until = frozen.until === null ? '' : `, until ${frozen.until}`;
  findings.add('standing.frozen', { path: '$.standing', expected: 'no freeze', got: `${frozen.name}${until}` }, place);
}

/** Key ids of the claim, and of the approvals and overrides that are counted. */
function keysOf(cleared: unknown, contents: Contents): readonly string[] {
  const counted = [
    textIn(cleared, 'claim'),
    ...(assignmentIn(cleared) ?? []).map(({ statement }) => statement),
    ...(overrideIn(cleared)?.statements ?? []),
  ];
  return counted.flatMap((digest) => contents.statement(digest, ['claim', 'approval', 'override'])?.keyId ?? []);
}
