import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DOCUMENT_ERROR_CODES, DocumentError, type Problem } from '../../documents/errors.ts';

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
