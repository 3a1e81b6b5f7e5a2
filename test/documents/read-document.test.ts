import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { canonicalBytes } from '../../core/canon/index.ts';
import {
  actorId,
  amount,
  base64,
  decisionId,
  digest,
  environment,
  line,
  name,
  nonce,
  pinnedVersion,
  publicKeyText,
  semver,
  timestampText,
  unitInterval,
} from '../../documents/primitives.ts';
import { readDocument, readShape } from '../../documents/read-document.ts';
import { digestOf } from './fixtures.ts';
import { refusal, refused, refusedAt } from './refusal.ts';

const TYPE = 'application/vnd.countersign.sample.v1+json';
const schema = z.strictObject({
  _type: z.literal(TYPE),
  people: z.array(z.strictObject({ id: actorId, keys: z.array(z.string().min(2).max(3)).max(2) })),
  scope: z.union([z.literal('*'), z.array(environment).min(1)]),
  labels: z.record(name, name),
  count: z.int().min(1).max(9),
});
const good = { _type: TYPE, people: [], scope: '*', labels: {}, count: 1 };

describe('readDocument', () => {
  it('returns a copy of what it has read', () => {
    const value = { ...good, labels: { a: 'b' } };
    const read = readDocument(schema, TYPE, value);
    expect(read).toEqual(value);
    value.labels.a = 'changed afterwards';
    expect(read.labels['a']).toBe('b');
  });

  it('asks for canonical bytes where it is given bytes', () => {
    expect(readDocument(schema, TYPE, canonicalBytes(good))).toEqual(good);
    const pretty = new TextEncoder().encode(JSON.stringify(good, null, 1));
    expect(refused(() => readDocument(schema, TYPE, pretty))[0]).toBe('json.not_canonical');
    expect(refused(() => readDocument(schema, TYPE, canonicalBytes(good), '$', { maxBytes: 10 }))[0]).toBe(
      'json.too_large',
    );
  });

  it.each([[{ ...good, _type: 'application/other' }], [{ people: [] }], [null], ['text'], [[]], [42]])(
    'asks for the type before anything else: %j',
    (value) => {
      expect(refused(() => readDocument(schema, TYPE, value, '$.policy'))).toEqual(['document.type', '$.policy._type']);
    },
  );

  it('gathers all that is wrong, each with its path, what was expected and what came', () => {
    const bad = {
      _type: TYPE,
      people: [
        { id: 'a@b', keys: ['x', 'long'] },
        { id: 'SYSTEM', keys: ['yy', 'yy', 'yy'], extra: 1 },
      ],
      scope: ['dev', 'moon'],
      labels: { 'a b': 'c' },
      count: 12,
      'odd name': true,
    };
    const error = refusal(() => readDocument(schema, TYPE, bad));
    expect(error.code).toBe('document.shape');
    expect(error.problems).toEqual(
      [
        { path: '$.people[0].id', expected: '3 to 128 of A-Z a-z 0-9 . _ -', got: '"a@b"' },
        { path: '$.people[0].keys[0]', expected: 'at least 2 characters', got: '"x"' },
        { path: '$.people[0].keys[1]', expected: 'at most 3 characters', got: '"long"' },
        { path: '$.people[1].id', expected: 'an id that is not reserved', got: '"SYSTEM"' },
        { path: '$.people[1].keys', expected: 'at most 2 entries', got: 'an array of 3' },
        { path: '$.people[1].extra', expected: 'no such member', got: '1' },
        { path: '$.scope[1]', expected: 'one of dev, staging, production', got: '"moon"' },
        { path: '$.labels["a b"]', expected: 'a member name: 1 to 128 of A-Z a-z 0-9 . _ : / -', got: '"a b"' },
        { path: '$.count', expected: 'at most 9', got: '12' },
        { path: '$["odd name"]', expected: 'no such member', got: 'true' },
      ].sort(byPath(error.problems ?? [])),
    );
    for (const { path } of error.problems ?? []) expect(error.message).toContain(path);
  });

  it('says what either branch wants where neither was begun', () => {
    const [problem] = refusal(() => readDocument(schema, TYPE, { ...good, scope: 7 })).problems ?? [];
    expect(problem).toEqual({ path: '$.scope', expected: '"*" or array', got: '7' });
  });

  it('names what is missing', () => {
    expect(refusedAt(() => readDocument(schema, TYPE, { _type: TYPE }))).toEqual([
      'document.shape',
      '$.people',
      '$.scope',
      '$.labels',
      '$.count',
    ]);
  });

  it('refuses a member called __proto__, which record schemas drop without a word', () => {
    const value = JSON.parse(
      `{"_type":"${TYPE}","people":[],"scope":"*","labels":{"a":"b","__proto__":"c"},"count":1}`,
    );
    expect(schema.safeParse(value).success).toBe(true);
    expect(refused(() => readDocument(schema, TYPE, value))).toEqual(['document.shape', '$.labels.__proto__']);
  });

  it('calls it a floating name only where nothing else is wrong', () => {
    const pair = z.strictObject({ version: pinnedVersion, digest, count: z.int() });
    const floating = { version: 'latest', digest: 'main', count: 1 };
    expect(refusedAt(() => readShape(pair, floating))).toEqual(['document.floating_name', '$.version', '$.digest']);
    expect(refusedAt(() => readShape(pair, { ...floating, count: 'x' }))).toEqual([
      'document.shape',
      '$.version',
      '$.digest',
      '$.count',
    ]);
  });
});

