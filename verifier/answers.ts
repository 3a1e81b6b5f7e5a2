import {
  type Asked,
  type Assignment,
  type DecisionEvent,
  type Miss,
  outcomeOf,
  type Slot,
  type WaiverRecord,
  type Widened,
} from '../core/domain/events.ts';
import type { JsonValue } from '../core/canon/index.ts';
import { readStatement } from '../documents/index.ts';
import { citedText } from '../evaluation/citations.ts';
import { missesText } from '../evaluation/misses.ts';
import { viabilityText } from '../evaluation/viability.ts';
import { askedLast, committedTexts, type Disclosures, memberOf, openTexts, type PackCore } from '../pack/index.ts';

/** Who, why, on what evidence, what risk, how to undo (R108): each a few lines that a person reads. */
export interface Answers {
  readonly who: readonly string[];
  readonly why: readonly string[];
  readonly evidence: readonly string[];
  readonly risk: readonly string[];
  readonly undo: readonly string[];
  /** The broken glass that the clearance rests on, and the review it owes; empty where it rests on none (R58). */
  readonly overrides: readonly string[];
  /** The gates that were waived in the evaluation that counts, by whom and until when; empty where none was (R29). */
  readonly waivers: readonly string[];
  /** What approvals asked for besides, and what had become of it by the end; empty where they asked for nothing. */
  readonly conditions: readonly string[];
  readonly timeline: readonly TimelineEntry[];
}

export interface TimelineEntry {
  readonly sequence: number;
  readonly event_type: string;
  readonly timestamp: string;
  readonly actor_id: string;
  /** First 12 hex digits of the event's hash. */
  readonly hash: string;
  /** What it says, in ids and numbers. */
  readonly detail: string;
}

type Texts = ReadonlyMap<string, JsonValue>;
type EventOf<T extends DecisionEvent['event_type']> = Extract<DecisionEvent, { event_type: T }>;

/** @param core one that a verification has found to hold: its events are what was decided. */
export function answersOf(core: PackCore, disclosures: Disclosures | null): Answers {
  const texts: Texts = disclosures === null ? new Map() : openTexts(core, disclosures);
  return {
    who: who(core),
    why: why(core, texts),
    evidence: evidence(core),
    risk: risk(core),
    undo: undo(core),
    overrides: overrides(core),
    waivers: waivers(core),
    conditions: conditions(core),
    timeline: core.events.map(entryOf),
  };
}

/** One line an event, aligned: sequence, time, event, actor, short hash, detail. */
export function renderTimeline(timeline: readonly TimelineEntry[]): string {
  const width = (pick: (entry: TimelineEntry) => string): number =>
    Math.max(...timeline.map((entry) => pick(entry).length));
  const types = width((entry) => entry.event_type);
  const actors = width((entry) => entry.actor_id);
  return timeline
    .map(({ sequence, timestamp, event_type, actor_id, hash, detail }) =>
      `${String(sequence).padStart(3)}  ${timestamp}  ${event_type.padEnd(types)}  ${actor_id.padEnd(actors)}  ${hash}  ${detail}`.trimEnd(),
    )
    .join('\n');
}

function who({ events }: PackCore): string[] {
  return events.flatMap((event): string[] => {
    switch (event.event_type) {
      case 'decision.requested':
        return [
          `requested by ${event.actor_id} as ${event.actor_role}; candidate made by ${event.creators.join(', ')}`,
        ];
      case 'execution.cleared':
        return [
          ...event.assignment.map((filled) => {
            const { actor_id, role, statement } = filled;
            const place = inPlaceOf(holderIn(events, filled), filled);
            return `approved by ${actor_id} as ${role}${instead(role, statement, events)}${place}`;
          }),
          ...(event.assignment.length === 0 && !event.override ? ['the route asked for nobody'] : []),
          `cleared for ${event.actor_id}${event.recovery ? `, by the recovery plan of ${event.recovery.incidents.join(', ')}` : ''}`,
          ...(event.override ? [owed(event.override)] : []),
        ];
      case 'execution.confirmed':
        return [ran(event)];
      case 'execution.unconfirmed':
        return ['not confirmed: no receipt says that it was executed'];
      case 'authority.escalated':
        return [`escalated at ${event.timestamp}: may sign as well: ${widerText(event.widened)}`];
      case 'override.breakglass':
        return [broken(event)];
      case 'authority.revoked':
        return [`approval taken back by ${event.actor_id}`];
      case 'authority.abstained':
        return [`abstained: ${event.actor_id} as ${event.roles.join(', ')}`];
      case 'authority.delegated':
        return [`delegated by ${event.actor_id} to ${event.delegate} as ${event.role}, until ${event.expires_at}`];
      case 'operation.nudged':
      case 'operation.extended':
      case 'operation.reassigned':
        return [`${actText(event)}, by ${event.actor_id}${event.actor_role ? ` as ${event.actor_role}` : ''}`];
      case 'condition.settled':
        return [`condition ${event.condition} ${event.verdict}, says ${event.actor_id}${firing(event)}`];
      case 'authority.rejected':
        return [`rejected by ${event.actor_id} as ${event.roles.join(', ')}`];
      case 'decision.cancelled':
        return [`cancelled by ${event.actor_id}`];
      case 'statement.refused':
        return [`refused: ${event.kind} by ${event.actor_id} (${event.code})`];
      default:
        return [];
    }
  });
}

