import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Signer } from '../../client/index.ts';
import { timestamp } from '../../core/domain/vocabulary.ts';
import { PEOPLE, type RunningHouse, startHouse } from '../support/running-house.ts';
import { breakable, COMMANDER, enterCommander } from '../support/commander.ts';
import { chainOf, confirm, openRouted, typesOf, verifyExported } from '../support/scenario.ts';

/** Break-glass on real servers, from the key in the roster to the verified pack (R57-R61). */

let house: RunningHouse;
const GLASS = COMMANDER;
let approvals: Signer;
let glass: Signer;
const OPTIONS = { reason: 'customers cannot log in', owner: GLASS, controls: ['pager-watch', 'second-look'] };

/** Hard, whatever else is so. */
const FORBIDDEN = {
  id: 'POL-HARD-099',
  name: 'Nothing under this ticket',
  hard: true,
  when: 'request.context.ticket == "CHG-0"',
  result: 'deny' as const,
  reason: 'The ticket stands for what is never done',
};

beforeAll(async () => {
  house = await startHouse({
    temporalAddress: inject('temporalAddress'),
    redisUrl: inject('redisUrl'),
    policy: (policy) => ({ ...breakable(432_000)(policy), gates: [...policy.gates, FORBIDDEN] }),
  });
  ({ approvals, glass } = await enterCommander(house));
});
afterAll(() => house?.stop());

describe('break-glass', () => {
  // shows: R57, R60
  it('clears the way past who is missing, is cleared, executed, and verified as what it is', async () => {
    const decisionId = await openRouted(house);
    expect(await house.client.breakGlass(decisionId, glass, OPTIONS)).toMatchObject({ verdict: 'accepted' });
    expect(await house.client.state(decisionId)).toMatchObject({
      stage: 'authorized',
      overrides: [{ actor_id: GLASS }],
    });
    await confirm(house, decisionId, await house.client.claim(decisionId, house.signer(PEOPLE.deployer)));
    await house.client.wait(decisionId, { until: 'closed', timeoutMs: 20_000 });
    expect(typesOf(await chainOf(house, decisionId))).toContain('override.breakglass');
    const report = await verifyExported(house, decisionId, 'executed');
    expect(report).toMatchObject({ evidence: 'holds', outcome: 'executed' });
    expect(report.answers?.who).toEqual(
      expect.arrayContaining([
        `BREAK-GLASS by ${GLASS} as incident_commander, without 1 executive; owner ${GLASS}, controls pager-watch, second-look`,
        expect.stringMatching(/^review by security_owner OUTSTANDING, due /u),
      ]),
    );
    expect(report.answers?.why).toContain('reason of break-glass 1: customers cannot log in');
  });

  // shows: R60
  it('is reviewed by somebody uninvolved, in an addendum; not by who broke it', async () => {
    const decisionId = await openRouted(house, randomUUID());
    await house.client.breakGlass(decisionId, glass, OPTIONS);
    await confirm(house, decisionId, await house.client.claim(decisionId, house.signer(PEOPLE.deployer)));
    await house.client.wait(decisionId, { until: 'closed', timeoutMs: 20_000 });
    const findings = { verdict: 'justified', findings: 'the pager was right' } as const;
    expect(await house.client.review(decisionId, approvals, findings)).toMatchObject({
      verdict: 'refused',
      code: 'review.role',
    });
    const reviewed = await house.client.review(decisionId, house.signer(PEOPLE.securityOwner), findings);
    expect(reviewed).toMatchObject({ verdict: 'accepted', code: null });
    expect(typesOf(await chainOf(house, reviewed.addendum ?? ''))).toEqual(['addendum.opened', 'override.reviewed']);
    expect(reviewed.acknowledgement).not.toBeNull();
  });

  // shows: R59
  it('needs its own key: with the key for approvals nothing is recorded', async () => {
    const decisionId = await openRouted(house, randomUUID());
    await expect(house.client.breakGlass(decisionId, approvals, OPTIONS)).rejects.toMatchObject({
      code: 'submit.discarded',
      serverCode: 'statement.key_use',
    });
    await expect(
      house.client.approve(decisionId, glass, { rationale: 'with the wrong key', roles: ['incident_commander'] }),
    ).rejects.toMatchObject({ serverCode: 'statement.key_use' });
    expect(await house.client.state(decisionId)).toMatchObject({ stage: 'routed', overrides: [] });
  });

  // shows: R61
  it('passes no hard gate: what one denied is closed, and neither an override nor a claim opens it again', async () => {
    const { context } = house.request('any');
    const wanted = house.request(randomUUID(), { context: { ...context, ticket: 'CHG-0' } });
    const { decisionId, view } = await house.client.open(wanted);
    expect(view).toMatchObject({ stage: 'closed', outcome: 'denied', ending: 'gate.denied' });
    await expect(house.client.breakGlass(decisionId, glass, OPTIONS)).rejects.toMatchObject({
      code: 'decision.not_routed',
    });
    expect(typesOf(await chainOf(house, decisionId))).toEqual([
      'decision.requested',
      'policy.evaluated',
      'risk.evaluated',
      'decision.denied',
    ]);
    expect(await verifyExported(house, decisionId, 'denied')).toMatchObject({ findings: [], outcome: 'denied' });
  });

  it('is taken back until clearance', async () => {
    const decisionId = await openRouted(house, randomUUID());
    await house.client.breakGlass(decisionId, glass, OPTIONS);
    // Whoever takes it back signs with the key for ordinary statements.
    expect(await house.client.revoke(decisionId, approvals, { reason: 'it was the wrong service' })).toMatchObject({
      verdict: 'accepted',
    });
    expect(await house.client.state(decisionId)).toMatchObject({ stage: 'routed', overrides: [] });
  });
});

