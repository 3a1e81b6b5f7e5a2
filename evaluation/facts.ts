import type { JsonObject, JsonValue } from '../core/canon/index.ts';

/**
 * What expressions see. Every JSON number is a `double`: integers are exact up to 2^53, and a decimal of at most
 * fourteen digits has a double of its own, so comparing two of them compares the numbers as written. The profile
 * computes with none. Objects become Maps: a member named `constructor` or `__proto__` is then a key like any other.
 */
export type CelValue = null | boolean | number | string | readonly CelValue[] | ReadonlyMap<string, CelValue>;

/** The declared variables. `gates` and `risk` only where routes are chosen. */
export interface Facts {
  readonly request: CelValue;
  readonly candidate: CelValue;
  readonly target: CelValue;
  readonly action: CelValue;
  readonly evidence: CelValue;
  /** Seconds from a time that the evidence names to the evaluation. */
  readonly age: CelValue;
  readonly gates?: CelValue;
  readonly risk?: CelValue;
}

export const absent: unique symbol = Symbol('absent');

function celValue(value: JsonValue): CelValue {
  if (typeof value !== 'object' || value === null) return value;
  if (isList(value)) return value.map(celValue);
  return celObject(value);
}

export function celObject(value: JsonObject): ReadonlyMap<string, CelValue> {
  return new Map(Object.entries(value).map(([key, member]) => [key, celValue(member)]));
}

/** Members that are null ("not given") become absent: a comparison with null would answer, and an absence must not (R34). */
export function withoutNulls(value: CelValue): CelValue {
  if (value instanceof Map) {
    const given = [...value].filter(([, member]) => member !== null);
    return new Map(given.map(([key, member]) => [key, withoutNulls(member)]));
  }
  return Array.isArray(value) ? value.map(withoutNulls) : value;
}

export function memberOf(value: CelValue | typeof absent, step: string | number): CelValue | typeof absent {
  if (value instanceof Map) return value.has(step) ? value.get(step) : absent;
  if (Array.isArray(value)) return typeof step === 'number' && step in value ? value[step] : absent;
  return absent;
}

function isList(value: readonly JsonValue[] | JsonObject): value is readonly JsonValue[] {
  return Array.isArray(value);
}
