import type { Body } from '../core/domain/commands.ts';
import type { RiskEvaluated, RiskFactorRecord, Thresholds } from '../core/domain/events.ts';
import type { Band } from '../core/domain/vocabulary.ts';
import type { Policy } from '../documents/policy.ts';
import { type CitedDocuments, citationsOf, largestCitations } from './citations.ts';
import { LONGEST_CAUSE, missingCause } from './expression.ts';
import { type Facts, withoutNulls } from './facts.ts';
import type { PolicyProgram } from './policy-program.ts';

/** Scores, values and weights have four decimals; all is computed in ten-thousandths, as integers (ruling 1). */
const UNIT = 10_000;

export const NOTE_ABOVE_HIGH = 'above band_high_max';

/** @param documents what the facts come from, for a policy whose factors cite it. */
export function assessRisk(
  { policy, factors }: PolicyProgram,
  facts: Facts,
  documents: CitedDocuments,
): Body<RiskEvaluated> {
  const given = { ...facts, evidence: withoutNulls(facts.evidence) };
  const records = factors.map(({ factor, cases }): RiskFactorRecord => {
    const { id, weight, source } = factor;
    const record = (value: number, reason: string, tried: number): RiskFactorRecord => {
      const reads = cases.slice(0, tried).flatMap((when) => when.reads);
      const cites = policy.risk.cites === true ? { cites: citationsOf(reads, documents) } : {};
      return { id, value, weight, source, reason, ...cites };
    };
    for (const [index, when] of cases.entries()) {
      const verdict = when.evaluate(given);
      // Whatever the later cases say, what this one would have said is unknown: the worst is assumed (R34).
      if (!verdict.usable) return record(1, unusableReason(verdict.cause), index + 1);
      const one = factor.cases[index];
      if (verdict.value && one) return record(one.value, one.reason, index + 1);
    }
    return record(factor.otherwise.value, factor.otherwise.reason, cases.length);
  });
  const risk_score = scoreOf(records);
  const { thresholds } = policy.risk;
  const { band, note } = bandOf(risk_score, thresholds);
  return { risk_score, risk_band: band, band_note: note, thresholds, factors: records };
}

function unusableReason(cause: string): string {
  return `unusable input (${cause}): worst case`;
}

/** Every record that a factor can leave. */
export function possibleRecords(
  { factor, cases }: PolicyProgram['factors'][number],
  { risk }: Policy,
): readonly RiskFactorRecord[] {
  const { id, weight, source } = factor;
  const cites = risk.cites === true ? { cites: largestCitations(cases.flatMap(({ reads }) => reads)) } : {};
  const missing = cases.flatMap(({ reads }) => reads.map((path) => missingCause(path)));
  return [
    ...[...factor.cases, factor.otherwise].map(({ value, reason }) => ({
      id,
      value,
      weight,
      source,
      reason,
      ...cites,
    })),
    ...[LONGEST_CAUSE, ...missing].map((cause) => ({
      id,
      value: 1,
      weight,
      source,
      reason: unusableReason(cause),
      ...cites,
    })),
  ];
}

/**
 * The weighted mean of the factors, in [0,1] with four decimals, rounded half up. A stranger computes it again from
 * the event alone. @throws RangeError where the weights add up to nothing.
 */
export function scoreOf(factors: readonly Pick<RiskFactorRecord, 'value' | 'weight'>[]): number {
  let weighted = 0;
  let total = 0;
  for (const { value, weight } of factors) {
    weighted += ticks(value) * ticks(weight);
    total += ticks(weight);
  }
  if (total <= 0) throw new RangeError('risk factors: the weights add up to nothing');
  // round(a/b) half up is floor((2a + b) / 2b); at most 256 factors keep both far below 2^53.
  const numerator = 2 * weighted + total;
  const denominator = 2 * total;
  return (numerator - (numerator % denominator)) / denominator / UNIT;
}

/** Half-open bands (ruling 1), with the note of a score in `[band_high_max, band_critical_min)`. */
export function bandOf(score: number, thresholds: Thresholds): { readonly band: Band; readonly note: string | null } {
  const at = ticks(score);
  if (at < ticks(thresholds.band_low_max)) return { band: 'low', note: null };
  if (at < ticks(thresholds.band_med_max)) return { band: 'medium', note: null };
  if (at >= ticks(thresholds.band_critical_min)) return { band: 'critical', note: null };
  return { band: 'high', note: at >= ticks(thresholds.band_high_max) ? NOTE_ABOVE_HIGH : null };
}

function ticks(value: number): number {
  return Math.round(value * UNIT);
}
