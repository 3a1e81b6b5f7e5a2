import type { DecisionEvent } from '../core/domain/events.ts';
import type { Timestamp } from '../core/domain/vocabulary.ts';
import { demandsStanding, type ReadStatement, speaksAt, type Standing, type TrustFile } from '../documents/index.ts';
import type { Matter } from '../evaluation/admission.ts';
import { freezeOf, type InForceStanding, revokedBy, revokedOf } from '../evaluation/standing.ts';
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
  let named = false;
  for (const [index, event] of pack.events.entries()) {
    const place: EventPlace = { chain: 'events', index, event };
    const standing = standingIn(event, contents);
    // What counted before there was a standing does not come back.
    if (standing === null && (hasPlace(event, named) || demands(event, pack, trust)))
      findings.add('standing.missing', { path: '$.standing', expected: 'a standing', got: 'none' }, place);
    named ||= standing !== null;
    if (standing === null || !isAuthorized(event)) continue;
    const { document } = standing;
    checkSpeaks(document, event, place, findings);
    checkNamed('roster', document.roster.digest, referenceIn(event, 'roster')?.digest, place, findings);
    if (event.event_type === 'execution.cleared')
      checkCleared({ document, freezes: [], at: event.timestamp }, matter, contents, place, findings);
    else checkNamed('policy', document.policy.digest, matter.request.policy.digest, place, findings);
  }
}

function isAuthorized({ event_type }: DecisionEvent): boolean {
  return event_type === 'authority.routed' || event_type === 'execution.cleared';
}

/** True of an event that names a standing wherever the chain has named one before. */
function hasPlace(event: DecisionEvent, named: boolean): boolean {
  return named && (isAuthorized(event) || (event.event_type === 'statement.refused' && event.kind === 'claim'));
}

function demands(event: DecisionEvent, { tenant }: PackedChain, trust: TrustFile): boolean {
  return isAuthorized(event) && demandsStanding(trust, tenant, event.timestamp);
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
    const signing = [
      keys.requester,
      ...(keys.evidenceAuthor ? [keys.evidenceAuthor] : []),
      ...keysOf(place.event, contents),
    ];
    const revoked = [
      ...revokedOf(document, request, contents.packet(request.evidence.packet)),
      ...[...new Set(signing)].filter((key) => revokedBy(document).keys.has(key)),
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
