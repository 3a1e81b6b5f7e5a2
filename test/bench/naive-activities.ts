import { proxyActivities } from '@temporalio/workflow';
import type { LocalActivities, RecordResult, StepInput, StepResult } from '../../core/contracts/activities.ts';
import type { DecisionEvent } from '../../core/domain/events.ts';
import { house as local, outside } from '../../workflows/activities.ts';
import type { NaiveStep } from './naive-step.ts';

/**
 * Stands in for `workflows/activities.ts` in the bundle of the naive variant: the same decision with the same checks,
 * where every event is appended by a regular activity of its own, and the pack is sealed by one.
 */
const regular = proxyActivities<{
  stepNaively(input: StepInput): Promise<NaiveStep>;
  recordNaively: LocalActivities['record'];
}>({ startToCloseTimeout: '10 seconds' });

async function step(input: StepInput): Promise<StepResult> {
  const { result, commandId, rest } = await regular.stepNaively(input);
  if (result.refused !== null || result.recorded?.outcome !== 'appended') return result;
  let recorded: RecordResult = result.recorded;
  const { facts } = input;
  const { decisionId } = 'context' in facts ? facts.context : facts;
  for (const [index, draft] of rest.entries()) {
    if (recorded.outcome !== 'appended') break;
    const events: readonly DecisionEvent[] = recorded.batch.events;
    const last = events.at(-1);
    if (last === undefined) throw new TypeError('an appended batch without an event');
    const next: RecordResult = await regular.recordNaively({
      decisionId,
      expectedHead: { sequence: last.sequence, hash: last.integrity_hash },
      commandId: `${commandId}/${index + 1}`,
      drafts: [draft],
    });
    recorded =
      next.outcome === 'appended'
        ? {
            outcome: 'appended',
            batch: { commandId, events: [...events, ...next.batch.events] },
            acknowledgements: [...recorded.acknowledgements, ...next.acknowledgements],
          }
        : next;
  }
  return { ...result, recorded };
}

const exchanged: Readonly<Record<string, unknown>> = { step, sealPack: outside.sealPack };

/** The SDK makes each activity when it is asked for, so there is nothing to spread. */
export const house = new Proxy(local, {
  get: (target, name) => exchanged[String(name)] ?? (Reflect.get(target, name) as unknown),
});
export { outside };
