import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { PROJECT_ROOT } from '../servers/paths.ts';
import { readSteps } from '../tutorial/page.ts';
import { drawTerminal } from './terminal.ts';

export interface Picture {
  /** From the project's root. */
  readonly path: string;
  readonly svg: string;
}

/** What each picture is called; that it shows what commands print is the business of the tutorial's test. */
const CAPTIONS: Readonly<Record<string, readonly [title: string, description: string]>> = {
  why: [
    'What a waiting decision answers to: why?',
    'countersign why: the decision waits for approval. One signature is missing from a release owner, whom only ruth can give, and one from a security owner, whom only sam can give. It expires when its evidence does.',
  ],
  stuck: [
    'Decisions that do not move',
    'countersign stuck: one decision, routed, since when, and that signatures from release owner and security owner are missing.',
  ],
  verify: [
    'The verifier reports on an audit pack',
    "countersign verify: first the trust file's digest; then evidence: holds, outcome: EXECUTED, level: C2 with what rests on the service, and that the subject matches.",
  ],
  forged: [
    'The same pack after one changed character',
    'countersign verify: evidence DOES NOT HOLD, two findings. The hash of event 3, risk.evaluated, is not the one that stands in it, and its risk_score is 0.48 where 0.58 was sealed.',
  ],
};

/** The pictures of the tutorial's marked blocks: what is typed and shown there, as it stands there. */
export function tutorialPictures(): readonly Picture[] {
  const page = readFileSync(join(PROJECT_ROOT, 'docs', 'tutorial.md'), 'utf8');
  return readSteps(page).flatMap(({ picture, command, shown, line }) => {
    if (picture === null) return [];
    const [title, description] = CAPTIONS[picture] ?? [];
    if (title === undefined || description === undefined || shown === null) {
      throw new TypeError(`docs/tutorial.md, line ${line}: no caption for "${picture}", or nothing to show`);
    }
    const svg = drawTerminal({ name: picture, title, description, command, shown: shown.text });
    return [{ path: `docs/pictures/terminal-${picture}.svg`, svg }];
  });
}
