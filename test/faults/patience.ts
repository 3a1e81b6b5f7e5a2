import { setTimeout as sleep } from 'node:timers/promises';

const PAUSE_MS = 200;

/** Asks again until it is answered, or the time is out; then the last error stands. */
export async function patiently<T>(call: () => Promise<T>, withinMs = 120_000): Promise<T> {
  const end = Date.now() + withinMs;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (Date.now() > end) throw error;
    }
    await sleep(PAUSE_MS);
  }
}
