// Plays docs/tutorial.md, and writes what its commands showed into it:  node_modules/.bin/node scripts/tutorial/main.ts
// What other terminals show stands as it is: it is waited for.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { PROJECT_ROOT } from '../servers/index.ts';
import { readSteps } from './page.ts';
import { play } from './play.ts';
import { asShown, isShown } from './shown.ts';

const path = join(PROJECT_ROOT, 'docs', 'tutorial.md');
const page = readFileSync(path, 'utf8');
let written = page;
let moved = 0;
for await (const { step, came, exit, home } of play(readSteps(page))) {
  const { shown, terminal, line } = step;
  const [first = ''] = step.command.split('\n');
  const right = exit === step.exit;
  console.log(`line ${line}: ${first}${right ? '' : `\n  ended with ${exit}, not ${step.exit}:\n${came}`}`);
  if (!right) process.exitCode = 1;
  if (shown === null || terminal !== null || isShown(shown.text, came)) continue;
  const text = asShown(came, home);
  written = written.slice(0, shown.from + moved) + text + written.slice(shown.to + moved);
  moved += text.length - shown.text.length;
}
writeFileSync(path, written);
