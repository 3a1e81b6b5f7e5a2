import { REEVALUATION_REFUSALS } from '../core/domain/errors.ts';
import type { PackCore } from '../pack/index.ts';
import { memberOf } from '../pack/index.ts';
import { ANCHORED_POINTS, type Anchored, UNANCHORED, unanchored } from './anchors.ts';
import { type Findings, familyOf, printable, type VerifierCode } from './findings.ts';
import type { EvidenceVerdict } from './report.ts';
import { textIn } from './shapes.ts';

export const LEVELS = ['C1', 'C2', 'C3'] as const;
/** Conformance level (ruling 14). See docs/spec/conformance-levels.md. */
export type Level = (typeof LEVELS)[number];

export function verdictOf(findings: Findings): EvidenceVerdict {
  const { errors } = findings;
  if (errors.length === 0) return 'holds';
  return errors.every(({ code }) => familyOf(code) === 'signer') ? 'not_trusted' : 'does_not_hold';
}

export interface LevelReached {
  readonly reached: Level | null;
  readonly missing: readonly string[];
}

function missingForC3(core: PackCore, findings: Findings, anchored: Anchored): readonly string[] {
  const points = unanchored(anchored);
  const missing = points.length === ANCHORED_POINTS.length ? 'request, clearance and close' : points.join(', ');
  return [
    ...(points.length === 0 ? [] : [`C3: heads after ${missing} anchored by keys that are not the service's`]),
    ...(underStanding(core, findings) ? [] : ['C3: a fresh standing statement']),
  ];
}

/** Whether governance speaks at each point where a standing has its place, and nothing is wrong with what it says. */
function underStanding({ events }: Pick<PackCore, 'events'>, findings: Findings): boolean {
  if (findings.has('signer.standing', 'in_force.older', ...STANDING_FINDINGS)) return false;
  const placed = events.filter(({ event_type }) => STANDING_PLACES.has(event_type));
  return placed.length > 0 && placed.every((event) => memberOf(event, 'standing') !== undefined);
}

const STANDING_FINDINGS: readonly VerifierCode[] = [
  'standing.missing',
  'standing.ended',
  'standing.other',
  'standing.revoked',
  'standing.frozen',
];

const STANDING_PLACES: ReadonlySet<string> = new Set(['authority.routed', 'execution.cleared']);

/**
 * The level that was reached, whatever the pack claims. C1 asks that the chain is whole as the service recorded it;
 * C2 that nothing about authority rests on the service; C3 that others than the service have seen when it happened, and
 * that governance spoke.
 */
export function levelOf(core: PackCore, sealed: boolean, findings: Findings, anchored: Anchored): LevelReached {
  const verdict = verdictOf(findings);
  if (verdict === 'does_not_hold')
    return { reached: null, missing: ['C1: evidence that holds', ...missingForC3(core, findings, anchored)] };
  const lacking = [
    ...(sealed ? [] : ['C2: a seal by a key of the trust file']),
    ...(verdict === 'holds' ? [] : ['C2: signers that the trust file vouches for']),
    ...factsOfService(core).map((name) => `C2: ${name}, which rests on the service`),
  ];
  const further = missingForC3(core, findings, anchored);
  const reached = lacking.length > 0 ? 'C1' : further.length > 0 ? 'C2' : 'C3';
  return { reached, missing: [...lacking, ...further] };
}

/** Facts that the policy read on the service's word alone (ruling 13). */
export function factsOfService({ events }: Pick<PackCore, 'events'>): readonly string[] {
  const read = events
    .filter((event) => event.event_type === 'policy.evaluated')
    .flatMap((event): readonly unknown[] => {
      const facts: unknown = memberOf(event, 'facts');
      return Array.isArray(facts) ? facts : [];
    })
    .filter((fact) => memberOf(fact, 'source') === 'service')
    .map((fact) => printable(textIn(fact, 'name') ?? 'a fact without a name'));
  return [...new Set(read)];
}

