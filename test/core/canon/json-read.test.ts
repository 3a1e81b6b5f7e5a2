import { describe, expect, test } from 'vitest';
import { canonicalize, readCanonical, readJson } from '../../../core/canon/index.ts';
import { fromHexText, refusal, refused, utf8 } from './refusal.ts';

const read = (text: string) => readJson(utf8(text));

describe('what is JSON is read', () => {
  test.each<[string, unknown]>([
    ['null', null],
    [' \t\r\n true \n', true],
    ['[]', []],
    ['{ }', {}],
    ['[1,-2,0,4.50,0.0001,9007199254740991]', [1, -2, 0, 4.5, 0.0001, 9007199254740991]],
    ['"\\u0041\\n\\/\\"\\\\\\b\\f\\r\\t"', 'A\n/"\\\b\f\r\t'],
    ['"\\ud83d\\ude00"', '\u{1f600}'],
    ['"\\uD83D\\uDE00x\u{1f600}"', '\u{1f600}x\u{1f600}'],
    ['{"a":{"b":[{"c":null}]},"d":"é\u2028"}', { a: { b: [{ c: null }] }, d: 'é\u2028' }],
    ['{"constructor":1,"toString":2,"hasOwnProperty":3}', { constructor: 1, toString: 2, hasOwnProperty: 3 }],
  ])('%s', (text, value) => {
    expect(read(text)).toEqual(value);
    expect(readJson(utf8(text))).toEqual(JSON.parse(text));
  });
});

