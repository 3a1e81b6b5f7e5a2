import { digestJson, parseDigest, uuidFromDigest } from '../core/canon/index.ts';
import type { ClosedDecision } from '../core/domain/addendum.ts';
import { type DecisionEvent, outcomeOf } from '../core/domain/events.ts';
import { fold } from '../core/domain/evolve.ts';
import type { DigestText } from '../core/domain/vocabulary.ts';
import { personsBehind, type RosterIndex } from '../documents/index.ts';
import { wayBackOf } from './linked.ts';

/** What a backout is held to besides the chain. */
export interface SealedDecision {
  /** Digest of the bytes of the sealed bundle. */
  readonly pack: DigestText;
  /** As the bundle has them. */
  readonly documents: Parameters<typeof wayBackOf>[1];
  /** Whether roster and governance still give the key to who signed the backout. */
  readonly signerStands: boolean;
}

/** The id of the addendum that a statement opens: the same one sent twice is one addendum. */
export function addendumIdFor(decisionId: string, statement: DigestText): string {
  const seed = {
    _type: 'application/vnd.countersign.addendum-id.v1+json',
    decision_id: decisionId,
    statement: parseDigest(statement),
  };
  return uuidFromDigest(digestJson(seed));
}

/**
 * What an addendum is decided on. The service computes it from its ledger, a verifier from the sealed pack: the same
 * function.
 *
 * @param events a chain that has ended
 * @param roster the one that admits the decision's statements
 * @param sealed for a backout: its sealed bundle, and whether the signer's key counts still
 * @returns null where these are no events of a decision that has ended
 */
export function closedDecision(
  events: readonly DecisionEvent[],
  roster: RosterIndex,
  sealed?: SealedDecision,
): ClosedDecision | null {
  const [first] = events;
  const last = events.at(-1);
  if (first?.event_type !== 'decision.requested' || last === undefined || outcomeOf(last) === undefined) return null;
  const cleared = events.find((event) => event.event_type === 'execution.cleared') ?? null;
  return {
    decisionId: first.decision_id,
    origin: first.origin,
    tenant: first.tenant,
    head: last.integrity_hash,
    cleared,
    involved: cleared === null ? [] : involvedIn(events, cleared, roster),
    ...keptBy(events),
    confirmed: last.event_type === 'execution.confirmed',
    wayBack: sealed === undefined ? null : wayBackOf(events, sealed.documents),
    pack: sealed?.pack ?? null,
    signerStands: sealed?.signerStands ?? false,
  };
}

/** What the decision itself kept of its conditions, and whom its route bars. */
function keptBy(events: readonly DecisionEvent[]): Pick<ClosedDecision, 'conditional' | 'barred'> {
  const state = fold(events);
  if (state.stage !== 'closed') return { conditional: [], barred: [] };
  return {
    conditional: state.conditional ?? [],
    barred: state.routing?.barred.map(({ actor_id }) => actor_id) ?? [],
  };
}

/** Whoever had a hand in the clearance: none of them reviews it (ruling 11). */
function involvedIn(
  events: readonly DecisionEvent[],
  { assignment, actor_id: executor }: Extract<DecisionEvent, { event_type: 'execution.cleared' }>,
  roster: RosterIndex,
): readonly string[] {
  const overriding = events.flatMap((event) =>
    event.event_type === 'override.breakglass' ? [event.actor_id, event.owner] : [],
  );
  const approving = assignment.map(({ actor_id }) => actor_id);
  const counted = new Set(assignment.map(({ statement }) => statement));
  const inPlaces = events.flatMap((event) =>
    event.event_type === 'authority.approved' && counted.has(event.statement) ? [event.delegation] : [],
  );
  const delegating = events.flatMap((event) =>
    event.event_type === 'authority.delegated' && inPlaces.includes(event.statement) ? [event.actor_id] : [],
  );
  return [
    ...new Set([...overriding, ...approving, ...delegating, executor, ...personsBehind(roster, executor)]),
  ].sort();
}
