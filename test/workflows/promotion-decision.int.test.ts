import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { readEnvelope } from '../../core/canon/index.ts';
import { workflowIdOf } from '../../core/contracts/names.ts';
import { type ApprovalStatement, statementType } from '../../core/domain/statements.ts';
import { type Outcome, timestamp } from '../../core/domain/vocabulary.ts';
import { authenticateService, decisionIdFor, readStatement, signStatement } from '../../documents/index.ts';
import { exitCode } from '../../verifier/index.ts';
import { PEOPLE, type RunningHouse, startHouse } from '../support/running-house.ts';
import { approve, chainOf, confirm, execute, openRouted, typesOf, verifyExported } from '../support/scenario.ts';

let house: RunningHouse;

beforeAll(async () => {
  house = await startHouse({ temporalAddress: inject('temporalAddress'), redisUrl: inject('redisUrl') });
});
afterAll(() => house.stop());

const STORY = [
  'decision.requested',
  'policy.evaluated',
  'risk.evaluated',
  'authority.routed',
  'authority.approved',
  'execution.cleared',
  'execution.confirmed',
];

describe('the main road', () => {
  // shows: R21, R65
  it('carries a decision from request to sealed pack', async () => {
    const decisionId = await execute(house);
    const events = await chainOf(house, decisionId);
    expect(typesOf(events)).toEqual(STORY);
    const view = await house.client.state(decisionId);
    expect(view).toMatchObject({ status: 'executed', outcome: 'executed', score: 0.86, band: 'high' });
    expect(view.pack).toMatch(/^sha256:/);
  });

  it('answers every statement with an acknowledgement signed by the service', async () => {
    const decisionId = await openRouted(house);
    const { acknowledgement, statement } = await approve(house, decisionId);
    const read = readStatement(acknowledgement, 'acknowledgement');
    const { origin } = house.trust.trust;
    authenticateService(read, house.trust, 'acknowledgement', {
      origin,
      tenant: house.tenant,
      decisionId,
      at: timestamp(Date.now()),
    });
    const event = (await chainOf(house, decisionId)).at(-1);
    expect(read.statement).toMatchObject({
      statement,
      verdict: 'accepted',
      code: null,
      event: event?.integrity_hash,
      sequence: 5,
    });
  });

  // shows: R51
  it('ends in denied when somebody rejects, and seals it', async () => {
    const decisionId = await openRouted(house);
    await house.client.reject(decisionId, house.signer(PEOPLE.executive), {
      reason: 'The rollback was tested on another build',
    });
    const view = await house.client.wait(decisionId, { until: 'closed', timeoutMs: 20_000 });
    expect(view).toMatchObject({ status: 'denied', ending: 'authority.rejected' });
    expect(typesOf(await chainOf(house, decisionId)).slice(-2)).toEqual(['authority.rejected', 'decision.denied']);
  });

  it('is cancelled by its requester', async () => {
    const decisionId = await openRouted(house);
    await house.client.cancel(decisionId, house.signer(PEOPLE.operator), { reason: 'Superseded' });
    const view = await house.client.wait(decisionId, { until: 'closed', timeoutMs: 20_000 });
    expect(view.status).toBe('cancelled');
  });

  it('takes the same statement by signal', async () => {
    const decisionId = await openRouted(house);
    await house.client.signalSubmit(decisionId, approval(await house.client.state(decisionId)));
    const view = await house.client.wait(decisionId, { until: 'authorized', timeoutMs: 20_000 });
    expect(view.stage).toBe('authorized');
  });
});

