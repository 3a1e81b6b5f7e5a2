import { digestJson, parseDigest, uuidFromDigest } from '../core/canon/index.ts';
import type { AddendumResult, LocalActivities } from '../core/contracts/activities.ts';
import type { AdmittedStatement } from '../core/domain/commands.ts';
import { type ClosedDecision, decideAddendum } from '../core/domain/addendum.ts';
import { type DecisionEvent, outcomeOf } from '../core/domain/events.ts';
import { statementOf } from '../core/domain/evolve.ts';
import { EMPTY_HEAD } from '../core/domain/state.ts';
import { ServiceError } from '../core/contracts/failures.ts';
import { DocumentError, readStatement } from '../documents/index.ts';
import { CanonError } from '../core/canon/index.ts';
import { admitStatement } from '../evaluation/index.ts';
import { readChain } from './chain.ts';
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
    const closed = closedDecision(decisionId, events);
    let admitted: AdmittedStatement;
    try {
      admitted = await authenticated(dependencies, envelope, events, at);
    } catch (error) {
      if (!(error instanceof DocumentError || error instanceof CanonError)) throw error;
      return { addendumId: '', accepted: false, code: error.code, acknowledgement: null };
    }
    const answer = answeredAlready(dependencies, events, admitted.digest);
    if (answer !== undefined) return answer;
    await storeStatement(store, readStatement(envelope).parsed.envelope);

    const addendumId = idOf(decisionId, admitted.digest);
    const drafts = decideAddendum(closed, admitted, at);
    const batch = link({ decisionId: addendumId, expectedHead: EMPTY_HEAD, commandId: 'addendum', drafts });
    const result = await ledger.append(addendumId, { sequence: 0, hash: 'GENESIS' }, batch);
    // A retry finds the first one's events, with the first one's time: those are answered.
    const stored = asDecisionEvents(result.outcome === 'appended' ? batch.events : (result.tail[0]?.events ?? []));
    const refused = stored.at(-1);
    if (refused?.event_type !== 'statement.refused' || refused.statement !== admitted.digest) {
      throw new ServiceError('ledger.differs', {
        message: 'another chain stands where this addendum belongs',
        got: addendumId,
      });
    }
    const { envelope: acknowledgement } = acknowledgeEvent(dependencies, refused, admitted.digest);
    return { addendumId, accepted: false, code: refused.code, acknowledgement };
  };
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

/** Under the roster that was frozen, as the decision's own statements were; without one, under the one in force. */
async function authenticated(
  dependencies: Dependencies,
  envelope: unknown,
  events: readonly DecisionEvent[],
  at: string,
): Promise<AdmittedStatement> {
  const requested = events[0];
  const routed = events.find((event) => event.event_type === 'authority.routed');
  const matter = await loadMatter(
    dependencies,
    requested?.event_type === 'decision.requested' ? requested.request : '',
  );
  const { registry } = dependencies;
  const roster =
    routed?.event_type === 'authority.routed'
      ? await registry.roster(routed.roster.digest)
      : (await registry.rosterInForce(at)).index;
  return admitStatement(readStatement(envelope), roster, matter, at);
}

function closedDecision(decisionId: string, events: readonly DecisionEvent[]): ClosedDecision {
  const [first] = events;
  const last = events.at(-1);
  if (first?.event_type !== 'decision.requested' || last === undefined || outcomeOf(last) === undefined) {
    throw new ServiceError('decision.not_closed', {
      message: 'an addendum belongs to a decision that has closed',
      expected: 'a closed decision',
      got: last?.event_type ?? 'no such decision',
    });
  }
  const cleared = events.find((event) => event.event_type === 'execution.cleared');
  return {
    decisionId,
    origin: first.origin,
    tenant: first.tenant,
    head: last.integrity_hash,
    cleared: cleared?.event_type === 'execution.cleared' ? cleared : null,
    confirmed: last.event_type === 'execution.confirmed',
  };
}

function idOf(decisionId: string, statement: string): string {
  const seed = {
    _type: 'application/vnd.countersign.addendum-id.v1+json',
    decision_id: decisionId,
    statement: parseDigest(statement),
  };
  return uuidFromDigest(digestJson(seed));
}