describe('hazards, each by its code and path', () => {
  test.each<[string, string, string, string]>([
    ['duplicate name', '{"a":1,"a":1}', 'json.duplicate_key', '$.a'],
    ['duplicate name, spelled otherwise', '{"x":{"a":1,"\\u0061":2}}', 'json.duplicate_key', '$.x.a'],
    ['duplicate __proto__', '{"__proto__":1,"__proto__":2}', 'json.duplicate_key', '$.__proto__'],
    ['escaped lone high surrogate', '{"a":"\\ud83d"}', 'json.lone_surrogate', '$.a'],
    ['escaped lone low surrogate', '["\\ude00"]', 'json.lone_surrogate', '$[0]'],
    ['escaped reversed pair', '"\\ude00\\ud83d"', 'json.lone_surrogate', '$'],
    ['lone surrogate in a name', '{"\\ud800":1}', 'json.lone_surrogate', '$'],
    ['unsafe integer', '[9007199254740992]', 'json.number_range', '$[0]'],
    ['rounded integer', '[9007199254740993]', 'json.number_range', '$[0]'],
    ['negative unsafe integer', '{"n":-9007199254740993}', 'json.number_range', '$.n'],
    ['five decimals', '0.12345', 'json.number_range', '$'],
    ['five decimals of which one says nothing', '0.12340', 'json.number_range', '$'],
    ['silently rounded decimals', '0.30000000000000001', 'json.number_range', '$'],
    ['large decimal', '2147483648.0', 'json.number_range', '$'],
    ['exponent', '1e2', 'json.number_range', '$'],
    ['exponent of a small integer', '[10E-1]', 'json.number_range', '$[0]'],
    ['overflow', '1e999', 'json.number_range', '$'],
    ['negative zero', '[-0]', 'json.negative_zero', '$[0]'],
    ['negative zero with decimals', '-0.000', 'json.negative_zero', '$'],
    ['negative underflow', '-1e-999', 'json.negative_zero', '$'],
    ['nothing', '', 'json.syntax', '$'],
    ['space only', ' ', 'json.syntax', '$'],
    ['trailing text', '{} x', 'json.syntax', '$'],
    ['second document', '1 2', 'json.syntax', '$'],
    ['trailing comma in an array', '[1,]', 'json.syntax', '$[1]'],
    ['trailing comma in an object', '{"a":1,}', 'json.syntax', '$'],
    ['leading comma', '[,1]', 'json.syntax', '$[0]'],
    ['missing comma', '[1 2]', 'json.syntax', '$'],
    ['missing colon', '{"a" 1}', 'json.syntax', '$.a'],
    ['missing value', '{"a":}', 'json.syntax', '$.a'],
    ['mixed brackets', '[1}', 'json.syntax', '$'],
    ['open array', '[1', 'json.syntax', '$'],
    ['open object', '{"a":1', 'json.syntax', '$'],
    ['open string', '"abc', 'json.syntax', '$'],
    ['open escape', '"\\', 'json.syntax', '$'],
    ['unquoted name', '{a:1}', 'json.syntax', '$'],
    ['single quotes', "'a'", 'json.syntax', '$'],
    ['comment', '[1/*x*/]', 'json.syntax', '$'],
    ['leading zero', '01', 'json.syntax', '$'],
    ['leading plus', '+1', 'json.syntax', '$'],
    ['bare point', '1.', 'json.syntax', '$'],
    ['leading point', '.5', 'json.syntax', '$'],
    ['bare minus', '-', 'json.syntax', '$'],
    ['hexadecimal number', '0x10', 'json.syntax', '$'],
    ['NaN', '[NaN]', 'json.syntax', '$[0]'],
    ['Infinity', '-Infinity', 'json.syntax', '$'],
    ['capital literal', 'True', 'json.syntax', '$'],
    ['longer literal', 'nullx', 'json.syntax', '$'],
    ['control character in a string', '"a\nb"', 'json.syntax', '$'],
    ['NUL in a string', '"\u0000"', 'json.syntax', '$'],
    ['unknown escape', '"\\x41"', 'json.syntax', '$'],
    ['escape named like a prototype member', '"\\constructor"', 'json.syntax', '$'],
    ['short unicode escape', '"\\u12"', 'json.syntax', '$'],
    ['unicode escape with a sign', '"\\u+123"', 'json.syntax', '$'],
    ['no-break space', '\u00a01', 'json.syntax', '$'],
    ['vertical tab', '\u000b1', 'json.syntax', '$'],
    ['undefined', 'undefined', 'json.syntax', '$'],
  ])('%s', (_, text, code, path) => {
    expect(refused(() => read(text))).toEqual([code, path]);
  });

  test.each([
    ['a byte that begins nothing', '22ff22', 1],
    ['an overlong slash', '22c0af22', 1],
    ['an encoded surrogate', '22eda08022', 1],
    ['beyond U+10FFFF', '22f490808022', 1],
    ['a stray continuation', '5b80', 1],
    ['an end within a character', '2261e282', 2],
    ['after a true replacement character', '22efbfbdff22', 4],
  ])('bad UTF-8: %s', (_, hex, offset) => {
    const error = refusal(() => readJson(fromHexText(hex)));
    expect(error.code).toBe('json.bad_utf8');
    expect(error.message).toContain(`(offset ${offset})`);
  });

  test('a byte order mark, before or within the document', () => {
    expect(refused(() => read('\ufeff{}'))).toEqual(['json.byte_order_mark', '$']);
    expect(refused(() => read(' \ufeff{}'))).toEqual(['json.syntax', '$']);
    expect(refused(() => readJson(fromHexText('fffe7b007d00')))).toEqual(['json.bad_utf8', '$']);
  });

  test('text instead of bytes', () => {
    expect(refused(() => readJson('{}' as unknown as Uint8Array))).toEqual(['json.unsupported_type', '$']);
  });

  test('the message names the offset in bytes', () => {
    expect(refusal(() => read('["éé",x]')).message).toContain('offset 8');
    expect(refusal(() => read('{"é":1,"é":2}')).message).toContain('offset 8');
  });
});

describe('bounds', () => {
  test('size: the default is 4 MiB', () => {
    const most = utf8(`"${'a'.repeat(4 * 1024 * 1024 - 2)}"`);
    expect(readJson(most)).toHaveLength(4 * 1024 * 1024 - 2);
    const more = utf8(`"${'a'.repeat(4 * 1024 * 1024 - 1)}"`);
    expect(refused(() => readJson(more))).toEqual(['json.too_large', '$']);
    expect(readJson(more, { maxBytes: more.length })).toHaveLength(4 * 1024 * 1024 - 1);
  });

  test('depth: 64 levels and no more, without exhausting the stack', () => {
    const deep = (levels: number) => utf8('['.repeat(levels) + ']'.repeat(levels));
    expect(readJson(deep(64))).toBeInstanceOf(Array);
    expect(refusal(() => readJson(deep(65))).code).toBe('json.too_deep');
    expect(refusal(() => readJson(deep(1_000_000))).code).toBe('json.too_deep');
    expect(refusal(() => readJson(deep(3), { maxDepth: 2 })).code).toBe('json.too_deep');
    expect(readJson(utf8('[[1],[2],{"a":[]}]'), { maxDepth: 3 })).toEqual([[1], [2], { a: [] }]);
  });

  test.each([
    { maxDepth: 65 },
    { maxDepth: 0 },
    { maxDepth: Number.NaN },
    { maxBytes: -1 },
    { maxBytes: Number.POSITIVE_INFINITY },
  ])('a limit that limits nothing is refused: %o', (limits) => {
    expect(refusal(() => readJson(utf8('1'), limits)).code).toBe('json.limits');
  });

  test('256 KiB in many rows are read as they were written', () => {
    const rows = Array.from({ length: 2500 }, (_, row) => ({
      id: `row-${row}`,
      score: row / 10_000,
      tags: ['a', 'b\n', null],
    }));
    const bytes = utf8(JSON.stringify(rows).padEnd(256 * 1024));
    expect(readJson(bytes)).toEqual(rows);
  });
});

