import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { SIGNALS, workflowIdOf } from '../../core/contracts/names.ts';
import { digestJson, type JsonObject } from '../../core/canon/index.ts';
import { keyFrom, signedApproval } from '../documents/fixtures.ts';
import { ORIGIN, PEOPLE, type RunningHouse, startHouse } from '../support/running-house.ts';
import { approve, chainOf, execute, liftRestrictions, openRouted, typesOf } from '../support/scenario.ts';
import { forgeEvent, loseTail, sealEvent } from '../support/tampering.ts';

/** Thieves of what opens the servers of a running house. The titles are the rows of docs/threat-model.md. */

let house: RunningHouse;
let connection: Connection;

beforeAll(async () => {
  house = await startHouse({ temporalAddress: inject('temporalAddress'), redisUrl: inject('redisUrl') });
  connection = await Connection.connect({ address: inject('temporalAddress') });
});
afterAll(async () => {
  await connection?.close();
  await house?.stop();
});

/** An approval that the executive never gave, as an event. */
function approvalOf(actorId: string, statement: string = digestJson('an approval that nobody signed')): JsonObject {
  return {
    event_type: 'authority.approved',
    actor_id: actorId,
    statement,
    role: 'executive',
    roles: ['executive'],
    scope: 'full',
    approved_at: new Date().toISOString(),
    expires_at: new Date(Date.now() + 3_600_000).toISOString(),
    rationale: statement,
    assignment: [{ role: 'executive', actor_id: actorId, statement }],
    satisfied: true,
  };
}

/** What an executor is told, and what becomes of the tenant, until an integrity officer has looked. */
async function expectQuarantined(decisionId: string): Promise<void> {
  const claim = house.client.claim(decisionId, house.signer(PEOPLE.deployer));
  await expect(claim).rejects.toMatchObject({ serverCode: 'decision.quarantined' });
  await expect.poll(async () => (await house.restrictions.inForce()).length, { timeout: 20_000 }).toBe(1);
  await liftRestrictions(house);
  // What others decide goes on.
  await execute(house);
}

describe('Redis password', () => {
  it('changes no event unseen: an approval that nobody signed clears nothing, and stops the tenant', async () => {
    const decisionId = await openRouted(house);
    const header = { event_id: randomUUID(), schema_version: '1.0.0', timestamp: new Date().toISOString() };
    await forgeEvent(inject('redisAdminUrl'), decisionId, { ...header, ...approvalOf(PEOPLE.executive) });
    await expectQuarantined(decisionId);
  });

  it('takes nothing away from a decision that goes on', async () => {
    const decisionId = await openRouted(house);
    await loseTail(inject('redisAdminUrl'), decisionId, 1);
    await approve(house, decisionId);
    expect(typesOf(await chainOf(house, decisionId)).slice(-2)).toEqual(['ledger.restored', 'authority.approved']);
  });
});

describe("workers' sealing key (`mac.key`), with Redis", () => {
  it('has no workflow adopt an approval that nobody signed, though its seal verifies', async () => {
    const decisionId = await openRouted(house);
    // It has to name a statement that is in the store, or the workflow waits for it, and says so.
    const { request } = await house.client.state(decisionId);
    await sealEvent(house.ledger, decisionId, approvalOf(PEOPLE.executive, request));
    await expectQuarantined(decisionId);
  });
});

describe('access to Temporal', () => {
  it('has nothing counted that nobody signed, and begins no decision with a chain of its own', async () => {
    const decisionId = await openRouted(house);
    const forged = signedApproval(
      { origin: ORIGIN, tenant: house.tenant, decision_id: decisionId, signer: PEOPLE.executive },
      keyFrom('thief'),
    );
    const temporal = new Client({ connection });
    await temporal.workflow.getHandle(workflowIdOf(decisionId)).signal(SIGNALS.submit, forged);
    const claim = await house.client.claim(decisionId, house.signer(PEOPLE.deployer));
    expect(claim).toMatchObject({ verdict: 'refused', code: 'claim.authority_missing' });

    const { decisionId: another, digest } = await house.prepareRequest(randomUUID());
    await temporal.workflow.start('promotionDecision', {
      workflowId: workflowIdOf(another),
      taskQueue: house.taskQueue,
      args: [
        {
          decisionId: another,
          request: digest,
          carried: { head: { sequence: 6, hash: digest }, discarded: {}, quarantine: null },
        },
      ],
    });
    await expect
      .poll(async () => (await house.client.why(another)).failing, { timeout: 20_000 })
      .toMatchObject([{ what: 'quarantine', code: 'ledger.differs' }]);
    expect(await house.ledger.read(another)).toEqual([]);
    expect(await house.restrictions.inForce()).toEqual([]);
  });

  it('stops a decision, and what stood of it stands', async () => {
    const decisionId = await openRouted(house);
    await approve(house, decisionId);
    const before = await chainOf(house, decisionId);
    await new Client({ connection }).workflow.getHandle(workflowIdOf(decisionId)).terminate();
    expect(await chainOf(house, decisionId)).toEqual(before);
  });
});
