import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { link } from '../../activities/recording.ts';
import type { EventDraft } from '../../core/domain/events.ts';
import { createMemoryLedger, EMPTY_HEAD, type Head, type Ledger } from '../../ledger/index.ts';
import { measureActivities } from '../../worker/operation/measured-activities.ts';
import { measureLedger } from '../../worker/operation/measured-ledger.ts';
import { createMetrics } from '../../worker/operation/metrics.ts';
import { SAMPLES } from '../core/domain/legal-events.ts';
import {
  approved,
  asking,
  CHAINS,
  cleared,
  confirmed,
  DAY,
  digest,
  type DraftOf,
  limited,
  policyEvaluated,
  refusedWith,
  requested,
  riskEvaluated,
  s,
  upTo,
} from '../core/domain/world.ts';
import { KEY_A } from '../ledger/chains.ts';

const DECISION = '7f0c2f44-8a51-8d2e-9b7a-1f2e3d4c5b6a';
const OTHER = '7f0c2f44-8a51-8d2e-9b7a-1f2e3d4c5b6b';
const ADDENDUM = '7f0c2f44-8a51-8d2e-9b7a-1f2e3d4c5b6c';
const LATE_ADDENDUM = '7f0c2f44-8a51-8d2e-9b7a-1f2e3d4c5b6d';

const policies = {
  policy: async () => ({
    actions: [
      { id: 'deploy.change', effects: ['permission_increase'] },
      { id: 'model.promote', effects: ['promotion'] },
      { id: 'model.back', effects: ['promotion', 'rollback'] },
    ],
  }),
};
const BROKEN: DraftOf<'execution.cleared'>['override'] = {
  statements: [digest('override')],
  waived: [],
  review_role: 'auditor',
  review_by: s(900),
};
const NO_POLICIES = { policy: () => Promise.reject(new Error('no such document')) };

function setUp(
  asked: typeof policies | typeof NO_POLICIES = policies,
  below = createMemoryLedger({ macKeys: [KEY_A] }),
) {
  const metrics = createMetrics();
  const ledger = measureLedger(below, asked, metrics);
  /** Value of a series, of a histogram its count. Asked after everything that nobody waits for. */
  const valueOf = async (name: string, labels: Readonly<Record<string, string>> = {}): Promise<number> => {
    await setImmediate();
    const { values } = (await metrics.registry.getSingleMetric(name)?.get()) ?? { values: [] };
    const wanted = values.filter((value) => {
      const { metricName } = value as { readonly metricName?: string };
      if (metricName !== undefined && metricName !== `${name}_count`) return false;
      return Object.entries(labels).every(([label, of]) => (value.labels as Record<string, unknown>)[label] === of);
    });
    return wanted.reduce((sum, { value }) => sum + value, 0);
  };
  return { below, ledger, metrics, valueOf };
}

/** Appends each event in a batch of its own. @returns where the chain ends then */
async function append(
  ledger: Ledger,
  drafts: readonly EventDraft[],
  from: Head = EMPTY_HEAD,
  decisionId = DECISION,
): Promise<Head> {
  let head = from;
  for (const draft of drafts) {
    const input = { decisionId, expectedHead: head, commandId: `command-${head.sequence}`, drafts: [draft] };
    const result = await ledger.append(decisionId, head, link(input));
    head = result.head;
  }
  return head;
}

