import { type Band, BANDS } from '../../core/domain/vocabulary.ts';
import type { PolicyProgram } from '../policy-program.ts';
import { bandOf, scoreOf } from '../risk.ts';
import { combinations } from './combinations.ts';
import type { FactorValues } from './factor-values.ts';

/** Most combinations of values whose scores are computed one by one. */
const MOST = 20_000;

export interface PossibleRisk {
  readonly band: Band;
  /** Null: any of the band. */
  readonly score: number | null;
}

/**
 * At least every score that factors of these values can come to, as if each were free of the others. Where there are
 * too many combinations: every band between the lowest and the highest.
 */
export function possibleRisks({ policy }: PolicyProgram, values: readonly FactorValues[]): readonly PossibleRisk[] {
  const { factors, thresholds } = policy.risk;
  const weighted = (list: readonly number[]) =>
    scoreOf(list.map((value, index) => ({ value, weight: factors[index]?.weight ?? 0 })));
  const sets = values.map((each) => [...each.values]);
  const every = combinations(sets, MOST);
  if (every) {
    const scores = [...new Set(every.map(weighted))].sort((a, b) => a - b);
    return scores.map((score) => ({ score, band: bandOf(score, thresholds).band }));
  }
  const ends = [Math.min, Math.max].map((end) => bandOf(weighted(sets.map((set) => end(...set))), thresholds).band);
  const [least = 0, most = 0] = ends.map((band) => BANDS.indexOf(band));
  return BANDS.slice(least, most + 1).map((band) => ({ band, score: null }));
}

/** One risk a band. */
export function bandsOf(risks: readonly PossibleRisk[]): readonly PossibleRisk[] {
  const bands = new Set(risks.map(({ band }) => band));
  return BANDS.filter((band) => bands.has(band)).map((band) => ({ band, score: null }));
}
