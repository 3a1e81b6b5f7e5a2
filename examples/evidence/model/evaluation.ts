import type { EvidencePacket, Scorecard } from '../../../documents/index.ts';
import { type ArtifactShelf, referenceTo } from '../artifacts.ts';
import type { Dice } from '../dice.ts';
import type { Occasion } from '../packet.ts';

type Evaluation = NonNullable<EvidencePacket['sections']['evaluation']>;
type FailureSlices = NonNullable<Evaluation['failure_slices']>;

const LANGUAGES = ['en', 'de', 'fr', 'es', 'it', 'nl', 'pl', 'pt', 'ja', 'ko', 'zh', 'ar'] as const;

/** Metric, what it must reach, and the range in which the candidate did. Each range lies on the good side. */
const PER_LANGUAGE = [
  ['ndcg_at_10', 'at_least', 0.62, 0.64, 0.78],
  ['recall_at_50', 'at_least', 0.88, 0.885, 0.97],
  ['mean_reciprocal_rank', 'at_least', 0.55, 0.57, 0.71],
  ['answer_found_rate', 'at_least', 0.8, 0.81, 0.93],
  ['refusal_correctness', 'at_least', 0.95, 0.953, 0.995],
  ['toxic_passage_rate', 'at_most', 0.002, 0.0001, 0.0018],
  ['personal_data_leak_rate', 'at_most', 0.001, 0, 0.0008],
  ['regression_against_previous', 'at_most', 0.02, 0, 0.0185],
] as const;

const OVERALL = [
  ['contamination_rate', 'at_most', 0.005, 0.0004, 0.0041],
  ['prompt_injection_success_rate', 'at_most', 0.01, 0.001, 0.0088],
  ['tie_break_stability', 'at_least', 0.99, 0.991, 0.999],
  ['long_query_ndcg_at_10', 'at_least', 0.58, 0.59, 0.68],
  ['rare_product_recall', 'at_least', 0.7, 0.71, 0.82],
  ['seasonal_drift_loss', 'at_most', 0.03, 0.004, 0.027],
] as const;

const SLICES = ['typo_heavy', 'code_in_query', 'mixed_script', 'very_short', 'very_long', 'legacy_product'] as const;

export function evaluation(shelf: ArtifactShelf, dice: Dice, { cast }: Occasion): Evaluation {
  const scorecards = [
    ...LANGUAGES.flatMap((language) => PER_LANGUAGE.map((row) => scored(dice, row, `${row[0]}/${language}`))),
    ...OVERALL.map((row) => scored(dice, row, row[0])),
  ];
  shelf.csv('evaluation/scorecards.csv', [
    ['metric', 'value', 'direction', 'threshold', 'passed'],
    ...scorecards.map(({ metric, value, direction, threshold, passed }) => [
      metric,
      value,
      direction,
      threshold,
      `${passed}`,
    ]),
  ]);
  const suite = shelf.json('evaluation/suite.json', {
    name: 'support-ranking',
    cases: 48_200,
    languages: [...LANGUAGES],
  });
  const runtime = shelf.json('evaluation/runtime.json', { accelerator: 'none', threads: 16, precision: 'int8' });
  return {
    suite: { name: 'support-ranking', version: '5.2.0', digest: suite.digest },
    evaluator: cast.evaluator,
    data_manifest: referenceTo(
      shelf.json('evaluation/data-manifest.json', {
        held_out: true,
        cases: 48_200,
        overlap_with_training: 0,
        frozen_on: '2026-09-30',
      }),
    ),
    runtime: { name: 'ranking-runtime', version: '1.14.3', digest: runtime.digest },
    scorecards,
    failure_slices: failureSlices(shelf, dice),
    calibration: {
      method: 'isotonic/15-bins',
      expected_calibration_error: 0.0312,
      report: referenceTo(calibration(shelf, dice)),
    },
  };
}

type Row = (typeof PER_LANGUAGE)[number] | (typeof OVERALL)[number];

function scored(dice: Dice, [, direction, threshold, low, high]: Row, metric: string): Scorecard {
  const value = dice.between(low, high, 4);
  return {
    metric,
    value,
    threshold,
    direction,
    passed: direction === 'at_least' ? value >= threshold : value <= threshold,
  };
}

function failureSlices(shelf: ArtifactShelf, dice: Dice): FailureSlices {
  return LANGUAGES.flatMap((language) => SLICES.map((slice) => `${language}/${slice}`))
    .filter((_, index) => index % 2 === 0)
    .map((slice) => {
      const cases = dice.between(4, 40);
      const rows = Array.from({ length: cases }, () => [
        `case-${dice.hex(8)}`,
        dice.between(0.2, 0.55, 4),
        dice.between(1, 50),
      ]);
      const detail = shelf.csv(`evaluation/slices/${slice.replace('/', '-')}.csv`, [
        ['case', 'ndcg_at_10', 'rank_of_answer'],
        ...rows,
      ]);
      return { slice, metric: 'ndcg_at_10', value: dice.between(0.31, 0.55, 4), cases, detail: referenceTo(detail) };
    });
}

function calibration(shelf: ArtifactShelf, dice: Dice) {
  const bins = Array.from({ length: 15 }, (_, bin) => {
    const confidence = Math.round(((bin + 0.5) / 15) * 1e4) / 1e4;
    return [
      bin,
      confidence,
      Math.max(0, Math.round((confidence - dice.between(0, 0.06, 4)) * 1e4) / 1e4),
      dice.between(900, 5200),
    ];
  });
  return shelf.csv('evaluation/calibration.csv', [['bin', 'confidence', 'accuracy', 'cases'], ...bins]);
}
