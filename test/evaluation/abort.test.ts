import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readEvidencePacket, STOP_ACTIONS } from '../../documents/evidence.ts';
import { type Observation, OBSERVATION_TYPE, readObservation } from '../../documents/observation.ts';
import { canonicalBytes } from '../../core/canon/index.ts';
import { ABORT_RULES, decideAbort } from '../../evaluation/abort.ts';
import { digest, sections } from './given.ts';

type Plan = typeof sections.release_plan;
type Condition = Parameters<typeof decideAbort>[1]['stop_conditions'][number];

const condition = (metric: string, action: Condition['action'], more: Partial<Condition> = {}): Condition => ({
  metric,
  direction: 'at_most',
  threshold: 10,
  sustained_s: 0,
  action,
  ...more,
});

/** One condition for each rule that has one, in the reverse of their order. */
const CONDITIONS = [
  condition('error_rate', 'pause_and_review'),
  condition('unexplained_disagreement_rate', 'pause_and_review'),
  condition('latency_p99_ms', 'reduce_traffic_or_abort', { sustained_s: 300 }),
  condition('critical_slice_quality', 'abort_immediately', { direction: 'at_least', threshold: 0.9 }),
];

const plan = (
  stop_conditions: readonly Condition[] = CONDITIONS,
  canary: Plan['canary'] | null = sections.release_plan.canary,
) => ({
  ...sections.release_plan,
  canary,
  stop_conditions: [...stop_conditions],
});

const seen = (metric: string, value: number | string | null, over_s: number | null = 0) => ({ metric, value, over_s });

const FINE: Observation = {
  _type: OBSERVATION_TYPE,
  candidate: digest('candidate'),
  observed_at: '2026-02-24T21:00:00.000Z',
  stage: 'canary',
  hard_invariants: { failed: [] },
  metrics: [
    seen('error_rate', 10),
    seen('unexplained_disagreement_rate', 10),
    seen('latency_p99_ms', 10),
    seen('critical_slice_quality', 0.9),
  ],
  // At every limit of the plan.
  canary: { traffic_percent: 5, elapsed_s: 7200, cost: { amount: 50, currency: 'EUR' } },
};

const but = (...changed: readonly Observation['metrics'][number][]): Observation['metrics'] =>
  FINE.metrics.map((metric) => changed.find((each) => each.metric === metric.metric) ?? metric);
const decided = (changes: Partial<Observation>, under = plan()) => decideAbort({ ...FINE, ...changes }, under);
const rules = (changes: Partial<Observation>, under = plan()) =>
  decided(changes, under).firings.map(({ rule, because }) => `${rule} ${because}`);