describe('a stranger verifies what was exported', () => {
  async function expectVerified(decisionId: string, outcome: Outcome): Promise<void> {
    await house.client.wait(decisionId, { until: 'closed', timeoutMs: 20_000 });
    const report = await verifyExported(house, decisionId, outcome);
    expect(report.findings.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(report).toMatchObject({ evidence: 'holds', outcome, level: { reached: 'C2' } });
    expect(exitCode(report, { require: 'C2', expect: outcome })).toBe(0);
  }

  it('an executed decision with refusals on its way', async () => {
    const decisionId = await openRouted(house);
    const view = await house.client.state(decisionId);
    await house.client.submit(decisionId, approval(view, { signer: PEOPLE.operator }));
    await house.client.submit(decisionId, approval(view, { signer: PEOPLE.releaseOwner }));
    await house.client.signalSubmit(decisionId, approval(view, {}, house.signer(PEOPLE.creator).key));
    await house.client.claim(decisionId, house.signer(PEOPLE.deployer));
    await approve(house, decisionId);
    await confirm(house, decisionId, await house.client.claim(decisionId, house.signer(PEOPLE.deployer)));
    await expectVerified(decisionId, 'executed');
  });

  // shows: R51
  it('a rejected one', async () => {
    const decisionId = await openRouted(house);
    await house.client.reject(decisionId, house.signer(PEOPLE.executive), { reason: 'no' });
    await expectVerified(decisionId, 'denied');
  });

  // shows: R79
  it('one that a gate denied', async () => {
    const { decisionId } = await house.client.open(
      house.request(randomUUID(), { context: { environment: 'production' } }),
    );
    await expectVerified(decisionId, 'denied');
  });

  it('a cancelled one', async () => {
    const decisionId = await openRouted(house);
    await house.client.cancel(decisionId, house.signer(PEOPLE.operator), { reason: 'no longer' });
    await expectVerified(decisionId, 'cancelled');
  });

  // shows: R102
  it('the same bytes at every export', async () => {
    const decisionId = await execute(house);
    const [first, second] = [await house.client.export(decisionId), await house.client.export(decisionId)];
    expect(Buffer.from(first.bundle).equals(second.bundle)).toBe(true);
    expect(Buffer.from(first.view).equals(second.view)).toBe(true);
  });
});

describe('one request is one decision', () => {
  // shows: R20
  it('opens once for the same requester and idempotency key', async () => {
    const key = randomUUID();
    const request = house.request(key);
    const first = await house.client.open(request);
    const second = await house.client.open(request);
    expect(second).toMatchObject({ decisionId: first.decisionId, started: false });
    expect((await chainOf(house, first.decisionId)).length).toBe(4);
  });

  // shows: R20
  it('refuses another request under the same key', async () => {
    const request = house.request(randomUUID());
    await house.client.open(request);
    const other = house.client.open({ ...request, target: 'staging-gateway-01' });
    await expect(other).rejects.toMatchObject({ code: 'decision.conflict' });
  });
});

/** A signed approval of what the view shows, with whatever is changed. */
function approval(
  view: Awaited<ReturnType<RunningHouse['client']['state']>>,
  overrides: Partial<ApprovalStatement> = {},
  key = house.signer(overrides.signer ?? PEOPLE.executive).key,
) {
  const statement: ApprovalStatement = {
    _type: statementType('approval'),
    origin: house.trust.trust.origin,
    tenant: house.tenant,
    decision_id: view.decisionId,
    signer: PEOPLE.executive,
    signed_at: timestamp(Date.now()),
    nonce: Buffer.from(randomUUID()).toString('base64').slice(0, 44),
    basis: view.basis ?? '',
    routed: view.routed ?? '',
    roles: ['executive'],
    scope: 'full',
    brief: view.brief ?? '',
    rationale: view.basis ?? '',
    expires_at: timestamp(Date.now() + 1800 * 1000),
    ...overrides,
  };
  return signStatement(statement, key);
}

const OTHER = `sha256:${'ab'.repeat(32)}`;

describe('well formed, signed by someone known, and refused: one event and an acknowledgement', () => {
  const refusals: readonly [name: string, overrides: Partial<ApprovalStatement>, code: string][] = [
    ['by the requester', { signer: PEOPLE.operator }, 'approval.by_requester'],
    ['by the creator of the candidate', { signer: PEOPLE.creator }, 'approval.by_candidate_creator'],
    ['by the author of the evidence', { signer: PEOPLE.author }, 'approval.by_evidence_author'],
    ['by a workload', { signer: PEOPLE.deployer }, 'approval.by_workload'],
    ['for a role not held', { signer: PEOPLE.releaseOwner }, 'approval.role_not_held'],
    [
      'for a role nobody asked for',
      { signer: PEOPLE.releaseOwner, roles: ['release_owner'] },
      'approval.role_not_required',
    ],
    ['for another basis', { basis: OTHER }, 'approval.basis'],
    ['for another routing', { routed: OTHER }, 'approval.routed_unknown'],
    ['for another brief', { brief: OTHER }, 'approval.brief'],
    [
      'for longer than the policy allows',
      { expires_at: timestamp(Date.now() + 7200 * 1000) },
      'approval.life_too_long',
    ],
  ];
  // shows: R42, R54
  it.each(refusals)('%s', async (_name, overrides, code) => {
    const decisionId = await openRouted(house);
    const envelope = approval(await house.client.state(decisionId), overrides);
    const answer = await house.client.submit(decisionId, envelope);
    expect(answer).toMatchObject({ verdict: 'refused', code });
    const event = (await chainOf(house, decisionId)).at(-1);
    expect(event).toMatchObject({ event_type: 'statement.refused', code, statement: answer.statement });
    const read = readStatement(answer.acknowledgement, 'acknowledgement');
    expect(read.statement).toMatchObject({ verdict: 'refused', code, event: event?.integrity_hash });
  });

  it('expired: the instant belongs to the timeout', async () => {
    const decisionId = await openRouted(house);
    const expires_at = timestamp(Date.now() + 400);
    const envelope = approval(await house.client.state(decisionId), { expires_at });
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await house.client.submit(decisionId, envelope)).toMatchObject({ code: 'approval.expired' });
  });

  // shows: R43
  it('a second approval by the same person', async () => {
    const decisionId = await openRouted(house);
    await approve(house, decisionId);
    expect(await house.client.submit(decisionId, approval(await house.client.state(decisionId)))).toMatchObject({
      code: 'approval.repeated',
    });
  });

  it('the very same statement again: the same answer, no second event', async () => {
    const decisionId = await openRouted(house);
    const envelope = approval(await house.client.state(decisionId));
    const first = await house.client.submit(decisionId, envelope);
    await house.client.signalSubmit(decisionId, envelope);
    const again = await house.client.submit(decisionId, envelope);
    expect(again.acknowledgement).toEqual(first.acknowledgement);
    expect((await chainOf(house, decisionId)).length).toBe(5);
  });

  // shows: R19
  it('a claim while an approval is missing', async () => {
    const decisionId = await openRouted(house);
    const claim = await house.client.claim(decisionId, house.signer(PEOPLE.deployer));
    expect(claim).toMatchObject({ verdict: 'refused', code: 'claim.authority_missing', permit: null });
  });

  it('a claim by somebody the target does not name', async () => {
    const decisionId = await openRouted(house);
    await approve(house, decisionId);
    const claim = await house.client.claim(decisionId, house.signer('model-releaser'));
    expect(claim).toMatchObject({ verdict: 'refused', code: 'claim.not_executor' });
  });

  // shows: R23
  it('a second claim, and an approval, after clearance', async () => {
    const decisionId = await openRouted(house);
    await approve(house, decisionId);
    await house.client.claim(decisionId, house.signer(PEOPLE.deployer));
    expect(await house.client.claim(decisionId, house.signer(PEOPLE.deployer))).toMatchObject({
      code: 'claim.already_cleared',
    });
    const late = approval(await house.client.state(decisionId), { signer: PEOPLE.secondExecutive });
    expect(await house.client.submit(decisionId, late)).toMatchObject({ verdict: 'refused', code: 'decision.cleared' });
  });

  it('a confirmation whose permit is unknown', async () => {
    const decisionId = await openRouted(house);
    await approve(house, decisionId);
    const claim = await house.client.claim(decisionId, house.signer(PEOPLE.deployer));
    expect(await confirm(house, decisionId, { ...claim, permit: OTHER })).toMatchObject({
      code: 'receipt.permit_unknown',
    });
    expect(await confirm(house, decisionId, claim)).toMatchObject({ verdict: 'accepted' });
  });

  // shows: R69
  it('a confirmation whose permit was used, in an addendum that leaves the decision alone', async () => {
    const decisionId = await openRouted(house);
    await approve(house, decisionId);
    const claim = await house.client.claim(decisionId, house.signer(PEOPLE.deployer));
    await confirm(house, decisionId, claim);
    const { pack } = await house.client.wait(decisionId, { until: 'closed', timeoutMs: 20_000 });
    const again = await confirm(house, decisionId, claim);
    expect(again).toMatchObject({ verdict: 'refused', code: 'receipt.permit_used' });
    const addendum = await chainOf(house, again.addendum ?? '');
    expect(addendum).toMatchObject([
      { event_type: 'addendum.opened', closed_decision: decisionId },
      { event_type: 'statement.refused', code: 'receipt.permit_used' },
    ]);
    expect((await house.client.state(decisionId)).pack).toBe(pack);
  });

  it('an approval after the decision has closed', async () => {
    const decisionId = await execute(house);
    const late = approval(await house.client.state(decisionId), { signer: PEOPLE.secondExecutive });
    expect(await house.client.submit(decisionId, late)).toMatchObject({ verdict: 'refused', code: 'decision.closed' });
    expect(typesOf(await chainOf(house, decisionId))).toEqual(STORY);
  });
});