/** What no signature in the pack speaks for. The design's list, and what this very pack adds to it. */
export function restsOnService(
  core: Pick<PackCore, 'events'> | null,
  findings: Findings,
  anchored: Anchored = UNANCHORED,
): readonly string[] {
  const discarded = core?.events.find((event) => event.event_type === 'statements.discarded');
  const counts = Object.entries((memberOf(discarded, 'counts') ?? {}) as Record<string, unknown>).flatMap(
    ([code, count]) => (typeof count === 'number' ? [printable(`${count} ${code}`)] : []),
  );
  return [
    'that no statement was withheld',
    unanchored(anchored).length === 0 ? 'times, up to when a witness saw what they date' : 'unanchored times',
    ...(core !== null && underStanding(core, findings)
      ? [
          'that no newer standing, and no emergency freeze, was withheld while the one it names still spoke',
          'which roster was in force at opening, above the serial of the trust file',
        ]
      : ['which policy and roster were in force, above the serials of the trust file']),
    ...(counts.length > 0 ? [`that ${counts.join(', ')} were rightly discarded`] : []),
    ...(named(core, 'overdue')
      ? ['that the review of another override was overdue, for which an override was refused']
      : []),
    ...(named(core, 'restriction')
      ? ['that another chain of the tenant did not hold, for which a claim was refused']
      : []),
    ...(core?.events.some((event) => textIn(event, 'code') === 'manifest.unreadable')
      ? ['that what was named as manifest was no document']
      : []),
    ...(core?.events.some((event) => textIn(event, 'code') === 'card.unreadable')
      ? ['that what was named as evaluation card was none']
      : []),
    ...(core?.events.some((event) => textIn(event, 'code') === 'linked.unknown')
      ? ['that the decision to be undone is not sealed under that digest']
      : []),
    ...(wentBack(core) ? ['that no later decision had moved the target on when the rollback was cleared'] : []),
    ...(findings.has('zone.differs') ? ['how far the clocks of a time zone were ahead of UTC'] : []),
    ...(notified(core) ? ['that reminders and other notices reached anybody'] : []),
    ...resolvedTexts(core),
    ...(core?.events.some((event) => memberOf(event, 'ancestry') !== undefined)
      ? ['that the candidate, and what it goes back to, have the ancestors that it read, and no others']
      : []),
    ...(core?.events.some((event) => REEVALUATION_REFUSALS.some((code) => code === memberOf(event, 'code')))
      ? ['that nothing had changed, or could take its place, for which a reevaluation was refused']
      : []),
    ...(findings.has('ledger.restored') ? ['that the ledger had only lost its tail'] : []),
    ...(core ? factsOfService(core) : []),
  ];
}

function wentBack(core: Pick<PackCore, 'events'> | null): boolean {
  const cleared = core?.events.some((event) => event.event_type === 'execution.cleared') ?? false;
  return cleared && memberOf(memberOf(core?.events[0], 'linked'), 'relation') === 'undoes';
}

/** People are told of these, by whoever carries notices. */
function notified(core: Pick<PackCore, 'events'> | null): boolean {
  const told = [
    'authority.reminded',
    'authority.escalated',
    'operation.nudged',
    'operation.reassigned',
    'override.breakglass',
  ];
  return core?.events.some(({ event_type }) => told.includes(event_type)) ?? false;
}

/** The service's word, which withholds a decision and makes none: the executor measures what it runs. */
function resolvedTexts(core: Pick<PackCore, 'events'> | null): readonly string[] {
  const facts = (core?.events ?? []).flatMap((event) => {
    const resolved = memberOf(event, 'resolved');
    return Array.isArray(resolved)
      ? resolved.map((fact: unknown) => printable(textIn(fact, 'what') ?? 'something'))
      : [];
  });
  return facts.length === 0
    ? []
    : [`that it found and measured what the evidence names: ${[...new Set(facts)].join(', ')}`];
}

function named(core: Pick<PackCore, 'events'> | null, member: 'overdue' | 'restriction'): boolean {
  return core?.events.some((event) => memberOf(event, member) !== undefined) ?? false;
}

export function restsOnOthers(core: PackCore | null, anchored: Anchored): readonly string[] {
  const ran = core?.events.some((event) => event.event_type === 'execution.confirmed') ?? false;
  return [
    'roster signers: two ids are two people',
    'evidence author: the facts of the packet',
    ...(core?.events.some((event) => event.event_type === 'authority.routed' && event.card !== undefined)
      ? ['evaluator: what the evaluation came to']
      : []),
    ...(ran ? ['executor: it ran when and as it swears'] : []),
    "approvers' programs: the brief was shown",
    ...(ANCHORED_POINTS.some((point) => anchored[point]) ? ['witnesses: they saw these heads when they say'] : []),
  ];
}