describe('what decisions do', () => {
  it('is counted by policy, risk, outcome and purpose', async () => {
    const { ledger, valueOf } = setUp();
    await append(ledger, CHAINS.closed);
    await append(ledger, [requested({ action: 'model.promote' }), SAMPLES['decision.cancelled']], EMPTY_HEAD, OTHER);
    expect(await valueOf('countersign_policy_evaluations_total', { result: 'escalate' })).toBe(1);
    expect(await valueOf('countersign_risk_evaluations_total', { band: 'high' })).toBe(1);
    expect(await valueOf('countersign_risk_score')).toBe(1);
    expect(await valueOf('countersign_decisions_closed_total', { outcome: 'executed', action: 'other' })).toBe(1);
    expect(await valueOf('countersign_decisions_closed_total', { outcome: 'cancelled', action: 'promotion' })).toBe(1);
    expect(await valueOf('countersign_decisions_closed_total')).toBe(2);
  });

  it('is counted where no policy says what the action is for, or none that knows it', async () => {
    const { ledger, valueOf } = setUp(NO_POLICIES);
    await append(ledger, [requested(), SAMPLES['decision.denied']]);
    expect(await valueOf('countersign_decisions_denied_total', { code: 'gate.denied', action: 'unknown' })).toBe(1);
    const strange = setUp();
    await append(strange.ledger, [requested({ action: 'x' }), SAMPLES['decision.denied']]);
    expect(await strange.valueOf('countersign_decisions_closed_total', { action: 'unknown' })).toBe(1);
  });

  // shows: R106
  it('tells a rollback from a promotion', async () => {
    const { ledger, valueOf } = setUp();
    await append(ledger, [requested({ action: 'model.back' }), SAMPLES['decision.cancelled']]);
    expect(await valueOf('countersign_decisions_closed_total', { outcome: 'cancelled', action: 'rollback' })).toBe(1);
    expect(await valueOf('countersign_decisions_closed_total', { action: 'promotion' })).toBe(0);
  });

  // shows: R106
  it('tells clearances that everybody signed for from those that rest on broken glass, and counts its reviews', async () => {
    const { ledger, valueOf } = setUp();
    await append(ledger, CHAINS.cleared);
    expect(await valueOf('countersign_clearances_total', { by: 'route' })).toBe(1);
    expect(await valueOf('countersign_clearances_total', { by: 'override' })).toBe(0);
    const overridden = { ...SAMPLES['execution.cleared'], override: BROKEN };
    await append(ledger, [...CHAINS.authorized, SAMPLES['override.breakglass'], overridden], EMPTY_HEAD, OTHER);
    expect(await valueOf('countersign_clearances_total', { by: 'override' })).toBe(1);
    expect(await valueOf('countersign_overrides_total', { what: 'broken' })).toBe(1);
    const reviewed = { ...SAMPLES['override.reviewed'], late: false };
    await append(ledger, [SAMPLES['addendum.opened'], reviewed], EMPTY_HEAD, ADDENDUM);
    await append(ledger, [SAMPLES['addendum.opened'], { ...reviewed, late: true }], EMPTY_HEAD, LATE_ADDENDUM);
    expect(await valueOf('countersign_overrides_total', { what: 'reviewed' })).toBe(1);
    expect(await valueOf('countersign_overrides_total', { what: 'reviewed_late' })).toBe(1);
  });

  it('tells a change that is not worth making from a denial', async () => {
    const { ledger, valueOf } = setUp();
    const denied = { ...SAMPLES['decision.denied'], code: 'viability.no_op_threshold' };
    await append(ledger, [requested({ action: 'model.promote' }), denied]);
    expect(await valueOf('countersign_decisions_closed_total', { outcome: 'no_op', action: 'promotion' })).toBe(1);
    expect(await valueOf('countersign_decisions_closed_total', { outcome: 'denied' })).toBe(0);
  });

  it('is counted by a worker that saw only the end', async () => {
    const { below } = setUp();
    const head = await append(below, CHAINS.cleared);
    const { ledger, valueOf } = setUp(policies, below);
    await append(ledger, [confirmed(240)], head);
    expect(await valueOf('countersign_decisions_closed_total', { outcome: 'executed', action: 'other' })).toBe(1);
    expect(await valueOf('countersign_risk_score')).toBe(0);
  });

  it('never makes an append fail, though nobody can count it', async () => {
    const { ledger, valueOf } = setUp();
    const strange = { ...requested(), event_type: 'of.a.later.version' } as unknown as EventDraft;
    expect(await append(ledger, [strange])).toMatchObject({ sequence: 1 });
    expect(await valueOf('countersign_ledger_errors_total', { call: 'count' })).toBe(1);
  });
});

describe('the latency of approval', () => {
  const ANOTHER = { ...approved('p-ann', 600), satisfied: true };

  it('ends with the approval that first completes it, not with another one, nor with one in the place of another', async () => {
    const { ledger, valueOf } = setUp();
    const head = await append(ledger, [...CHAINS.authorized, ANOTHER, SAMPLES['authority.revoked']]);
    await append(ledger, [ANOTHER], head);
    expect(await valueOf('countersign_approval_latency_seconds')).toBe(1);
  });

  it('is known to a worker that did not see the routing, and counted by it once', async () => {
    const { below } = setUp();
    const [last] = CHAINS.authorized.slice(-1);
    const head = await append(below, CHAINS.authorized.slice(0, -1));
    const first = setUp(policies, below);
    const then = await append(first.ledger, last === undefined ? [] : [last], head);
    const second = setUp(policies, below);
    await append(second.ledger, [ANOTHER], then);
    expect(await first.valueOf('countersign_approval_latency_seconds')).toBe(1);
    expect(await second.valueOf('countersign_approval_latency_seconds')).toBe(0);
  });

  it('is none where the route asks for nobody', async () => {
    const { ledger, valueOf } = setUp();
    await append(ledger, [...upTo(asking({})), ANOTHER]);
    expect(await valueOf('countersign_approval_latency_seconds')).toBe(0);
  });
});

