import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { drawTerminal } from '../../scripts/pictures/terminal.ts';
import { tutorialPictures } from '../../scripts/pictures/tutorial-pictures.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const drawn = tutorialPictures();

describe('pictures of terminals', () => {
  // The tutorial's own test holds what it shows to what the commands print.
  it.each(drawn)(
    '$path shows what the tutorial shows; else: node_modules/.bin/node scripts/pictures/main.ts',
    (picture) => {
      expect(read(picture.path)).toBe(picture.svg);
    },
  );

  it('are all drawn from it', () => {
    const there = globSync('docs/pictures/terminal-*.svg', { cwd: ROOT }).map((path) => path.replaceAll('\\', '/'));
    expect(there.sort()).toEqual(drawn.map(({ path }) => path).sort());
  });

  it('show every character of what was typed and shown, and none that would be markup', () => {
    const svg = drawTerminal({
      name: 'x',
      title: 'A <title>',
      description: 'What & why',
      command: 'echo "a" \\\n  b > c\n',
      shown: `${'word '.repeat(40)}end\n<b>&amp;\n`,
    });
    const rows = [...svg.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, text = '']) =>
      text.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&'),
    );
    expect(rows.slice(0, 2)).toEqual(['$ echo "a" \\', '    b > c']);
    expect(rows.at(-1)).toBe('<b>&amp;');
    expect(rows.slice(2, -1).join(' ').split(/\s+/)).toEqual([...Array.from({ length: 40 }, () => 'word'), 'end']);
    expect(Math.max(...rows.map((row) => row.length))).toBeLessThanOrEqual(92);
    expect(svg).toContain('<title id="x-title">A &lt;title&gt;</title>');
    expect(svg).toContain('<desc id="x-desc">What &amp; why</desc>');
  });
});

test.each(globSync('docs/pictures/*.svg', { cwd: ROOT }).sort())(
  '%s is small, says what it shows, is drawn by light and by dark, and loads nothing',
  (path) => {
    const svg = read(path);
    expect(statSync(join(ROOT, path)).size).toBeLessThan(12_000);
    expect(svg).toContain(' role="img" aria-labelledby="');
    const [, labels = ''] = /aria-labelledby="([^"]+)"/.exec(svg) ?? [];
    for (const id of labels.split(' ')) expect(svg).toMatch(new RegExp(`<(title|desc) id="${id}">[^<]{10,}</`));
    expect(svg).toContain('@media (prefers-color-scheme: dark)');
    expect(svg.replace('xmlns="http://www.w3.org/2000/svg"', '')).not.toMatch(
      /https?:|<script|<image|<foreignObject|@import/,
    );
  },
);
