import { canonicalBytes, parseDigest } from '../core/canon/index.ts';
import type { LocalActivities, Recorded } from '../core/contracts/activities.ts';
import { ServiceError } from '../core/contracts/failures.ts';
import type { Timestamp } from '../core/domain/vocabulary.ts';
import { hasCode } from '../core/errors.ts';
import { authenticate, checksOf, type Manifests, manifestsNamed, speaksAt } from '../documents/index.ts';
import {
  admitCard,
  evaluate as evaluateInput,
  type EvaluationInput,
  type EvaluationResult,
  givenWaivers,
  recordedZones,
  type Sought,
  soughtOf,
} from '../evaluation/index.ts';
import { loadAncestry } from './ancestry.ts';
import { asDocument } from './chain.ts';
import type { Dependencies } from './dependencies.ts';
import { loadLinked } from './linked.ts';
import { countingAt } from './in-force.ts';
import { loadCard, loadWaivers, unlessNone } from './matter.ts';
import { loadStatement } from './stored.ts';
import { loadPacket } from './packets.ts';

/** Policy, risk and route of a request, by the pure `evaluation/`; brief and basis are stored for those who will sign. */
export function evaluate(dependencies: Dependencies): LocalActivities['evaluate'] {
  const { store } = dependencies;
  return async (where) => {
    const input = await loadEvaluationInput(dependencies, where);
    if (where.recorded === undefined) waitForStanding(input);
    const { evaluation, brief, basis } = await evaluated(dependencies, input, where.recorded);
    for (const document of [brief, basis]) if (document !== null) await store.put(canonicalBytes(document));
    return evaluation;
  };
}

/** Once everything else is in order, what the evidence names is looked for. A stored evaluation found it once. */
async function evaluated(
  { resolver, store }: Dependencies,
  input: EvaluationInput,
  recorded: Recorded | undefined,
): Promise<EvaluationResult> {
  if (recorded !== undefined) {
    const ancestry = await loadAncestry({ store }, recorded.ancestry);
    return evaluateInput({ ...input, resolved: recorded.resolved ?? [], ancestry });
  }
  const first = evaluateInput(input);
  if (first.evaluation.denial?.code !== 'evidence.unresolved') return first;
  const sought = await found(resolver, input);
  if (sought.ancestry !== null) await store.put(canonicalBytes(sought.ancestry));
  return evaluateInput({ ...input, ...sought });
}

/** What an evaluation has to have found, as {@link Resolver} has it now. @throws as `Resolver.resolve` */
export async function resolved(resolver: Dependencies['resolver'], { wanted, lines }: Sought): Promise<Found> {
  return { resolved: await resolver.resolve(wanted), ancestry: lines && resolver.ancestry(lines) };
}

type Found = Required<Pick<EvaluationInput, 'resolved' | 'ancestry'>>;

/** @throws ServiceError `evidence.awaited`, which another try may mend: whoever keeps packages puts them there. */
async function found(resolver: Dependencies['resolver'], input: EvaluationInput): Promise<Found> {
  try {
    return await resolved(resolver, soughtOf(input));
  } catch (error) {
    if (!hasCode(error)) throw error;
    throw new ServiceError('evidence.awaited', {
      message: `what the evidence names cannot be measured yet (${error.code}): ${error.message.slice(0, 300)}`,
      path: '$.evidence',
      expected: error.expected,
      got: error.got,
    });
  }
}

/**
 * Governance that has not spoken, or no longer speaks, ends no decision, whatever else there is to say about it: it waits,
 * visibly, until there is a standing.
 *
 * @throws ServiceError `standing.awaited`, which another try may mend
 */
function waitForStanding({ standing: { inForce, demanded }, at }: EvaluationInput): void {
  if (inForce === null ? !demanded : speaksAt(inForce.document, at)) return;
  const { serial, issued_at, not_after } = inForce?.document ?? {};
  throw new ServiceError('standing.awaited', {
    message: 'no decision is routed until governance has published a standing; see countersign standing',
    path: '$.standing',
    expected: `a standing that speaks at ${at}`,
    got: inForce === null ? 'none' : `serial ${serial}, which speaks from ${issued_at} to ${not_after}`,
  });
}

interface Where {
  readonly decisionId: string;
  readonly request: string;
  readonly requestedAt: Timestamp;
  readonly at: Timestamp;
  /** Digest of the roster in force at opening; left out where the request is only being admitted. */
  readonly openingRoster?: string | null;
  readonly recorded?: Recorded | undefined;
}

/**
 * The documents a request names, read strictly, and the evidence statement authenticated under the roster in force.
 *
 * @throws StoreError `store.not_found` while a document is not there; DocumentError for one that will never do
 */
export async function loadEvaluationInput(
  dependencies: Dependencies,
  { decisionId, request, requestedAt, at, openingRoster = null, recorded }: Where,
): Promise<EvaluationInput> {
  const { store, registry } = dependencies;
  const { statement, keyId } = await loadStatement(store, request, 'request');
  const { origin, tenant, evidence } = statement;
  const [{ standing, policy, roster }, opening, packet, vouching, waivers, linked] = await Promise.all([
    countingAt(dependencies, at, recorded),
    openingRoster === null ? null : registry.roster(openingRoster),
    loadPacket(store, evidence.packet),
    loadStatement(store, evidence.statement, 'evidence'),
    loadWaivers(store, statement),
    loadLinked(dependencies, statement, recorded),
  ]);
  authenticate(vouching, roster.index, { origin, tenant, at });
  const checks = checksOf(policy.document, statement.action);
  const card = await unlessNone(loadCard(store, { checks, packet }));
  return {
    decisionId,
    requestedAt,
    at,
    request: statement,
    requestDigest: request,
    policy,
    openingRoster: opening ?? roster.index,
    roster,
    standing,
    packet,
    packetDigest: evidence.packet,
    evidenceStatement: vouching.statement,
    waivers: givenWaivers(
      waivers,
      roster.index,
      { origin, tenant, at },
      { request: keyId, evidence: vouching.keyId, card },
    ),
    manifests: await loadManifests(store, { checks, packet }),
    card: card && admitCard(card, roster.index, { origin, tenant, at }),
    requestKey: keyId,
    linked,
    ...(recorded === undefined ? {} : { zones: recordedZones(recorded.zones ?? []), told: recorded.misses ?? null }),
  };
}

/** Left out are those that are no document: no pack could hold them. @throws StoreError `store.not_found` */
export async function loadManifests(
  store: Dependencies['store'],
  asked: Parameters<typeof manifestsNamed>[0],
): Promise<Manifests> {
  const loaded = new Map<string, Uint8Array | null>();
  const found = () => new Map([...loaded].flatMap(([digest, bytes]) => (bytes === null ? [] : [[digest, bytes]])));
  // The candidate's own names those of its parents.
  for (;;) {
    const missing = manifestsNamed(asked, found()).filter((digest) => !loaded.has(digest));
    if (missing.length === 0) return found();
    await Promise.all(
      missing.map(async (digest) =>
        loaded.set(digest, await unlessNone(store.get(parseDigest(digest)).then(asDocument))),
      ),
    );
  }
}
