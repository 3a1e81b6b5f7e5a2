import { explain, interruption } from './interruption.ts';
import { readOptions, USAGE } from './options.ts';
import { mute } from './print.ts';
import { tell } from './story.ts';

/** @returns how the process ends */
async function main(words: readonly string[]): Promise<number> {
  const cleanup = new AsyncDisposableStack();
  try {
    const options = readOptions(words);
    if (options === null) {
      process.stdout.write(USAGE);
      return 0;
    }
    const interrupted = interruption();
    await Promise.race([tell(cleanup, options), interrupted]);
    // With --keep, Ctrl-C is the end that was announced.
    if (options.keep) await interrupted.catch(() => process.stdout.write('\nStopping ...\n'));
    return 0;
  } catch (error) {
    mute();
    return explain(error);
  } finally {
    await cleanup.disposeAsync();
  }
}

// At once, and not when nothing is left to do: what still runs of an interrupted story must not go on.
process.exit(await main(process.argv.slice(2)));
