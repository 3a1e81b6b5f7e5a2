import type { GateRecord } from '../core/domain/events.ts';
import type { GateResult } from '../core/domain/vocabulary.ts';
import type { PolicyGate } from '../documents/policy.ts';
import type { Facts } from './facts.ts';
import type { PolicyProgram } from './policy-program.ts';

export interface GateRun {
  /** The strictest result of the gates that triggered; `allow` where none did (R28). */
  readonly result: GateResult;
  /** Every gate, in the order of the policy (R29): what was waived or never triggered does not disappear. */
  readonly gates: readonly GateRecord[];
}

const STRICTNESS = { allow: 0, escalate: 1, deny: 2 } as const satisfies Record<GateResult, number>;

export function runGates({ gates }: PolicyProgram, facts: Facts): GateRun {
  const records = gates.map(({ gate, when }): GateRecord => {
    const { id, name, hard } = gate;
    const verdict = when.evaluate(facts);
    if (!verdict.usable) {
      const reason = `cannot be evaluated (${verdict.cause})`;
      return { id, name, hard, triggered: true, result: unusableResult(gate), reason };
    }
    const reason = verdict.value ? gate.reason : 'its condition does not hold';
    return { id, name, hard, triggered: verdict.value, result: ownResult(gate), reason };
  });
  const triggered = records.filter((record) => record.triggered).map((record) => record.result);
  return { result: triggered.reduce(strictest, 'allow'), gates: records };
}

export function strictest(a: GateResult, b: GateResult): GateResult {
  return STRICTNESS[a] >= STRICTNESS[b] ? a : b;
}

/** Fail closed: a hard gate denies, and no gate that cannot be evaluated is worth less than a human's look. */
function unusableResult(gate: PolicyGate): GateResult {
  return strictest(ownResult(gate), 'escalate');
}

/** The policy's reader refuses a hard gate that does anything but deny; here it holds for a policy that came by another way. */
function ownResult({ hard, result }: PolicyGate): GateResult {
  return hard ? 'deny' : result;
}
