import { type Digest, parseDigest } from '../core/canon/index.ts';
import { packRegistryOf } from '../core/contracts/names.ts';
import type { DecisionEvent } from '../core/domain/events.ts';
import type { Head } from '../core/domain/state.ts';
import { asDecisionEvents, headOf, type Ledger } from '../ledger/index.ts';

export interface UnfinishedDecision {
  readonly decisionId: string;
  /** Statement digest of the request that its first event names. */
  readonly request: Digest;
  readonly head: Head;
  /** Its chain, whole. */
  readonly events: readonly DecisionEvent[];
}

/**
 * The decision, where its chain has begun and its pack is not sealed; undefined otherwise, and for an addendum, which is
 * whole with its one batch. A bound pack means that nothing is left to decide.
 *
 * @throws LedgerError `ledger.corrupt`, `ledger.mac`, …
 */
export async function unfinished(ledger: Ledger, decisionId: string): Promise<UnfinishedDecision | undefined> {
  if ((await ledger.binding(packRegistryOf(decisionId), decisionId)) !== undefined) return undefined;
  const batches = await ledger.read(decisionId);
  const events = batches.flatMap((batch) => asDecisionEvents(batch.events));
  const [first] = events;
  if (first?.event_type !== 'decision.requested') return undefined;
  return { decisionId, request: parseDigest(first.request), head: headOf(batches), events };
}
