import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Notice } from '../../evaluation/index.ts';

/** What people were told of a decision, out of a worker's folder of notices, in the order of its events. */
export function noticesIn(folder: string, decisionId: string): readonly Notice[] {
  return readdirSync(folder)
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').trimEnd().split('\n'))
    .map((line) => JSON.parse(line) as Notice)
    .filter((notice) => notice.decision_id === decisionId)
    .sort((a, b) => a.sequence - b.sequence);
}
