import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { signWaiver } from '../../client/index.ts';
import { instant, timestamp } from '../../core/domain/vocabulary.ts';
import { hasCode } from '../../core/errors.ts';
import { ORIGIN, PEOPLE, type RunningHouse, startHouse } from '../support/running-house.ts';
import { approve, chainOf, confirm, verifyExported } from '../support/scenario.ts';

/** A gate that denies, waived for one candidate, on real servers, from the signature to the verified pack. */

const GATE = 'CANARY-BOUND';

let house: RunningHouse;

beforeAll(async () => {
  house = await startHouse({
    temporalAddress: inject('temporalAddress'),
    redisUrl: inject('redisUrl'),
    policy: (policy) => ({
      ...policy,
      gates: [
        ...policy.gates,
        {
          id: GATE,
          name: 'Bounded',
          hard: false,
          when: 'request.context.canary == "wide"',
          result: 'deny',
          reason: 'it is not',
        },
      ],
      waivers: { roles: ['release_owner'], gates: [GATE], life_s: 3600 },
    }),
  });
});
afterAll(() => house?.stop());

function waiver(change: Partial<Parameters<typeof signWaiver>[1]> = {}, by: string = PEOPLE.releaseOwner) {
  const { candidate, action, target, policy } = house.request(randomUUID());
  const now = timestamp(Date.now());
  return signWaiver(
    house.signer(by),
    {
      policy: policy.digest,
      gate: GATE,
      candidate: candidate.digest,
      action,
      target,
      role: 'release_owner',
      owner: PEOPLE.creator,
      controls: ['pager-watch'],
      reason: 'the season ends on Thursday',
      expiresAt: timestamp(instant(now) + 1_800_000),
      ...change,
    },
    {
      origin: ORIGIN,
      tenant: house.tenant,
      now: () => now,
      random: (count) => crypto.getRandomValues(new Uint8Array(count)),
    },
  );
}

/** A request that the gate denies. */
function wide(key: string = randomUUID()) {
  const request = house.request(key);
  return { ...request, context: { ...request.context, canary: 'wide' } };
}

describe('a waiver', () => {
  it('lets a denied request be approved by somebody else, and the pack says who waived what', async () => {
    expect((await house.client.open(wide())).view).toMatchObject({ stage: 'closed', ending: 'gate.denied' });
    const signed = waiver();
    const request = { ...wide(), waivers: [signed] };
    const { decisionId, view } = await house.client.open(request);
    expect(view.stage).toBe('routed');
    expect(await house.client.open(request)).toMatchObject({ decisionId, started: false });
    const { rendered: text } = await house.client.brief(decisionId);
    expect(text).toContain(`${GATE} deny (WAIVED)`);
    expect(text).toContain(`owner ${PEOPLE.creator}; controls pager-watch`);
    await approve(house, decisionId);
    const claim = await house.client.claim(decisionId, house.signer(PEOPLE.deployer));
    await confirm(house, decisionId, claim);
    await house.client.wait(decisionId, { until: 'closed', timeoutMs: 20_000 });
    const report = await verifyExported(house, decisionId, 'executed');
    expect(report).toMatchObject({ evidence: 'holds', findings: [] });
    expect(report.answers?.why).toContain('reason of waiver 1: the season ends on Thursday');
    const [requested] = await chainOf(house, decisionId);
    expect(requested).toMatchObject({ waivers: [signed.digest] });
  });

  it('serves a second request about the same candidate, which another waiver makes another request', async () => {
    const [first, second] = [waiver(), waiver({ owner: PEOPLE.author })];
    const key = randomUUID();
    expect((await house.client.open({ ...wide(), waivers: [first] })).view.stage).toBe('routed');
    expect((await house.client.open({ ...wide(key), waivers: [first] })).view.stage).toBe('routed');
    await expect(house.client.open({ ...wide(key), waivers: [second] })).rejects.toMatchObject({
      code: 'decision.conflict',
    });
  });

  it('of something else is refused before anything is written, by the client and by the service', async () => {
    const other = waiver({ target: 'another-target' });
    await expect(house.client.open({ ...wide(), waivers: [other] })).rejects.toMatchObject({ code: 'waiver.other' });
    const never = waiver({ gate: 'POL-NONE' });
    const refused = await house.client.open({ ...wide(), waivers: [never] }).catch((error: unknown) => error);
    expect(hasCode(refused, 'request.refused') && refused).toMatchObject({ serverCode: 'waiver.not_permitted' });
  });

  it('that does not hold denies the decision, on record', async () => {
    const { view } = await house.client.open({ ...wide(), waivers: [waiver({}, PEOPLE.executive)] });
    expect(view).toMatchObject({ stage: 'closed', ending: 'waiver.role_not_held' });
  });

  it('bars whoever signed it', async () => {
    const { decisionId } = await house.client.open({ ...wide(), waivers: [waiver()] });
    const by = house.signer(PEOPLE.releaseOwner);
    expect(await house.client.abstain(decisionId, by, { reason: 'I waived', roles: ['release_owner'] })).toMatchObject({
      verdict: 'refused',
      code: 'approval.by_waiver_author',
    });
  });
});
