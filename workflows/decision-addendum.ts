import { ApplicationFailure } from '@temporalio/workflow';
import type { AddendumResult } from '../core/contracts/activities.ts';
import { house } from './activities.ts';
import { now } from './clock.ts';
import { ANY_REFUSAL, persist, persistUnless, Troubles } from './patience.ts';

/**
 * Records one statement that arrived after its decision had closed, as a chain of its own, linked to that decision. One
 * that says that its executor went back is sealed, and joins the history of its target, before anybody is answered.
 */
export async function decisionAddendum(input: { decisionId: string; envelope: unknown }): Promise<AddendumResult> {
  const troubles = new Troubles(() => undefined);
  const call = () => house.recordAddendum({ ...input, at: now() });
  const recorded = await persistUnless(troubles, 'ledger', call, { isFinal: ANY_REFUSAL });
  if (recorded === 'interrupted') throw ApplicationFailure.nonRetryable('interrupted', 'activity.failed');
  if ('refusal' in recorded) throw ApplicationFailure.nonRetryable(recorded.refusal.detail, recorded.refusal.code);
  const { addendumId, seals } = recorded.value;
  // No history of before has this answer, so none is replayed otherwise.
  if (seals === true) await persist(troubles, 'sealing', () => house.sealAddendum({ addendumId }));
  return recorded.value;
}