describe('expired evidence', () => {
  const denied = (code: string): DraftOf<'decision.denied'> => ({ ...SAMPLES['decision.denied'], code });
  const expired = (limit: string): DraftOf<'decision.expired'> => ({ ...SAMPLES['decision.expired'], limit });
  const claim = refusedWith('claim.expired', 'w-deployer', 300, 'claim');

  const cases: readonly (readonly [string, readonly EventDraft[], Record<string, number>])[] = [
    ['at evaluation', [requested(), denied('evidence.stale')], { 'packet evaluation': 1 }],
    ['a rollback test at evaluation', [requested(), denied('rollback.stale')], { 'rollback_test evaluation': 1 }],
    ['none with another denial', [requested(), denied('evidence.subject')], {}],
    ['at a claim', [...upTo(limited({ evidence_valid_until: s(300) })), claim], { 'packet claim': 1 }],
    [
      'both at a claim',
      [...upTo(limited({ evidence_valid_until: s(9), rollback_valid_until: s(300) })), claim],
      { 'packet claim': 1, 'rollback_test claim': 1 },
    ],
    ['none where the decision was too old for a claim', [...upTo(limited({ decision_deadline: s(300) })), claim], {}],
    ['none where no rollback is tested', [...upTo(limited({ rollback_valid_until: null })), claim], {}],
    ['while it waited', [...CHAINS.routed, expired('evidence_valid_until')], { 'packet waiting': 1 }],
    ['a rollback test meanwhile', [...CHAINS.routed, expired('rollback_valid_until')], { 'rollback_test waiting': 1 }],
    ['none with another deadline', [...CHAINS.routed, expired('decision_deadline')], {}],
  ];
  it.each(cases)('%s', async (_name, drafts, wanted) => {
    const { ledger, metrics, valueOf } = setUp();
    await append(ledger, drafts);
    await valueOf('countersign_evidence_expired_total');
    const { values } = await metrics.decisions.evidenceExpired.get();
    const counted = values.filter(({ value }) => value > 0);
    expect(
      Object.fromEntries(counted.map(({ labels, value }) => [`${labels.evidence} ${labels.found}`, value])),
    ).toEqual(wanted);
  });
});

describe('waivers', () => {
  it('are counted by whether their gate denied', async () => {
    const { ledger, metrics } = setUp();
    const waivers = [true, true, false].map((used) => ({ used })) as never;
    const drafts = CHAINS.routed.map((event) =>
      event.event_type === 'policy.evaluated' ? { ...event, waivers } : event,
    );
    await append(ledger, drafts);
    const { values } = await metrics.decisions.waivers.get();
    expect(values.map(({ labels, value }) => [labels.used, value])).toEqual([
      ['yes', 2],
      ['no', 1],
    ]);
  });
});

describe('receipts', () => {
  const receipts = async (drafts: readonly EventDraft[]): Promise<Record<string, number>> => {
    const { ledger, metrics } = setUp();
    await append(ledger, drafts);
    const { values } = await metrics.decisions.receipts.get();
    const counted = values.filter(({ value }) => value > 0);
    return Object.fromEntries(counted.map(({ labels, value }) => [`${labels.arrived} ${labels.result}`, value]));
  };

  it('are counted by when they came and what they say', async () => {
    const { execution } = confirmed(240);
    expect(await receipts(CHAINS.closed)).toEqual({ 'in_time success': 1 });
    const late = confirmed(900, { late: true, execution: { ...execution, result: 'not_executed' } });
    expect(await receipts([...CHAINS.cleared, late])).toEqual({ 'late not_executed': 1 });
    expect(await receipts([...CHAINS.cleared, SAMPLES['execution.unconfirmed']])).toEqual({ 'never none': 1 });
    const addendum = [SAMPLES['addendum.opened'], refusedWith('receipt.late', 'w-deployer', DAY, 'receipt')];
    expect(await receipts(addendum)).toEqual({ 'after_end none': 1 });
  });
});

