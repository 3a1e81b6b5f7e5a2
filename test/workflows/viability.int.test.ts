import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { OpenRequest } from '../../client/index.ts';
import { canonicalBytes, digestBytes } from '../../core/canon/index.ts';
import { readEvidencePacket, readStatement, signStatement } from '../../documents/index.ts';
import { PEOPLE, type RunningHouse, startHouse } from '../support/running-house.ts';
import { chainOf, typesOf, verifyExported } from '../support/scenario.ts';

/** A change that is not worth making, on real servers: it ends at once, is recorded, and is sealed (R86). */

let house: RunningHouse;

beforeAll(async () => {
  house = await startHouse({
    temporalAddress: inject('temporalAddress'),
    redisUrl: inject('redisUrl'),
    policy: (policy) => ({
      ...policy,
      viability: {
        actions: ['model.promote'],
        minimum_reserve: { value: 1000, unit: 'EUR' },
        change_threshold: { value: 0.05, unit: 'points' },
        governance_roles: ['security_owner'],
      },
    }),
  });
});
afterAll(() => house?.stop());

/** A promotion that scores so much. */
function promotion(score: number): OpenRequest {
  const wanted = house.request(randomUUID(), { action: 'model.promote' });
  const packet = readEvidencePacket(wanted.packet);
  const computed_from = packet.sections.evaluation?.data_manifest;
  if (!computed_from) throw new TypeError('the packet has a data manifest');
  const projection = (value: number, unit: string) => ({ value, unit, source: 'controller', computed_from });
  const viability = { projected_reserve: projection(1250.5, 'EUR'), score: projection(score, 'points') };
  const bytes = canonicalBytes({ ...packet, viability });
  const { statement } = readStatement(wanted.evidenceStatement, 'evidence');
  const vouching = { ...statement, packet: digestBytes(bytes) };
  return { ...wanted, packet: bytes, evidenceStatement: signStatement(vouching, house.signer(PEOPLE.author).key) };
}

describe('viability', () => {
  it('ends a change that is not worth making as no_op, sealed as a refusal', async () => {
    const { decisionId, view } = await house.client.open(promotion(0.05));
    expect(view).toMatchObject({
      status: 'denied',
      outcome: 'no_op',
      ending: 'viability.no_op_threshold',
      score: null,
    });
    await house.client.wait(decisionId, { until: 'closed', timeoutMs: 20_000 });
    const chain = await chainOf(house, decisionId);
    expect(typesOf(chain)).toEqual(['decision.requested', 'policy.evaluated', 'decision.denied']);
    const report = await verifyExported(house, decisionId, 'no_op');
    expect([report.evidence, report.outcome, report.findings]).toEqual(['holds', 'no_op', []]);
  });

  it('lets one that is worth it go on to its people', async () => {
    const { view } = await house.client.open(promotion(0.0501));
    expect(view).toMatchObject({ stage: 'routed', outcome: null });
  });
});
