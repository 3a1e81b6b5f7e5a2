import { spawn } from 'node:child_process';
import type { Ended } from './run-machine.ts';

const FORWARDED = ['SIGTERM', 'SIGHUP', 'SIGINT'] as const;

/**
 * Runs the command with this terminal. This process outlives it whatever signal comes, because it has a receipt to
 * sign: a terminal's Ctrl-C reaches the command by itself, other signals are passed on.
 */
export function execute(words: readonly string[], quietStdout: boolean): Promise<Ended> {
  const [program = '', ...args] = words;
  return new Promise((resolve) => {
    // With --json, standard output is one JSON document: the command's own goes to standard error.
    const child = spawn(program, args, { stdio: ['inherit', quietStdout ? process.stderr : 'inherit', 'inherit'] });
    const handlers = FORWARDED.map((signal) => {
      const handler = (): void => {
        if (!(signal === 'SIGINT' && process.stdin.isTTY)) child.kill(signal);
      };
      process.on(signal, handler);
      return [signal, handler] as const;
    });
    const settle = (ended: Ended): void => {
      for (const [signal, handler] of handlers) process.off(signal, handler);
      resolve(ended);
    };
    child.once('error', () => {
      if (child.pid === undefined) settle({ started: false, exitCode: null });
    });
    child.once('exit', (exitCode) => settle({ started: true, exitCode }));
  });
}
