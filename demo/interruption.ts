import { constants } from 'node:os';
import { hasCode } from '../core/errors.ts';
import { DemoError } from './errors.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Somebody wants the demo to end. */
class Interrupted extends DemoError<'demo.interrupted'> {
  readonly exitCode: number;

  constructor(signal: (typeof SIGNALS)[number]) {
    super('demo.interrupted', { message: 'somebody stopped the demo', got: signal });
    this.name = 'Interrupted';
    this.exitCode = 128 + constants.signals[signal];
  }
}

/**
 * Rejects at the first signal. Further ones change nothing: whoever presses Ctrl-C twice would otherwise leave behind
 * what the first one was about to stop. Keeps the process alive meanwhile.
 */
export function interruption(): Promise<never> {
  setInterval(() => undefined, 60_000);
  return new Promise((_, reject) => {
    for (const signal of SIGNALS) process.on(signal, () => reject(new Interrupted(signal)));
  });
}

/** Says on standard error why it ends. @returns the exit code */
export function explain(error: unknown): number {
  if (error instanceof Interrupted) {
    process.stderr.write(`\nStopped by ${error.got}; ending what was started ...\n`);
    return error.exitCode;
  }
  const text = hasCode(error) ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`\ndemo failed: ${text}\n`);
  return hasCode(error, 'demo.usage') ? 2 : 1;
}
