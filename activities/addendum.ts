import { parseDigest } from '../core/canon/index.ts';
import type { AddendumResult, LocalActivities, RegularActivities } from '../core/contracts/activities.ts';
import type { AdmittedStatement } from '../core/domain/commands.ts';
import { type ClosedDecision, decideAddendum } from '../core/domain/addendum.ts';
import { type DecisionEvent, outcomeOf } from '../core/domain/events.ts';
import { statementOf } from '../core/domain/evolve.ts';
import { EMPTY_HEAD } from '../core/domain/state.ts';
import type { Timestamp } from '../core/domain/vocabulary.ts';
import { packRegistryOf } from '../core/contracts/names.ts';
import { ServiceError } from '../core/contracts/failures.ts';
import { DocumentError, type ReadStatement, readStatement, type RosterIndex } from '../documents/index.ts';
import { CanonError } from '../core/canon/index.ts';
import { addendumIdFor, admitStatement, closedDecision, inForceFacts, type Matter } from '../evaluation/index.ts';
import { askedLast, buildAddendum, coreOf, sealAddendum as seal } from '../pack/index.ts';
import { backedOut } from '../registry/index.ts';
import { admittingRoster } from './authority.ts';
import { asDecisionEvents } from '../ledger/index.ts';
import type { Dependencies } from './dependencies.ts';
import { governingAt } from './in-force.ts';
import { loadMatter } from './matter.ts';
import { acknowledgeEvent, link } from './recording.ts';
import { readEnded } from './restriction.ts';
import { loadStatement, storeStatement } from './stored.ts';

/**
 * Records a statement that came after its decision had closed, as a short chain of its own that names the closed one's
 * head: the sealed pack stays as it is, and the statement is not lost (ruling 9).
 */
export function recordAddendum(dependencies: Dependencies): LocalActivities['recordAddendum'] {
  const { ledger, store } = dependencies;
  return async ({ decisionId, envelope, at }): Promise<AddendumResult> => {
    const events = await readEnded(dependencies, decisionId);
    requireClosed(events);
    const roster = await rosterOf(dependencies, events, at);
    const matter = await matterOf(dependencies, events);
    let read: ReadStatement;
    let admitted: AdmittedStatement;
    try {
      read = readStatement(envelope);
      admitted = admitStatement(read, roster, matter, at);
    } catch (error) {
      if (!(error instanceof DocumentError || error instanceof CanonError)) throw error;
      return { addendumId: '', accepted: false, code: error.code, acknowledgement: null };
    }
    const before = answeredAlready(dependencies, events, admitted);
    if (before !== undefined) return before;
    const backout = read.kind === 'backout' ? await backoutFacts(dependencies, matter, read, at) : undefined;
    const closed = closedBy(events, roster, backout);
    await storeStatement(store, read.parsed.envelope);

    const addendumId = addendumIdFor(decisionId, admitted.digest);
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
    const sealing = answer.event_type === 'backout.recorded' ? ({ seals: true } as const) : {};
    return { addendumId, accepted: code === null, code, acknowledgement, ...sealing };
  };
}

/**
 * Seals the addendum of a backout, once, and appends what it let out to the history of its target. Both are functions of
 * chains that stand: asking again gives the same ones.
 */
export function sealAddendum(dependencies: Dependencies): RegularActivities['sealAddendum'] {
  const { ledger, store, keys, releases } = dependencies;
  return async ({ addendumId }) => {
    const events = await readEnded(dependencies, addendumId);
    const [opened, recorded] = events;
    if (opened?.event_type !== 'addendum.opened' || recorded?.event_type !== 'backout.recorded') {
      throw new ServiceError('decision.not_closed', {
        message: 'only the addendum of a backout is sealed',
        expected: 'backout.recorded',
        got: recorded?.event_type ?? 'no such addendum',
      });
    }
    const undone = await sealedPackOf(dependencies, opened.closed_decision);
    const { envelope } = (await loadStatement(store, recorded.statement, 'backout')).parsed;
    const sealed = seal(buildAddendum({ events, statement: envelope, pack: undone }), keys.seal.key);
    const { value } = await ledger.bind(packRegistryOf(addendumId), addendumId, await store.put(sealed));
    const cleared = (await readEnded(dependencies, opened.closed_decision)).find(
      (event) => event.event_type === 'execution.cleared',
    );
    const release = backedOut(events, value, { pack: undone, cleared_at: cleared?.timestamp ?? null });
    return { pack: parseDigest(value), release: release === null ? null : (await releases.record(release)).digest };
  };
}

type Answer = Extract<
  DecisionEvent,
  { event_type: 'statement.refused' | 'override.reviewed' | 'condition.settled' | 'backout.recorded' }
>;

const ANSWERS: ReadonlySet<string | undefined> = new Set<Answer['event_type']>([
  'statement.refused',
  'override.reviewed',
  'condition.settled',
  'backout.recorded',
]);

function isAnswer(event: DecisionEvent | undefined): event is Answer {
  return ANSWERS.has(event?.event_type);
}

/**
 * A statement sent again that the chain itself answers gets that answer; it is not late. A backout that came while the
 * decision was open came too early, and is what it was now.
 */
function answeredAlready(
  dependencies: Dependencies,
  events: readonly DecisionEvent[],
  { digest, statement }: AdmittedStatement,
): AddendumResult | undefined {
  if (statement._type === 'application/vnd.countersign.backout.v1+json') return undefined;
  const event = events.find((candidate) => statementOf(candidate) === digest);
  if (event === undefined) return undefined;
  const { envelope } = acknowledgeEvent(dependencies, event, digest);
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

function matterOf(dependencies: Dependencies, events: readonly DecisionEvent[]): Promise<Matter> {
  const [requested] = events;
  const request = requested?.event_type === 'decision.requested' ? requested.request : '';
  return loadMatter(dependencies, request, askedLast(events));
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

function closedBy(
  events: readonly DecisionEvent[],
  roster: RosterIndex,
  backout: BackoutFacts | undefined,
): ClosedDecision {
  const closed = closedDecision(events, roster, backout);
  if (closed !== null) return closed;
  throw new ServiceError('decision.not_closed', { message: 'the chain does not begin with a request' });
}

type BackoutFacts = NonNullable<Parameters<typeof closedDecision>[2]>;

/** Only a backout is held to the sealed pack, and to what governance and roster say of its signer by now. */
async function backoutFacts(
  dependencies: Dependencies,
  matter: Matter,
  read: ReadStatement<'backout'>,
  at: Timestamp,
): Promise<BackoutFacts> {
  const { decisionId } = matter;
  const pack = await sealedPackOf(dependencies, decisionId);
  // The history has to have what was let out before it can have that it was taken back.
  if (await dependencies.releases.owed(decisionId)) throw awaited(decisionId, 'its release in the history');
  const { documents } = coreOf(await dependencies.store.get(parseDigest(pack)));
  const { roster } = await governingAt(dependencies, at);
  const { executorEligible } = inForceFacts(read, [], roster, matter, at);
  return { pack, documents, signerStands: executorEligible };
}

async function sealedPackOf({ ledger }: Dependencies, decisionId: string): Promise<string> {
  const pack = await ledger.binding(packRegistryOf(decisionId), decisionId);
  if (pack === undefined) throw awaited(decisionId, 'its sealed pack');
  return pack;
}

function awaited(decisionId: string, expected: string): ServiceError {
  return new ServiceError('addendum.awaited', {
    message: 'the decision has ended, and is not yet recorded whole',
    path: decisionId,
    expected,
    got: 'nothing yet',
  });
}
