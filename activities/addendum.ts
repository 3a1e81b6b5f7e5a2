import { digestJson, parseDigest, uuidFromDigest } from '../core/canon/index.ts';
import type { AddendumResult, LocalActivities } from '../core/contracts/activities.ts';
import type { AdmittedStatement } from '../core/domain/commands.ts';
import { type ClosedDecision, decideAddendum } from '../core/domain/addendum.ts';
import { type DecisionEvent, outcomeOf } from '../core/domain/events.ts';
import { fold, statementOf } from '../core/domain/evolve.ts';
import { EMPTY_HEAD } from '../core/domain/state.ts';
import { ServiceError } from '../core/contracts/failures.ts';
import { DocumentError, personsBehind, readStatement, type RosterIndex } from '../documents/index.ts';
import { CanonError } from '../core/canon/index.ts';
import { admitStatement } from '../evaluation/index.ts';
import { askedLast } from '../pack/index.ts';
import { readChain } from './chain.ts';
import { admittingRoster } from './authority.ts';
import type { Dependencies } from './dependencies.ts';
import { loadMatter } from './matter.ts';
import { acknowledgeEvent, link } from './recording.ts';
import { storeStatement } from './stored.ts';
import { asDecisionEvents } from './stored-events.ts';

/**
 * Records a statement that came after its decision had closed, as a short chain of its own that names the closed one's
 * head: the sealed pack stays as it is, and the statement is not lost (ruling 9).
 */
export function recordAddendum(dependencies: Dependencies): LocalActivities['recordAddendum'] {
  const { ledger, store } = dependencies;
  return async ({ decisionId, envelope, at }): Promise<AddendumResult> => {
    const events = await readChain(dependencies, decisionId);
    requireClosed(events);
    const roster = await rosterOf(dependencies, events, at);
    const closed = closedDecision(decisionId, events, roster);
    let admitted: AdmittedStatement;
    try {
      admitted = await authenticated(dependencies, envelope, events, roster, at);
    } catch (error) {
      if (!(error instanceof DocumentError || error instanceof CanonError)) throw error;
      return { addendumId: '', accepted: false, code: error.code, acknowledgement: null };
    }
    const before = answeredAlready(dependencies, events, admitted.digest);
    if (before !== undefined) return before;
    await storeStatement(store, readStatement(envelope).parsed.envelope);

    const addendumId = idOf(decisionId, admitted.digest);
    const drafts = decideAddendum(closed, admitted, at);
    const batch = link({ decisionId: addendumId, expectedHead: EMPTY_HEAD, commandId: 'addendum', drafts });
    const result = await ledger.append(addendumId, { sequence: 0, hash: 'GENESIS' }, batch);
    // A retry finds the first one's events, with the first one's time: those are answered.
    const stored = asDecisionEvents(result.outcome === 'appended' ? batch.events : (result.tail[0]?.events ?? []));
    const answer = stored.at(-1);
    if (!isAnswer(answer) || answer.statement !== admitted.digest) {
      throw new ServiceError('ledger.differs', {
        message: 'another chain stands where this addendum belongs',
        got: addendumId,
      });
    }
    if (answer.event_type === 'override.reviewed') await dependencies.reviews.made(decisionId, addendumId);
    const { envelope: acknowledgement } = acknowledgeEvent(dependencies, answer, admitted.digest);
    const code = answer.event_type === 'statement.refused' ? answer.code : null;
    return { addendumId, accepted: code === null, code, acknowledgement };
  };
}

type Answer = Extract<DecisionEvent, { event_type: 'statement.refused' | 'override.reviewed' | 'condition.settled' }>;

function isAnswer(event: DecisionEvent | undefined): event is Answer {
  const answers: readonly (string | undefined)[] = ['statement.refused', 'override.reviewed', 'condition.settled'];
  return answers.includes(event?.event_type);
}

/** A statement sent again that the chain itself answers gets that answer; it is not late. */
function answeredAlready(
  dependencies: Dependencies,
  events: readonly DecisionEvent[],
  statement: string,
): AddendumResult | undefined {
  const event = events.find((candidate) => statementOf(candidate) === statement);
  if (event === undefined) return undefined;
  const { envelope } = acknowledgeEvent(dependencies, event, statement);
  const code = event.event_type === 'statement.refused' ? event.code : null;
  return { addendumId: '', accepted: code === null, code, acknowledgement: envelope };
}

/** The roster that was frozen, as for the decision's own statements; without one, the one in force. */
async function rosterOf(
  { registry }: Dependencies,
  events: readonly DecisionEvent[],
  at: string,
): Promise<RosterIndex> {
  const routed = events.findLast((event) => event.event_type === 'authority.routed');
  return admittingRoster(registry, { at, roster: routed?.roster.digest ?? null });
}

async function authenticated(
  dependencies: Dependencies,
  envelope: unknown,
  events: readonly DecisionEvent[],
  roster: RosterIndex,
  at: string,
): Promise<AdmittedStatement> {
  const requested = events[0];
  const matter = await loadMatter(
    dependencies,
    requested?.event_type === 'decision.requested' ? requested.request : '',
    askedLast(events),
  );
  return admitStatement(readStatement(envelope), roster, matter, at);
}

function requireClosed(events: readonly DecisionEvent[]): void {
  const last = events.at(-1);
  if (last !== undefined && outcomeOf(last) !== undefined) return;
  throw new ServiceError('decision.not_closed', {
    message: 'an addendum belongs to a decision that has closed',
    expected: 'a closed decision',
    got: last?.event_type ?? 'no such decision',
  });
}

function closedDecision(decisionId: string, events: readonly DecisionEvent[], roster: RosterIndex): ClosedDecision {
  const [first] = events;
  const last = events.at(-1);
  if (first?.event_type !== 'decision.requested' || last === undefined) {
    throw new ServiceError('decision.not_closed', { message: 'the chain does not begin with a request' });
  }
  const cleared = events.find((event) => event.event_type === 'execution.cleared') ?? null;
  return {
    decisionId,
    origin: first.origin,
    tenant: first.tenant,
    head: last.integrity_hash,
    cleared,
    involved: cleared === null ? [] : involvedIn(events, cleared, roster),
    ...keptBy(events),
    confirmed: last.event_type === 'execution.confirmed',
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

function idOf(decisionId: string, statement: string): string {
  const seed = {
    _type: 'application/vnd.countersign.addendum-id.v1+json',
    decision_id: decisionId,
    statement: parseDigest(statement),
  };
  return uuidFromDigest(digestJson(seed));
}
