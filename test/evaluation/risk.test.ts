import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../core/canon/index.ts';
import { BANDS } from '../../core/domain/vocabulary.ts';
import type { PolicyFactor } from '../../documents/policy.ts';
import { bandOf, compilePolicy, NOTE_ABOVE_HIGH, scoreOf } from '../../evaluation/index.ts';
import { celObject } from '../../evaluation/facts.ts';
import { assessRisk } from '../../evaluation/risk.ts';
import { given, policy } from './given.ts';

const thresholds = { band_low_max: 0.25, band_med_max: 0.6, band_high_max: 0.85, band_critical_min: 0.9 };
const unit = fc.integer({ min: 0, max: 10_000 }).map((ticks) => ticks / 10_000);

describe('bandOf (ruling 1)', () => {
  // shows: R36
  it.each([
    [0, 'low', null],
    [0.2499, 'low', null],
    [0.25, 'medium', null],
    [0.5999, 'medium', null],
    [0.6, 'high', null],
    [0.8499, 'high', null],
    [0.85, 'high', NOTE_ABOVE_HIGH],
    [0.86, 'high', NOTE_ABOVE_HIGH],
    [0.8999, 'high', NOTE_ABOVE_HIGH],
    [0.9, 'critical', null],
    [1, 'critical', null],
  ])('%d is %s', (score, band, note) => {
    expect(bandOf(score, thresholds)).toEqual({ band, note });
  });

  // shows: R36
  it('leaves no gap and never falls as the score rises (R36)', () => {
    const ordered = fc.tuple(unit, unit, unit, unit).map((four) => {
      const [low = 0, med = 0, high = 0, critical = 0] = four.toSorted((a, b) => a - b);
      return { band_low_max: low, band_med_max: med, band_high_max: high, band_critical_min: critical };
    });
    fc.assert(
      fc.property(ordered, unit, unit, (limits, a, b) => {
        const [lower, higher] = [Math.min(a, b), Math.max(a, b)];
        expect(BANDS.indexOf(bandOf(lower, limits).band)).toBeLessThanOrEqual(
          BANDS.indexOf(bandOf(higher, limits).band),
        );
      }),
    );
  });
});

describe('scoreOf', () => {
  // shows: R32
  it('is the weighted mean rounded half up to four decimals, as exact arithmetic has it', () => {
    const factors = fc.array(fc.record({ value: unit, weight: unit }), { minLength: 1, maxLength: 256 });
    fc.assert(
      fc.property(factors, (list) => {
        fc.pre(list.some((factor) => factor.weight > 0));
        const ticks = (value: number): bigint => BigInt(Math.round(value * 10_000));
        const weighted = list.reduce((sum, { value, weight }) => sum + ticks(value) * ticks(weight), 0n);
        const total = list.reduce((sum, { weight }) => sum + ticks(weight), 0n);
        expect(scoreOf(list)).toBe(Number((2n * weighted + total) / (2n * total)) / 10_000);
      }),
      { numRuns: 1000 },
    );
  });

  it('rounds a half up', () => {
    expect(
      scoreOf([
        { value: 0.0001, weight: 0.5 },
        { value: 0, weight: 0.5 },
      ]),
    ).toBe(0.0001);
    expect(
      scoreOf([
        { value: 0.0001, weight: 0.3333 },
        { value: 0, weight: 0.6667 },
      ]),
    ).toBe(0);
  });

  it('refuses weights that add up to nothing', () => {
    expect(() => scoreOf([{ value: 1, weight: 0 }])).toThrow(RangeError);
  });
});

/** Conditions over a small document, with everything the profile offers to a factor. */
const atom = fc.constantFrom(
  'evidence.evaluation.a > 3',
  'evidence.evaluation.a <= 5',
  'evidence.evaluation.b == true',
  'evidence.evaluation.b != true',
  'evidence.rollback.c.d == "x"',
  'evidence.rollback.c.d in ["x", "y"]',
  'evidence.rollback.list.exists(e, e.n > 2)',
  'evidence.rollback.list.all(e, e.n > 2)',
  'evidence.rollback.list.all(e, e.n != 3)',
  'evidence.rollback.list.exists_one(e, e.n > 2)',
  'size(evidence.rollback.list) > 1',
  'evidence.rollback.list.filter(e, e.n > 2).size() == 1',
  'evidence.rollback.list[0].n == 1',
);
const condition = fc.letrec<{ tree: string }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    atom,
    fc.tuple(tie('tree'), fc.constantFrom('&&', '||'), tie('tree')).map(([a, op, b]) => `(${a} ${op} ${b})`),
    tie('tree').map((a) => `!(${a})`),
    fc.tuple(tie('tree'), tie('tree'), tie('tree')).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
  ),
})).tree;

