import { canonicalBytes, type JsonValue } from '../../core/canon/index.ts';
import { hasCode } from '../../core/errors.ts';
import { type EvidencePacket, readEvidencePacket } from '../../documents/evidence.ts';
import type { PolicyCase } from './case-file.ts';
import { type CasesProblem, refuseIfAny } from './errors.ts';

/** A packet with what a case changes in it, read as strictly as any other. @throws CasesError `cases.evidence`. */
export function changedPacket(
  packet: EvidencePacket,
  { changes, without, path }: Pick<PolicyCase, 'changes' | 'without' | 'path'>,
  lineOf: (path: string) => number | null,
): EvidencePacket {
  const refuse = (at: string, message: string, expected: string, got: string, cause?: unknown): void => {
    const problem: CasesProblem = { code: 'cases.evidence', path: at, line: lineOf(at), message, expected, got };
    refuseIfAny([problem], cause);
  };
  const root = structuredCopy(packet);
  for (const [at, value] of Object.entries(changes)) {
    if (!put(root, at, value)) refuse(`${path}.changes`, 'the packet has no such place', 'a path into the packet', at);
  }
  for (const [index, at] of without.entries()) {
    if (!put(root, at, undefined)) {
      refuse(`${path}.without[${index}]`, 'the packet has no such member', 'a path into the packet', at);
    }
  }
  try {
    return readEvidencePacket(canonicalBytes(root));
  } catch (error) {
    if (!hasCode(error)) throw error;
    const message = `what the changes leave is no evidence packet: ${error.code} at ${error.path}`;
    refuse(`${path}.changes`, message, error.expected, error.got, error);
    throw error;
  }
}

/** A copy with what a case changes in it, as it then stands. @throws CasesError `cases.evidence`. */
export function changed(
  value: JsonValue,
  changes: Readonly<Record<string, unknown>>,
  path: string,
  lineOf: (path: string) => number | null,
): JsonValue {
  const root = structuredCopy(value);
  for (const [at, wanted] of Object.entries(changes)) {
    if (put(root, at, wanted)) continue;
    const message = 'the card has no such place';
    refuseIfAny([
      { code: 'cases.evidence', path, line: lineOf(path), message, expected: 'a path into the card', got: at },
    ]);
  }
  return root;
}

type Steps = readonly (string | number)[];

/** Sets what stands at a path, or with `undefined` takes it out; false where nothing holds such a member. */
function put(root: JsonValue, path: string, value: unknown): boolean {
  const steps = stepsOf(path);
  const last = steps?.at(-1);
  if (!steps || last === undefined) return false;
  let holder: unknown = root;
  for (const step of steps.slice(0, -1)) holder = memberOf(holder, step);
  if (typeof holder !== 'object' || holder === null || Array.isArray(holder) !== (typeof last === 'number'))
    return false;
  if (value === undefined) {
    if (memberOf(holder, last) === undefined) return false;
    if (Array.isArray(holder)) holder.splice(Number(last), 1);
    else delete (holder as Record<string, unknown>)[last];
    return true;
  }
  if (Array.isArray(holder) && Number(last) > holder.length) return false;
  (holder as Record<string | number, unknown>)[last] = value;
  return true;
}

function memberOf(value: unknown, step: string | number): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, step)
    ? (value as Record<string | number, unknown>)[step]
    : undefined;
}

/** `$.sections.release_plan.stop_conditions[0].action`; undefined where it is no such path. */
function stepsOf(path: string): Steps | undefined {
  if (!/^\$(?:\.[A-Za-z][A-Za-z0-9_]*|\[\d{1,4}\])+$/.test(path)) return undefined;
  return [...path.matchAll(/\.([A-Za-z0-9_]+)|\[(\d+)\]/g)].map(([, member, index]) => member ?? Number(index));
}

function structuredCopy(value: EvidencePacket | JsonValue): JsonValue {
  return JSON.parse(new TextDecoder().decode(canonicalBytes(value))) as JsonValue;
}
