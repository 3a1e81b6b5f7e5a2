import type { ViabilityRecord, WaiverRecord } from '../core/domain/events.ts';
import type { BriefDocument } from './brief.ts';
import { citedText } from './citations.ts';
import type { ReleaseStep } from './ladder.ts';
import { viabilityText } from './viability.ts';

/** Longest list that is spelled out; the document has all of it. */
const SHOWN = 6;
/** Of factors: the nine of the sources, and the exposure. */
const FACTORS_SHOWN = 10;

/**
 * The brief as an approver reads it in a terminal: plain text, at most 60 lines, a pure function of the document.
 * Ids and a policy's own lines are all it repeats, and every character that could move the cursor or hide text is
 * shown as its code point.
 */
export function renderBrief(brief: BriefDocument): string {
  const { requester, candidate, target, action, policy, risk, evidence, rollback, authority, limits } = brief;
  const lines: string[] = [
    `Decision     ${brief.decision_id} (${brief.origin}, tenant ${brief.tenant})`,
    `Basis        ${brief.basis}`,
    ...anewLines(brief.anew),
    `Asked        ${brief.requested_at} by ${requester.actor_id} (${requester.kind}, as ${requester.role})`,
    ...(requester.kind === 'workload' ? [`             controlled by ${some(requester.controlled_by)}`] : []),
    `Action       ${action.id} (${action.class}${action.irreversible ? ', irreversible' : ''}${effectsOf(action.effects)})`,
    `Candidate    ${candidate.name} ${candidate.version}`,
    `             ${candidate.digest}`,
    `             made by ${some(brief.creators)}`,
    `Target       ${target.id}: ${target.environment}, system ${target.system}, ${target.blast_radius}`,
    `             sensitivity: ${some(target.sensitivity)}`,
    `Context      ${some(
      Object.entries(brief.context)
        .sort(byKey)
        .map(([key, value]) => `${key}=${value}`),
    )}`,
    '',
    `Policy       ${policy.version} (serial ${policy.serial}): ${policy.result}; ${policy.triggered.length} of ${policy.gates} gates triggered`,
    ...list(
      policy.triggered,
      (gate) =>
        `${gate.id} ${gate.result}${gate.hard ? ' (hard)' : ''}${gate.waived === undefined ? '' : ' (WAIVED)'}: ${gate.name}; ${gate.reason}`,
    ),
    ...waiverLines(brief.waivers),
    ...(brief.viability ? viabilityLines(brief.viability) : []),
    `Risk         ${risk.risk_score}, ${risk.risk_band}${risk.band_note ? ` (${risk.band_note})` : ''}`,
    ...list(
      risk.factors,
      (factor) => `${factor.id} ${factor.value} x ${factor.weight}: ${factor.reason}${citedText(factor.cites)}`,
      FACTORS_SHOWN,
    ),
    '',
    `Evidence     ${evidence.packet}`,
    `             vouched for by ${evidence.author}, made ${evidence.created_at}`,
    `             sections: ${evidence.sections.join(', ')}`,
    ...(evidence.evaluated === undefined
      ? []
      : [`             evaluated by ${evidence.evaluated.by}, finished ${evidence.evaluated.finished_at}`]),
    ...pairs(evidence.highlights.map(({ name, value }) => `${name} ${value}`)),
    ...permissionLines(evidence.permissions),
    ...(brief.release ? releaseLines(brief.release) : []),
    ...(brief.undoes
      ? [`Undoes       decision ${brief.undoes.decision_id}, which let out`, `             ${brief.undoes.candidate}`]
      : []),
    rollback ? `Rollback to  ${rollback.target}` : 'Rollback     none demanded by the policy for this action',
    ...(rollback
      ? [
          `             tested ${rollback.tested_at} (${age(rollback.test_age_s)} before), owner ${rollback.owner ?? 'not given'}`,
        ]
      : []),
    '',
    `Required     ${authority.slots.length === 0 ? 'nobody' : some(authority.slots.map((slot) => `${slot.signatures} x ${slot.role}`))} (route ${authority.route})`,
    ...noticeLines(authority),
    `May not sign ${some(authority.barred.map((bearer) => `${bearer.actor_id} (${bearer.duties.join(', ')})`))}`,
    `Until        ${limits.decision_deadline}; evidence until ${limits.evidence_valid_until}`,
    ...extensionLine(authority.operation),
    ...windowLine(brief.windows),
    `             approvals live ${age(limits.approval_life_s)}, a permit ${age(limits.permit_life_s)}`,
  ];
  return `${lines.map((line) => printable(line).trimEnd()).join('\n')}\n`;
}

