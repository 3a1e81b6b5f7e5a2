import { workflowIdOf } from '../../core/contracts/names.ts';
import type { BenchHouse } from './bench-house.ts';
import { floorDecision, fullDecision } from './variants.ts';

export interface HistorySize {
  readonly events: number;
  /** Bytes, as the server counts them against its limit. */
  readonly bytes: number;
}

export async function historySizes(
  house: BenchHouse,
): Promise<Readonly<Record<'full' | 'naive' | 'floor', HistorySize>>> {
  const { decisionId } = await fullDecision(house.real);
  const naive = await fullDecision(house.naive);
  const floor = await floorDecision(house.temporal, house.floorQueue);
  const size = async (workflowId: string): Promise<HistorySize> => {
    const { historyLength, historySize } = await house.temporal.workflow.getHandle(workflowId).describe();
    return { events: historyLength, bytes: historySize ?? Number.NaN };
  };
  return {
    full: await size(workflowIdOf(decisionId)),
    naive: await size(workflowIdOf(naive.decisionId)),
    floor: await size(floor),
  };
}
