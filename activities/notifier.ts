import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Notice } from '../evaluation/index.ts';

/**
 * Carries notices to people. It may be told one notice more than once, and has failed unless it says otherwise: then it
 * is told again. No decision waits for it.
 */
export interface Notifier {
  send(notice: Notice): Promise<void>;
}

/**
 * Appends each notice, as one line of JSON, to a file a day (`notices-2026-11-26.jsonl`) of a folder that exists. It
 * resolves once the line is on disk. A notice that stands already is not written again; a line that a crash left torn is
 * ended, so that the next one is whole.
 */
export function createFileNotifier(directory: string): Notifier {
  return {
    async send(notice) {
      const path = join(directory, `notices-${notice.at.slice(0, 10)}.jsonl`);
      const before = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return '';
        throw error;
      });
      if (before.includes(`"id":"${notice.id}"`)) return;
      const torn = before !== '' && !before.endsWith('\n');
      const file = await open(path, 'a', 0o600);
      try {
        await file.appendFile(`${torn ? '\n' : ''}${JSON.stringify(notice)}\n`);
        await file.datasync();
      } finally {
        await file.close();
      }
    },
  };
}
