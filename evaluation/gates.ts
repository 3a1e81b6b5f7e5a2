import type { GateRecord } from '../core/domain/events.ts';
import type { DigestText, GateResult } from '../core/domain/vocabulary.ts';
import type { PolicyGate } from '../documents/policy.ts';
import { LONGEST_CAUSE } from './expression.ts';
import type { Facts } from './facts.ts';
import type { PolicyProgram } from './policy-program.ts';

export interface GateRun {
  /**
   * The strictest result of the gates that triggered; `allow` where none did (R28). A denial that somebody has waived counts
   * as an escalation: whoever waives a check is not the one who then approves.
   */
  readonly result: GateResult;
  /** Every gate, in the order of the policy (R29): what was waived or never triggered does not disappear. */
  readonly gates: readonly GateRecord[];
}

const STRICTNESS = { allow: 0, escalate: 1, deny: 2 } as const satisfies Record<GateResult, number>;

/** @param waived by gate, the statement that lets its denial pass; what cannot be evaluated is waived by nothing */
export function runGates(
  { gates }: PolicyProgram,
  facts: Facts,
  waived: ReadonlyMap<string, DigestText> = new Map(),
): GateRun {
  const records = gates.map(({ gate, when }): GateRecord => {
    const { id, name, hard } = gate;
    const verdict = when.evaluate(facts);
    if (!verdict.usable) {
      const reason = unusableReason(verdict.cause);
      return { id, name, hard, triggered: true, result: unusableResult(gate), reason };
    }
    const reason = verdict.value ? gate.reason : NOT_TRIGGERED;
    const result = ownResult(gate);
    const by = verdict.value && !hard && result === 'deny' ? waived.get(id) : undefined;
    return { id, name, hard, triggered: verdict.value, result, reason, ...(by === undefined ? {} : { waived: by }) };
  });
  const triggered = records.filter((record) => record.triggered).map(countedResult);
  return { result: triggered.reduce(strictest, 'allow'), gates: records };
}

/** What a gate that triggered adds to the result of all. */
function countedResult({ result, waived }: GateRecord): GateResult {
  return waived === undefined ? result : 'escalate';
}

const NOT_TRIGGERED = 'its condition does not hold';

function unusableReason(cause: string): string {
  return `cannot be evaluated (${cause})`;
}

/** Every record that a gate can leave. */
export function possibleRecords(gate: PolicyGate): readonly GateRecord[] {
  const { id, name, hard, reason } = gate;
  const result = ownResult(gate);
  return [
    { id, name, hard, triggered: true, result, reason },
    { id, name, hard, triggered: false, result, reason: NOT_TRIGGERED },
    { id, name, hard, triggered: true, result: unusableResult(gate), reason: unusableReason(LONGEST_CAUSE) },
  ];
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
