import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Signer } from '../../client/index.ts';
import { digestBytes, privateKeyFromSeed } from '../../core/canon/index.ts';
import { timestamp } from '../../core/domain/vocabulary.ts';
import type { Policy } from '../../documents/index.ts';
import { readRoster } from '../../documents/index.ts';
import { endorseNext, rosterKey } from '../../founding/index.ts';
import { ORIGIN, PEOPLE, type RunningHouse, startHouse } from '../support/running-house.ts';
import { chainOf, confirm, openRouted, typesOf, verifyExported } from '../support/scenario.ts';

/** Break-glass on real servers, from the key in the roster to the verified pack (R57-R61). */

let house: RunningHouse;
const GLASS = 'commander-51';
const approvals: Signer = { actorId: GLASS, key: newKey() };
const glass: Signer = { actorId: GLASS, key: newKey() };
const OPTIONS = { reason: 'customers cannot log in', owner: GLASS, controls: ['pager-watch', 'second-look'] };

function newKey() {
  return privateKeyFromSeed(Uint8Array.from(randomBytes(32)));
}

const breakable =
  (review_s: number) =>
  (policy: Policy): Policy => {
    const breakglass = { role: 'incident_commander', life_s: 900, review_role: 'security_owner', review_s };
    return { ...policy, breakglass };
  };

/** The next roster, with one more person, who has a key for approvals and one for break-glass. */
async function enterCommander(house: RunningHouse): Promise<void> {
  const at = timestamp(Date.now());
  const random = (length: number) => Uint8Array.from(randomBytes(length));
  const surroundings = { origin: ORIGIN, tenant: house.tenant, at, random };
  const before = readRoster(house.house.roster.bytes);
  const keys = [
    rosterKey(surroundings, GLASS, approvals.key),
    { ...rosterKey(surroundings, GLASS, glass.key), use: 'breakglass' as const },
  ];
  const role = { environments: '*', actions: '*', valid_from: at, valid_until: null } as const;
  const grants = [{ ...role, role: 'incident_commander' }];
  const next = {
    ...before,
    serial: before.serial + 1,
    predecessor: digestBytes(house.house.roster.bytes),
    issued_at: at,
    persons: [...before.persons, { actor_id: GLASS, keys, grants }],
  };
  const { bytes, endorsements } = endorseNext(house.house, 'roster', next, surroundings);
  await house.registry.publish('roster', bytes, endorsements, at);
}

beforeAll(async () => {
  house = await startHouse({
    temporalAddress: inject('temporalAddress'),
    redisUrl: inject('redisUrl'),
    policy: breakable(432_000),
  });
  await enterCommander(house);
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
    await enterCommander(hasty);
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
