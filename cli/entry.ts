import { type Command, CommanderError } from 'commander';
import { usage } from './errors.ts';
import { EXIT, exitCodeOf } from './exit-codes.ts';
import { errorJson, errorLine, hintLine } from './report-error.ts';

/** Runs one command line, and sets the exit code. What fails is written in one form, here and nowhere else. */
export async function enter(words: readonly string[], build: (json: boolean) => Command): Promise<void> {
  const ours = words.includes('--') ? words.slice(0, words.indexOf('--')) : words;
  const json = ours.includes('--json');
  try {
    await build(json).parseAsync(words, { from: 'user' });
  } catch (thrown) {
    // Help and version come as errors as well.
    if (thrown instanceof CommanderError && thrown.exitCode === 0) process.exitCode = EXIT.ok;
    else fail(thrown instanceof CommanderError ? usage(oneLine(thrown.message)) : thrown, json);
  }
}

function fail(error: unknown, json: boolean): void {
  process.stderr.write(`${errorLine(error)}\n`);
  const hint = hintLine(error, { terminal: process.stderr.isTTY, json });
  if (hint !== '') process.stderr.write(`${hint}\n`);
  if (process.env['COUNTERSIGN_DEBUG'] === '1' && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  if (json) process.stdout.write(`${errorJson(error)}\n`);
  process.exitCode = exitCodeOf(error);
}

function oneLine(message: string): string {
  return message.replace(/^error: /, '').replaceAll('\n', ' ');
}
