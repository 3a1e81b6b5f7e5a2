import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type OpenRequest, type Signer, signEvaluation } from '../../client/index.ts';
import { canonicalBytes, digestBytes, digestJson, type Envelope } from '../../core/canon/index.ts';
import { policyDigest } from '../../documents/index.ts';
import type { EvidencePacket } from '../../documents/evidence.ts';
import { ORIGIN, PEOPLE, type RunningHouse, startHouse } from '../support/running-house.ts';
import { approve, chainOf, confirm, typesOf, verifyExported } from '../support/scenario.ts';

/** Evaluation cards that are read, and evidence that grows old, on real servers (R76, R77). */

const GAUGE = 'gauge-61';
const MAKER = 'maker-of-both-62';
/** Seconds for which an evaluation counts. */
const AGE_S = 300;

let house: RunningHouse;

beforeAll(async () => {
  house = await startHouse({
    temporalAddress: inject('temporalAddress'),
    redisUrl: inject('redisUrl'),
    more: { [GAUGE]: ['evaluator', 'executive'], [MAKER]: ['evaluator'] },
    policy: (policy) => ({
      ...policy,
      actions: policy.actions.map((action) => ({
        ...action,
        evidence: [...new Set([...action.evidence, 'evaluation' as const])],
        checks: ['evaluation'],
      })),
      evaluators: { roles: ['evaluator'] },
      times: { ...policy.times, evaluation_age_s: AGE_S },
    }),
  });
});
afterAll(() => house?.stop());

interface Evaluated {
  readonly by?: Signer;
  /** Seconds ago. */
  readonly ago?: number;
  /** What its author makes of the packet. */
  readonly packet?: (whole: EvidencePacket) => EvidencePacket;
}

/** A request whose packet repeats a card, as `by` signed it. */
function asking({ by = house.signer(GAUGE), ago = 10, packet: make = (whole) => whole }: Evaluated = {}): {
  readonly wanted: OpenRequest;
  readonly card: Envelope;
} {
  const plain = JSON.parse(new TextDecoder().decode(house.request('any').packet)) as EvidencePacket;
  const { evaluation } = plain.sections;
  const finished_at = new Date(Date.now() - ago * 1000).toISOString();
  const { suite, runtime, data_manifest, failure_slices, calibration, scorecards } = evaluation!;
  const { envelope: card } = signEvaluation(
    by,
    {
      subject: plain.subject,
      suite: suite!,
      data_manifest: data_manifest!.digest,
      runtime: runtime!,
      policy: { version: house.policy.version, digest: policyDigest(house.policy) },
      results: digestJson({ results: randomUUID() }),
      scorecards,
      failure_slices: failure_slices!,
      calibration: calibration!,
      started_at: finished_at,
      finished_at,
    },
    {
      origin: ORIGIN,
      tenant: house.tenant,
      now: () => new Date().toISOString(),
      random: (count) => Uint8Array.from(crypto.getRandomValues(new Uint8Array(count))),
    },
  );
  const repeated = {
    ...evaluation!,
    subject: plain.subject,
    evaluator: by.actorId,
    finished_at,
    card: digestJson(card),
  };
  const packet = make({
    ...plain,
    created_at: new Date().toISOString(),
    sections: { ...plain.sections, evaluation: repeated },
  });
  return { wanted: house.request(randomUUID(), { packet: canonicalBytes(packet) }), card };
}

