import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { createDecisionMetrics, type DecisionMetrics } from './decision-metrics.ts';

/**
 * What a worker counts. No label holds an id of a decision, a person or a document: every label's values are a closed
 * union of this code, so the number of series is bounded.
 */
export interface Metrics {
  readonly registry: Registry;
  readonly appends: Counter<'outcome'>;
  readonly appendSeconds: Histogram;
  readonly ledgerErrors: Counter<'call' | 'code'>;
  readonly decisions: DecisionMetrics;
  readonly activities: Counter<'activity'>;
  readonly activityFailures: Counter<'activity' | 'code'>;
  readonly quarantined: Gauge;
  readonly ready: Gauge<'item'>;
  readonly ledgerHealthy: Gauge;
  readonly ledgerChecks: Gauge<'check'>;
  readonly openDecisions: Gauge<'stage' | 'age'>;
  readonly censusAt: Gauge;
  readonly restricted: Gauge;
  readonly freezes: Gauge;
  readonly standingEnds: Gauge;
}

/** A registry of its own, with Node's own metrics in it. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  return {
    registry,
    appends: new Counter({
      name: 'countersign_ledger_appends_total',
      help: 'Appends by this process: appended, exists (another batch stood there first), or failed.',
      labelNames: ['outcome'],
      registers,
    }),
    appendSeconds: new Histogram({
      name: 'countersign_ledger_append_seconds',
      help: 'Time until the ledger had confirmed or refused an append.',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
      registers,
    }),
    ledgerErrors: new Counter({
      name: 'countersign_ledger_errors_total',
      help: 'Calls of the ledger that failed, by error code.',
      labelNames: ['call', 'code'],
      registers,
    }),
    decisions: createDecisionMetrics(registry),
    activities: new Counter({
      name: 'countersign_activities_total',
      help: 'Activities that this process ran, by name.',
      labelNames: ['activity'],
      registers,
    }),
    activityFailures: new Counter({
      name: 'countersign_activity_failures_total',
      help: 'Activities that failed, by name and failure code.',
      labelNames: ['activity', 'code'],
      registers,
    }),
    quarantined: new Gauge({
      name: 'countersign_quarantined_decisions',
      help: 'Decisions in quarantine that this process has met since it started.',
      registers,
    }),
    ready: new Gauge({
      name: 'countersign_ready',
      help: 'What the worker needs, as /readyz answers: 1 holds, 0 does not.',
      labelNames: ['item'],
      registers,
    }),
    ledgerHealthy: new Gauge({
      name: 'countersign_ledger_healthy',
      help: "1 while every one of the ledger's own checks holds.",
      registers,
    }),
    ledgerChecks: new Gauge({
      name: 'countersign_ledger_check_ok',
      help: "The ledger's own checks: 1 holds, 0 does not. Absent while the ledger cannot be asked.",
      labelNames: ['check'],
      registers,
    }),
    openDecisions: new Gauge({
      name: 'countersign_open_decisions',
      help: 'Open decisions by stage and time since their start, as Temporal lists them. Lags: see docs/operate.md.',
      labelNames: ['stage', 'age'],
      registers,
    }),
    censusAt: new Gauge({
      name: 'countersign_open_decisions_counted_timestamp_seconds',
      help: 'When countersign_open_decisions was last counted.',
      registers,
    }),
    restricted: new Gauge({
      name: 'countersign_restricted',
      help: '1 while a stored chain that does not hold keeps the tenant from clearing anything.',
      registers,
    }),
    freezes: new Gauge({
      name: 'countersign_emergency_freezes',
      help: 'Emergency freezes that have not run out.',
      registers,
    }),
    standingEnds: new Gauge({
      name: 'countersign_standing_end_timestamp_seconds',
      help: 'When the standing in force ends; 0 where governance has published none.',
      registers,
    }),
  };
}
