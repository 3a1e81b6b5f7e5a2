import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CANON_ERROR_CODES } from '../../../core/canon/index.ts';

const room = join(import.meta.dirname, '../../../core/canon');
const sources = readdirSync(room).map((name) => ({ name, text: readFileSync(join(room, name), 'utf8') }));
const tests = readdirSync(import.meta.dirname)
  .map((name) => readFileSync(join(import.meta.dirname, name), 'utf8'))
  .join('\n');

/** Comments may speak of what the code must not touch. */
function codeOf(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/\/\/.*$/gm, '');
}

describe('core/canon runs anywhere', () => {
  test.each(sources)('$name imports its own room, core/errors.ts, and two audited packages', ({ text }) => {
    const specifiers = [...codeOf(text).matchAll(/(?:from|import)\s*\(?'([^']+)'/g)].map((match) => match[1]);
    for (const specifier of specifiers) {
      expect(specifier).toMatch(
        /^\.\/[a-z0-9-]+\.ts$|^\.\.\/errors\.ts$|^@noble\/(?:hashes\/(?:sha2|utils)|curves\/ed25519)\.js$/,
      );
    }
  });

  /** It takes Node's own hash and signatures where there are any, which answer as ours do: `keys.test.ts`. */
  const ASKS_THE_PLATFORM = 'native.ts';

  test.each(sources.filter(({ name }) => name !== ASKS_THE_PLATFORM))(
    '$name reads no clock, chance, environment or platform',
    ({ text }) => {
      expect(codeOf(text)).not.toMatch(
        /\b(?:Date|Math\.random|crypto|process|Buffer|globalThis|setTimeout|performance|fetch|require)\b/,
      );
    },
  );
});

test.each(CANON_ERROR_CODES)('the code %s is asserted by a test', (code) => {
  expect(tests).toMatch(new RegExp(`'${code.replace('.', '\\.')}[' ]`));
});
