import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../core/canon/index.ts';
import { GATE_RESULTS, type GateResult } from '../../core/domain/vocabulary.ts';
import type { PolicyGate } from '../../documents/policy.ts';
import { celObject } from '../../evaluation/facts.ts';
import { runGates } from '../../evaluation/gates.ts';
import { compilePolicy } from '../../evaluation/index.ts';
import { policy } from './given.ts';

const nothing = celObject({});
const run = (gates: readonly PolicyGate[], evidence: JsonObject = {}) =>
  runGates(compilePolicy({ ...policy, gates: [...gates] }), {
    request: nothing,
    candidate: nothing,
    target: nothing,
    action: nothing,
    evidence: celObject(evidence),
    age: celObject({}),
  });
const gate = (when: string, result: GateResult, hard = false): PolicyGate => ({
  id: 'g',
  name: 'A gate',
  hard,
  when,
  result,
  reason: 'because',
});

describe('runGates', () => {
  // shows: R28
  it('deny over escalate over allow, whatever the order (R28)', () => {
    const gates = fc.array(fc.record({ holds: fc.boolean(), result: fc.constantFrom(...GATE_RESULTS) }), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(gates, (list) => {
        const { result, gates: records } = run(list.map((one) => gate(String(one.holds), one.result)));
        const triggered = list.filter((one) => one.holds).map((one) => one.result);
        const expected = triggered.includes('deny') ? 'deny' : triggered.includes('escalate') ? 'escalate' : 'allow';
        expect(result).toBe(expected);
        expect(records.map((record) => record.triggered)).toEqual(list.map((one) => one.holds));
      }),
    );
  });

  // shows: R34
  it.each<[string, boolean, GateResult, GateResult]>([
    ['a hard gate', true, 'deny', 'deny'],
    ['a gate that denies', false, 'deny', 'deny'],
    ['a gate that escalates', false, 'escalate', 'escalate'],
    ['a gate that allows', false, 'allow', 'escalate'],
  ])('%s that cannot be evaluated triggers, and says so', (_, hard, result, expected) => {
    const { result: overall, gates } = run([gate('evidence.evaluation.a > 3', result, hard)]);
    expect(overall).toBe(expected);
    expect(gates).toEqual([
      { id: 'g', name: 'A gate', hard, triggered: true, result: expected, reason: 'cannot be evaluated (no_such_key)' },
    ]);
  });

  // shows: R78
  it('a hard gate denies, also in a policy that says otherwise (R78)', () => {
    expect(run([gate('true', 'allow', true)]).result).toBe('deny');
    expect(run([gate('true', 'escalate', true)]).gates[0]?.result).toBe('deny');
    expect(run([gate('evidence.evaluation.a > 3', 'allow', true)]).result).toBe('deny');
  });

  it('never repeats text from the evidence in a reason', () => {
    const secret = 'a-name-from-the-evidence';
    const { gates } = run([gate('evidence.evaluation.a > 3', 'deny')], { evaluation: { a: secret } });
    expect(gates[0]).toMatchObject({ triggered: true, reason: 'cannot be evaluated (no_such_overload)' });
    expect(JSON.stringify(gates)).not.toContain(secret);
  });

  // shows: R29
  it('keeps the record of gates that did not trigger', () => {
    const { gates } = run([gate('false', 'deny', true), gate('true', 'allow')]);
    expect(gates.map((record) => [record.triggered, record.reason])).toEqual([
      [false, 'its condition does not hold'],
      [true, 'because'],
    ]);
  });
});
