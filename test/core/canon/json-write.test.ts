import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { canonicalBytes, canonicalize, MAX_DEPTH } from '../../../core/canon/index.ts';
import { refusal, refused } from './refusal.ts';

function ieee(hex: string): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(`0x${hex}`));
  return view.getFloat64(0);
}

/** `levels` arrays, one within the other. */
function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = [value];
  return value;
}

// shows: R16
describe('RFC 8785', () => {
  test('section 3.2.3: members are sorted by UTF-16 code units', () => {
    const sample = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\ud83d\ude00': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    };
    expect(Object.values(JSON.parse(canonicalize([sample]))[0])).toHaveLength(7);
    expect(canonicalize(sample)).toBe(
      '{"\\r":"Carriage Return","1":"One","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis",' +
        '"\u20ac":"Euro Sign","\ud83d\ude00":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
    );
  });

  test('sections 3.2.2 and 3.2.4: the sample, without the numbers that ruling 2 refuses', () => {
    const sample = {
      numbers: [4.5, 0.002],
      string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"/',
      literals: [null, true, false],
    };
    const text = '{"literals":[null,true,false],"numbers":[4.5,0.002],"string":"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}';
    expect(canonicalize(sample)).toBe(text);
    expect(canonicalBytes(sample)).toEqual(new TextEncoder().encode(text));
  });

  test('section 3.2.2.2: control characters, short escapes first, lower-case hexadecimal', () => {
    expect(canonicalize('\u0000\u0007\b\t\n\u000b\f\r\u001f\u007f\u2028/')).toBe(
      '"\\u0000\\u0007\\b\\t\\n\\u000b\\f\\r\\u001f\u007f\u2028/"',
    );
  });

  // Appendix B. All but zero lie outside ruling 2, each for the reason named.
  test.each([
    ['8000000000000000', 'json.negative_zero'],
    ['0000000000000001', 'json.number_range'],
    ['8000000000000001', 'json.number_range'],
    ['7fefffffffffffff', 'json.number_range'],
    ['ffefffffffffffff', 'json.number_range'],
    ['4340000000000000', 'json.number_range'],
    ['c340000000000000', 'json.number_range'],
    ['4430000000000000', 'json.number_range'],
    ['7fffffffffffffff', 'json.not_finite'],
    ['7ff0000000000000', 'json.not_finite'],
    ['44b52d02c7e14af5', 'json.number_range'],
    ['44b52d02c7e14af6', 'json.number_range'],
    ['44b52d02c7e14af7', 'json.number_range'],
    ['444b1ae4d6e2ef4e', 'json.number_range'],
    ['444b1ae4d6e2ef4f', 'json.number_range'],
    ['444b1ae4d6e2ef50', 'json.number_range'],
    ['3eb0c6f7a0b5ed8c', 'json.number_range'],
    ['3eb0c6f7a0b5ed8d', 'json.number_range'],
    ['41b3de4355555553', 'json.number_range'],
    ['41b3de4355555554', 'json.number_range'],
    ['41b3de4355555555', 'json.number_range'],
    ['41b3de4355555556', 'json.number_range'],
    ['41b3de4355555557', 'json.number_range'],
    ['becbf647612f3696', 'json.number_range'],
    ['43143ff3c1cb0959', 'json.number_range'],
  ])('Appendix B: %s is refused as %s', (hex, code) => {
    expect(refused(() => canonicalize({ n: [ieee(hex)] }))).toEqual([code, '$.n[0]']);
  });

  test('Appendix B: zero is written', () => {
    expect(canonicalize(ieee('0000000000000000'))).toBe('0');
  });
});

// shows: R16
describe('the numbers of ruling 2', () => {
  test.each([
    [9007199254740991, '9007199254740991'],
    [-9007199254740991, '-9007199254740991'],
    [2147483648, '2147483648'],
    [2147483647.9999, '2147483647.9999'],
    [-2147483647.9999, '-2147483647.9999'],
    [0.0001, '0.0001'],
    [-0.5, '-0.5'],
    [1.0, '1'],
    [1e21 / 1e15, '1000000'],
  ])('%d is written %s', (value, text) => {
    expect(canonicalize(value)).toBe(text);
  });

  test.each([
    [2147483648.5, 'json.number_range'],
    [-2147483648.5, 'json.number_range'],
    [0.00001, 'json.number_range'],
    [0.12345, 'json.number_range'],
    [0.1 + 0.2, 'json.number_range'],
    [9007199254740992, 'json.number_range'],
    [1e21, 'json.number_range'],
    [Number.NaN, 'json.not_finite'],
    [Number.POSITIVE_INFINITY, 'json.not_finite'],
    [Number.NEGATIVE_INFINITY, 'json.not_finite'],
    [-0, 'json.negative_zero'],
  ])('%d is refused as %s', (value, code) => {
    expect(refused(() => canonicalize({ score: value }))).toEqual([code, '$.score']);
  });
});