describe('prototype pollution', () => {
  test('__proto__ is an own member, and nobody else changes', () => {
    const value = read('{"__proto__":{"polluted":true},"a":{"constructor":{"prototype":{"polluted":true}}}}') as object;
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.hasOwn(value, '__proto__')).toBe(true);
    expect('polluted' in value).toBe(false);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect(canonicalize(value)).toBe(
      '{"__proto__":{"polluted":true},"a":{"constructor":{"prototype":{"polluted":true}}}}',
    );
  });

  test('__proto__ null makes no object without a prototype', () => {
    expect(Object.getPrototypeOf(read('{"__proto__":null}'))).toBe(Object.prototype);
  });
});

describe('readCanonical', () => {
  test('the canonical bytes are accepted', () => {
    expect(readCanonical(utf8('{"a":[1,0.5],"b":"€"}'))).toEqual({ a: [1, 0.5], b: '€' });
  });

  test.each([
    ['order', '{"b":1,"a":2}'],
    ['space', '{"a": 1}'],
    ['a last newline', '{"a":1}\n'],
    ['an escape too many', '"\\u0061"'],
    ['an escaped solidus', '"\\/"'],
    ['upper-case hexadecimal', '"\\u001F"'],
    ['a long escape', '"\\u000a"'],
    ['an escaped pair', '"\\ud83d\\ude00"'],
    ['a trailing zero', '1.50'],
    ['an integer with a point', '[1.0]'],
  ])('another spelling is refused: %s', (_, text) => {
    expect(readJson(utf8(text))).toBeDefined();
    expect(refusal(() => readCanonical(utf8(text))).code).toBe('json.not_canonical');
  });

  test('the hazards stay what they are, and errors stand where the caller says', () => {
    expect(refused(() => readCanonical(utf8('{"a":1,"a":1}'), { path: '$.payload' }))).toEqual([
      'json.duplicate_key',
      '$.payload.a',
    ]);
  });

  // The engine's own parser takes each of these, and gives a value of which the text is or seems to be the writing.
  test.each([
    ['a name twice, the same value', '{"a":1,"a":1}', 'json.duplicate_key'],
    ['half of a pair', '"\\ud800"', 'json.lone_surrogate'],
    ['negative zero', '-0', 'json.negative_zero'],
    ['a large number', '1e+21', 'json.number_range'],
    ['five decimals', '[0.00001]', 'json.number_range'],
    ['beyond 2^53', '9007199254740993', 'json.number_range'],
    ['names in another order', '{"b":{"d":1,"c":2}}', 'json.not_canonical'],
    ['names of integers in numeric order', '{"9":1,"10":2}', 'json.not_canonical'],
    ['65 levels', `${'['.repeat(65)}${']'.repeat(65)}`, 'json.too_deep'],
    ['more levels than any stack has', `${'['.repeat(200_000)}${']'.repeat(200_000)}`, 'json.too_deep'],
  ])('what the quick way must leave to the strict one: %s', (_, text, code) => {
    expect(refusal(() => readCanonical(utf8(text))).code).toBe(code);
  });

  test.each([
    ['names of integers in text order', '{"10":2,"9":1}', { 10: 2, 9: 1 }],
    ['a backslash before ud', '"\\\\ud800"', '\\ud800'],
    ['64 levels', `${'['.repeat(64)}${']'.repeat(64)}`, expect.any(Array)],
  ])('what it cannot tell is canonical, and is accepted: %s', (_, text, value) => {
    expect(readCanonical(utf8(text))).toEqual(value);
  });

  test('the offset of the first difference', () => {
    expect(refusal(() => readCanonical(utf8('{"a": 1}'))).message).toContain('offset 5');
  });
});
