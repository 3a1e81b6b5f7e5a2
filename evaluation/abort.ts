import type { Quantity } from '../core/domain/events.ts';
import { type EvidencePacket, meetsThreshold, STOP_ACTIONS } from '../documents/evidence.ts';
import type { Observation } from '../documents/observation.ts';

/** ModelBreeder's abort rules (R85): what one observation of a release means under its plan. */

export type StopAction = (typeof STOP_ACTIONS)[number];
export type AbortAction = StopAction | 'continue';

type ReleasePlan = NonNullable<EvidencePacket['sections']['release_plan']>;
type StopCondition = ReleasePlan['stop_conditions'][number];

/** Metrics that the rules know by name, with what each leads to at least, whatever a plan says. */
const KNOWN = {
  critical_slice_quality: 'abort_immediately',
  latency_p99_ms: 'reduce_traffic_or_abort',
  unexplained_disagreement_rate: 'pause_and_review',
} as const satisfies Readonly<Record<string, StopAction>>;
type KnownMetric = keyof typeof KNOWN;

/** In their order. Where two of them lead to actions of different weight, the graver action comes first. */
export const ABORT_RULES = [
  'hard_invariants',
  'critical_slice_quality',
  'canary_traffic',
  'canary_time',
  'canary_cost',
  'latency_p99_ms',
  'unexplained_disagreement_rate',
  'stop_condition',
] as const;
export type AbortRule = (typeof ABORT_RULES)[number];

/** A rule that applies. */
export interface Firing {
  readonly rule: AbortRule;
  readonly action: StopAction;
  readonly metric: string;
  readonly threshold: string;
  readonly observed: string;
  /**
   * `missing`: nobody measured it, or nobody set a limit; `other_unit`: it cannot be compared. Neither is ever fine.
   * `breached`: whatever was measured, a condition of an approval was not kept, and it names this stop condition.
   */
  readonly because: 'violated' | 'missing' | 'other_unit' | 'breached';
}

export interface AbortDecision {
  readonly action: AbortAction;
  /** All that apply, the deciding one first. */
  readonly firings: readonly Firing[];
  /** Rules for which the plan sets no threshold, so that nobody was asked. */
  readonly unplanned: readonly KnownMetric[];
}

/**
 * The rules in exactly their order: a failed hard invariant, the quality of a critical slice, latency over its budget
 * for a sustained window, disagreement that nobody explains; with the plan's other conditions and the hard limits of the
 * canary where their actions stand, so that no lighter one hides them.
 *
 * @param breached metrics of the stop conditions that fire by conditions of approvals which were not kept
 */
export function decideAbort(
  observation: Observation,
  plan: ReleasePlan,
  breached: ReadonlySet<string> = new Set(),
): AbortDecision {
  const firings = [
    ...invariants(observation),
    ...plan.stop_conditions.flatMap((condition) => stop(condition, observation, breached)),
    ...limits(observation, plan),
  ].sort((a, b) => weight(a) - weight(b));
  return { action: firings[0]?.action ?? 'continue', firings, unplanned: unplanned(plan) };
}

/** Sorting is stable: what weighs the same stays in the order of the plan. */
function weight({ action, rule }: Firing): number {
  return STOP_ACTIONS.indexOf(action) * ABORT_RULES.length + ABORT_RULES.indexOf(rule);
}

function invariants({ hard_invariants: checked }: Observation): readonly Firing[] {
  if (checked !== null && checked.failed.length === 0) return [];
  const observed = checked === null ? NOT_MEASURED : checked.failed.toSorted().slice(0, 16).join(', ');
  return [
    {
      rule: 'hard_invariants',
      action: 'abort_immediately',
      metric: 'hard_invariants',
      threshold: 'none failed',
      observed,
      because: checked === null ? 'missing' : 'violated',
    },
  ];
}

const NOT_MEASURED = 'not measured';

function stop(condition: StopCondition, { metrics }: Observation, breached: ReadonlySet<string>): readonly Firing[] {
  const { metric, direction, threshold, sustained_s } = condition;
  const known = knownMetric(metric);
  const firing = (observed: string, because: Firing['because']): readonly Firing[] => [
    {
      rule: known ?? 'stop_condition',
      action: known === undefined ? condition.action : graver(condition.action, KNOWN[known]),
      metric,
      threshold: `${direction} ${threshold}${sustained_s === 0 ? '' : `, for ${sustained_s} s`}`,
      observed,
      because,
    },
  ];
  const seen = metrics.find((each) => each.metric === metric);
  if (breached.has(metric)) return firing(seen?.value ? `${seen.value}` : NOT_MEASURED, 'breached');
  if (seen === undefined || seen.value === null) return firing(NOT_MEASURED, 'missing');
  const { value, over_s } = seen;
  const met = meetsThreshold({ value, direction, threshold });
  if (met === undefined) return firing(`${value}`, 'other_unit');
  if (met) return [];
  if (sustained_s === 0) return firing(`${value}`, 'violated');
  // Since when is as much part of the condition as the value.
  if (over_s === null) return firing(`${value}, nobody knows for how long`, 'missing');
  return over_s >= sustained_s ? firing(`${value}, for ${over_s} s`, 'violated') : [];
}

/** Of a plan that has one condition for each critical slice, all: `critical_slice_quality:long-context`. */
function knownMetric(metric: string): KnownMetric | undefined {
  const [base = ''] = metric.split(':');
  return base === 'critical_slice_quality' || metric === base ? NAMES.find((name) => name === base) : undefined;
}

const NAMES = Object.keys(KNOWN) as readonly KnownMetric[];

function graver(a: StopAction, b: StopAction): StopAction {
  return STOP_ACTIONS.indexOf(a) <= STOP_ACTIONS.indexOf(b) ? a : b;
}

/** Hard limits (R83): at the limit is within it. Whoever says what a canary uses is held to it, whatever the stage is called. */
function limits({ stage, canary: used }: Observation, { canary: plan }: ReleasePlan): readonly Firing[] {
  if (stage !== 'canary' && used === null) return [];
  const { max_cost: most } = plan ?? {};
  const { cost } = used ?? {};
  return [
    ...limit('canary_traffic', quantity(plan?.max_traffic_percent, '%'), quantity(used?.traffic_percent, '%')),
    ...limit('canary_time', quantity(plan?.max_duration_s, 's'), quantity(used?.elapsed_s, 's')),
    ...limit('canary_cost', quantity(most?.amount, most?.currency), quantity(cost?.amount, cost?.currency)),
  ];
}

function limit(rule: AbortRule, most: Quantity | undefined, used: Quantity | undefined): readonly Firing[] {
  const because = broken(most, used);
  if (because === undefined) return [];
  const threshold = most === undefined ? 'no limit in the plan' : `at_most ${most.value} ${most.unit}`;
  const observed = used === undefined ? NOT_MEASURED : `${used.value} ${used.unit}`;
  return [{ rule, action: 'abort_immediately', metric: rule, threshold, observed, because }];
}

function broken(most: Quantity | undefined, used: Quantity | undefined): Firing['because'] | undefined {
  if (most === undefined || used === undefined) return 'missing';
  if (most.unit !== used.unit) return 'other_unit';
  return used.value > most.value ? 'violated' : undefined;
}

function quantity(value: number | null | undefined, unit: string | undefined): Quantity | undefined {
  return typeof value === 'number' && unit !== undefined ? { value, unit } : undefined;
}

function unplanned({ stop_conditions }: ReleasePlan): readonly KnownMetric[] {
  const planned = new Set(stop_conditions.map(({ metric }) => knownMetric(metric)));
  return NAMES.filter((name) => !planned.has(name));
}
