import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type Digest, parseDigest } from '../../core/canon/index.ts';
import { CliError } from '../errors.ts';
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

/** SHA-256 of a file's bytes, read as a stream: models are large. @throws CliError `file.unreadable`. */
export async function measureFile(path: string): Promise<Digest> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CliError('file.unreadable', {
      message: 'the subject cannot be measured',
      path,
      expected: 'a readable file',
      got: code ?? 'an error',
    });
  }
  return parseDigest(`sha256:${hash.digest('hex')}`);
}
