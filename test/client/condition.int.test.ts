import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { timestamp } from '../../core/domain/vocabulary.ts';
import { PEOPLE, type RunningHouse, startHouse } from '../support/running-house.ts';
import { chainOf, confirm, openRouted, typesOf, verifyExported } from '../support/scenario.ts';

/** An approval with conditions, on real servers, from the approval to the verified pack and the addendum after it. */

let house: RunningHouse;
const executive = () => house.signer(PEOPLE.executive);
const owner = () => house.signer(PEOPLE.releaseOwner);
const soon = () => timestamp(Date.now() + 3_600_000);

beforeAll(async () => {
  house = await startHouse({ temporalAddress: inject('temporalAddress'), redisUrl: inject('redisUrl') });
});
afterAll(() => house?.stop());

describe('a condition', () => {
  it('to hold before the clearance keeps it off until it is discharged, and the other waits for its word', async () => {
    const decisionId = await openRouted(house);
    const conditions = [
      {
        id: 'rehearsal',
        what: 'the rollback, once, on staging',
        due: soon(),
        role: 'release_owner',
        before: 'clearance',
      },
      { id: 'alarm', what: 'an alarm on the error rate', due: soon(), role: 'release_owner' },
    ] as const;
    const approved = await house.client.approve(decisionId, executive(), { rationale: 'if', conditions });
    expect(approved).toMatchObject({ verdict: 'accepted' });
    const claim = () => house.client.claim(decisionId, house.signer(PEOPLE.deployer));
    expect(await claim()).toMatchObject({ verdict: 'refused', code: 'claim.condition_open' });
    const { waiting } = await house.client.why(decisionId);
    expect(waiting[0]).toMatchObject({ what: 'condition', from: ['release_owner'] });
    const done = { condition: 'rehearsal', verdict: 'discharged', findings: 'it came back in a minute' } as const;
    await expect(house.client.settle(decisionId, owner(), { ...done, condition: 'other' })).rejects.toMatchObject({
      code: 'condition.none',
    });
    expect(await house.client.settle(decisionId, house.signer(PEOPLE.creator), done)).toMatchObject({
      code: 'condition.role',
    });
    expect(await house.client.settle(decisionId, owner(), done)).toMatchObject({ verdict: 'accepted' });
    await confirm(house, decisionId, await claim());
    await house.client.wait(decisionId, { until: 'closed', timeoutMs: 20_000 });

    const report = await verifyExported(house, decisionId, 'executed');
    expect(report).toMatchObject({ evidence: 'holds' });
    expect(report.answers?.conditions).toEqual([
      expect.stringMatching(/^condition alarm of .*: OUTSTANDING, by release_owner, due /u),
      `condition rehearsal of ${PEOPLE.executive}: discharged by the word of ${PEOPLE.releaseOwner}`,
    ]);
    expect(report.answers?.why).toContain('findings of settlement 1: it came back in a minute');

    const broken = { condition: 'alarm', verdict: 'breached', findings: 'nobody made one' } as const;
    const afterwards = await house.client.settle(decisionId, owner(), broken);
    expect(afterwards).toMatchObject({ verdict: 'accepted', code: null });
    expect(typesOf(await chainOf(house, afterwards.addendum ?? ''))).toEqual(['addendum.opened', 'condition.settled']);
    expect(afterwards.acknowledgement).not.toBeNull();
  });

  it('that stops by what the release plan does not have is refused', async () => {
    const decisionId = await openRouted(house);
    const conditions = [
      { id: 'alarm', what: 'an alarm', due: soon(), role: 'release_owner', stops: 'nothing_of_the_plan' },
    ];
    expect(await house.client.approve(decisionId, executive(), { rationale: 'if', conditions })).toMatchObject({
      verdict: 'refused',
      code: 'approval.condition',
    });
  });
});