/** Of an approval that fills a role which its signer did not offer: by what it may. */
function instead(role: string, statement: string, events: readonly DecisionEvent[]): string {
  const approved = events.find((event) => event.event_type === 'authority.approved' && event.statement === statement);
  const offered = approved?.event_type === 'authority.approved' ? approved.roles : [];
  return offered.length === 0 || offered.includes(role) ? '' : `, after the escalation, being ${offered.join(', ')}`;
}

/** Who is counted at the clearance, each by who holds the role: in the place of a delegate, whoever delegated. */
export function countedHolders({ events }: PackCore): readonly Assignment[] {
  const cleared = events.find((event) => event.event_type === 'execution.cleared');
  return (cleared?.assignment ?? []).map((filled) => ({ ...filled, actor_id: holderIn(events, filled) }));
}

function holderIn(events: readonly DecisionEvent[], { statement, actor_id }: Assignment): string {
  const approved = events.find((event) => event.event_type === 'authority.approved' && event.statement === statement);
  const delegation = approved?.event_type === 'authority.approved' ? approved.delegation : undefined;
  const delegated = events.find(
    (event) => event.event_type === 'authority.delegated' && event.statement === delegation,
  );
  return delegated?.actor_id ?? actor_id;
}

function firing({ fires }: EventOf<'condition.settled'>): string {
  return fires === undefined ? '' : `: stop condition ${fires} FIRES`;
}

/** Of the approvals that the clearance counted; of all, where nothing was cleared. Of the pack, for ever. */
function conditions({ events }: PackCore): string[] {
  const cleared = events.find((event) => event.event_type === 'execution.cleared');
  const ended = events.at(-1)?.timestamp ?? '';
  const counts = (approval: string): boolean =>
    cleared === undefined || cleared.assignment.some(({ statement }) => statement === approval);
  return events
    .filter((event) => event.event_type === 'authority.approved')
    .filter(({ statement }) => counts(statement))
    .flatMap(({ statement, actor_id, conditions: asked = [] }) =>
      asked.map(({ id, role, due }) => {
        const said = events.findLast(
          (event) => event.event_type === 'condition.settled' && event.approval === statement && event.condition === id,
        );
        const open = `${due < ended ? 'OVERDUE' : 'OUTSTANDING'}, by ${role}, due ${due}`;
        return `condition ${id} of ${actor_id}: ${said?.event_type === 'condition.settled' ? verdictOf(said) : open}`;
      }),
    );
}

function verdictOf(event: EventOf<'condition.settled'>): string {
  const { verdict, actor_id, late } = event;
  const word = verdict === 'breached' ? 'BREACHED' : verdict;
  return `${word} by the word of ${actor_id}${late ? ', late' : ''}${firing(event)}`;
}

function inPlaceOf(holder: string, { actor_id }: Assignment): string {
  return holder === actor_id ? '' : `, in the place of ${holder}`;
}

function overrides(core: PackCore): string[] {
  const cleared = core.events.find((event) => event.event_type === 'execution.cleared')?.override;
  return cleared === undefined ? [] : [...countedOverrides(core).map(broken), owed(cleared)];
}

