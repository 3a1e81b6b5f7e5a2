import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSteps } from '../../scripts/tutorial/page.ts';
import { asShown, hasShown, isShown } from '../../scripts/tutorial/shown.ts';

/** The convention by which pages are executed. That the tutorial itself holds is for test/docs/tutorial.e2e.test.ts. */

const FENCE = '```';

describe('the steps of a page', () => {
  it('are its sh blocks, each with the text right below', () => {
    const page = [
      `${FENCE}sh terminal=servers`,
      'serve',
      FENCE,
      '',
      'Words.',
      '',
      `${FENCE}text`,
      'an example, and no output',
      FENCE,
      '',
      `${FENCE}sh exit=1 picture=no`,
      'false',
      'true',
      FENCE,
      '',
      `${FENCE}text`,
      'no',
      FENCE,
      '',
    ].join('\n');
    const steps = readSteps(page);
    expect(steps).toMatchObject([
      { line: 1, terminal: 'servers', exit: 0, command: 'serve\n', shown: null, picture: null },
      { line: 11, terminal: null, exit: 1, command: 'false\ntrue\n', shown: { text: 'no\n' }, picture: 'no' },
    ]);
    const shown = steps[1]?.shown;
    expect(page.slice(shown?.from, shown?.to)).toBe('no\n');
  });

  it('know no other words', () => {
    expect(() => readSteps(`${FENCE}sh exits=1\nfalse\n${FENCE}\n`)).toThrow('line 1: a fence does not know "exits=1"');
  });

  it('are those of the tutorial, all of which show what comes, or say nothing', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/tutorial.md'), 'utf8');
    const steps = readSteps(page);
    expect(steps.length).toBe([...page.matchAll(/^```sh/gm)].length);
    expect(steps.filter(({ shown }) => shown !== null).length).toBe([...page.matchAll(/^```text/gm)].length);
    // A block of nothing but … would hold whatever came.
    expect(steps.filter(({ shown }) => shown !== null && !/[^…\s]/.test(shown.text))).toEqual([]);
  });
});

describe('what is shown', () => {
  it.each([
    ['a\nb\n', 'a\nb\n', true],
    ['a\nb\n', '\na  \nb', true],
    ['a\nb\n', 'a\nb\nc\n', false],
    ['a\n', 'ab\n', false],
    ['digest sha256:…\n', 'digest sha256:0a1b\n', true],
    ['digest sha256:… fits\n', 'digest sha256:0a1b fits not\n', false],
    ['a … c\n', 'a\nb\nc\n', false],
    ['…\nc\n', 'a\nb\nc\n', true],
    ['…\nc\n', 'c\n', true],
    ['a\n…\n', 'a\nb\nc\n', true],
    ['a\n…\nc\n', 'a\nb\n', false],
    ['1 + 1 (or so).\n', '1 + 1 (or so).\n', true],
    ['1 + 1.\n', '1 + 1!\n', false],
  ])('%j holds of %j: %s', (shown, came, holds) => {
    expect(isShown(shown, came)).toBe(holds);
  });

  it('may be followed by more, where something goes on', () => {
    expect(hasShown('ready\n', 'ready\nstill here\n')).toBe(true);
    expect(hasShown('ready\n', 'not ready\n')).toBe(false);
    expect(hasShown('ready\n', 'rea')).toBe(false);
  });

  it('has … for all that differs from run to run, and still holds of it', () => {
    const came = [
      `digest sha256:${'0a'.repeat(32)}, key ${'A'.repeat(43)}=`,
      'decision 5b3f0c9e-6f0e-8a4e-9b7e-3d1f0a2b4c5d since 2026-01-02T03:04:05.678Z at 127.0.0.1:7233',
      '/tmp/home-x/countersign-tutorial/pack, risk 0.58',
    ].join('\n');
    const shown = asShown(came, '/tmp/home-x');
    expect(shown).toBe(
      'digest sha256:…, key …\ndecision … since … at 127.0.0.1:…\n…/countersign-tutorial/pack, risk 0.58\n',
    );
    expect(isShown(shown, came)).toBe(true);
  });
});
