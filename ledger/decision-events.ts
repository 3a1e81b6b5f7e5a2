import type { DecisionEvent } from '../core/domain/events.ts';
import type { StoredEvent } from './ledger.ts';

/**
 * The ledger keeps events as plain JSON and reads four fields of each; the domain knows all of them. What was linked by a
 * worker, or read under its seal, is the domain's by construction, so the two views of one thing meet in this file and are
 * cast nowhere else.
 */
export function asDecisionEvents(events: readonly StoredEvent[]): readonly DecisionEvent[] {
  return events as unknown as readonly DecisionEvent[];
}

export function asStoredEvents(events: readonly DecisionEvent[]): readonly StoredEvent[] {
  return events as unknown as readonly StoredEvent[];
}
