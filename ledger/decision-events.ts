import type { JsonObject } from '../core/canon/index.ts';
import type { DecisionEvent } from '../core/domain/events.ts';
import type { StoredEvent } from '../ledger/index.ts';

/**
 * The ledger keeps events as plain JSON and reads four fields of each; the domain knows all of them. What was linked
 * here, or read under a worker's seal, is the domain's by construction, so the two views of one thing meet in this file
 * and are cast nowhere else.
 */
export function asDecisionEvents(events: readonly StoredEvent[]): readonly DecisionEvent[] {
  return events as unknown as readonly DecisionEvent[];
}

export function asStoredEvents(events: readonly DecisionEvent[]): readonly StoredEvent[] {
  return events as unknown as readonly StoredEvent[];
}

/** An event that has yet to be linked, as the plain JSON that is hashed. */
export function asJson(body: object): JsonObject {
  return body as JsonObject;
}
