import type { DecisionEvent } from '../../core/domain/events.ts';
import { hasCode } from '../../core/errors.ts';
import { asDecisionEvents, type AppendResult, type Ledger, type StoredBatch } from '../../ledger/index.ts';
import { createDecisionMemory } from './decision-facts.ts';
import { createEventCounter, type Policies } from './event-counter.ts';
import { isRestoring } from './measured-activities.ts';
import type { Metrics } from './metrics.ts';

/**
 * The same ledger, counted. What is appended is counted by its events, once it stands; a batch whose answer was lost is
 * counted by nobody, and one that is written again after the ledger had lost it is not counted again. Nothing waits for a
 * counter.
 */
export function measureLedger(ledger: Ledger, policies: Policies, metrics: Metrics): Ledger {
  const takeUp = createDecisionMemory(ledger);
  const countEvent = createEventCounter(metrics.decisions, policies);
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

  const count = async (decisionId: string, event: DecisionEvent): Promise<void> =>
    countEvent(event, takeUp(decisionId, event));
  /** What stands must never be told to have failed because it could not be counted. */
  const countQuietly = (decisionId: string, { events }: StoredBatch): void => {
    for (const event of asDecisionEvents(events)) {
      count(decisionId, event).catch((error: unknown) => failed('count', error));
    }
  };

  return {
    async append(decisionId, expectedHead, batch): Promise<AppendResult> {
      const stop = metrics.appendSeconds.startTimer();
      try {
        const result = await ledger.append(decisionId, expectedHead, batch);
        metrics.appends.inc({ outcome: result.outcome });
        if (result.outcome === 'appended' && !isRestoring()) countQuietly(decisionId, batch);
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
    peek: (decisionId) => counted('peek', ledger.peek(decisionId)),
    head: (decisionId) => counted('head', ledger.head(decisionId)),
    decisions: (onJunk) => ledger.decisions(onJunk),
    bind: (registry, key, value) => counted('bind', ledger.bind(registry, key, value)),
    binding: (registry, key) => counted('binding', ledger.binding(registry, key)),
    bindings: (registry) => counted('bindings', ledger.bindings(registry)),
    check: () => counted('check', ledger.check()),
    close: () => ledger.close(),
  };
}