describe('the abort rules', () => {
  it('let a release go on that holds everything, at every limit', () => {
    expect(decided({})).toEqual({ action: 'continue', firings: [], unplanned: [] });
  });

  // shows: R85
  it('come in exactly this order, whichever of them apply', () => {
    const order = [
      ['abort_immediately', { hard_invariants: { failed: ['no-hidden-test-access'] } }],
      ['abort_immediately', { critical_slice_quality: 0.8999 }],
      ['reduce_traffic_or_abort', { latency_p99_ms: 11 }],
      ['pause_and_review', { unexplained_disagreement_rate: 11 }],
    ] as const;
    const names = ['hard_invariants', 'critical_slice_quality', 'latency_p99_ms', 'unexplained_disagreement_rate'];
    for (let applying = 0; applying < 16; applying += 1) {
      const chosen = order.flatMap((rule, index) =>
        applying & (1 << index) ? [[names[index], ...rule] as const] : [],
      );
      const metrics = chosen.flatMap(([, , change]) =>
        'hard_invariants' in change ? [] : Object.entries(change).map(([name, value]) => seen(name, value, 300)),
      );
      const failed = chosen.some(([name]) => name === 'hard_invariants') ? ['no-hidden-test-access'] : [];
      const { action, firings } = decided({ hard_invariants: { failed }, metrics: but(...metrics) });
      expect(action).toBe(chosen[0]?.[1] ?? 'continue');
      expect(firings.map(({ rule }) => rule)).toEqual(chosen.map(([name]) => name));
    }
  });

  it('wait for a sustained window, and count what has lasted exactly as long', () => {
    const latency = (over_s: number | null) => rules({ metrics: but(seen('latency_p99_ms', 10.0001, over_s)) });
    expect(latency(299)).toEqual([]);
    expect(latency(300)).toEqual(['latency_p99_ms violated']);
    expect(latency(null)).toEqual(['latency_p99_ms missing']);
  });

  // shows: R83, R85
  it.each<[string, NonNullable<Observation['canary']>, string]>([
    ['traffic', { ...FINE.canary, traffic_percent: 5.0001 } as never, 'canary_traffic violated'],
    ['time', { ...FINE.canary, elapsed_s: 7201 } as never, 'canary_time violated'],
    ['cost', { ...FINE.canary, cost: { amount: 50.01, currency: 'EUR' } } as never, 'canary_cost violated'],
    [
      'cost in another currency',
      { ...FINE.canary, cost: { amount: 1, currency: 'USD' } } as never,
      'canary_cost other_unit',
    ],
    ['traffic that nobody measured', { ...FINE.canary, traffic_percent: null } as never, 'canary_traffic missing'],
  ])('abort a canary past a hard limit: %s', (_, canary, rule) => {
    expect(rules({ canary })).toEqual([rule]);
    expect(decided({ canary }).action).toBe('abort_immediately');
    // Whatever the stage is called.
    expect(rules({ canary, stage: 'progressive' })).toEqual([rule]);
    // No lighter action hides it.
    expect(decided({ canary, metrics: but(seen('unexplained_disagreement_rate', 11)) }).action).toBe(
      'abort_immediately',
    );
  });

  it('abort a canary that nobody measures, or whose plan sets no limits', () => {
    const all = ['canary_traffic missing', 'canary_time missing', 'canary_cost missing'];
    expect(rules({ canary: null })).toEqual(all);
    expect(rules({}, plan(CONDITIONS, null))).toEqual(all);
    expect(rules({ canary: null, stage: 'shadow' })).toEqual([]);
  });

  // shows: R85
  it('never take a missing metric for a good one', () => {
    expect(decided({ hard_invariants: null })).toMatchObject({
      action: 'abort_immediately',
      firings: [{ rule: 'hard_invariants', because: 'missing' }],
    });
    for (const { metric, action } of CONDITIONS) {
      const without = FINE.metrics.filter((each) => each.metric !== metric);
      for (const metrics of [without, but(seen(metric, null))]) {
        const { firings, ...rest } = decided({ metrics });
        expect([rest.action, firings.map(({ because }) => because)]).toEqual([action, ['missing']]);
      }
    }
    expect(rules({ metrics: but(seen('error_rate', '1 per_mille')) })).toEqual(['stop_condition other_unit']);
  });

  it('take a graver action of the plan, and no lighter one than their own', () => {
    const lighter = [condition('critical_slice_quality:long-context', 'pause_and_review')];
    const graver = [condition('latency_p99_ms', 'abort_immediately')];
    const metrics = [seen('critical_slice_quality:long-context', 11), seen('latency_p99_ms', 11)];
    expect(decided({ metrics }, plan(lighter)).action).toBe('abort_immediately');
    expect(decided({ metrics }, plan(graver)).action).toBe('abort_immediately');
    expect(
      rules({ metrics: [seen('latency_p99_ms:eu', 11)] }, plan([condition('latency_p99_ms:eu', 'pause_and_review')])),
    ).toEqual(['stop_condition violated']);
  });

  it('say for which of them the plan sets no threshold', () => {
    const { unplanned } = decided({}, plan([condition('error_rate', 'pause_and_review')]));
    expect(unplanned).toEqual(['critical_slice_quality', 'latency_p99_ms', 'unexplained_disagreement_rate']);
  });
});

describe('docs/spec/observation.md', () => {
  const read = (name: string): string => readFileSync(new URL(`../../docs/spec/${name}.md`, import.meta.url), 'utf8');
  const example = (page: string, name: string): unknown =>
    JSON.parse(new RegExp(`example=${name}\\n([\\s\\S]*?)\\n\`\`\``).exec(read(page))?.[1] ?? 'null');

  it('shows an observation, and what comes of it under the plan of the page of packets', () => {
    const packet = readEvidencePacket(canonicalBytes(example('evidence-packet', 'packet')));
    const observation = readObservation(example('observation', 'observation'));
    expect(observation.candidate).toBe(packet.subject);
    const released = packet.sections.release_plan;
    expect(released && decideAbort(observation, released)).toEqual(example('observation', 'answer'));
  });

  it('names every rule and every action', () => {
    for (const name of [...ABORT_RULES, ...STOP_ACTIONS, 'continue'])
      expect(read('observation')).toContain(`\`${name}\``);
  });
});
