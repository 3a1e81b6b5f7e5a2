// Everything behind `npm test`, in the order in which a mistake is cheapest to find. Runs all of it even
// when something fails, and ends with one line: `N passed, N failed`.
import { argv, exit, stdout } from 'node:process';

import { CHECKS } from './checks/checks.ts';
import { type Outcome, summary } from './checks/outcome.ts';
import { vitest } from './checks/vitest.ts';

const say = (text: string) => stdout.write(text);
const outcomes: Outcome[] = [];

for (const { name, run } of [...CHECKS, vitest(argv.slice(2))]) {
  say(`${name} ...\n`);
  const began = performance.now();
  const outcome = await run();
  outcomes.push(outcome);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  if (outcome.failed > 0 && outcome.output !== '') say(`${outcome.output.trimEnd()}\n`);
  say(`${name}: ${outcome.failed === 0 ? 'ok' : 'FAILED'}, ${seconds} s\n`);
}

const { line, exitCode } = summary(outcomes);
say(`${line}\n`);
exit(exitCode);
