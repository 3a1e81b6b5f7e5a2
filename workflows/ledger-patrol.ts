import { ActivityFailure, continueAsNew, log, sleep } from '@temporalio/workflow';
import type { PatrolInput } from '../core/contracts/activities.ts';
import { patrols } from './activities.ts';

/** Rounds of one run: each is some eight history events. */
const ROUNDS = 200;

/** Verifies every stored chain of the tenant at intervals, for as long as there are workers (R11). */
export async function ledgerPatrol(input: PatrolInput): Promise<void> {
  let { waitMs } = input;
  for (let round = 0; round < ROUNDS; round += 1) {
    await sleep(waitMs);
    try {
      const { chains, damaged, waitMs: next } = await patrols.patrol();
      if (damaged.length > 0) log.error('chains do not hold', { chains, damaged });
      waitMs = next;
    } catch (error) {
      // A round that fails must not end the patrol: one junk member of an index would switch it off.
      if (!(error instanceof ActivityFailure)) throw error;
      log.error('a round over all chains failed', { cause: error.cause?.message ?? error.message });
    }
  }
  await continueAsNew<typeof ledgerPatrol>({ waitMs });
}