describe('a request that is not authentic', () => {
  // shows: R66
  it('is refused with its code, leaves no event, and its key stays free', async () => {
    const key = randomUUID();
    const forged = house.request(key, {
      requester: { actorId: PEOPLE.operator, key: house.signer(PEOPLE.executive).key },
    });
    await expect(house.client.open(forged)).rejects.toMatchObject({
      code: 'request.refused',
      serverCode: 'statement.key_owner',
    });
    const { origin } = house.trust.trust;
    const decisionId = decisionIdFor({ origin, tenant: house.tenant, requester: PEOPLE.operator, idempotencyKey: key });
    expect(await house.ledger.read(decisionId)).toEqual([]);
    expect(await openRouted(house, key)).toBe(decisionId);
  });
});

describe('malformed or not authenticated: one clear error, and nothing is written', () => {
  const foreign = (): RunningHouse['client'] => house.client;
  const discards: readonly [
    name: string,
    overrides: Partial<ApprovalStatement>,
    signedBy: string | null,
    code: string,
  ][] = [
    ["signed with another person's key", {}, PEOPLE.secondExecutive, 'statement.key_owner'],
    ['of another tenant', { tenant: 'other' }, null, 'document.tenant'],
    ['of another origin', { origin: 'other.example' }, null, 'document.origin'],
    ['by somebody the roster does not know', { signer: 'nobody-99' }, PEOPLE.executive, 'statement.signer_unknown'],
    [
      'signed an hour ahead',
      { signed_at: timestamp(Date.now() + 3600_000), expires_at: timestamp(Date.now() + 7000_000) },
      null,
      'statement.from_the_future',
    ],
  ];
  // shows: R41
  it.each(discards)('%s', async (_name, overrides, signedBy, code) => {
    const decisionId = await openRouted(house);
    const view = await house.client.state(decisionId);
    const key = house.signer(signedBy ?? PEOPLE.executive).key;
    const answer = foreign().submit(decisionId, approval(view, overrides, key));
    await expect(answer).rejects.toMatchObject({ code: 'submit.discarded', serverCode: code });
    expect((await chainOf(house, decisionId)).length).toBe(4);
  });

  // shows: R46
  it('of another decision', async () => {
    const [one, other] = await Promise.all([openRouted(house), openRouted(house)]);
    const envelope = approval(await house.client.state(other));
    await house.client.signalSubmit(one, envelope);
    await approve(house, one);
    const events = await chainOf(house, one);
    expect(typesOf(events)).toEqual(STORY.slice(0, 5));
    expect(events.at(-1)?.actor_id).toBe(PEOPLE.executive);
  });

  it('with a broken signature', async () => {
    const decisionId = await openRouted(house);
    const envelope = approval(await house.client.state(decisionId));
    const [{ keyid, sig }] = envelope.signatures;
    const broken = {
      ...envelope,
      signatures: [{ keyid, sig: (sig.startsWith('A') ? 'B' : 'A') + sig.slice(1) }] as const,
    };
    await expect(house.client.submit(decisionId, broken)).rejects.toMatchObject({ serverCode: 'statement.signature' });
  });

  it('with two signatures', async () => {
    const decisionId = await openRouted(house);
    const envelope = approval(await house.client.state(decisionId));
    const doubled = { ...envelope, signatures: [...envelope.signatures, ...envelope.signatures] };
    await expect(house.client.submit(decisionId, doubled as never)).rejects.toMatchObject({
      code: 'envelope.signature_count',
    });
    expect(() => readEnvelope(doubled)).toThrow(/signature_count/);
  });

  it('counts what did not authenticate in one event before the end', async () => {
    const decisionId = await openRouted(house);
    const view = await house.client.state(decisionId);
    for (let i = 0; i < 3; i += 1)
      await house.client.signalSubmit(decisionId, approval(view, {}, house.signer(PEOPLE.creator).key));
    await house.client.cancel(decisionId, house.signer(PEOPLE.operator), { reason: 'enough' });
    await house.client.wait(decisionId, { until: 'closed', timeoutMs: 20_000 });
    const events = await chainOf(house, decisionId);
    expect(typesOf(events).slice(-2)).toEqual(['statements.discarded', 'decision.cancelled']);
    expect(events.at(-2)).toMatchObject({ counts: { 'statement.key_owner': 3 } });
  });
});

describe('cost', () => {
  it('of an ordinary decision with two approvals stays under 60 history events', async () => {
    const decisionId = await openRouted(house);
    await approve(house, decisionId);
    await approve(house, decisionId, PEOPLE.secondExecutive);
    await confirm(house, decisionId, await house.client.claim(decisionId, house.signer(PEOPLE.deployer)));
    await house.client.wait(decisionId, { until: 'closed', timeoutMs: 20_000 });
    const connection = await Connection.connect({ address: inject('temporalAddress') });
    try {
      const history = await new Client({ connection }).workflow.getHandle(workflowIdOf(decisionId)).fetchHistory();
      expect(history.events?.length).toBeLessThan(60);
    } finally {
      await connection.close();
    }
  });
});

describe('operators', () => {
  it('says what a decision waits for, and from whom', async () => {
    const decisionId = await openRouted(house);
    const tree = await house.client.why(decisionId);
    expect(tree.waiting).toMatchObject([{ what: 'approval', from: ['executive'] }]);
    expect(tree.waiting[0]?.causes[0]?.from).toContain(PEOPLE.executive);
    expect(tree.next[0]?.what).toBe('evidence_valid_until runs out');
  });
});
