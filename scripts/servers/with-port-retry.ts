import { hasCode } from '../../core/errors.ts';

const TRIES = 5;

/** Runs `start` again when its port was taken between being chosen and being used. */
export async function withPortRetry<T>(start: () => Promise<T>, log: (line: string) => void): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start();
    } catch (error) {
      if (attempt === TRIES || !hasCode(error, 'server.port_taken')) throw error;
      log('a port was taken meanwhile; trying another');
    }
  }
}
