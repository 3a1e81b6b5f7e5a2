import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { PEOPLE, type RunningHouse, startHouse } from '../support/running-house.ts';
import { approve, chainOf, confirm, openRouted, typesOf, verifyExported } from '../support/scenario.ts';

/** One person in the place of another, on real servers, from the brief to the verified pack. */

let house: RunningHouse;
const delegator = () => house.signer(PEOPLE.executive);
const delegate = () => house.signer(PEOPLE.securityOwner);
const OPTIONS = { to: PEOPLE.securityOwner, reason: 'on leave until Monday' };
const inPlace = { rationale: 'as we had agreed', inPlaceOf: PEOPLE.executive };

beforeAll(async () => {
  house = await startHouse({
    temporalAddress: inject('temporalAddress'),
    redisUrl: inject('redisUrl'),
    policy: (policy) => ({ ...policy, delegation: { roles: ['executive'], life_s: 1800 } }),
  });
});
afterAll(() => house?.stop());

describe('a delegation', () => {
  it('lets the delegate approve, and the pack says in whose place', async () => {
    const decisionId = await openRouted(house);
    await expect(house.client.approve(decisionId, delegate(), inPlace)).rejects.toMatchObject({
      code: 'delegation.none',
    });
    expect(await house.client.delegate(decisionId, delegator(), OPTIONS)).toMatchObject({ verdict: 'accepted' });
    expect(await house.client.state(decisionId)).toMatchObject({
      stage: 'routed',
      delegations: [{ actor_id: PEOPLE.executive, delegate: PEOPLE.securityOwner, role: 'executive' }],
    });
    const { waiting } = await house.client.why(decisionId);
    expect(waiting[0]?.causes[0]?.from).toContain(PEOPLE.securityOwner);
    expect(waiting[0]?.causes[0]?.from).not.toContain(PEOPLE.executive);
    expect(await approve(house, decisionId)).toMatchObject({ verdict: 'refused', code: 'approval.by_delegator' });
    expect(await house.client.approve(decisionId, delegate(), inPlace)).toMatchObject({ verdict: 'accepted' });
    expect(await house.client.state(decisionId)).toMatchObject({ stage: 'authorized' });

    await confirm(house, decisionId, await house.client.claim(decisionId, house.signer(PEOPLE.deployer)));
    await house.client.wait(decisionId, { until: 'closed', timeoutMs: 20_000 });
    const report = await verifyExported(house, decisionId, 'executed');
    expect(report).toMatchObject({ evidence: 'holds' });
    expect(report.answers?.who).toContain(
      `approved by ${PEOPLE.securityOwner} as executive, in the place of ${PEOPLE.executive}`,
    );
    expect(report.answers?.why).toContain('reason of delegation 1: on leave until Monday');
  });

  it('ends with its revocation, and what was approved on it with it', async () => {
    const decisionId = await openRouted(house);
    await house.client.delegate(decisionId, delegator(), OPTIONS);
    await house.client.approve(decisionId, delegate(), inPlace);
    expect(await house.client.revoke(decisionId, delegator(), { reason: 'I am back' })).toMatchObject({
      verdict: 'accepted',
    });
    const state = await house.client.state(decisionId);
    expect(state).toMatchObject({ stage: 'routed', approvals: [], assignment: [] });
    expect(state.delegations).toBeUndefined();
    const claim = await house.client.claim(decisionId, house.signer(PEOPLE.deployer));
    expect(claim).toMatchObject({ verdict: 'refused', code: 'claim.authority_missing' });
    expect(await approve(house, decisionId)).toMatchObject({ verdict: 'accepted' });
    expect(typesOf(await chainOf(house, decisionId)).slice(-5)).toEqual([
      'authority.delegated',
      'authority.approved',
      'authority.revoked',
      'statement.refused',
      'authority.approved',
    ]);
  });

  it('by or to somebody who is barred is refused', async () => {
    const decisionId = await openRouted(house);
    const to = { ...OPTIONS, to: PEOPLE.creator, role: 'executive' };
    expect(await house.client.delegate(decisionId, delegator(), to)).toMatchObject({ code: 'delegation.delegate' });
    const by = house.signer(PEOPLE.creator);
    expect(await house.client.delegate(decisionId, by, { ...OPTIONS, role: 'executive' })).toMatchObject({
      code: 'approval.by_candidate_creator',
    });
  });
});
