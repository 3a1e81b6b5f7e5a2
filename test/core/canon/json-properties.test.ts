import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  CANON_ERROR_CODES,
  CanonError,
  type CanonErrorCode,
  canonicalBytes,
  canonicalize,
  digestJson,
  type JsonValue,
  readCanonical,
  readJson,
} from '../../../core/canon/index.ts';
import { utf8 } from './refusal.ts';

const number = fc.oneof(
  fc.maxSafeInteger().map((value) => value + 0 || 0),
  fc.integer({ min: -21474836479999, max: 21474836479999 }).map((tenThousandths) => tenThousandths / 10_000 || 0),
);
const string = fc.string({ unit: 'binary' });
const key = fc.oneof(string, fc.constantFrom('__proto__', 'constructor', 'toJSON', '1', '\u{1f600}', '\ufb33'));

const { value: json } = fc.letrec<{ value: JsonValue; array: JsonValue[]; object: { [member: string]: JsonValue } }>(
  (tie) => ({
    value: fc.oneof({ maxDepth: 6 }, fc.constant(null), fc.boolean(), number, string, tie('array'), tie('object')),
    array: fc.array(tie('value'), { maxLength: 5 }),
    // fromEntries defines members, so that __proto__ stays one.
    object: fc.array(fc.tuple(key, tie('value')), { maxLength: 5 }).map((entries) => Object.fromEntries(entries)),
  }),
);

/** The same value with its members in another order, as another writer would hold it. */
function reversed(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, member]) => [name, reversed(member)] as const)
      .reverse(),
  );
}

/** What `action` makes of `input`, or the code of its refusal; any other error fails the test. */
function outcome<Input, Result>(action: (input: Input) => Result, input: Input): Result | CanonErrorCode {
  try {
    return action(input);
  } catch (error) {
    if (error instanceof CanonError) return error.code;
    throw error;
  }
}

function isCode(value: unknown): value is CanonErrorCode {
  return CANON_ERROR_CODES.some((code) => code === value);
}

describe('properties', () => {
  test('what is written is read again, as the same value', () => {
    fc.assert(
      fc.property(json, (value) => {
        const bytes = canonicalBytes(value);
        const again = readCanonical(bytes);
        expect(again).toEqual(value);
        expect(canonicalBytes(again)).toEqual(bytes);
        expect(JSON.parse(canonicalize(value))).toEqual(value);
      }),
    );
  });

  test('the order of members does not matter', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(digestJson(reversed(value))).toBe(digestJson(value));
      }),
    );
  });

  // shows: R16, R73
  test('every accepted text has one canonical form, and that form alone is canonical', () => {
    fc.assert(
      fc.property(json, fc.constantFrom('', ' ', '\n', '\t'), (value, space) => {
        const text = `${space}${JSON.stringify(reversed(value), null, space)}${space}`;
        const canonical = canonicalize(readJson(utf8(text)));
        expect(canonical).toBe(canonicalize(value));
        expect(outcome(readCanonical, utf8(text))).toEqual(text === canonical ? value : 'json.not_canonical');
      }),
    );
  });

  test('a text is accepted only where JSON.parse accepts it, with the same value', () => {
    const letters = '{}[]:,"\\ue+-.0123456789abnrtfl \n\u0000é'.split('');
    const noise = fc.array(fc.constantFrom(...letters), { maxLength: 12 });
    const edited = fc.tuple(json, fc.nat(), fc.nat(3), noise).map(([value, at, cut, insert]) => {
      const text = JSON.stringify(value);
      const start = at % (text.length + 1);
      return text.slice(0, start) + insert.join('') + text.slice(start + cut);
    });
    const texts = fc.oneof(
      edited,
      noise.map((parts) => parts.join('')),
    );
    let accepted = 0;
    fc.assert(
      fc.property(texts, (text) => {
        const read = outcome(readJson, utf8(text.toWellFormed()));
        if (isCode(read)) return true;
        accepted += 1;
        const parsed: unknown = JSON.parse(text.toWellFormed());
        return (
          canonicalize(parsed) === canonicalize(read) &&
          canonicalize(readJson(canonicalBytes(read))) === canonicalize(read)
        );
      }),
      { numRuns: 3000 },
    );
    expect(accepted).toBeGreaterThan(100);
  });

  test('no bytes make the reader fail otherwise than by a code', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const written = outcome((input: Uint8Array) => canonicalize(readJson(input)), bytes);
        expect(typeof written).toBe('string');
      }),
      { numRuns: 1000 },
    );
  });

  test('any value at all is written or refused by a code', () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withNullPrototype: true,
      withSparseArray: true,
    });
    let written = 0;
    fc.assert(
      fc.property(anything, (value) => {
        const text = outcome(canonicalize, value);
        if (isCode(text)) return true;
        written += 1;
        return canonicalize(readCanonical(utf8(text))) === text;
      }),
      { numRuns: 2000 },
    );
    expect(written).toBeGreaterThan(100);
  });
});
