import { condition, defineUpdate, setHandler } from '@temporalio/workflow';
import { UPDATES } from '../../core/contracts/names.ts';

/**
 * The floor: a workflow with the same external waits as a decision (one Update with the start, two approvals, claim,
 * confirmation, each as large as the real one) and nothing else. No activity, no search attribute, no timer.
 */
export async function floor(): Promise<void> {
  let submitted = 0;
  setHandler(defineUpdate<string>(UPDATES.opened), () => 'opened');
  setHandler(defineUpdate<string, [envelope: unknown]>(UPDATES.submit), () => {
    submitted += 1;
    return 'acknowledged';
  });
  await condition(() => submitted === 4);
}