/** The broken glass that the clearance rests on; one that was taken back before is not among it. */
export function countedOverrides({ events }: PackCore): readonly EventOf<'override.breakglass'>[] {
  const cleared = events.find((event) => event.event_type === 'execution.cleared');
  return events
    .filter((event) => event.event_type === 'override.breakglass')
    .filter(({ statement }) => cleared?.override?.statements.includes(statement) === true);
}

function broken({ actor_id, role, waived, owner, controls }: EventOf<'override.breakglass'>): string {
  return `BREAK-GLASS by ${actor_id} as ${role}, without ${slotsText(waived)}; owner ${owner}, controls ${controls.join(', ')}`;
}

/** Of the pack, for ever: whether the review came stands in an addendum. */
function owed({ review_role, review_by }: NonNullable<EventOf<'execution.cleared'>['override']>): string {
  return `review by ${review_role} OUTSTANDING, due ${review_by}`;
}

/** Only a receipt says that something ran; a clearance lets it. */
function ran({ actor_id, execution, subject_matches }: EventOf<'execution.confirmed'>): string {
  switch (execution.result) {
    case 'success':
      return `executed by ${actor_id}${subject_matches ? '' : ', on another subject than the one approved'}`;
    case 'failure':
      return `execution by ${actor_id} failed`;
    case 'unknown':
      return `started by ${actor_id}, who cannot say how it ended`;
    case 'not_executed':
      return `not executed: ${actor_id} refused before it started`;
  }
}

function why(core: PackCore, texts: Texts): string[] {
  const said = committedTexts(core)
    .filter(({ path }) => !path.startsWith('$.evidence.'))
    .map(({ path }) => {
      const text = texts.get(path);
      return `${labelOf(path)}: ${text === undefined ? '(withheld)' : printable(text)}`;
    });
  const ended = core.events.flatMap((event): string[] => {
    if (event.event_type === 'decision.denied')
      return [
        `${outcomeOf(event) === 'no_op' ? 'nothing is changed' : 'denied'}: ${event.code}, ${event.detail}`,
        ...lacking(event.misses),
      ];
    if (event.event_type === 'decision.expired') return [`expired: ${event.limit} ran out at ${event.at}`];
    if (event.event_type === 'execution.unconfirmed') return [`no receipt came before ${event.confirm_by}`];
    return [];
  });
  return [...followed(core), ...said, ...ended];
}

/** So many are shown; the pack has them all. */
const LISTED = 50;

/** Everything that was wrong with the evidence, where the denial's own sentence tells only some of it. */
function lacking(misses: readonly Miss[] = []): string[] {
  if (misses.length < 2) return [];
  return [printable(`${misses.length} misses of the evidence: ${missesText(misses, LISTED)}`)];
}

function evidence({ events, documents, statements }: PackCore): string[] {
  const [first] = events;
  if (first?.event_type !== 'decision.requested') return [];
  const { policy, evidence: named } = askedLast(events) as Asked;
  const sections = memberOf(memberOf(memberOf(documents, named.packet), 'content'), 'sections');
  return [
    `candidate ${first.candidate.name} ${first.candidate.version}, ${first.candidate.digest}`,
    `packet ${named.packet}: ${
      Object.keys(sections ?? {})
        .sort()
        .join(', ') || 'not in this pack'
    }`,
    `policy ${policy.version}, ${policy.digest}${letIn(events)}`,
    ...evaluated(events, statements),
  ];
}

/** By whose word, where the policy has the card read; of a pack that holds, whose verification has looked at whom it bars. */
function evaluated(events: readonly DecisionEvent[], statements: PackCore['statements']): string[] {
  const routed = events.findLast((event) => event.event_type === 'authority.routed');
  const envelope = routed?.card === undefined ? undefined : statements[routed.card];
  if (envelope === undefined) return [];
  const { signer, suite, finished_at } = readStatement(envelope, 'evaluation').statement;
  return [
    `evaluated by ${signer}, who neither asked nor made the candidate, nor controls whoever did; finished ${finished_at}`,
    `suite ${suite.name} ${suite.version}, card ${routed?.card}`,
  ];
}

/** By the word of the service, unless the pack of that decision was given. */
function letIn(events: PackCore['events']): string {
  const evaluated = events.findLast((event) => event.event_type === 'policy.evaluated');
  const admitted = evaluated?.event_type === 'policy.evaluated' ? evaluated.policy.admitted : undefined;
  return admitted === undefined ? '' : `, let in by decision ${admitted.decision_id}`;
}

