import type { DecisionEvent } from '../core/domain/events.ts';
import type { Timestamp } from '../core/domain/vocabulary.ts';
import {
  type Ancestry,
  demandsStanding,
  type ReadStatement,
  speaksAt,
  type Standing,
  type TrustFile,
} from '../documents/index.ts';
import type { Matter } from '../evaluation/admission.ts';
import { frozenAt, releaseOf } from '../evaluation/freezes.ts';
import { revokedBy } from '../evaluation/revoked.ts';
import { type InForceStanding, revokedOf } from '../evaluation/standing.ts';
import { isRollback } from '../evaluation/linked.ts';
import { memberOf, type PackedChain } from '../pack/index.ts';
import type { Contents } from './contents.ts';
import type { EventPlace, Findings } from './findings.ts';
import { delegationOf } from './delegation.ts';
import { type Routing, routingsOf } from './routings.ts';
import { assignmentIn, overrideIn, recoveryIn, referenceIn, textIn } from './shapes.ts';

/** The standing that an event names; null where it names none, or one that cannot be read, which has left its finding. */
export function standingIn(event: unknown, contents: Contents): InForceStanding | null {
  const reference = referenceIn(event, 'standing');
  const document = contents.standing(reference?.digest);
  return reference === null || document === null ? null : { document, reference };
}

/** The emergency freezes that a refused claim, or a clearance, names; one that cannot be read has left its finding. */
export function freezesIn(event: unknown, contents: Contents): readonly ReadStatement<'freeze'>[] {
  const named = [textIn(event, 'freeze') ?? [], recoveryIn(event)?.freezes ?? []].flat();
  return named.flatMap((digest) => contents.statement(digest, 'freeze') ?? []);
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
  const routings = routingsOf(pack, contents);
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
    if (event.event_type === 'execution.cleared') {
      checkCleared(
        {
          document,
          freezes: freezesIn(event, contents),
          ancestry: ancestryBefore(pack, index, contents),
          at: event.timestamp,
        },
        matter,
        contents,
        place,
        findings,
      );
      checkPlan(document, matter, contents, place, event, findings);
    } else {
      const routing = routings.find((each) => each.index === index);
      checkRouted(document, routing, place, findings);
    }
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

/** A permit that outlives the plan which let it through would execute under the freeze. */
function checkPlan(
  document: Standing,
  matter: Matter,
  contents: Contents,
  place: EventPlace,
  event: DecisionEvent,
  findings: Findings,
): void {
  if (isRollback(matter.request)) return;
  const { recovery } = frozenAt({ document, freezes: freezesIn(event, contents) }, releaseOf(matter), event.timestamp);
  const got = textIn(event, 'not_after') ?? 'nothing';
  if (recovery === undefined || got <= recovery.until) return;
  const expected = `at most ${recovery.until}, when the recovery plan ends`;
  findings.add('standing.frozen', { path: '$.not_after', expected, got }, place);
}

/** A routing is made under the policy that the standing names; one anew may stay under one that it still accepts. */
function checkRouted(document: Standing, routing: Routing | undefined, place: EventPlace, findings: Findings): void {
  const digest = routing?.matter.request.policy.digest;
  if (routing?.anew && digest !== undefined && document.accepted_policies.includes(digest)) return;
  checkNamed('policy', document.policy.digest, digest, place, findings);
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
  /** What stands behind the candidate; null where no policy has it read. */
  readonly ancestry: Ancestry | null;
  readonly at: Timestamp;
}

/** What the routing in front of an event names to stand behind the candidate. That it is of this one, the replay derives. */
export function ancestryBefore({ events }: PackedChain, index: number, contents: Contents): Ancestry | null {
  const routed = events.slice(0, index).findLast(({ event_type }) => event_type === 'authority.routed');
  return contents.ancestry(memberOf(routed, 'ancestry'));
}

/** Whether governance lets this clearance stand: its policy, all that it rests on, every key that is counted. */
export function checkCleared(
  { document, freezes, ancestry, at }: GovernanceAt,
  matter: Matter,
  contents: Contents,
  place: EventPlace,
  findings: Findings,
): void {
  const { request, keys } = matter;
  if (document !== null) {
    const policies = [document.policy.digest, ...document.accepted_policies];
    const { digest } = request.policy;
    if (!policies.includes(digest))
      findings.add('standing.other', { path: '$.standing', expected: policies.join(' or '), got: digest }, place);
    const signing = [
      keys.requester,
      ...(keys.evidenceAuthor ? [keys.evidenceAuthor] : []),
      ...(keys.evaluator ? [keys.evaluator] : []),
      ...keys.waiverAuthors,
      ...keysOf(place.event, contents),
    ];
    const revoked = [
      ...revokedOf(document, request, { packet: contents.packet(request.evidence.packet), ancestry }),
      ...[...new Set(signing)].filter((key) => revokedBy(document).keys.has(key)),
    ];
    const expected = 'nothing that is revoked';
    for (const got of revoked) findings.add('standing.revoked', { path: '$.standing', expected, got }, place);
  }
  if (isRollback(request)) return;
  const { by, recovery } = frozenAt({ document, freezes }, releaseOf(matter), at);
  if (by !== undefined) {
    const until = by.until === null ? '' : `, until ${by.until}`;
    findings.add('standing.frozen', { path: '$.standing', expected: 'no freeze', got: `${by.name}${until}` }, place);
  } else if (recovery !== undefined) {
    const got = `${recovery.incidents.join(', ')}, until ${recovery.until}`;
    findings.add('standing.recovery', { path: '$.standing', expected: 'no freeze, or a plan', got }, place);
  }
}

/** Key ids of the claim, of the approvals and overrides that are counted, and of the delegations behind them. */
function keysOf(cleared: unknown, contents: Contents): readonly string[] {
  const counted = [
    textIn(cleared, 'claim'),
    ...(assignmentIn(cleared) ?? []).map(({ statement }) => statement),
    ...(overrideIn(cleared)?.statements ?? []),
  ];
  return counted
    .flatMap((digest) => contents.statement(digest, ['claim', 'approval', 'override']) ?? [])
    .flatMap((read) => [read.keyId, ...keyOf(delegationOf(read, contents))]);
}

function keyOf(read: ReadStatement | null): readonly string[] {
  return read === null ? [] : [read.keyId];
}
