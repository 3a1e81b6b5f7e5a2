import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { OpenRequest } from '../../client/index.ts';
import { canonicalBytes, digestBytes } from '../../core/canon/index.ts';
import { readEvidencePacket, readStatement, signStatement } from '../../documents/index.ts';
import type { Policy, PolicyAction } from '../../documents/policy.ts';
import { PEOPLE, type RunningHouse, startHouse } from '../support/running-house.ts';
import { approve, confirm, verifyExported } from '../support/scenario.ts';

/** A release in stages on real servers: each a decision that follows the one before, from the request to the pack (R84). */

let house: RunningHouse;

const stage = (deploy: PolicyAction, ladder: NonNullable<PolicyAction['ladder']>): PolicyAction => ({
  ...deploy,
  id: `release.${ladder.stage}`,
  ladder,
});

function withLadder(policy: Policy): Policy {
  const [deploy] = policy.actions;
  if (deploy === undefined) throw new TypeError('the example has an action');
  const stages = [
    stage(deploy, { stage: 'shadow', follows: [] }),
    stage(deploy, { stage: 'canary', follows: ['shadow'] }),
  ];
  return { ...policy, actions: [...policy.actions, ...stages] };
}

beforeAll(async () => {
  house = await startHouse({
    temporalAddress: inject('temporalAddress'),
    redisUrl: inject('redisUrl'),
    policy: withLadder,
  });
});
afterAll(() => house?.stop());

function entering(name: string, exposure: Record<string, string>, follows?: string): OpenRequest {
  const wanted = house.request(randomUUID(), { action: `release.${name}` });
  const packet = readEvidencePacket(wanted.packet);
  const { release_plan } = packet.sections;
  if (release_plan === undefined) throw new TypeError('the packet has a plan');
  const sections = { ...packet.sections, release_plan: { ...release_plan, exposure } };
  const bytes = canonicalBytes({ ...packet, sections });
  const { statement } = readStatement(wanted.evidenceStatement, 'evidence');
  const evidenceStatement = signStatement(
    { ...statement, packet: digestBytes(bytes) },
    house.signer(PEOPLE.author).key,
  );
  return { ...wanted, packet: bytes, evidenceStatement, ...(follows === undefined ? {} : { follows }) };
}

async function carriedOut(decisionId: string): Promise<void> {
  await approve(house, decisionId);
  await confirm(house, decisionId, await house.client.claim(decisionId, house.signer(PEOPLE.deployer)));
  await house.client.wait(decisionId, { until: 'closed', timeoutMs: 20_000 });
}

describe('a canary', () => {
  // shows: R84
  it('follows the shadow of its candidate, and carries its pack to whoever verifies it', async () => {
    const shadow = await house.client.open(entering('shadow', { traffic: '0 %' }));
    await carriedOut(shadow.decisionId);
    const canary = await house.client.open(entering('canary', { traffic: '5 %' }, shadow.decisionId));
    expect(canary.view.stage).toBe('routed');
    await carriedOut(canary.decisionId);
    const report = await verifyExported(house, canary.decisionId, 'executed');
    expect(report).toMatchObject({ evidence: 'holds', outcome: 'executed', level: { reached: 'C2' }, findings: [] });
    expect(report.answers?.why[0]).toBe(`follows decision ${shadow.decisionId}, of the same candidate`);
  });

  it('is denied on record where none went before', async () => {
    const { decisionId, view } = await house.client.open(entering('canary', { traffic: '5 %' }));
    expect(view).toMatchObject({ outcome: 'denied', ending: 'ladder.no_predecessor' });
    await house.client.wait(decisionId, { until: 'closed', timeoutMs: 20_000 });
    expect((await verifyExported(house, decisionId, 'denied')).evidence).toBe('holds');
  });
});
