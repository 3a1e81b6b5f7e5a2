import { ApplicationFailure } from '@temporalio/workflow';
import type { AddendumResult } from '../core/contracts/activities.ts';
import { house } from './activities.ts';
import { now } from './clock.ts';
import { ANY_REFUSAL, persistUnless, Troubles } from './patience.ts';

/** Records one statement that arrived after its decision had closed, as a chain of its own, linked to that decision. */
export async function decisionAddendum(input: { decisionId: string; envelope: unknown }): Promise<AddendumResult> {
  const call = () => house.recordAddendum({ ...input, at: now() });
  const recorded = await persistUnless(new Troubles(() => undefined), 'ledger', call, { isFinal: ANY_REFUSAL });
  if (recorded === 'interrupted') throw ApplicationFailure.nonRetryable('interrupted', 'activity.failed');
  if ('value' in recorded) return recorded.value;
  throw ApplicationFailure.nonRetryable(recorded.refusal.detail, recorded.refusal.code);
}
