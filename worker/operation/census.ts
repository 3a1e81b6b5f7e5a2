import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import { WORKFLOWS } from '../../core/contracts/names.ts';
import { type Stage, STAGES } from '../../core/domain/state.ts';
import type { Metrics } from './metrics.ts';
import { repeatedly } from './repeatedly.ts';

const EVERY_MS = 30_000;
const CALL_TIMEOUT_MS = 5_000;
const HOUR_S = 3600;

/** From the youngest up; each age begins where the one before it ends. */
const AGES = [
  { age: 'under_1h', fromS: 0 },
  { age: '1h_to_1d', fromS: HOUR_S },
  { age: '1d_to_7d', fromS: 24 * HOUR_S },
  { age: 'over_7d', fromS: 7 * 24 * HOUR_S },
] as const;

/** What visibility shows of a decision; `closed` is still open in Temporal, since its pack is not sealed yet. */
const SHOWN = STAGES.filter((stage) => stage !== 'empty');
type CountedStage = Exclude<Stage, 'empty'> | 'not_evaluated';

/**
 * Counts open decisions by stage and age, now and every thirty seconds, whoever scrapes however often: at most 32 counts
 * of Temporal's visibility each time, and none of them lists anything. The numbers lag by that interval, and by however
 * much visibility lags behind.
 */
export function startCensus(client: Client, taskQueue: string, metrics: Metrics, log: Logger): { stop(): void } {
  return repeatedly(
    EVERY_MS,
    async () => {
      await countAll(client, taskQueue, metrics);
      metrics.censusAt.set(Date.now() / 1000);
    },
    (error) => log.debug({ error: String(error) }, 'open decisions could not be counted'),
  );
}

async function countAll(client: Client, taskQueue: string, metrics: Metrics): Promise<void> {
  const open = [
    `WorkflowType = '${WORKFLOWS.promotionDecision}'`,
    `ExecutionStatus = 'Running'`,
    `TaskQueue = '${taskQueue}'`,
  ].join(' AND ');
  const at = Date.now();
  const counted = async (condition: string): Promise<number> => {
    const query = `${open} AND ${condition}`;
    const { count } = await client.withDeadline(Date.now() + CALL_TIMEOUT_MS, () => client.workflow.count(query));
    return count;
  };
  const stages: readonly (readonly [CountedStage, string])[] = [
    ['not_evaluated', 'CountersignStage IS NULL'],
    ...SHOWN.map((stage) => [stage, `CountersignStage = '${stage}'`] as const),
  ];
  for (const [stage, condition] of stages) {
    let older = 0;
    // From the oldest down, so that each age is what is left; without any at all, one count says so.
    const total = await counted(condition);
    for (const { age, fromS } of AGES.toReversed()) {
      const started = new Date(at - fromS * 1000).toISOString();
      const all = total === 0 || fromS === 0 ? total : await counted(`${condition} AND StartTime <= '${started}'`);
      metrics.openDecisions.set({ stage, age }, Math.max(0, all - older));
      older = Math.max(older, all);
    }
  }
}
