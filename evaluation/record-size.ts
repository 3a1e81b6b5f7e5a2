import { canonicalBytes } from '../core/canon/index.ts';
import type { PolicyProblem } from '../documents/policy-errors.ts';
import { factRecords } from './fact-records.ts';
import { possibleRecords as possibleGateRecords } from './gates.ts';
import type { PolicyProgram } from './policy-program.ts';
import { possibleRecords as possibleFactorRecords } from './risk.ts';

/**
 * Bytes that the records of one event may take. The ledger stores at most 256 KiB an event, and the rest of
 * `policy.evaluated` and `risk.evaluated` stays far below what this leaves. A policy whose records outgrow an event
 * would stop every decision under it, with nothing wrong in any of them.
 */
export const MAX_RECORD_BYTES = 192 * 1024;

/** Bytes of the largest records that this policy can leave, in `policy.evaluated` and in `risk.evaluated`. */
export function recordBytes(program: PolicyProgram): { readonly policy: number; readonly risk: number } {
  const gates = sum(program.gates.map(({ gate }) => largest(possibleGateRecords(gate))));
  const facts = sum(factRecords(program).map(sizeOf));
  return {
    policy: gates + facts,
    risk: sum(program.factors.map((factor) => largest(possibleFactorRecords(factor, program.policy)))),
  };
}

/** Where they may not fit an event. */
export function sizeProblems(program: PolicyProgram): readonly PolicyProblem[] {
  const { policy, risk } = recordBytes(program);
  return [...problem('$.gates', 'gates and facts', policy), ...problem('$.risk.factors', 'factors', risk)];
}

function problem(path: string, what: string, bytes: number): PolicyProblem[] {
  if (bytes <= MAX_RECORD_BYTES) return [];
  const message = `the records of the ${what} may not fit one event`;
  const expected = `at most ${MAX_RECORD_BYTES} bytes of records`;
  return [{ code: 'policy.too_large', path, line: null, message, expected, got: `up to ${bytes}` }];
}

function largest(records: readonly object[]): number {
  return Math.max(...records.map(sizeOf));
}

/** With the comma behind it. */
function sizeOf(record: object): number {
  return canonicalBytes(record).length + 1;
}

function sum(sizes: readonly number[]): number {
  return sizes.reduce((all, size) => all + size, 0);
}