describe('a review that is overdue', () => {
  let hasty: RunningHouse;

  beforeAll(async () => {
    hasty = await startHouse({
      temporalAddress: inject('temporalAddress'),
      redisUrl: inject('redisUrl'),
      policy: breakable(1),
    });
    ({ glass } = await enterCommander(hasty));
  });
  afterAll(() => hasty?.stop());

  async function executed(decisionId: string): Promise<void> {
    await confirm(hasty, decisionId, await hasty.client.claim(decisionId, hasty.signer(PEOPLE.deployer)));
    await hasty.client.wait(decisionId, { until: 'closed', timeoutMs: 20_000 });
  }

  // shows: R60
  it('keeps the next glass whole, on record, until it is made', async () => {
    const owing = await openRouted(hasty, randomUUID());
    await hasty.client.breakGlass(owing, glass, OPTIONS);
    await executed(owing);
    await expect
      .poll(() => hasty.reviews.overdueAt(timestamp(Date.now())), { timeout: 20_000 })
      .toMatchObject({
        decisionId: owing,
      });
    const next = await openRouted(hasty, randomUUID());
    expect(await hasty.client.breakGlass(next, glass, OPTIONS)).toMatchObject({
      verdict: 'refused',
      code: 'override.review_overdue',
    });
    const refused = (await chainOf(hasty, next)).find(({ event_type }) => event_type === 'statement.refused');
    expect(refused).toMatchObject({ overdue: owing });

    const findings = { verdict: 'unjustified', findings: 'the executive was reachable' } as const;
    const reviewed = await hasty.client.review(owing, hasty.signer(PEOPLE.securityOwner), findings);
    expect(reviewed.verdict).toBe('accepted');
    expect(await hasty.client.breakGlass(next, glass, OPTIONS)).toMatchObject({ verdict: 'accepted' });
    await executed(next);
    const report = await verifyExported(hasty, next, 'executed');
    expect(report.findings).toEqual([]);
    expect(report.rests_on_service).toContain(
      'that the review of another override was overdue, for which an override was refused',
    );
  });
});
