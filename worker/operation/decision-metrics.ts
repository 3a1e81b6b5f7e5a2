import { Counter, Histogram, type Registry } from 'prom-client';
import { CONDITION_VERDICTS } from '../../core/domain/statements.ts';
import { REFUSAL_CODES } from '../../core/domain/errors.ts';
import { BANDS, EXECUTION_RESULTS, GATE_RESULTS, OUTCOMES } from '../../core/domain/vocabulary.ts';

/** What an action is for, as the decision's policy says; `unknown` where no policy can be asked. */
const PURPOSES = ['promotion', 'rollback', 'other', 'unknown'] as const;
export type Purpose = (typeof PURPOSES)[number];

const EVIDENCE = ['packet', 'rollback_test'] as const;
export type Evidence = (typeof EVIDENCE)[number];

/** Where evidence was found to be too old; `waiting`: for somebody to approve or claim. */
const FOUND = ['evaluation', 'claim', 'waiting'] as const;
export type Found = (typeof FOUND)[number];

/** Receipts that ended their decision, and those that did not. */
const CAME = ['in_time', 'late'] as const;
const MISSED = ['never', 'after_end'] as const;

/** What decisions do, as their events tell it. A label's values are members of the unions that events are made of. */
export interface DecisionMetrics {
  readonly closed: Counter<'outcome' | 'action'>;
  readonly denied: Counter<'code' | 'action'>;
  readonly policyResults: Counter<'result'>;
  readonly riskScore: Histogram;
  readonly riskBands: Counter<'band'>;
  readonly approvalSeconds: Histogram;
  readonly reevaluated: Counter<'basis'>;
  readonly refused: Counter<'code'>;
  readonly discarded: Counter<'code'>;
  readonly evidenceExpired: Counter<'evidence' | 'found'>;
  readonly receipts: Counter<'arrived' | 'result'>;
  readonly notices: Counter<'kind'>;
  readonly conditions: Counter<'what'>;
  readonly clearances: Counter<'by'>;
  readonly overrides: Counter<'what'>;
  readonly operations: Counter<'act'>;
  readonly waivers: Counter<'used'>;
}

/** What a clearance rests on: everybody whom the route asked for, or broken glass in somebody's place. */
const CLEARED_BY = ['route', 'override'] as const;

/** What became of broken glass: signed, and its review in time or late. */
const OVERRIDES = ['broken', 'reviewed', 'reviewed_late'] as const;

const NOTICES = ['reminder', 'escalation'] as const;

const ACTS = ['nudge', 'extension', 'reassignment'] as const;

/** Whether a gate denied that a waiver of an evaluated request lets pass. */
const WAIVER_USES = ['yes', 'no'] as const;

/** What became of the basis when a decision was evaluated anew. */
const BASES = ['same', 'changed', 'denied'] as const;
export type BasisAnew = (typeof BASES)[number];

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export function createDecisionMetrics(registry: Registry): DecisionMetrics {
  const metrics = register([registry]);
  begin(metrics);
  return metrics;
}

/**
 * Every series that may be the first of its kind for weeks begins at 0: Prometheus sees no increase in one that begins at 1,
 * so an alert would miss the first receipt that never came.
 */
function begin({
  closed,
  policyResults,
  riskBands,
  reevaluated,
  refused,
  evidenceExpired,
  receipts,
  notices,
  conditions,
  clearances,
  overrides,
  operations,
  waivers,
}: DecisionMetrics): void {
  for (const by of CLEARED_BY) clearances.inc({ by }, 0);
  for (const what of OVERRIDES) overrides.inc({ what }, 0);
  for (const used of WAIVER_USES) waivers.inc({ used }, 0);
  for (const kind of NOTICES) notices.inc({ kind }, 0);
  for (const act of ACTS) operations.inc({ act }, 0);
  for (const outcome of OUTCOMES) for (const action of PURPOSES) closed.inc({ outcome, action }, 0);
  for (const result of GATE_RESULTS) policyResults.inc({ result }, 0);
  for (const band of BANDS) riskBands.inc({ band }, 0);
  for (const basis of BASES) reevaluated.inc({ basis }, 0);
  for (const code of REFUSAL_CODES) refused.inc({ code }, 0);
  for (const evidence of EVIDENCE) for (const found of FOUND) evidenceExpired.inc({ evidence, found }, 0);
  for (const result of EXECUTION_RESULTS) for (const arrived of CAME) receipts.inc({ arrived, result }, 0);
  for (const what of ['asked', ...CONDITION_VERDICTS]) conditions.inc({ what }, 0);
  for (const arrived of MISSED) receipts.inc({ arrived, result: 'none' }, 0);
}

