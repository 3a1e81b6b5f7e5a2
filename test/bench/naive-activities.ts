import { proxyActivities } from '@temporalio/workflow';
import type { LocalActivities, RecordInput, RecordResult } from '../../core/contracts/activities.ts';
import { house as local, outside } from '../../workflows/activities.ts';

/**
 * Stands in for `workflows/activities.ts` in the bundle of the naive variant: the same decision, where every event is
 * appended by a regular activity of its own. All else is as it is.
 */
const { recordNaively } = proxyActivities<{ recordNaively: LocalActivities['record'] }>({
  startToCloseTimeout: '10 seconds',
});

async function record(input: RecordInput): Promise<RecordResult> {
  const events = [];
  const acknowledgements = [];
  let expectedHead = input.expectedHead;
  for (const [index, draft] of input.drafts.entries()) {
    const commandId = `${input.commandId}/${index}`;
    const result = await recordNaively({ ...input, commandId, expectedHead, drafts: [draft] });
    if (result.outcome === 'exists') return result;
    const [event] = result.batch.events;
    if (event === undefined) throw new TypeError('an appended batch without an event');
    events.push(event);
    acknowledgements.push(...result.acknowledgements);
    expectedHead = { sequence: event.sequence, hash: event.integrity_hash };
  }
  return { outcome: 'appended', batch: { commandId: input.commandId, events }, acknowledgements };
}

/** The SDK makes each activity when it is asked for, so there is nothing to spread. */
export const house = new Proxy(local, {
  get: (target, name) => (name === 'record' ? record : (Reflect.get(target, name) as unknown)),
});
export { outside };
