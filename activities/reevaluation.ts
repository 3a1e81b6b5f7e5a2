import { canonicalBytes, parseDigest, readCanonical } from '../core/canon/index.ts';
import type { AdmissionContext, LocalActivities, Recorded } from '../core/contracts/activities.ts';
import type { ReevaluationFacts } from '../core/domain/commands.ts';
import type { ReevaluationRefusal } from '../core/domain/errors.ts';
import type { Asked } from '../core/domain/events.ts';
import type { Timestamp } from '../core/domain/vocabulary.ts';
import { hasCode } from '../core/errors.ts';
import { authenticate, checksOf, DocumentError, type ReadStatement, speaksAt } from '../documents/index.ts';
import {
  admitCard,
  BASIS_TYPE,
  type BasisDocument,
  recordedZones,
  reevaluate as reevaluateInput,
  type ReevaluationInput,
  type ReevaluationResult,
} from '../evaluation/index.ts';
import { memberOf } from '../pack/index.ts';
import type { Dependencies } from './dependencies.ts';
import { loadAncestry } from './ancestry.ts';
import { loadManifests, resolved } from './evaluation.ts';
import { type Counting, countingAt } from './in-force.ts';
import { loadLinked } from './linked.ts';
import { loadCard, loadWaivers, unlessMissing, unlessUnreadable } from './matter.ts';
import { loadStatement } from './stored.ts';
import { loadPacket } from './packets.ts';

/** From what it was evaluated from before, under the roster in force now; the pure part is `evaluation/`. */
export function reevaluate(dependencies: Dependencies): LocalActivities['reevaluate'] {
  return async ({ context, recorded }) => {
    const { statement } = await loadStatement(dependencies.store, context.request, 'request');
    return reevaluationFacts(dependencies, context, context.asked ?? statement, recorded);
  };
}

/**
 * What a routed decision is evaluated to anew, from the policy and the evidence in `asked`. Brief and basis are stored
 * for those who will sign.
 *
 * @throws StoreError where something is lost that the decision rests on already: another try may mend that
 */
export async function reevaluationFacts(
  dependencies: Dependencies,
  context: AdmissionContext,
  asked: Asked,
  recorded?: Recorded,
): Promise<ReevaluationFacts> {
  const { store, registry } = dependencies;
  const { decisionId, at, routed, approvals } = context;
  if (recorded?.reevaluation) return refused(recorded.reevaluation);
  // Before a route and after the end, the domain refuses it whatever the facts are.
  if (routed === undefined) return refused('reevaluation.unchanged');
  const request = await loadStatement(store, context.request, 'request');
  const before = await loadBasis(dependencies, routed.basis);
  const counting = await countingAt(dependencies, at, recorded);
  if (recorded === undefined && !isSpoken(counting, at)) return refused('reevaluation.no_standing');
  const policy = await policyFor(dependencies, counting, asked, before, at);
  if (policy === null) return refused('reevaluation.policy');
  const { standing, roster } = counting;

  const [packetBefore, vouchedBefore, opening, waivers, signed] = await Promise.all([
    loadPacket(store, before.evidence.packet),
    loadStatement(store, before.evidence.statement, 'evidence'),
    registry.roster(routed.openingRoster),
    loadWaivers(store, request.statement),
    Promise.all(approvals.map((approval) => loadStatement(store, approval))),
  ]);
  const [packet, evidence] = await Promise.all([
    unlessUnreadable(loadPacket(store, asked.evidence.packet)),
    unlessUnreadable(loadStatement(store, asked.evidence.statement, 'evidence')),
  ]);
  const { origin, tenant } = request.statement;
  if (packet === null || evidence === null || !isAuthentic(evidence, roster.index, { origin, tenant, at }))
    return refused('reevaluation.evidence');
  const checks = checksOf(policy.document, request.statement.action);
  const manifests = await unlessMissing(loadManifests(store, { checks, packet }));
  if (manifests === null) return refused('reevaluation.evidence');
  const card = await unlessUnreadable(loadCard(store, { checks, packet }));
  const input = {
    decisionId,
    requestedAt: routed.requestedAt,
    at,
    request,
    asked: { policy: asked.policy, evidence: asked.evidence },
    policy,
    openingRoster: opening,
    roster,
    standing,
    packet,
    packetDigest: asked.evidence.packet,
    evidence,
    before,
    askedSince: routed.askedSince,
    ...(routed.barred === undefined ? {} : { barredBefore: routed.barred }),
    evidenceBefore: { statement: vouchedBefore.statement, packet: packetBefore },
    counting: signed,
    waivers,
    manifests,
    card: card && admitCard(card, roster.index, { origin, tenant, at }),
    linked: await loadLinked(dependencies, request.statement, recorded),
    // With other data than the worker had that stored the batch, no instant would agree.
    ...(recorded === undefined
      ? {}
      : {
          zones: recordedZones(recorded.zones ?? []),
          resolved: recorded.resolved ?? [],
          ancestry: await loadAncestry(dependencies, recorded.ancestry),
          told: recorded.misses ?? null,
        }),
  };
  const { facts, basis, brief } = await evaluatedAnew(dependencies, input, recorded);
  for (const document of [brief, basis]) if (document !== null) await store.put(canonicalBytes(document));
  return facts;
}

/**
 * Once everything else is in order, what the evidence names is looked for. Where it cannot be measured now nothing changes,
 * and nobody else waits for it: whoever wants it asks again.
 */
async function evaluatedAnew(
  { resolver, store }: Dependencies,
  input: ReevaluationInput,
  recorded: Recorded | undefined,
): Promise<ReevaluationResult> {
  const first = reevaluateInput(input);
  if (first.unresolved === null || recorded !== undefined) return first;
  try {
    const found = await resolved(resolver, first.unresolved);
    if (found.ancestry !== null) await store.put(canonicalBytes(found.ancestry));
    return reevaluateInput({ ...input, ...found });
  } catch (error) {
    if (hasCode(error)) return first;
    throw error;
  }
}

/** The one in force, where it is asked for; or the one that the decision rests on already (R22). */
async function policyFor(
  { registry }: Dependencies,
  { policy }: Counting,
  asked: Asked,
  before: BasisDocument,
  at: Timestamp,
): Promise<Counting['policy'] | null> {
  if (asked.policy.digest === policy.reference.digest) return policy;
  return asked.policy.digest === before.policy.digest ? registry.policyOnceInForce(asked.policy.digest, at) : null;
}

function isSpoken({ standing: { inForce, demanded } }: Counting, at: Timestamp): boolean {
  return inForce === null ? !demanded : speaksAt(inForce.document, at);
}

async function loadBasis({ store }: Dependencies, digest: string): Promise<BasisDocument> {
  const basis = readCanonical(await store.get(parseDigest(digest)));
  if (memberOf(basis, '_type') === BASIS_TYPE) return basis as unknown as BasisDocument;
  const problem = { path: '$._type', expected: BASIS_TYPE, got: 'another document' };
  throw new DocumentError('document.type', 'this is no basis', [problem]);
}

function isAuthentic(
  evidence: ReadStatement<'evidence'>,
  roster: Parameters<typeof authenticate>[1],
  where: Parameters<typeof authenticate>[2],
): boolean {
  try {
    authenticate(evidence, roster, where);
    return true;
  } catch (error) {
    if (error instanceof DocumentError) return false;
    throw error;
  }
}

function refused(refusal: ReevaluationRefusal): ReevaluationFacts {
  return { refused: refusal };
}