/** What whoever signed before has to know: whether their word still stands, and what is another now. */
function anewLines(anew: BriefDocument['anew']): string[] {
  if (anew === undefined) return [];
  if (anew.changed.length === 0)
    return ['             evaluated anew on the same basis: what was signed on it still counts'];
  return [
    `CHANGED      since ${anew.basis_before}: what was signed on that counts no more`,
    ...list(
      anew.changed,
      ({ path, before, after }) => `${path.slice('$.'.length)}: ${before ?? 'none'} -> ${after ?? 'none'}`,
    ),
  ];
}

function effectsOf(effects: readonly string[]): string {
  return effects.length === 0 ? '' : `, ${effects.join(', ')}`;
}

/** When others are asked, for whoever thinks of leaving it to them. */
function noticeLines({ reminders = [], escalation = [] }: BriefDocument['authority']): string[] {
  return [
    ...(reminders.length === 0 ? [] : [`Reminders    ${some(reminders)}`]),
    ...list(
      escalation.flatMap(({ at, widened }) => widened.map((wider) => ({ at, ...wider }))),
      ({ at, role, by }) => `from ${at}, ${some(by)} may sign for ${role}`,
    ),
  ];
}

/** Who may give more time than the line above says, and how much. */
function extensionLine(operation: BriefDocument['authority']['operation']): string[] {
  if (operation?.extend_until === undefined) return [];
  return [`             ${some(operation.roles)} may move it, to ${operation.extend_until} at most`];
}

function windowLine(windows: BriefDocument['windows']): string[] {
  if (windows === undefined) return [];
  const [first] = windows;
  const said = first === undefined ? 'none before the deadline' : `from ${first.opens} until ${first.closes}`;
  return [`Windows      ${said}${windows.length > 1 ? `, and ${windows.length - 1} more` : ''}`];
}

function permissionLines(permissions: BriefDocument['evidence']['permissions']): string[] {
  if (permissions === null) return [];
  return [
    `             permissions added: ${some(permissions.added)}`,
    `             permissions removed: ${some(permissions.removed)}`,
  ];
}

function releaseLines({ stage, follows, changed }: ReleaseStep): string[] {
  const changes = changed.map(
    ({ dimension, from, to }) => `${dimension} from ${from ?? 'nothing'} to ${to ?? 'nothing'}`,
  );
  return [
    `Stage        ${stage}${follows === null ? ', the first' : `, follows decision ${follows}`}`,
    `             changes: ${some(changes)}`,
  ];
}

/** Who let which check pass, and who answers for it: what an approver is asked to accept. */
function waiverLines(waivers: readonly WaiverRecord[] = []): string[] {
  if (waivers.length === 0) return [];
  const [first, ...others] = waivers.map(({ gate, actor_id, role, owner, controls, expires_at, used }) => {
    const needed = used ? '' : ' (not needed)';
    return `${gate}${needed} by ${actor_id} as ${role} until ${expires_at}; owner ${owner}; controls ${some(controls)}`;
  });
  return [`Waivers      ${first}`, ...others.map((line) => `             ${line}`)];
}

function viabilityLines(viability: ViabilityRecord): string[] {
  const [verdict, reserve, score] = viabilityText(viability);
  return [`Viability    ${verdict}`, `             ${reserve}; ${score}`];
}

function some(entries: readonly string[]): string {
  if (entries.length === 0) return 'none';
  const more = entries.length - SHOWN;
  return `${entries.slice(0, SHOWN).join(', ')}${more > 0 ? `, and ${more} more` : ''}`;
}

function list<Entry>(entries: readonly Entry[], line: (entry: Entry) => string, most = SHOWN): string[] {
  const more = entries.length - most;
  const shown = entries.slice(0, most).map((entry) => `             ${line(entry)}`);
  return more > 0 ? [...shown, `             and ${more} more`] : shown;
}

function pairs(entries: readonly string[]): string[] {
  const rows: string[] = [];
  for (let at = 0; at < entries.length; at += 2) rows.push(`             ${entries.slice(at, at + 2).join('; ')}`);
  return rows;
}

function age(seconds: number): string {
  if (seconds >= 2 * 86_400) return `${Math.floor(seconds / 86_400)} days`;
  if (seconds >= 2 * 3600) return `${Math.floor(seconds / 3600)} hours`;
  if (seconds >= 120) return `${Math.floor(seconds / 60)} minutes`;
  return `${seconds} seconds`;
}

/** Controls, format characters (bidirectional overrides among them) and separators: the terminal obeys them, readers do not see them. */
function printable(line: string): string {
  return line.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}

function byKey([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a < b ? -1 : 1;
}
