import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

/** The page that says what a thief of each key gains, from the titles of the tests that play the thief. */

const ROOT = join(import.meta.dirname, '..', '..');
const FOLDER = 'test/attacks';

interface Played {
  readonly key: string;
  readonly file: string;
  readonly titles: readonly string[];
}

/** Blocks that are a key each, and the tests in them. Both have to be written out, so that they can be read here. */
function played(file: string): readonly Played[] {
  const text = readFileSync(join(ROOT, FOLDER, file), 'utf8');
  const found: { key: string; file: string; titles: string[] }[] = [];
  for (const [, block, single, double] of text.matchAll(
    /^ *(describe|it)\(\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")/gm,
  )) {
    const title = single ?? double ?? '';
    if (block === 'describe') found.push({ key: title, file, titles: [] });
    else found.at(-1)?.titles.push(title);
  }
  const tests = [...text.matchAll(/^ *(?:it|test)\b/gm)].length;
  expect(
    found.reduce((sum, { titles }) => sum + titles.length, 0),
    `tests of ${file} that can be read`,
  ).toBe(tests);
  return found;
}

const suites = readdirSync(join(ROOT, FOLDER)).filter((file) => file.endsWith('.test.ts'));
const thieves = suites.flatMap(played);

/** The rows of the table in SECURITY.md. */
const keys = ((): readonly string[] => {
  const text = readFileSync(join(ROOT, 'SECURITY.md'), 'utf8');
  const [, table = ''] = /^## What losing each key means\n\n((?:\|.*\n)+)/m.exec(text) ?? [];
  const [, , ...rows] = table.trim().split('\n');
  return rows.map((row) => row.split(' | ')[0]?.replace(/^\| /, '') ?? '');
})();

const page = `# Threat model

What somebody gains who has stolen one key and nothing else, and where it ends: each sentence is the title of a test that plays the thief, on real code. What is said of a key in a few words, and what to do when one is lost, stands in [SECURITY](../SECURITY.md#what-losing-each-key-means), whose rows these are; what a hostile service can write into a pack, and which finding names it, in [\`test/verifier/attacks.ts\`](../test/verifier/attacks.ts).

This page is generated from the tests in \`test/attacks/\`; \`test/docs/threat-model.test.ts\` fails where it is not what they say, or where a row of SECURITY has no test, and writes it with \`npx vitest run --project unit test/docs/threat-model.test.ts --update\`.

| key | whoever has it | shown by |
|---|---|---|
${keys.map(row).join('\n')}
`;

function row(key: string): string {
  const of = thieves.filter((thief) => thief.key === key);
  const titles = of.flatMap((thief) => thief.titles);
  const files = of.map(({ file }) => `[${file}](../${FOLDER}/${file})`);
  return `| ${key} | ${titles.join('<br>')} | ${files.join('<br>')} |`;
}

describe('docs/threat-model.md', () => {
  it('has a thief for each key that SECURITY.md names, and no other', () => {
    expect(keys.length).toBeGreaterThan(15);
    const there = thieves.map(({ key }) => key);
    expect(
      keys.filter((key) => !there.includes(key)),
      'rows of SECURITY.md without a block in test/attacks/',
    ).toEqual([]);
    expect(
      there.filter((key) => !keys.includes(key)),
      'blocks in test/attacks/ without a row in SECURITY.md',
    ).toEqual([]);
    for (const { key, titles } of thieves) expect(titles.length, key).toBeGreaterThan(0);
  });

  it('is what the titles of the tests say; else: vitest run --project unit test/docs/threat-model.test.ts --update', async () => {
    await expect(page).toMatchFileSnapshot('../../docs/threat-model.md');
  });
});
