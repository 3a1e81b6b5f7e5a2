import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { signApproval } from '../../client/index.ts';
import { timestamp } from '../../core/domain/vocabulary.ts';
import { ORIGIN, PEOPLE, type RunningHouse, startHouse } from '../support/running-house.ts';
import { approve, chainOf, confirm, openRouted, typesOf, verifyExported } from '../support/scenario.ts';

/** What an approver may still do, from the command to the verified pack. */

let house: RunningHouse;

beforeAll(async () => {
  house = await startHouse({ temporalAddress: inject('temporalAddress'), redisUrl: inject('redisUrl') });
});
afterAll(() => house?.stop());

const executive = () => house.signer(PEOPLE.executive);

describe('an approval that is taken back', () => {
  it('ends the authority; a new one counts, one that was held back does not, and the pack says so', async () => {
    const decisionId = await openRouted(house);
    const seen = await house.client.brief(decisionId);
    const at = {
      origin: ORIGIN,
      tenant: house.tenant,
      now: () => timestamp(Date.now()),
      random: (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes)),
    };
    const content = {
      decisionId,
      basis: seen.view.basis ?? '',
      routed: seen.view.routed ?? '',
      brief: seen.digest,
      roles: ['executive'],
      rationale: 'held back',
      expiresAt: timestamp(Date.now() + 600_000),
    };
    const heldBack = signApproval(executive(), content, at);
    await approve(house, decisionId);
    expect(await house.client.revoke(decisionId, executive(), { reason: 'the canary was red' })).toMatchObject({
      verdict: 'accepted',
    });
    expect(await house.client.state(decisionId)).toMatchObject({ stage: 'routed', approvals: [], assignment: [] });
    expect(await house.client.submit(decisionId, heldBack.envelope, heldBack.disclosures)).toMatchObject({
      verdict: 'refused',
      code: 'approval.supersedes',
    });
    await expect(house.client.revoke(decisionId, executive(), { reason: 'again' })).rejects.toMatchObject({
      code: 'approval.none_lives',
    });

    expect(await approve(house, decisionId)).toMatchObject({ verdict: 'accepted' });
    await confirm(house, decisionId, await house.client.claim(decisionId, house.signer(PEOPLE.deployer)));
    await house.client.wait(decisionId, { until: 'closed', timeoutMs: 20_000 });
    const report = await verifyExported(house, decisionId, 'executed');
    expect(report).toMatchObject({ evidence: 'holds' });
    expect(report.answers?.who).toContain(`approval taken back by ${PEOPLE.executive}`);
    expect(report.answers?.why).toContain('reason of revocation 1: the canary was red');
  });
});

describe('an abstention', () => {
  it('leaves the decision to others, and is in the record', async () => {
    const decisionId = await openRouted(house, randomUUID());
    expect(await house.client.abstain(decisionId, executive(), { reason: 'I wrote the test' })).toMatchObject({
      verdict: 'accepted',
    });
    const { waiting } = await house.client.why(decisionId);
    expect(waiting[0]?.causes[0]?.from).not.toContain(PEOPLE.executive);
    await approve(house, decisionId, PEOPLE.secondExecutive);
    expect(await house.client.state(decisionId)).toMatchObject({ stage: 'authorized' });
    expect(typesOf(await chainOf(house, decisionId)).slice(-2)).toEqual(['authority.abstained', 'authority.approved']);
  });
});