function register(registers: Registry[]): DecisionMetrics {
  return {
    closed: new Counter({
      name: 'countersign_decisions_closed_total',
      help: 'Decisions whose last event this process appended, by outcome, and by what the policy says that their action is for.',
      labelNames: ['outcome', 'action'],
      registers,
    }),
    denied: new Counter({
      name: 'countersign_decisions_denied_total',
      help: 'Denied decisions, by code, and by what the policy says that their action is for.',
      labelNames: ['code', 'action'],
      registers,
    }),
    notices: new Counter({
      name: 'countersign_notices_total',
      help: 'Reminders that went out and steps of an escalation that came, because signatures were missing.',
      labelNames: ['kind'],
      registers,
    }),
    policyResults: new Counter({
      name: 'countersign_policy_evaluations_total',
      help: 'What all gates of the policy together said of a decision: allow, escalate or deny.',
      labelNames: ['result'],
      registers,
    }),
    riskScore: new Histogram({
      name: 'countersign_risk_score',
      help: 'Risk scores of evaluated decisions, from 0 to 1.',
      buckets: Array.from({ length: 20 }, (_, index) => (index + 1) / 20),
      registers,
    }),
    riskBands: new Counter({
      name: 'countersign_risk_evaluations_total',
      help: 'Evaluated decisions by risk band, under the thresholds of the policy of each.',
      labelNames: ['band'],
      registers,
    }),
    approvalSeconds: new Histogram({
      name: 'countersign_approval_latency_seconds',
      help: 'From the routing of a decision to the approval that first completed it, by the times in its events.',
      buckets: [1, 10, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 4 * HOUR, 12 * HOUR, DAY, 3 * DAY, 7 * DAY],
      registers,
    }),
    reevaluated: new Counter({
      name: 'countersign_decisions_reevaluated_total',
      help: 'Routed decisions that were evaluated anew: on the same basis, on another one, which ends their approvals, or to a denial.',
      labelNames: ['basis'],
      registers,
    }),
    refused: new Counter({
      name: 'countersign_statements_refused_total',
      help: 'Authentic statements that were refused on record, by code.',
      labelNames: ['code'],
      registers,
    }),
    discarded: new Counter({
      name: 'countersign_statements_discarded_total',
      help: 'Statements that did not authenticate, by code; counted when their decision closes.',
      labelNames: ['code'],
      registers,
    }),
    evidenceExpired: new Counter({
      name: 'countersign_evidence_expired_total',
      help: 'Evidence packets and rollback tests that were too old, by where it was found: evaluation, claim, or waiting for either.',
      labelNames: ['evidence', 'found'],
      registers,
    }),
    conditions: new Counter({
      name: 'countersign_conditions_total',
      help: 'Conditions of approvals: asked for, and what was said of them, discharged or breached, also after the end.',
      labelNames: ['what'],
      registers,
    }),
    clearances: new Counter({
      name: 'countersign_clearances_total',
      help: 'Cleared decisions, by whether everybody signed whom the route asked for, or glass was broken in the place of somebody.',
      labelNames: ['by'],
      registers,
    }),
    overrides: new Counter({
      name: 'countersign_overrides_total',
      help: 'Broken glass on record, and reviews of it that came in time or late.',
      labelNames: ['what'],
      registers,
    }),
    operations: new Counter({
      name: 'countersign_operations_total',
      help: 'What people did about decisions that wait: nudges, extensions of the deadline, reassignments.',
      labelNames: ['act'],
      registers,
    }),
    waivers: new Counter({
      name: 'countersign_waivers_total',
      help: 'Waivers that evaluated requests named, by whether their gate denied, so that they were used.',
      labelNames: ['used'],
      registers,
    }),
    receipts: new Counter({
      name: 'countersign_receipts_total',
      help: 'Receipts of cleared decisions by when they came (in_time, late, after_end, or never) and what they say.',
      labelNames: ['arrived', 'result'],
      registers,
    }),
  };
}
