import { ActivityFailure, continueAsNew, getExternalWorkflowHandle, log, sleep } from '@temporalio/workflow';
import type { PatrolInput } from '../core/contracts/activities.ts';
import { workflowIdOf } from '../core/contracts/names.ts';
import { patrols } from './activities.ts';
import { standingSignal } from './messages.ts';

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
      // Rounds in recorded histories know nothing of `unread` and `revoked`.
      const { chains, damaged, unread = [], revoked = [], waitMs: next } = await patrols.patrol();
      if (damaged.length > 0) log.error('chains do not hold', { chains, damaged });
      if (unread.length > 0) log.error('chains could not be read', { chains, unread });
      for (const decisionId of revoked) await tell(decisionId);
      waitMs = next;
    } catch (error) {
      // A round that fails must not end the patrol: one junk member of an index would switch it off.
      if (!(error instanceof ActivityFailure)) throw error;
      log.error('a round over all chains failed', { cause: error.cause?.message ?? error.message });
    }
  }
  await continueAsNew<typeof ledgerPatrol>({ waitMs });
}

/** That governance has spoken, for whoever was not told when it did: the decision looks for itself (R90). */
async function tell(decisionId: string): Promise<void> {
  try {
    await getExternalWorkflowHandle(workflowIdOf(decisionId)).signal(standingSignal);
  } catch (error) {
    // Its workflow is gone, and the chain is for `recover`.
    log.warn('a decision that rests on what is revoked could not be told', { decisionId, cause: String(error) });
  }
}