describe('a house whose policy has the evaluation card read', () => {
  it('routes on it, lets its evaluator approve nothing, clears on it, and seals it', async () => {
    const { wanted, card } = asking();
    const { decisionId, view } = await house.client.open({ ...wanted, card });
    expect(view.stage).toBe('routed');
    const routed = (await chainOf(house, decisionId)).find(({ event_type }) => event_type === 'authority.routed');
    expect(routed).toMatchObject({ card: digestJson(card) });
    await expect(
      house.client.approve(decisionId, house.signer(GAUGE), { rationale: 'I measured it' }),
    ).resolves.toMatchObject({ code: 'approval.by_evaluator' });
    await approve(house, decisionId);
    await confirm(house, decisionId, await house.client.claim(decisionId, house.signer(PEOPLE.deployer)));
    await house.client.wait(decisionId, { until: 'closed', timeoutMs: 20_000 });
    const report = await verifyExported(house, decisionId, 'executed');
    expect(report).toMatchObject({ findings: [], evidence: 'holds', level: { reached: 'C2' } });
    expect(report.answers?.evidence.join('\n')).toContain(`evaluated by ${GAUGE}`);
  });

  it('refuses a packet whose author changed the results, before anything is stored', async () => {
    const { wanted, card } = asking({
      packet: (whole) => ({
        ...whole,
        sections: { ...whole.sections, evaluation: { ...whole.sections.evaluation!, failure_slices: [] } },
      }),
    });
    await expect(house.client.open({ ...wanted, card })).rejects.toMatchObject({ code: 'card.differs' });
    expect(await house.store.has(digestBytes(wanted.packet))).toBe(false);
    expect(await house.store.has(digestJson(card))).toBe(false);
  });

  it('denies an evaluation by whoever made the candidate, on record', async () => {
    const { wanted, card } = asking({ by: house.signer(MAKER) });
    const { decisionId, view } = await house.client.open({ ...wanted, creators: [PEOPLE.creator, MAKER], card });
    expect(view).toMatchObject({ stage: 'closed', outcome: 'denied' });
    expect((await chainOf(house, decisionId)).at(-1)).toMatchObject({ code: 'card.not_independent' });
    expect(await verifyExported(house, decisionId, 'denied')).toMatchObject({ findings: [], outcome: 'denied' });
  });

  it('waits, visibly, for a card that is not there', async () => {
    const { wanted, card } = asking();
    await house.store.put(wanted.packet);
    const decisionId = await house.openWithout(wanted.packet, wanted);
    await expect
      .poll(async () => (await house.client.why(decisionId)).failing, { timeout: 20_000 })
      .toMatchObject([{ what: 'evidence', code: 'store.not_found' }]);
    await house.store.put(canonicalBytes(card));
    const view = await house.client.wait(decisionId, { until: 'routed', timeoutMs: 40_000 });
    expect(view.stage).toBe('routed');
  });

  it('is evaluated anew from a newer packet with another card', async () => {
    const { wanted, card } = asking({ ago: 60 });
    const { decisionId } = await house.client.open({ ...wanted, card });
    const second = asking({ ago: 5 });
    const { packet, evidenceStatement: statement } = second.wanted;
    await house.client.reevaluate(decisionId, house.signer(PEOPLE.operator), {
      evidence: { packet, statement, card: second.card },
    });
    const routed = (await chainOf(house, decisionId)).filter(({ event_type }) => event_type === 'authority.routed');
    expect(routed.map((event) => 'card' in event && event.card)).toEqual([digestJson(card), digestJson(second.card)]);
  });

  it('is cleared no more once the evaluation is too old, though it was fresh when it was routed', async () => {
    const { wanted, card } = asking({ ago: AGE_S - 15 });
    const { decisionId, view } = await house.client.open({ ...wanted, card });
    expect(view.stage).toBe('routed');
    await approve(house, decisionId);
    await house.client.wait(decisionId, { until: 'closed', timeoutMs: 40_000 });
    const events = await chainOf(house, decisionId);
    expect(events.at(-1)).toMatchObject({ event_type: 'decision.expired', limit: 'evidence_valid_until' });
    await expect(house.client.claim(decisionId, house.signer(PEOPLE.deployer))).resolves.toMatchObject({
      permit: null,
    });
    expect(typesOf(await chainOf(house, decisionId))).not.toContain('execution.cleared');
    expect(await verifyExported(house, decisionId, 'expired')).toMatchObject({ findings: [], outcome: 'expired' });
  });

  it('denies one that is too old already, however new the packet', async () => {
    const { wanted, card } = asking({ ago: AGE_S + 1 });
    const { decisionId, view } = await house.client.open({ ...wanted, card });
    expect(view.outcome).toBe('denied');
    expect((await chainOf(house, decisionId)).at(-1)).toMatchObject({
      code: 'evidence.stale',
      detail: expect.stringContaining('$.sections.evaluation.finished_at') as string,
    });
  });
});
