import type { AdmissionContext, AdmissionResult, LocalActivities, Recorded } from '../core/contracts/activities.ts';
import type { AdmittedStatement, InForceFacts, PermitFacts } from '../core/domain/commands.ts';
import type { DecisionEvent, ResolvedFact } from '../core/domain/events.ts';
import { hasCode } from '../core/errors.ts';
import { CanonError } from '../core/canon/index.ts';
import type { RequestStatement } from '../core/domain/statements.ts';
import type { Timestamp } from '../core/domain/vocabulary.ts';
import {
  authenticateService,
  DocumentError,
  type EvidencePacket,
  type ReadStatement,
  readStatement,
  type RosterIndex,
  withoutKeys,
} from '../documents/index.ts';
import {
  admitStatement,
  type Grounds,
  inForceFacts,
  isRollback,
  type LookedAgain,
  type Matter,
  namesStops,
  permitFacts,
  standingFacts,
  stopsFor,
} from '../evaluation/index.ts';
import { reachable } from '../pack/index.ts';
import { loadAncestry } from './ancestry.ts';
import { gather, readChain } from './chain.ts';
import type { Dependencies } from './dependencies.ts';
import { governingAt } from './in-force.ts';
import { loadLinked } from './linked.ts';
import { loadMatter, unlessUnreadable } from './matter.ts';
import { reevaluationFacts } from './reevaluation.ts';
import { loadStatement, storeStatement } from './stored.ts';
import { loadPacket } from './packets.ts';

/**
 * Authenticates a statement that arrived, and gathers what `decide` has to know. What does not authenticate is counted,
 * never stored: anybody could fill the store with it.
 */
export function admit(dependencies: Dependencies): LocalActivities['admit'] {
  return async ({ envelope, context }) => {
    let read: ReadStatement;
    try {
      read = readStatement(envelope);
    } catch (error) {
      return discardedFor(error);
    }
    return admitRead(dependencies, read, context);
  };
}

/** The same for a statement that a stored batch names, under the roster in force that its clearance recorded. */
export function admitStored(dependencies: Dependencies): LocalActivities['admitStored'] {
  return async ({ statement, context, recorded }) => {
    const read = await loadStatement(dependencies.store, statement);
    return admitRead(dependencies, read, context, recorded);
  };
}

async function admitRead(
  dependencies: Dependencies,
  read: ReadStatement,
  context: AdmissionContext,
  recorded?: Recorded,
): Promise<AdmissionResult> {
  const { store, registry } = dependencies;
  const { at } = context;
  const matter = await loadMatter(dependencies, context.request, context.asked);
  const frozen = await admittingRoster(registry, context, recorded);
  let admitted: AdmittedStatement;
  try {
    admitted = admitStatement(read, frozen, matter, at);
  } catch (error) {
    return discardedFor(error);
  }
  await storeStatement(store, read.parsed.envelope);
  if (read.kind === 'override') admitted = { ...admitted, ...(await overdueFor(dependencies, at, recorded)) };
  if (namesStops(read)) admitted = { ...admitted, ...stopsFor(read, await packetOf(dependencies, matter)) };
  const inForce = read.kind === 'claim' ? await claimFacts(dependencies, read, context, matter, recorded) : null;
  const permit = read.kind === 'receipt' ? await findPermit(dependencies, read.statement.permit, matter) : null;
  const reevaluation =
    read.kind === 'reevaluation' ? await reevaluationFacts(dependencies, context, read.statement, recorded) : null;
  return { admitted, inForce, permit, ...(reevaluation === null ? {} : { reevaluation }), discarded: null };
}

/**
 * The roster frozen at routing, without keys that governance has revoked since. What a stored batch names was admitted
 * once, and whoever lost a key afterwards has lost none of that.
 */
export async function admittingRoster(
  registry: Dependencies['registry'],
  { at, roster }: Pick<AdmissionContext, 'at' | 'roster'>,
  recorded?: Recorded,
): Promise<RosterIndex> {
  if (roster === null) return (await registry.rosterInForce(at)).index;
  const index = await registry.roster(roster);
  if (recorded !== undefined) return index;
  return withoutKeys(index, (await registry.standingInForce(at))?.document.revoked_keys ?? []);
}

async function claimFacts(
  dependencies: Dependencies,
  claim: ReadStatement,
  { at, approvals, ancestry }: AdmissionContext,
  matter: Matter,
  recorded?: Recorded,
): Promise<InForceFacts> {
  // A clearance that could not be packed would stand without a permit: all that it rests on must be there first, on
  // disk, since a worker that begins after this one holds nothing else.
  const { disk } = dependencies;
  const events = await readChain(dependencies, matter.decisionId);
  await gather({ ...dependencies, store: disk }, reachable(events));
  const signed = await Promise.all(approvals.map((approval) => loadStatement(dependencies.store, approval)));
  const grounds = await groundsOf(dependencies, matter, ancestry);
  const again = await lookedAgain(dependencies, matter.request, events, recorded);
  // What stops clearances is asked last: all of the above may take seconds, in which somebody publishes it.
  const { standing, roster } = await governingAt(dependencies, at, recorded);
  const word = {
    ...standing,
    freezes: await freezesFor(dependencies, at, recorded),
    restriction: await restrictionFor(dependencies, recorded),
    overtaken: await overtakenFor(dependencies, matter.request, recorded),
    again,
  };
  return { ...inForceFacts(claim, signed, roster, matter, at), ...standingFacts(word, matter, grounds, at) };
}

