import { STAGES } from '../../core/domain/state.ts';
import { createMetrics } from '../../worker/operation/metrics.ts';
import { sources, unions } from '../docs/error-codes.ts';
import { parsePromql } from './promql.ts';

/** What a query may ask for: every series of the worker's endpoint, and those of Temporal's that a test has met there. */

/** Of Temporal's SDK, with the labels of each; `operation.int.test.ts` scrapes them. */
export const OF_TEMPORAL: Readonly<Record<string, readonly string[]>> = {
  temporal_num_pollers: ['namespace', 'task_queue', 'poller_type'],
  temporal_sticky_cache_size: ['namespace', 'task_queue'],
  temporal_worker_task_slots_available: ['namespace', 'task_queue', 'worker_type'],
  temporal_workflow_task_queue_poll_succeed_total: ['namespace', 'task_queue'],
  temporal_workflow_task_replay_latency_seconds_bucket: ['namespace', 'task_queue', 'workflow_type', 'le'],
  temporal_workflow_task_schedule_to_start_latency_seconds_bucket: ['namespace', 'task_queue', 'le'],
};

/** Prometheus adds these to whatever it scrapes. */
const OF_TARGETS = ['job', 'instance'];

interface Known {
  /** Labels by name of the series. */
  readonly series: ReadonlyMap<string, readonly string[]>;
  /** Values that a label has; nothing is known of others. */
  readonly values: ReadonlyMap<string, ReadonlySet<string>>;
}

/** @returns what is wrong with a query */
export async function promqlChecker(): Promise<(query: string) => readonly string[]> {
  const { series, values } = await knownMetrics();
  return (query) => {
    const { faults, selectors, grouping } = parsePromql(query);
    const labels = new Set([...OF_TARGETS, ...selectors.flatMap(({ metric }) => series.get(metric) ?? [])]);
    return [
      ...faults,
      ...(selectors.length === 0 ? ['it asks for no metric'] : []),
      ...grouping.filter((label) => !labels.has(label)).map((label) => `nothing has the label ${label}`),
      ...selectors.flatMap(({ metric, matchers }) => {
        const own = series.get(metric);
        if (own === undefined) return [`${metric} is not exposed`];
        return matchers.flatMap(({ label, value }) => {
          if (![...own, ...OF_TARGETS].includes(label)) return [`${metric} has no label ${label}`];
          const known = values.get(label);
          if (known === undefined || value.startsWith('$')) return [];
          const strange = value.split('|').filter((each) => !known.has(each));
          return strange.map((each) => `${label} is never ${each}`);
        });
      }),
    ];
  };
}

async function knownMetrics(): Promise<Known> {
  const series = new Map<string, readonly string[]>(Object.entries(OF_TEMPORAL));
  const values = new Map<string, Set<string>>();
  const learn = (label: string, more: Iterable<string>): void => {
    values.set(label, new Set([...(values.get(label) ?? []), ...more]));
  };
  const { registry } = createMetrics();
  for (const metric of registry.getMetricsAsArray()) {
    const { name, type, labelNames } = metric as unknown as Record<'name' | 'type', string> & { labelNames: string[] };
    if (type === 'histogram') {
      series.set(`${name}_bucket`, [...labelNames, 'le']);
      for (const part of ['sum', 'count']) series.set(`${name}_${part}`, labelNames);
    } else series.set(name, labelNames);
  }
  for (const { name, values: begun } of await registry.getMetricsAsJSON()) {
    if (!name.startsWith('countersign_')) continue;
    for (const { labels } of begun) {
      for (const [label, value] of Object.entries(labels)) learn(label, [String(value)]);
    }
  }
  for (const { codes } of await unions(sources())) learn('code', codes);
  learn('stage', [...STAGES.filter((stage) => stage !== 'empty'), 'not_evaluated']);
  learn('age', ['under_1h', '1h_to_1d', '1d_to_7d', 'over_7d']);
  learn('item', ['worker', 'temporal', 'ledger', 'store']);
  learn('poller_type', ['workflow_task', 'sticky_workflow_task', 'activity_task']);
  return { series, values };
}