function risk({ events }: PackCore): string[] {
  return events.flatMap((event): string[] => {
    if (event.event_type === 'policy.evaluated') {
      const gates = event.gates
        .filter((gate) => gate.triggered)
        .map(({ id, name, result, reason, waived }) => {
          const past = waived === undefined ? '' : '; WAIVED';
          return `gate ${id} (${name}): ${result}, ${reason}${past}`;
        });
      return [
        ...gates,
        ...(event.waivers ?? []).map(waiverText),
        ...(event.viability ? [`viability: ${viabilityText(event.viability).join('; ')}`] : []),
      ];
    }
    if (event.event_type !== 'risk.evaluated') return [];
    const note = event.band_note === null ? '' : `, ${event.band_note}`;
    return [
      `score ${event.risk_score}, band ${event.risk_band}${note}`,
      ...event.factors.map(
        ({ id, value, weight, reason, cites }) => `factor ${id}: ${value} x ${weight}, ${reason}${citedText(cites)}`,
      ),
    ];
  });
}

function waivers({ events }: PackCore): string[] {
  const evaluated = events.findLast((event) => event.event_type === 'policy.evaluated');
  return (evaluated?.waivers ?? []).filter(({ used }) => used).map(waiverText);
}

/** Of the pack, for ever: who let the check pass, and who answers for it. */
function waiverText({ gate, actor_id, role, owner, controls, expires_at, used }: WaiverRecord): string {
  const needed = used ? 'WAIVED' : 'waived, which was not needed,';
  return `gate ${gate} ${needed} by ${actor_id} as ${role}, until ${expires_at}; owner ${owner}, controls ${controls.join(', ')}`;
}

/** The stage of a release that went before, whose pack lies in this one. */
function followed({ events }: PackCore): readonly string[] {
  const [first] = events;
  if (first?.event_type !== 'decision.requested' || first.linked?.relation !== 'follows') return [];
  return [`follows decision ${first.linked.decision_id}, of the same candidate`];
}

function undo({ events, documents }: PackCore): string[] {
  const [first] = events;
  if (first?.event_type !== 'decision.requested') return [];
  if (first.linked?.relation === 'undoes') return [`this is the rollback of decision ${first.linked.decision_id}`];
  const packet = askedLast(events)?.evidence.packet ?? '';
  const sections = memberOf(memberOf(memberOf(documents, packet), 'content'), 'sections');
  const rollback = memberOf(sections, 'rollback');
  if (typeof rollback !== 'object' || rollback === null) return ['the evidence names no rollback'];
  const text = (member: string): string => printable(memberOf(rollback, member) ?? 'not given');
  const located = (member: string): string => printable(memberOf(memberOf(rollback, member), 'uri') ?? 'not given');
  return [
    `restore ${text('target')}`,
    `package ${located('package')}`,
    `procedure ${located('procedure')}`,
    `owner ${text('owner')}, last tested ${text('tested_at')}`,
  ];
}

function entryOf(event: DecisionEvent): TimelineEntry {
  return {
    sequence: event.sequence,
    event_type: event.event_type,
    timestamp: event.timestamp,
    actor_id: event.actor_id,
    hash: event.integrity_hash.slice('sha256:'.length, 'sha256:'.length + 12),
    detail: detailOf(event),
  };
}

