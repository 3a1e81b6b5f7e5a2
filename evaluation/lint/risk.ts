import { BANDS } from '../../core/domain/vocabulary.ts';
import type { PolicyProgram } from '../policy-program.ts';
import { anyValue, factorValues } from './factor-values.ts';
import { finding, type LintFinding } from './findings.ts';
import { possibleRisks } from './scores.ts';
import { vocabulary } from './vocabulary.ts';

/** Factors without weight, cases that never count, bands in which no score lies. */
export function lintRisk(program: PolicyProgram): readonly LintFinding[] {
  const values = program.factors.map((factor) => {
    const every = vocabulary(program.policy, factor.cases);
    return every ? factorValues(factor, every) : anyValue(factor);
  });
  const reached = new Set(possibleRisks(program, values).map(({ band }) => band));
  return [
    ...program.factors.flatMap(({ factor }, index) => {
      const path = `$.risk.factors[${index}]`;
      const cases = factor.cases.flatMap((_, position) => {
        if (values[index]?.cases.has(position)) return [];
        const message = `this case of factor ${factor.id} never gives the value: it cannot hold, or those before it hold wherever it does`;
        return [finding('lint.case_unreachable', `${path}.cases[${position}].when`, message)];
      });
      if (factor.weight > 0) return cases;
      const message = `factor ${factor.id} has weight 0, so it changes no score`;
      return [finding('lint.factor_weightless', `${path}.weight`, message), ...cases];
    }),
    ...BANDS.filter((band) => !reached.has(band)).map((band) =>
      finding('lint.band_unreachable', '$.risk.thresholds', `no score lies in the band ${band}`),
    ),
  ];
}
