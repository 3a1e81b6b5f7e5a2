import { asDecisionEvents } from '../../activities/index.ts';
import { type DecisionEvent, outcomeOf } from '../../core/domain/events.ts';
import { instant } from '../../core/domain/vocabulary.ts';
import { hasCode } from '../../core/errors.ts';
import type { AppendResult, Ledger, StoredBatch } from '../../ledger/index.ts';
import type { Metrics } from './metrics.ts';

/** Routed decisions whose time is remembered; of older ones it is read from the chain, behind the append's answer. */
const REMEMBERED = 10_000;

/**
 * The same ledger, counted. What is appended is counted by its events, once it stands; a batch whose answer was lost is
 * counted by nobody. Nothing waits for a counter.
 */
export function measureLedger(ledger: Ledger, metrics: Metrics): Ledger {
  const routedAt = new Map<string, number>();
  const failed = (call: string, error: unknown): void =>
    metrics.ledgerErrors.inc({ call, code: hasCode(error) ? error.code : 'unknown' });
  const counted = async <T>(call: string, promise: Promise<T>): Promise<T> => {
    try {
      return await promise;
    } catch (error) {
      failed(call, error);
      throw error;
    }
  };

  /** From routing to the approval that completed it. */
  const observeApproval = async (decisionId: string, approvedAt: number): Promise<void> => {
    const routed = routedAt.get(decisionId) ?? (await readRouting(ledger, decisionId));
    if (routed !== undefined) metrics.approvalSeconds.observe(Math.max(0, approvedAt - routed) / 1000);
  };

  const countEvent = (decisionId: string, event: DecisionEvent): void => {
    if (event.event_type === 'statement.refused') metrics.refused.inc({ code: event.code });
    if (event.event_type === 'statements.discarded') {
      for (const [code, count] of Object.entries(event.counts)) metrics.discarded.inc({ code }, count);
    }
    if (event.event_type === 'authority.routed') {
      const [oldest] = routedAt.keys();
      if (routedAt.size >= REMEMBERED && oldest !== undefined) routedAt.delete(oldest);
      routedAt.set(decisionId, instant(event.timestamp));
    }
    if (event.event_type === 'authority.approved' && event.satisfied) {
      // Nobody waits for it: a latency that cannot be read is one less in the histogram.
      observeApproval(decisionId, instant(event.timestamp)).catch((error: unknown) => failed('read', error));
    }
    const outcome = outcomeOf(event);
    if (outcome !== undefined) {
      metrics.closed.inc({ outcome });
      routedAt.delete(decisionId);
    }
  };

  /** What stands must never be told to have failed because it could not be counted. */
  const countQuietly = (decisionId: string, { events }: StoredBatch): void => {
    try {
      for (const event of asDecisionEvents(events)) countEvent(decisionId, event);
    } catch (error) {
      failed('count', error);
    }
  };

  return {
    async append(decisionId, expectedHead, batch): Promise<AppendResult> {
      const stop = metrics.appendSeconds.startTimer();
      try {
        const result = await ledger.append(decisionId, expectedHead, batch);
        metrics.appends.inc({ outcome: result.outcome });
        if (result.outcome === 'appended') countQuietly(decisionId, batch);
        return result;
      } catch (error) {
        metrics.appends.inc({ outcome: 'failed' });
        failed('append', error);
        throw error;
      } finally {
        stop();
      }
    },
    read: (decisionId) => counted('read', ledger.read(decisionId)),
    head: (decisionId) => counted('head', ledger.head(decisionId)),
    decisions: () => ledger.decisions(),
    bind: (registry, key, value) => counted('bind', ledger.bind(registry, key, value)),
    binding: (registry, key) => counted('binding', ledger.binding(registry, key)),
    bindings: (registry) => counted('bindings', ledger.bindings(registry)),
    check: () => counted('check', ledger.check()),
    close: () => ledger.close(),
  };
}

async function readRouting(ledger: Ledger, decisionId: string): Promise<number | undefined> {
  const events = (await ledger.read(decisionId)).flatMap((batch) => asDecisionEvents(batch.events));
  const routed = events.findLast((event) => event.event_type === 'authority.routed');
  return routed && instant(routed.timestamp);
}
