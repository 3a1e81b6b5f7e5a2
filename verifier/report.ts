import type { Digest } from '../core/canon/index.ts';
import type { Outcome } from '../core/domain/vocabulary.ts';
import type { ConformanceTarget } from '../pack/index.ts';
import { type Anchored, anchoredText } from './anchors.ts';
import type { Answers } from './answers.ts';
import { escaped, type Finding } from './findings.ts';
import { LEVELS, type Level } from './levels.ts';

export interface TrustUsed {
  /** As the caller calls it: a file's name. */
  readonly name: string;
  /** Digest of the trust document; null where it could not be read. */
  readonly digest: Digest | null;
  readonly origin: string | null;
  readonly serial: number | null;
}

/**
 * `holds`: everything verifies, and its signers are trusted. `not_trusted`: nothing is wrong with it, and you do not
 * trust who signed. `does_not_hold`: something is wrong, or could not be checked.
 */
export type EvidenceVerdict = 'holds' | 'not_trusted' | 'does_not_hold';

export interface Report {
  readonly trust: TrustUsed;
  readonly pack: {
    /** Digest of the sealed payload: the pack's identity. Null where there is no readable seal. */
    readonly digest: Digest | null;
    readonly origin: string | null;
    readonly tenant: string | null;
    readonly decision_id: string | null;
  };
  readonly evidence: EvidenceVerdict;
  /** As the chain ends; a claim unless the evidence holds. Null where that could not be read. */
  readonly outcome: Outcome | null;
  readonly level: {
    readonly reached: Level | null;
    /** What the exporter claims. */
    readonly claimed: ConformanceTarget | null;
    /** What the next levels would take. */
    readonly missing: readonly string[];
  };
  readonly subject: {
    /** Digest of the candidate, from the chain; null where there stands none. */
    readonly candidate: string | null;
    /** What the caller asked about; null where it did not. */
    readonly asked: string | null;
    /** Null where nothing was asked. */
    readonly matches: boolean | null;
  };
  /** Who saw which head, and when; left out where no anchors were given. */
  readonly anchors?: Anchored;
  readonly findings: readonly Finding[];
  /** What the service is still believed for, whatever verifies. */
  readonly rests_on_service: readonly string[];
  /** What others are believed for. */
  readonly rests_on_others: readonly string[];
  /** Who, why, on what evidence, what risk, how to undo (R108). Null unless the evidence holds. */
  readonly answers: Answers | null;
}

export interface Demands {
  /** Lowest level that will do; C2 unless told. */
  readonly require: Level;
  readonly expect: Outcome;
  /** Digest that the caller is about to run, or has run. */
  readonly subject?: Digest;
}

/** 0 only where the evidence holds, the level suffices, the outcome is the expected one and the subject matches. */
export function exitCode(report: Report, demands: Demands): 0 | 1 {
  const { reached } = report.level;
  const levelSuffices = reached !== null && LEVELS.indexOf(reached) >= LEVELS.indexOf(demands.require);
  const subjectSuffices = demands.subject === undefined || report.subject.candidate === demands.subject;
  const holds = report.evidence === 'holds' && levelSuffices && report.outcome === demands.expect && subjectSuffices;
  return holds ? 0 : 1;
}

/**
 * For people. The trust file comes first, because nothing below means anything without it; then three lines, with any
 * broken glass and any waived gate among them; then the findings. Each is one line, whatever stands in it. Ends with a newline.
 */
export function renderReport(report: Report): string {
  const { trust, level, outcome, evidence, findings, subject } = report;
  const proven = evidence === 'holds';
  const claimed = level.claimed === null ? 'nothing' : level.claimed.slice('L7GS-'.length);
  const lines = [
    `trust: ${trust.name} ${trust.digest ?? 'unreadable'}`,
    `evidence: ${verdictText(report)}`,
    `outcome: ${outcome === null ? 'UNKNOWN' : outcome.toUpperCase()}${proven || outcome === null ? '' : ' (claimed, not proven)'}`,
    ...(report.answers?.overrides ?? []),
    ...(report.answers?.waivers ?? []),
    ...(report.answers?.conditions ?? []),
    `level: ${level.reached ?? 'none'} (claimed ${claimed}); rests on the service: ${report.rests_on_service.join('; ')}`,
    ...(report.anchors === undefined ? [] : [`anchored: ${anchoredText(report.anchors)}`]),
    ...subjectLines(subject),
    ...(level.missing.length > 0 ? [`not reached: ${level.missing.join('; ')}`] : []),
    `rests on others: ${report.rests_on_others.join('; ')}`,
    ...findings.map(renderFinding),
  ];
  return `${lines.map(escaped).join('\n')}\n`;
}

export function renderFinding({ code, severity, sequence, event_type, path, expected, got, says }: Finding): string {
  const where = sequence === null ? '' : ` event ${sequence}${event_type === null ? '' : ` ${event_type}`}`;
  const wanted = expected === '' ? '' : `; expected ${expected}`;
  const came = got === '' ? '' : `; got ${got}`;
  return escaped(`${severity}: ${code}${where} at ${path}: ${says}${wanted}${came}`);
}

function verdictText({ evidence, findings }: Report): string {
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  switch (evidence) {
    case 'holds':
      return 'holds';
    case 'not_trusted':
      return `not trusted (${errors} findings about signers)`;
    case 'does_not_hold':
      return `DOES NOT HOLD (${errors} findings)`;
  }
}

function subjectLines({ asked, candidate, matches }: Report['subject']): readonly string[] {
  if (matches === null) {
    return [
      `SUBJECT NOT CHECKED: this is about ${candidate ?? 'an unknown subject'}; give the digest of what you run to know that it is the same`,
    ];
  }
  return matches
    ? [`subject: ${candidate} matches`]
    : [`SUBJECT DIFFERS: you asked about ${asked}, this is about ${candidate ?? 'an unknown subject'}`];
}
