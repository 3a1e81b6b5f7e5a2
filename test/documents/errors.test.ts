import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CountersignError } from '../../core/errors.ts';
import {
  DOCUMENT_ERROR_CODES,
  DocumentError,
  type Problem,
  refuseAll,
  refuseTogether,
} from '../../documents/errors.ts';
import { refusal } from './refusal.ts';

const here = import.meta.dirname;

describe('document errors', () => {
  it('lists every code once', () => {
    expect(new Set(DOCUMENT_ERROR_CODES).size).toBe(DOCUMENT_ERROR_CODES.length);
  });

  it('has a test that asserts each code', () => {
    const tests = readdirSync(here)
      .filter((file) => file.endsWith('.test.ts') && file !== 'errors.test.ts')
      .map((file) => readFileSync(join(here, file), 'utf8'))
      .join('\n');
    expect(DOCUMENT_ERROR_CODES.filter((code) => !tests.includes(`'${code}'`))).toEqual([]);
  });

  it('throws each code somewhere in the room', () => {
    const room = join(here, '../../documents');
    const sources = readdirSync(room)
      .filter((file) => file.endsWith('.ts') && file !== 'errors.ts')
      .map((file) => readFileSync(join(room, file), 'utf8'))
      .join('\n');
    expect(DOCUMENT_ERROR_CODES.filter((code) => !sources.includes(`'${code}'`))).toEqual([]);
  });

  it('takes path, expected and got from the first problem, and spells out at most a hundred', () => {
    const at = (index: number): Problem => ({ path: `$.a[${index}]`, expected: 'x', got: 'y' });
    const error = new DocumentError('document.shape', 'wrong', [
      at(0),
      ...Array.from({ length: 149 }, (_, index) => at(index + 1)),
    ]);
    expect([error.path, error.expected, error.got, error.problems.length]).toEqual(['$.a[0]', 'x', 'y', 150]);
    expect(error.message).toContain('$.a[99] ');
    expect(error.message).not.toContain('$.a[100] ');
    expect(error.message).toContain('and 50 more');
  });
});

describe('refuseTogether', () => {
  const at = (path: string, expected = 'x'): Problem => ({ path, expected, got: 'y' });
  const finds =
    (code: ConstructorParameters<typeof DocumentError>[0], ...problems: readonly Problem[]) =>
    (): void =>
      refuseAll(code, `what ${code} is about`, problems);

  it('gives back what the checks return', () => {
    expect(refuseTogether([() => 1, () => 'two'])).toEqual([1, 'two']);
  });

  it('makes every check, and lists what all of them found, each under its own code', () => {
    const error = refusal(() =>
      refuseTogether([
        finds('card.policy'),
        finds('evidence.incomplete', at('$.a'), at('$.b')),
        finds('manifest.invalid', at('$.a')),
        () => {
          throw new CountersignError('json.too_deep', { message: 'no JSON', path: '$.c', expected: 'x', got: 'y' });
        },
      ]),
    );
    expect([error.code, error.path]).toEqual(['evidence.incomplete', '$.a']);
    expect(error.problems).toEqual([
      at('$.a'),
      at('$.b'),
      { ...at('$.a'), code: 'manifest.invalid' },
      { ...at('$.c'), code: 'json.too_deep' },
    ]);
    expect(error.message).toBe(
      'evidence.incomplete at $.a: what evidence.incomplete is about in 2 places and 2 of other kinds, also at $.b (expected x; got y), ' +
        'manifest.invalid at $.a (expected x; got y), json.too_deep at $.c (expected x; got y); expected x; got y',
    );
  });

  it('tells once what two checks ask for, and twice what one of them finds twice', () => {
    const error = refusal(() =>
      refuseTogether([
        finds('manifest.invalid', at('$.a', 'one'), at('$.a', 'other')),
        finds('manifest.invalid', at('$.a', 'third'), at('$.b')),
      ]),
    );
    expect(error.problems).toEqual([at('$.a', 'one'), at('$.a', 'other'), at('$.b')]);
  });

  it('keeps the codes that an error among them lists already', () => {
    const inner = (): void => {
      refuseTogether([finds('card.differs', at('$.a')), finds('card.policy', at('$.b'))]);
    };
    const { code, problems } = refusal(() => refuseTogether([finds('card.policy', at('$.c')), inner]));
    expect([code, problems]).toEqual(['card.policy', [at('$.c'), { ...at('$.a'), code: 'card.differs' }, at('$.b')]]);
  });

  it('throws a lone error as it is, and alone what is no document to mend', () => {
    const lone = new DocumentError('card.policy', 'lone', [at('$.a')]);
    const raises = (error: Error) => () => {
      throw error;
    };
    expect(refusal(() => refuseTogether([() => undefined, raises(lone)]))).toBe(lone);
    const unreadable = new CountersignError('file.unreadable', { message: 'no file' });
    expect(refusal(() => refuseTogether([raises(unreadable), raises(lone)]))).toBe(unreadable);
    expect(() => refuseTogether([raises(lone), raises(new TypeError('a fault'))])).toThrow(TypeError);
  });
});
