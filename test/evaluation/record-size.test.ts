import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalBytes } from '../../core/canon/index.ts';
import type { Policy } from '../../documents/policy.ts';
import { PolicyError } from '../../documents/policy-errors.ts';
import { evaluate } from '../../evaluation/evaluate.ts';
import { compilePolicy } from '../../evaluation/index.ts';
import { MAX_RECORD_BYTES, recordBytes } from '../../evaluation/record-size.ts';
import { MAX_EVENT_BYTES } from '../../ledger/index.ts';
import { digest, given, policy, policyWith } from './given.ts';

type Gate = Policy['gates'][number];
type Factor = Policy['risk']['factors'][number];

const [factor] = policy.risk.factors;
if (!factor) throw new TypeError('the example has factors');

const gateOf = (id: string, changes: Partial<Gate> = {}): Gate => ({
  id,
  name: 'n',
  hard: false,
  when: 'true',
  result: 'escalate',
  reason: 'r',
  ...changes,
});
const withGates = (gates: readonly Gate[]): Policy => policyWith({ gates: [...gates] });
const withFactors = (factors: readonly Factor[]): Policy =>
  policyWith({ risk: { ...policy.risk, factors: [...factors] } });
/** Of two lists, whose last record has no comma behind it. */
const BRACKETS = 2;
const bytes = (value: unknown): number => canonicalBytes(value).length;

function problemsOf(document: Policy): PolicyError['problems'] {
  try {
    compilePolicy(document);
  } catch (error) {
    if (error instanceof PolicyError) return error.problems;
    throw error;
  }
  return [];
}

/** As many gates as a policy may have. */
const many = (changes: Partial<Gate> = {}): Policy =>
  withGates(Array.from({ length: 2000 }, (_, index) => gateOf(`G-${index}`, changes)));

describe('records that may not fit one event', () => {
  it('2,000 gates, each small: policy.too_large', () => {
    expect(problemsOf(many())).toMatchObject([
      { code: 'policy.too_large', path: '$.gates', expected: `at most ${MAX_RECORD_BYTES} bytes of records` },
    ]);
  });

  it.each<[string, Policy, string]>([
    [
      'gates whose reasons are long only in bytes',
      withGates(Array.from({ length: 150 }, (_, index) => gateOf(`G-${index}`, { reason: '語'.repeat(500) }))),
      '$.gates',
    ],
    [
      'few gates that read many long facts',
      withGates(
        Array.from({ length: 150 }, (_, index) =>
          gateOf(`G-${index}`, { when: `evidence.m${index}${`.${'x'.repeat(60)}`.repeat(30)} == true` }),
        ),
      ),
      '$.gates',
    ],
    [
      'factors whose reasons are long',
      withFactors(
        Array.from({ length: 256 }, (_, index) => ({
          ...factor,
          id: `f-${index}`,
          otherwise: { ...factor.otherwise, reason: '語'.repeat(500) },
        })),
      ),
      '$.risk.factors',
    ],
  ])('%s: policy.too_large', (_, document, path) => {
    expect(problemsOf(document).map((problem) => [problem.code, problem.path])).toContainEqual([
      'policy.too_large',
      path,
    ]);
  });

  /** Gates that all trigger, whose records take exactly so many bytes with the facts and commas. */
  function filling(total: number): Policy {
    const reasons = (length: number, last: number): Policy =>
      withGates(
        Array.from({ length: 400 }, (_, index) =>
          gateOf(`G-${index}`, { reason: 'r'.repeat(index === 399 ? last : length) }),
        ),
      );
    const upTo = Number(/^up to (\d+)$/.exec(problemsOf(reasons(500, 500))[0]?.got ?? '')?.[1]);
    const tooMany = upTo - total;
    const each = Math.floor(tooMany / 400);
    return reasons(500 - each, 500 - each - (tooMany - each * 400));
  }

  it('are a matter of one byte, and what is let through fits', () => {
    expect(problemsOf(filling(MAX_RECORD_BYTES + 1)).map(({ code }) => code)).toEqual(['policy.too_large']);
    const document = filling(MAX_RECORD_BYTES);
    expect(problemsOf(document)).toEqual([]);
    const { evaluation } = evaluate(given({ policy: document }));
    const records = bytes(evaluation.policy?.gates) + bytes(evaluation.policy?.facts);
    expect(records).toBe(MAX_RECORD_BYTES + BRACKETS);
    const endorsements = Array.from({ length: 64 }, (_, index) => digest(`endorsement ${index}`));
    const header = { decision_id: 'x'.repeat(128), previous_hash: digest('a'), integrity_hash: digest('b') };
    const event = { ...evaluation.policy, ...header, policy: { ...evaluation.policy?.policy, endorsements } };
    expect(bytes(event)).toBeLessThan(MAX_EVENT_BYTES - 32 * 1024);
  });

  it('are never larger than was reckoned, whether a gate or factor holds, does not, or cannot be evaluated', () => {
    const long = `evidence.absent.${'m'.repeat(60)}.${'n'.repeat(60)} == true`;
    const when = fc.constantFrom('true', 'false', 'evidence.absent.member == true', 'evidence.candidate > 3', long);
    const text = fc
      .string({ minLength: 1, maxLength: 60, unit: 'grapheme' })
      .filter((one) => !/[\p{Cc}\p{Cs}]/u.test(one));
    const gates = fc.array(fc.record({ when, reason: text, hard: fc.boolean() }), { minLength: 1, maxLength: 6 });
    const cases = fc.array(fc.record({ when, reason: text }), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(gates, fc.array(cases, { minLength: 1, maxLength: 3 }), fc.boolean(), (asked, weighed, cites) => {
        const document: Policy = {
          ...withGates(
            asked.map((one, index) => gateOf(`G-${index}`, { ...one, result: one.hard ? 'deny' : 'allow' })),
          ),
          risk: {
            thresholds: policy.risk.thresholds,
            ...(cites ? { cites: true as const } : {}),
            factors: weighed.map((list, index) => ({
              ...factor,
              id: `f-${index}`,
              source: list.some((one) => one.when.startsWith('evidence')) ? 'evidence_author' : 'policy',
              cases: list.map((one) => ({ ...one, value: 0.25 })),
            })),
          },
        };
        const { evaluation } = evaluate(given({ policy: document }));
        const reckoned = recordBytes(compilePolicy(document));
        expect(bytes(evaluation.policy?.gates) + bytes(evaluation.policy?.facts)).toBeLessThanOrEqual(
          reckoned.policy + BRACKETS,
        );
        expect(bytes(evaluation.risk?.factors)).toBeLessThanOrEqual(reckoned.risk + 1);
      }),
      { numRuns: 100 },
    );
  });

  it('are far from it in the example', () => {
    expect(problemsOf(policy)).toEqual([]);
    const { policy: gates, risk } = recordBytes(compilePolicy(policy));
    expect(Math.max(gates, risk)).toBeLessThan(MAX_RECORD_BYTES / 20);
  });
});
