import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { VERIFIER_CODES } from '../../verifier/index.ts';

describe('finding codes', () => {
  it('are each asserted by some test of this folder', () => {
    const here = new URL('./', import.meta.url);
    const tests = readdirSync(here)
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(new URL(name, here), 'utf8'))
      .join('\n');
    expect(VERIFIER_CODES.filter((code) => !tests.includes(`'${code}'`))).toEqual([]);
  });
});
