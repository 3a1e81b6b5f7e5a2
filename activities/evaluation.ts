import { canonicalBytes, parseDigest } from '../core/canon/index.ts';
import type { LocalActivities, Recorded } from '../core/contracts/activities.ts';
import { ServiceError } from '../core/contracts/failures.ts';
import type { Evaluation } from '../core/domain/commands.ts';
import type { Timestamp } from '../core/domain/vocabulary.ts';
import { authenticate, readEvidencePacket } from '../documents/index.ts';
import { type DenialCode, evaluate as evaluateInput, type EvaluationInput } from '../evaluation/index.ts';
import type { Dependencies } from './dependencies.ts';
import { countingAt } from './in-force.ts';
import { loadStatement } from './stored.ts';

/** Policy, risk and route of a request, by the pure `evaluation/`; brief and basis are stored for those who will sign. */
export function evaluate(dependencies: Dependencies): LocalActivities['evaluate'] {
  const { store } = dependencies;
  return async (where) => {
    const { evaluation, brief, basis } = evaluateInput(await loadEvaluationInput(dependencies, where));
    if (where.recorded === undefined) waitForStanding(evaluation);
    for (const document of [brief, basis]) if (document !== null) await store.put(canonicalBytes(document));
    return evaluation;
  };
}

/**
 * Governance that has not spoken, or no longer speaks, ends no decision: it waits, visibly, until there is a standing.
 *
 * @throws ServiceError `standing.awaited`, which another try may mend
 */
function waitForStanding({ denial }: Evaluation): void {
  if (denial === null || !(AWAITED as readonly string[]).includes(denial.code)) return;
  throw new ServiceError('standing.awaited', {
    message: 'no decision is routed until governance has published a standing; see countersign standing',
    path: '$.standing',
    expected: 'a standing that speaks now',
    got: denial.detail,
  });
}

const AWAITED = ['standing.missing', 'standing.ended'] as const satisfies readonly DenialCode[];

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
  const { statement } = await loadStatement(store, request, 'request');
  const { origin, tenant, evidence } = statement;
  const [{ standing, policy, roster }, opening, packet, vouching] = await Promise.all([
    countingAt(dependencies, at, recorded),
    openingRoster === null ? null : registry.roster(openingRoster),
    store.get(parseDigest(evidence.packet)),
    loadStatement(store, evidence.statement, 'evidence'),
  ]);
  authenticate(vouching, roster.index, { origin, tenant, at });
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
    packet: readEvidencePacket(packet),
    packetDigest: evidence.packet,
    evidenceStatement: vouching.statement,
  };
}
