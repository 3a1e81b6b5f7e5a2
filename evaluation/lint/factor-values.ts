import type { PolicyProgram } from '../policy-program.ts';
import type { Facts } from '../facts.ts';
import { verdictOf } from './verdict.ts';

type CompiledFactor = PolicyProgram['factors'][number];

export interface FactorValues {
  /** Indexes of the cases that may give the value. */
  readonly cases: ReadonlySet<number>;
  /** At least every value that the factor can have. */
  readonly values: ReadonlySet<number>;
}

/** What a factor can come to under any of these partial facts. */
export function factorValues({ factor, cases }: CompiledFactor, every: readonly Facts[]): FactorValues {
  const reached = new Set<number>();
  const values = new Set<number>();
  for (const facts of every) {
    const settled = cases.some((when, index) => {
      const verdict = verdictOf(when, facts);
      if (verdict === 'fails') return false;
      reached.add(index);
      values.add(factor.cases[index]?.value ?? 1);
      // An input that is missing is the worst case.
      if (verdict === 'open') values.add(1);
      return verdict === 'holds';
    });
    if (!settled) values.add(factor.otherwise.value);
  }
  return { cases: reached, values };
}

/** The same where nothing could be tried: whatever the factor says. */
export function anyValue({ factor }: CompiledFactor): FactorValues {
  return {
    cases: new Set(factor.cases.keys()),
    values: new Set([...factor.cases.map(({ value }) => value), factor.otherwise.value, 1]),
  };
}
