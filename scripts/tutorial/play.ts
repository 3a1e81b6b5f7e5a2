import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';

import { PROJECT_ROOT } from '../servers/index.ts';
import type { Step } from './page.ts';
import { hasShown } from './shown.ts';
import { Terminal } from './terminals.ts';

export interface Played {
  readonly step: Step;
  readonly came: string;
  readonly exit: number;
  /** Home of the person who types: a folder of its own, gone afterwards. */
  readonly home: string;
}

/** Types the blocks of a page one by one, as a person would who has this checkout and nothing else. */
export async function* play(steps: readonly Step[]): AsyncGenerator<Played> {
  const home = mkdtempSync(join(tmpdir(), 'countersign-tutorial-'));
  const surroundings = { PATH: env['PATH'] ?? '', LANG: env['LANG'] ?? 'C.UTF-8', HOME: home, TMPDIR: home };
  const open = (): Terminal => new Terminal(PROJECT_ROOT, surroundings);
  const own = open();
  const others = new Map<string, Terminal>();
  try {
    for (const step of steps) {
      if (step.afterInterrupt) await interruptAll(others);
      if (step.terminal === null) {
        yield { step, home, ...(await own.type(step.command)) };
        continue;
      }
      const terminal = others.get(step.terminal) ?? open();
      others.set(step.terminal, terminal);
      const shown = step.shown?.text ?? '';
      yield { step, home, exit: 0, came: await terminal.start(step.command, (came) => hasShown(shown, came)) };
    }
  } finally {
    await interruptAll(others);
    await own.interrupt();
    rmSync(home, { recursive: true, force: true });
  }
}

/** The last that was started is the first to stop. @throws Error where one does not stop at Ctrl-C */
async function interruptAll(terminals: Map<string, Terminal>): Promise<void> {
  for (const [name, terminal] of [...terminals].reverse()) {
    terminals.delete(name);
    if (!(await terminal.interrupt())) throw new Error(`what runs in the terminal "${name}" does not stop at Ctrl-C`);
  }
}