const factor = fc
  .record({
    weight: unit.filter((weight) => weight > 0),
    cases: fc.array(fc.record({ when: condition, value: unit }), { minLength: 1, maxLength: 3 }),
    more: unit,
  })
  .map(
    ({ weight, cases, more }): Omit<PolicyFactor, 'id'> => ({
      source: 'evidence_author',
      weight,
      cases: cases.map((one) => ({ ...one, reason: 'a case' })),
      otherwise: { value: Math.max(more, ...cases.map((one) => one.value)), reason: 'otherwise' },
    }),
  );

const evidence = fc.record({
  evaluation: fc.record({ a: fc.integer({ min: 0, max: 8 }), b: fc.boolean() }),
  rollback: fc.record({
    c: fc.record({ d: fc.constantFrom('x', 'y', 'z') }),
    list: fc.array(fc.record({ n: fc.integer({ min: 0, max: 5 }) }), { maxLength: 3 }),
  }),
});

interface Torn {
  evaluation?: { a?: number | null; b?: boolean | null };
  rollback?: { c?: { d?: string | null }; list?: { n?: number | null }[] | null };
}

/** Ways for an input to be missing: gone, or "not given". */
const DAMAGES: readonly ((document: Torn) => unknown)[] = [
  (d) => delete d.evaluation,
  (d) => delete d.evaluation?.a,
  (d) => d.evaluation && (d.evaluation.a = null),
  (d) => delete d.evaluation?.b,
  (d) => d.evaluation && (d.evaluation.b = null),
  (d) => delete d.rollback,
  (d) => delete d.rollback?.c,
  (d) => d.rollback?.c && (d.rollback.c.d = null),
  (d) => d.rollback && (d.rollback.list = null),
  (d) => delete d.rollback?.list?.[0]?.n,
  (d) => delete d.rollback?.list?.[1]?.n,
  (d) => d.rollback?.list?.[0] && (d.rollback.list[0].n = null),
];

describe('assessRisk', () => {
  const nothing = celObject({});
  const documents = given();
  const assess = (factors: readonly Omit<PolicyFactor, 'id'>[], document: JsonObject) =>
    assessRisk(
      compilePolicy({
        ...policy,
        risk: { ...policy.risk, factors: factors.map((one, index) => ({ ...one, id: `f${index}` })) },
      }),
      {
        request: nothing,
        candidate: nothing,
        target: nothing,
        action: nothing,
        evidence: celObject(document),
        age: nothing,
      },
      documents,
    );

  // shows: R34
  it('missing input never lowers score or band (R34)', { timeout: 120_000 }, () => {
    let raised = 0;
    fc.assert(
      fc.property(
        fc.array(factor, { minLength: 1, maxLength: 4 }),
        evidence,
        fc.subarray([...DAMAGES], { minLength: 1 }),
        (factors, whole, damages) => {
          const torn: Torn = structuredClone(whole);
          for (const damage of damages) damage(torn);
          const before = assess(factors, whole);
          const after = assess(factors, { ...torn });
          expect(after.risk_score).toBeGreaterThanOrEqual(before.risk_score);
          expect(BANDS.indexOf(after.risk_band)).toBeGreaterThanOrEqual(BANDS.indexOf(before.risk_band));
          if (after.risk_score > before.risk_score) raised += 1;
        },
      ),
      { numRuns: 500 },
    );
    expect(raised).toBeGreaterThan(125);
  });

  // shows: R34
  it('takes the worst case for an input that is missing, null or of another type, and says so', () => {
    const one: Omit<PolicyFactor, 'id'> = {
      source: 'evidence_author',
      weight: 0.5,
      cases: [{ when: 'evidence.evaluation.a < 3', value: 0.1, reason: 'small' }],
      otherwise: { value: 0.2, reason: 'large' },
    };
    const record = (document: JsonObject) => assess([one], document).factors[0];
    expect(record({ evaluation: { a: 1 } })).toMatchObject({ value: 0.1, reason: 'small' });
    expect(record({ evaluation: { a: 3 } })).toMatchObject({ value: 0.2, reason: 'large' });
    const missing = 'unusable input (missing evidence.evaluation.a): worst case';
    expect(record({ evaluation: {} })).toMatchObject({ value: 1, reason: missing });
    expect(record({ evaluation: { a: null } })).toMatchObject({ value: 1, reason: missing });
    expect(record({ evaluation: { a: '1' } })).toMatchObject({
      value: 1,
      reason: 'unusable input (no_such_overload): worst case',
    });
  });
});