/** The review that some override owes by now; or the one that a stored refusal names. */
async function overdueFor(
  { reviews }: Dependencies,
  at: Timestamp,
  recorded?: Recorded,
): Promise<{ readonly overdue?: string }> {
  const overdue = recorded === undefined ? (await reviews.overdueAt(at))?.decisionId : recorded.overdue;
  return overdue ? { overdue } : {};
}

/** Those that lie over something now; or those that a stored refusal or clearance names. */
async function freezesFor(
  { registry }: Dependencies,
  at: Timestamp,
  recorded?: Recorded,
): Promise<readonly ReadStatement<'freeze'>[]> {
  if (recorded === undefined) return registry.freezesAt(at);
  const named = [...(recorded.freeze ? [recorded.freeze] : []), ...(recorded.spared ?? [])];
  return Promise.all(named.map((freeze) => registry.freeze(freeze)));
}

/** The first by digest of those that restrict the tenant now; or the one that a stored refusal names. */
async function restrictionFor({ restrictions }: Dependencies, recorded?: Recorded): Promise<string | undefined> {
  if (recorded === undefined) return (await restrictions.restricting()) ?? undefined;
  return recorded.restriction ? restrictions.once(recorded.restriction) : undefined;
}

/**
 * What the route rests on, looked for once more; or what a stored clearance or refusal says of it. Nothing is looked for
 * where somebody goes back: the first decision looked, and the executor measures what it restores.
 */
async function lookedAgain(
  { resolver }: Dependencies,
  request: RequestStatement,
  events: readonly DecisionEvent[],
  recorded?: Recorded,
): Promise<LookedAgain | undefined> {
  const routed = events.findLast((event) => event.event_type === 'authority.routed')?.resolved ?? [];
  if (routed.length === 0 || isRollback(request)) return undefined;
  if (recorded !== undefined) return { routed, found: recorded.resolved };
  const each = routed.map(async ({ what, digest }): Promise<readonly ResolvedFact[]> => {
    try {
      return await resolver.resolve([{ what, digest, of: request.candidate.digest }]);
    } catch (error) {
      // Not there, or not measured within its time: the claim is refused, and may come again.
      if (!hasCode(error)) throw error;
      return [];
    }
  });
  return { routed, found: (await Promise.all(each)).flat() };
}

/** The decision that has moved a rollback's target on since what is undone was cleared; or the one that a stored refusal names. */
async function overtakenFor(
  dependencies: Dependencies,
  request: RequestStatement,
  recorded?: Recorded,
): Promise<string | undefined> {
  if (recorded !== undefined) return recorded.overtaken ?? undefined;
  const linked = isRollback(request) ? await loadLinked(dependencies, request) : null;
  if (linked === null || linked.cleared_at === null) return undefined;
  const { decision_id, cleared_at } = linked;
  const overtaking = await dependencies.releases.overtaking(request.target, { decision_id, cleared_at });
  return overtaking?.record.decision_id;
}

async function groundsOf(dependencies: Dependencies, matter: Matter, ancestry: string | undefined): Promise<Grounds> {
  return { packet: await packetOf(dependencies, matter), ancestry: await loadAncestry(dependencies, ancestry) };
}

/** Of a routed decision, all that its chain rests on has just been found; a claim on another is refused for that. */
async function packetOf({ store }: Dependencies, { request }: Matter): Promise<EvidencePacket | null> {
  return unlessUnreadable(loadPacket(store, request.evidence.packet));
}

/** The permit that a receipt names, if the permit key signed it for this decision; null where there is none such. */
async function findPermit({ store, trust }: Dependencies, digest: string, matter: Matter): Promise<PermitFacts | null> {
  try {
    const read = await loadStatement(store, digest, 'permit');
    const { origin, tenant } = matter.request;
    authenticateService(read, trust, 'permit', {
      origin,
      tenant,
      decisionId: matter.decisionId,
      at: read.statement.signed_at,
    });
    return permitFacts(read);
  } catch (error) {
    if (hasCode(error, 'store.not_found') || isUnauthentic(error)) return null;
    throw error;
  }
}

function discardedFor(error: unknown): AdmissionResult {
  if (!isUnauthentic(error)) throw error;
  return { admitted: null, discarded: { code: error.code, detail: error.message } };
}

/** The document itself is bad, or its signer nobody we know: no other try mends that, and it is no fault of ours. */
function isUnauthentic(error: unknown): error is DocumentError | CanonError {
  return error instanceof DocumentError || error instanceof CanonError;
}