describe('the gate: what is not plain data is refused, not coerced', () => {
  class Instance {
    a = 1;
  }
  const sparse: unknown[] = [1, 2];
  sparse[3] = 4;
  const arrayWithProperty = Object.assign([1], { total: 1 });
  const holeAndProperty = Object.assign([1, , 3], { total: 1 }); // oxlint-disable-line no-sparse-arrays
  const hidden = Object.defineProperty({}, 'seed', { value: 1, enumerable: false });
  const cycle: { self?: unknown } = {};
  cycle.self = { deeper: [cycle] };
  class List extends Array {}

  test.each<[string, unknown, string, string]>([
    ['undefined', undefined, 'json.undefined', '$'],
    ['undefined as a member', { a: undefined }, 'json.undefined', '$.a'],
    ['undefined as an element', { a: [0, undefined] }, 'json.undefined', '$.a[1]'],
    ['a function', { f: () => 1 }, 'json.unsupported_type', '$.f'],
    ['a symbol', Symbol('s'), 'json.unsupported_type', '$'],
    ['a bigint', { n: 1n }, 'json.unsupported_type', '$.n'],
    ['a Map', { m: new Map([['a', 1]]) }, 'json.unsupported_type', '$.m'],
    ['a Set', new Set([1]), 'json.unsupported_type', '$'],
    ['a Date', { at: new Date(0) }, 'json.unsupported_type', '$.at'],
    ['bytes', { b: Uint8Array.of(1) }, 'json.unsupported_type', '$.b'],
    ['a boxed number', Object(1), 'json.unsupported_type', '$'],
    ['an instance', [new Instance()], 'json.unsupported_type', '$[0]'],
    ['an object with a foreign prototype', Object.create({ a: 1 }), 'json.unsupported_type', '$'],
    ['an array of a class of its own', List.from([1]), 'json.unsupported_type', '$'],
    ['a sparse array', { a: sparse }, 'json.sparse_array', '$.a'],
    ['a vast sparse array', new Array(2 ** 32 - 1), 'json.sparse_array', '$'],
    ['an array with a member', arrayWithProperty, 'json.array_property', '$'],
    ['an array with a hole made up for by a member', holeAndProperty, 'json.sparse_array', '$'],
    ['an array with a symbol', Object.assign([1], { [Symbol('s')]: 1 }), 'json.array_property', '$'],
    ['toJSON', { a: { toJSON: () => 'other' } }, 'json.to_json', '$.a.toJSON'],
    [
      'a getter',
      {
        a: {
          get b() {
            return 1;
          },
        },
      },
      'json.accessor',
      '$.a.b',
    ],
    ['a setter', { set b(_: number) {} }, 'json.accessor', '$.b'],
    ['a hidden member', hidden, 'json.hidden_member', '$.seed'],
    ['a symbol as a name', { a: { [Symbol('s')]: 1 } }, 'json.symbol_key', '$.a'],
    ['a lone high surrogate', { s: 'a\ud83d' }, 'json.lone_surrogate', '$.s'],
    ['a lone low surrogate', ['\ude00b'], 'json.lone_surrogate', '$[0]'],
    ['a reversed pair', '\ude00\ud83d', 'json.lone_surrogate', '$'],
    ['a lone surrogate in a name', { 'k\ud800': 1 }, 'json.lone_surrogate', '$["k\\ud800"]'],
    ['a cycle', cycle, 'json.cycle', '$.self.deeper[0]'],
    ['nesting', nested(MAX_DEPTH + 1), 'json.too_deep', `$${'[0]'.repeat(MAX_DEPTH)}`],
  ])('%s', (_, value, code, path) => {
    expect(refused(() => canonicalize(value))).toEqual([code, path]);
  });

  test('no foreign code runs while a getter is refused', () => {
    let ran = false;
    const trap = {
      get a() {
        ran = true;
        return 1;
      },
    };
    refusal(() => canonicalize(trap));
    expect(ran).toBe(false);
  });

  test('what looks odd and is plain is written', () => {
    const shared = { a: 1 };
    expect(canonicalize([shared, shared])).toBe('[{"a":1},{"a":1}]');
    expect(canonicalize(Object.assign(Object.create(null), { b: 1 }))).toBe('{"b":1}');
    expect(canonicalize({ toJSON: 'a word' })).toBe('{"toJSON":"a word"}');
    expect(canonicalize(nested(MAX_DEPTH))).toBe(`${'['.repeat(MAX_DEPTH)}1${']'.repeat(MAX_DEPTH)}`);
    expect(canonicalize('\ud83d\ude00')).toBe('"\ud83d\ude00"');
    expect(canonicalize(Object.freeze([]))).toBe('[]');
  });

  test('an own member __proto__ is data; an inherited one is not written', () => {
    expect(canonicalize(JSON.parse('{"__proto__":{"a":1},"b":2}'))).toBe('{"__proto__":{"a":1},"b":2}');
    expect(refused(() => canonicalize({ __proto__: { a: 1 } }))).toEqual(['json.unsupported_type', '$']);
  });

  test('an object of another realm is not plain here: its prototype cannot be vouched for', () => {
    expect(refused(() => canonicalize(runInNewContext('({a: 1})')))).toEqual(['json.unsupported_type', '$']);
  });
});

describe('paths', () => {
  test.each([
    [{ a: [0, { b: undefined }] }, '$.a[1].b'],
    [{ 'a b': undefined }, '$["a b"]'],
    [{ 'x"y': [undefined] }, '$["x\\"y"][0]'],
    [{ '': undefined }, '$[""]'],
    [{ '1a': undefined }, '$["1a"]'],
    [{ 'line\nbreak': undefined }, '$["line\\nbreak"]'],
  ])('%o', (value, path) => {
    expect(refused(() => canonicalize(value))).toEqual(['json.undefined', path]);
  });

  test('a long foreign name is cut short', () => {
    expect(refusal(() => canonicalize({ ['k'.repeat(1000)]: undefined })).message.length).toBeLessThan(250);
  });
});