describe('primitives', () => {
  const cases: readonly [label: string, schema: z.ZodType, taken: readonly unknown[], refused: readonly unknown[]][] = [
    [
      'timestampText',
      timestampText,
      ['2026-02-24T20:12:21.000Z', '2024-02-29T00:00:00.000Z'],
      [
        '2026-02-24T20:12:21Z',
        '2026-02-24T20:12:21.000+00:00',
        '2026-02-30T00:00:00.000Z',
        '2026-02-24T24:00:00.000Z',
        '2026-02-24t20:12:21.000z',
        '2026-02-24T20:12:21.0000Z',
      ],
    ],
    [
      'actorId',
      actorId,
      ['p-1', 'a.b_c-D'],
      ['SYSTEM', 'System', 'ab', '-ab', 'a@example.org', 'x'.repeat(129), 'p-1\n'],
    ],
    ['name', name, ['a', 'deploy.change', 'a/b:c-d_e'], ['', ' a', '*', 'a b', 'x'.repeat(129)]],
    [
      'decisionId',
      decisionId,
      ['1fed6053-7029-87ac-af62-edc392bb83f1'],
      ['1fed6053-7029-47ac-af62-edc392bb83f1', '1FED6053-7029-87ac-af62-edc392bb83f1'],
    ],
    [
      'line',
      line,
      ['A reason, with an umlaut: ä'],
      ['', 'two\nlines', 'bell\u0007', '\u001b[31mred', 'a\u202eb', 'a\u2028b', 'x'.repeat(501)],
    ],
    ['semver', semver, ['1.2.0', '1.2.0-rc.1'], ['1.2', 'v1.2.0', '01.2.0', 'latest']],
    ['unitInterval', unitInterval, [0, 1, 0.86, 0.0001], [-0.1, 1.1, 0.00001, 0.12345, '0.5', Number.NaN]],
    ['amount', amount, [0, 14.75, 2 ** 31 - 1], [-1, 2 ** 31, 0.00001, Number.POSITIVE_INFINITY]],
    ['nonce', nonce, ['AAAAAAAAAAAAAAAAAAAAAA=='], ['AAAA', 'A'.repeat(87), 'AAAAAAAAAAAAAAAAAAAAA_==']],
    ['base64', base64, ['', 'AAAA'], ['A A', 'A'.repeat(4097)]],
    [
      'publicKeyText',
      publicKeyText,
      [`${'A'.repeat(43)}=`],
      [`${'A'.repeat(42)}B=`, 'A'.repeat(44), `${'A'.repeat(40)}=`],
    ],
    ['digest', digest, [digestOf('x')], [digestOf('x').toUpperCase()]],
  ];
  // shows: R32, R91, R110
  it.each(cases)('%s', (_label, primitive, taken, notTaken) => {
    expect(taken.filter((value) => !primitive.safeParse(value).success)).toEqual([]);
    expect(notTaken.filter((value) => primitive.safeParse(value).success)).toEqual([]);
  });
});

/** The order of the schema's members is no promise. */
function byPath(actual: readonly { readonly path: string }[]) {
  const order = actual.map(({ path }) => path);
  return (a: { readonly path: string }, b: { readonly path: string }): number =>
    order.indexOf(a.path) - order.indexOf(b.path);
}
