import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readSteps } from '../../scripts/tutorial/page.ts';
import { play } from '../../scripts/tutorial/play.ts';
import { asShown, isShown } from '../../scripts/tutorial/shown.ts';

const PAGE = join(import.meta.dirname, '../../docs/tutorial.md');

it('docs/tutorial.md: each command does and shows what the page says, in order, on real servers', async () => {
  const steps = readSteps(readFileSync(PAGE, 'utf8'));
  let played = 0;
  for await (const { step, came, exit, home } of play(steps)) {
    const where = `docs/tutorial.md, line ${step.line}`;
    expect(exit, `${where}: its exit code, after\n${came}`).toBe(step.exit);
    // Wrong is shown as what would stand in the page; scripts/tutorial/main.ts writes it there.
    if (step.shown !== null && step.terminal === null && !isShown(step.shown.text, came)) {
      expect(asShown(came, home), where).toBe(step.shown.text);
    }
    played += 1;
  }
  expect(played).toBe(steps.length);
}, 300_000);
