import type { Issued, LocalActivities } from '../core/contracts/activities.ts';
import { ServiceError } from '../core/contracts/failures.ts';
import { type PermitStatement, statementType } from '../core/domain/statements.ts';
import { signStatement } from '../documents/index.ts';
import { buildClearancePack, clearanceBytes, reachable } from '../pack/index.ts';
import { gather, readChain } from './chain.ts';
import type { Dependencies } from './dependencies.ts';
import { derivedNonce } from './recording.ts';
import { loadStatement, storeStatement } from './stored.ts';

/**
 * The permit for a clearance that stands in the ledger, and the clearance pack with which the executor checks it for
 * itself. Both are functions of the chain: asking again gives the same ones.
 */
export function issueClearance(dependencies: Dependencies): LocalActivities['issueClearance'] {
  const { store, keys, trust, tenant, reviews } = dependencies;
  return async ({ decisionId, clearedSequence }): Promise<Issued> => {
    const events = (await readChain(dependencies, decisionId)).slice(0, clearedSequence);
    const cleared = events.at(-1);
    const routed = events.findLast((event) => event.event_type === 'authority.routed');
    if (cleared?.event_type !== 'execution.cleared' || routed?.event_type !== 'authority.routed') {
      throw new ServiceError('ledger.not_cleared', {
        message: 'the ledger shows no clearance where the workflow saw one',
        expected: `execution.cleared at sequence ${clearedSequence}`,
        got: cleared?.event_type ?? 'nothing',
      });
    }
    // Before there is a permit: whatever is executed on an override owes its review.
    if (cleared.override) await reviews.due({ decisionId, reviewBy: cleared.override.review_by });
    const claim = await loadStatement(store, cleared.claim, 'claim');
    if (claim.statement.signer !== cleared.actor_id || claim.statement.decision_id !== decisionId) {
      throw new ServiceError('ledger.not_cleared', {
        message: "the clearance names a claim that is not its executor's",
        expected: `a claim by ${cleared.actor_id} on ${decisionId}`,
        got: `one by ${claim.statement.signer} on ${claim.statement.decision_id}`,
      });
    }
    const payload: PermitStatement = {
      _type: statementType('permit'),
      origin: trust.trust.origin,
      tenant,
      decision_id: decisionId,
      signer: keys.permit.holder,
      signed_at: cleared.timestamp,
      nonce: derivedNonce(cleared.claim, 'permit'),
      claim: cleared.claim,
      cleared: cleared.integrity_hash,
      basis: routed.basis_digest,
      subject: cleared.subject,
      target: cleared.target,
      executor: cleared.actor_id,
      not_after: cleared.not_after,
      confirm_by: cleared.confirm_by,
    };
    const permit = signStatement(payload, keys.permit.key);
    const gathered = await gather(dependencies, reachable(events));
    const pack = buildClearancePack({ events, ...gathered, permit });
    return { permit: await storeStatement(store, permit), clearance: await store.put(clearanceBytes(pack)) };
  };
}