function detailOf(event: DecisionEvent): string {
  switch (event.event_type) {
    case 'decision.requested':
      return `${event.action} on ${event.target}, ${event.candidate.name} ${event.candidate.version}`;
    case 'policy.evaluated':
      return `${event.result}, ${event.gates.filter((gate) => gate.triggered).length} of ${event.gates.length} gates triggered${waivedCount(event)}`;
    case 'risk.evaluated':
      return `${event.risk_score}, ${event.risk_band}`;
    case 'decision.reevaluated':
      return reevaluatedText(event);
    case 'authority.routed':
      return `route ${event.route}: ${slotsText(event.slots)}`;
    case 'authority.approved':
      return event.role === null ? `offers ${event.roles.join(', ')}` : `fills ${event.role}`;
    case 'authority.rejected':
    case 'authority.abstained':
      return event.roles.join(', ');
    case 'authority.delegated':
      return `to ${event.delegate} as ${event.role}`;
    case 'operation.nudged':
    case 'operation.extended':
    case 'operation.reassigned':
      return actText(event);
    case 'condition.settled':
      return `${event.condition}: ${event.verdict}${event.late ? ', late' : ''}`;
    case 'override.breakglass':
      return `waives ${slotsText(event.waived)}`;
    case 'authority.revoked':
      return `${event.revoked.length} approval${event.revoked.length === 1 ? '' : 's'}`;
    case 'authority.expired':
      return `${event.statements.length} approvals`;
    case 'authority.reminded':
      return event.waiting_for.map(({ role }) => role).join(', ');
    case 'authority.escalated':
      return widerText(event.widened);
    case 'statement.refused':
      return event.code.startsWith(`${event.kind}.`) ? event.code : `${event.kind}: ${event.code}`;
    case 'statements.discarded':
      return Object.entries(event.counts)
        .map(([code, count]) => `${count} ${code}`)
        .join(', ');
    case 'execution.cleared':
      return `until ${event.not_after}`;
    case 'execution.confirmed':
      return `${event.execution.tool}: ${event.execution.result}${event.late ? ', late' : ''}${event.subject_matches ? '' : ', another subject'}`;
    case 'execution.unconfirmed':
      return `no receipt before ${event.confirm_by}`;
    case 'decision.denied':
      return event.code;
    case 'decision.expired':
      return event.limit;
    case 'ledger.restored':
      return `from sequence ${event.from_sequence}`;
    case 'decision.cancelled':
    case 'addendum.opened':
    case 'override.reviewed':
    case 'backout.recorded':
      return '';
  }
}

function waivedCount({ gates }: EventOf<'policy.evaluated'>): string {
  const waived = gates.filter((gate) => gate.waived !== undefined).length;
  return waived === 0 ? '' : `, ${waived} WAIVED`;
}

function reevaluatedText({ basis, changed, ended }: EventOf<'decision.reevaluated'>): string {
  const differs =
    changed.length > 0 ? `basis changed: ${changed.map(({ path }) => path).join(', ')}` : 'the same basis';
  return `${basis.after === null ? 'denied' : differs}; ${ended.length} signature${ended.length === 1 ? '' : 's'} ended`;
}

function labelOf(path: string): string {
  if (/^\$\.authority\.approvals\[\d+\]\.conditions/u.test(path)) return `condition of approval ${ordinal(path)}`;
  if (path.startsWith('$.authority.settlements')) return `findings of settlement ${ordinal(path)}`;
  if (path === '$.decision.request.summary') return 'summary';
  if (path.startsWith('$.authority.approvals')) return `rationale of approval ${ordinal(path)}`;
  if (path.startsWith('$.authority.overrides')) return `reason of break-glass ${ordinal(path)}`;
  if (path.startsWith('$.authority.delegations')) return `reason of delegation ${ordinal(path)}`;
  if (path.startsWith('$.authority.revocations')) return `reason of revocation ${ordinal(path)}`;
  if (path.startsWith('$.authority.operations')) return `reason of act ${ordinal(path)} on the waiting`;
  if (path.startsWith('$.risk.waivers')) return `reason of waiver ${ordinal(path)}`;
  if (path.startsWith('$.authority.abstentions')) return `reason of abstention ${ordinal(path)}`;
  return 'reason';
}

function actText(event: EventOf<`operation.${'nudged' | 'extended' | 'reassigned'}`>): string {
  switch (event.event_type) {
    case 'operation.nudged':
      return `nudged: ${event.waiting_for.map(({ role }) => role).join(', ')}`;
    case 'operation.extended':
      return `deadline moved from ${event.before} to ${event.until}`;
    case 'operation.reassigned':
      return `${event.to} asked for ${event.role} instead of ${event.from}`;
  }
}

function widerText(widened: readonly Widened[]): string {
  return widened.map(({ role, by }) => `${by.join(', ')} for ${role}`).join('; ');
}

function slotsText(slots: readonly Slot[]): string {
  return slots.map(({ role, signatures }) => `${signatures} ${role}`).join(', ') || 'nobody';
}

/** Counted from 1. */
function ordinal(path: string): number {
  return Number(/\[(\d+)\]/.exec(path)?.[1] ?? 0) + 1;
}

/** Texts are somebody's, and reports go to terminals. */
function printable(value: JsonValue): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ').slice(0, 500);
}