describe('conditions', () => {
  it('are counted as they are asked for, and by what is said of them, also after the end', async () => {
    const { ledger, metrics } = setUp();
    const one = { id: 'alarm', what: digest('what'), due: s(DAY), role: 'incident_lead' };
    const conditions = [one, { ...one, id: 'rehearsal' }];
    await append(ledger, [...CHAINS.routed, { ...approved('p-ann', 60), conditions }, SAMPLES['condition.settled']]);
    const said = { ...SAMPLES['condition.settled'], verdict: 'breached' } as const;
    await append(ledger, [SAMPLES['addendum.opened'], said]);
    const { values } = await metrics.decisions.conditions.get();
    expect(values.map(({ labels, value }) => [labels.what, value])).toEqual([
      ['asked', 2],
      ['discharged', 1],
      ['breached', 1],
    ]);
  });
});

describe('acts on the waiting', () => {
  it('are counted by what was done', async () => {
    const { ledger, metrics } = setUp();
    const acts = [
      SAMPLES['operation.nudged'],
      SAMPLES['operation.nudged'],
      SAMPLES['operation.extended'],
      SAMPLES['operation.reassigned'],
    ];
    await append(ledger, [...CHAINS.routed, ...acts]);
    const { values } = await metrics.decisions.operations.get();
    expect(values.map(({ labels, value }) => [labels.act, value])).toEqual([
      ['nudge', 2],
      ['extension', 1],
      ['reassignment', 1],
    ]);
  });
});

describe('a series', () => {
  it('begins at 0 before anything happened, so that its first event is an increase', async () => {
    const { metrics } = setUp();
    const text = await metrics.registry.metrics();
    expect(text).toContain('countersign_receipts_total{arrived="never",result="none"} 0');
    expect(text).toContain('countersign_evidence_expired_total{evidence="packet",found="claim"} 0');
    expect(text).toContain('countersign_statements_refused_total{code="receipt.permit_used"} 0');
    expect(text).toContain('countersign_decisions_closed_total{outcome="denied",action="promotion"} 0');
  });
});

describe('an event', () => {
  it('is counted once, though its append is repeated or another worker came first', async () => {
    const { below, ledger, valueOf } = setUp();
    const drafts = [requested(), policyEvaluated(), riskEvaluated()];
    const batch = link({ decisionId: DECISION, expectedHead: EMPTY_HEAD, commandId: 'evaluate', drafts });
    const other = measureLedger(below, policies, createMetrics());
    expect(await ledger.append(DECISION, EMPTY_HEAD, batch)).toMatchObject({ outcome: 'appended' });
    expect(await ledger.append(DECISION, EMPTY_HEAD, batch)).toMatchObject({ outcome: 'exists' });
    expect(await other.append(DECISION, EMPTY_HEAD, batch)).toMatchObject({ outcome: 'exists' });
    expect(await valueOf('countersign_risk_score')).toBe(1);
    expect(await valueOf('countersign_ledger_appends_total', { outcome: 'exists' })).toBe(1);
  });

  it('is not counted again where it is written again after the ledger had lost it', async () => {
    const { metrics, valueOf } = setUp();
    const emptied = (): Ledger => measureLedger(createMemoryLedger({ macKeys: [KEY_A] }), policies, metrics);
    await append(emptied(), CHAINS.closed);
    const { restore } = measureActivities({ restore: () => append(emptied(), CHAINS.closed) }, metrics);
    expect(await restore()).toMatchObject({ sequence: CHAINS.closed.length });
    expect(await valueOf('countersign_ledger_appends_total', { outcome: 'appended' })).toBe(2 * CHAINS.closed.length);
    expect(await valueOf('countersign_decisions_closed_total')).toBe(1);
    expect(await valueOf('countersign_approval_latency_seconds')).toBe(1);
  });
});

it('no series names a decision, a person or a document', async () => {
  const { ledger, metrics } = setUp();
  await append(ledger, [...CHAINS.cleared, ...Object.values(SAMPLES), cleared(400)]);
  await setImmediate();
  const text = await metrics.registry.metrics();
  expect(text).not.toMatch(/sha256:|p-ann|w-deployer|CHG-|POL-/);
  expect(text).not.toContain(DECISION);
});
