import { ActivityFailure, continueAsNew, log, sleep } from '@temporalio/workflow';
import type { PatrolInput } from '../core/contracts/activities.ts';
import { patrols } from './activities.ts';

/** Rounds of one run: each is some eight history events. */
const ROUNDS = 200;
/** Whoever may start workflows could have started this one first, to sleep for ever. */
const LONGEST_WAIT_MS = 7 * 86_400_000;

/** Verifies every stored chain of the tenant at intervals, for as long as there are workers (R11). */
export async function ledgerPatrol(input: PatrolInput): Promise<void> {
  let { waitMs } = input;
  for (let round = 0; round < ROUNDS; round += 1) {
    await sleep(Math.min(waitMs, LONGEST_WAIT_MS));
    try {
      // Rounds in recorded histories know nothing of `unread`.
      const { chains, damaged, unread = [], waitMs: next } = await patrols.patrol();
      if (damaged.length > 0) log.error('chains do not hold', { chains, damaged });
      if (unread.length > 0) log.error('chains could not be read', { chains, unread });
      waitMs = next;
    } catch (error) {
      // A round that fails must not end the patrol: one junk member of an index would switch it off.
      if (!(error instanceof ActivityFailure)) throw error;
      log.error('a round over all chains failed', { cause: error.cause?.message ?? error.message });
    }
  }
  await continueAsNew<typeof ledgerPatrol>({ waitMs });
}
