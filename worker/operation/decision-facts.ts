import type { DecisionEvent, Limits } from '../../core/domain/events.ts';
import { outcomeOf } from '../../core/domain/events.ts';
import { instant } from '../../core/domain/vocabulary.ts';
import { asDecisionEvents, type Ledger } from '../../ledger/index.ts';

/** What the counters of a decision's later events need of its earlier ones. */
export interface DecisionFacts {
  readonly action: string;
  readonly policyDigest: string;
  readonly routing: { readonly at: number; readonly limits: Limits } | null;
  /** It needed nobody, or whom it needed had approved once. */
  readonly wasAuthorized: boolean;
}

/** Facts as they stood before an event; undefined where there is no decision's beginning. */
export type FactsBefore = () => Promise<DecisionFacts | undefined>;

/** Open decisions that are remembered; what others need is read from their chains, behind the append's answer. */
const REMEMBERED = 10_000;

/** @returns takes up an event that was appended, and gives access to what was known before it */
export function createDecisionMemory(ledger: Ledger): (decisionId: string, event: DecisionEvent) => FactsBefore {
  const remembered = new Map<string, DecisionFacts>();
  return (decisionId, event) => {
    const before = remembered.get(decisionId);
    const after = follow(before, event);
    if (after === undefined || outcomeOf(event) !== undefined) {
      remembered.delete(decisionId);
    } else {
      const [oldest] = remembered.keys();
      if (before === undefined && remembered.size >= REMEMBERED && oldest !== undefined) remembered.delete(oldest);
      remembered.set(decisionId, after);
    }
    return async () => before ?? (await readFacts(ledger, decisionId, event.sequence));
  };
}

async function readFacts(ledger: Ledger, decisionId: string, before: number): Promise<DecisionFacts | undefined> {
  const events = (await ledger.read(decisionId)).flatMap((batch) => asDecisionEvents(batch.events));
  return events.filter(({ sequence }) => sequence < before).reduce(follow, undefined);
}

function follow(facts: DecisionFacts | undefined, event: DecisionEvent): DecisionFacts | undefined {
  if (event.event_type === 'decision.requested') {
    const { action, policy_digest: policyDigest } = event;
    return { action, policyDigest, routing: null, wasAuthorized: false };
  }
  if (facts === undefined) return undefined;
  switch (event.event_type) {
    case 'authority.routed':
      return {
        ...facts,
        routing: { at: instant(event.timestamp), limits: event.limits },
        wasAuthorized: event.satisfied,
      };
    case 'authority.approved':
      return event.satisfied ? { ...facts, wasAuthorized: true } : facts;
    default:
      return facts;
  }
}
