import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { signEvidence, signReevaluation } from '../../client/index.ts';
import { digestBytes } from '../../core/canon/index.ts';
import type { DecisionEvent } from '../../core/domain/events.ts';
import { timestamp } from '../../core/domain/vocabulary.ts';
import type { Roster } from '../../documents/index.ts';
import { publishPolicy, publishRoster, withoutPerson } from '../support/governing.ts';
import { ORIGIN, PEOPLE, type RunningHouse, startHouse, type WorkerProcess } from '../support/running-house.ts';
import { approve, chainOf, confirm, insist, openRouted, typesOf, verifyExported } from '../support/scenario.ts';

/** A decision whose roster, evidence or policy changes while people sign, from the command to the verified pack. */

const EVENTS = ['decision.reevaluated', 'policy.evaluated', 'risk.evaluated', 'authority.routed'];

let house: RunningHouse;
let worker: WorkerProcess;
let founded: Roster;

beforeAll(async () => {
  house = await startHouse({ temporalAddress: inject('temporalAddress'), redisUrl: inject('redisUrl'), worker: false });
  worker = await house.startWorker();
  founded = (await house.registry.rosterInForce(timestamp(Date.now()))).index.roster;
});
afterEach(async () => {
  // Whoever left is back for the next test.
  await publishRoster(house, () => ({ persons: founded.persons, workloads: founded.workloads }));
});
afterAll(async () => {
  await worker?.stop();
  await house?.stop();
});

const requester = () => house.signer(PEOPLE.operator);
const deployer = () => house.signer(PEOPLE.deployer);

function here() {
  return {
    origin: ORIGIN,
    tenant: house.tenant,
    now: () => timestamp(Date.now()),
    random: (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes)),
  };
}

async function newerEvidence() {
  const { packet, evidenceStatement: statement } = house.request(randomUUID());
  return { packet, statement };
}

async function carryOut(decisionId: string): Promise<void> {
  const claim = await insist(() => house.client.claim(decisionId, deployer()));
  expect(claim).toMatchObject({ verdict: 'accepted' });
  await confirm(house, decisionId, claim);
  await house.client.wait(decisionId, { until: 'closed', timeoutMs: 20_000 });
  expect(await verifyExported(house, decisionId, 'executed')).toMatchObject({
    evidence: 'holds',
    findings: [],
    level: { reached: 'C2' },
  });
}

function eventOf(events: readonly DecisionEvent[]): Extract<DecisionEvent, { event_type: 'decision.reevaluated' }> {
  const found = events.findLast((event) => event.event_type === 'decision.reevaluated');
  if (found?.event_type !== 'decision.reevaluated') throw new Error('never evaluated anew');
  return found;
}

describe('another roster', () => {
  it('keeps the approvals of those who are still in it, once an executor has said so', async () => {
    const decisionId = await openRouted(house);
    await approve(house, decisionId);
    expect(await house.client.reevaluate(decisionId, deployer())).toMatchObject({
      verdict: 'refused',
      code: 'reevaluation.unchanged',
    });
    await publishRoster(house, withoutPerson(PEOPLE.secondExecutive));
    expect(await house.client.reevaluate(decisionId, deployer())).toMatchObject({ verdict: 'accepted' });
    expect(await house.client.state(decisionId)).toMatchObject({
      stage: 'authorized',
      approvals: [{ actor_id: PEOPLE.executive }],
      reevaluated: { changed: [], ended: [] },
    });
    await carryOut(decisionId);
  });

  it('is found by the claim where whoever approved has left: somebody who has come is asked, and signs', async () => {
    const decisionId = await openRouted(house);
    await approve(house, decisionId);
    await publishRoster(house, withoutPerson(PEOPLE.executive));
    expect(await house.client.claim(decisionId, deployer())).toMatchObject({ code: 'claim.authority_missing' });
    const view = await insist(async () => {
      const now = await house.client.state(decisionId);
      if (now.stage !== 'routed') throw new Error(`not evaluated anew yet: ${now.stage}`);
      return now;
    });
    expect(view).toMatchObject({ approvals: [], reevaluated: { changed: [] } });
    const { waiting } = await house.client.why(decisionId);
    expect(JSON.stringify(waiting)).toContain('1 signature ended: whoever gave them is not eligible');
    expect(typesOf(await chainOf(house, decisionId)).slice(-5)).toEqual(['statement.refused', ...EVENTS]);
    await approve(house, decisionId, PEOPLE.secondExecutive);
    await carryOut(decisionId);
  });
});

describe('newer evidence', () => {
  it('ends the approvals; the brief shows what changed, and to approve it again is one call', async () => {
    const decisionId = await openRouted(house);
    const before = await house.client.brief(decisionId);
    await approve(house, decisionId);
    const evidence = await newerEvidence();
    expect(await house.client.reevaluate(decisionId, deployer(), { evidence })).toMatchObject({
      code: 'reevaluation.not_allowed',
    });
    expect(await house.client.reevaluate(decisionId, requester(), { evidence })).toMatchObject({ verdict: 'accepted' });
    expect(await house.client.state(decisionId)).toMatchObject({ stage: 'routed', approvals: [] });
    const { waiting } = await house.client.why(decisionId);
    expect(JSON.stringify(waiting)).toContain(
      '1 signature ended: the basis changed (evidence.packet, evidence.statement)',
    );

    // Who read the brief before is not let sign it any more.
    const second = house.signer(PEOPLE.secondExecutive);
    expect(await house.client.approve(decisionId, second, { rationale: 'late', seen: before })).toMatchObject({
      verdict: 'refused',
      code: 'approval.basis_changed',
    });
    const { rendered, document } = await house.client.brief(decisionId);
    expect(rendered).toContain(`CHANGED      since ${before.view.basis}`);
    expect(document.anew?.changed.map(({ path }) => path)).toEqual(['$.evidence.packet', '$.evidence.statement']);
    expect(await approve(house, decisionId)).toMatchObject({ verdict: 'accepted' });
    const { changed, ended } = eventOf(await chainOf(house, decisionId));
    expect([changed.length, ended.length]).toEqual([2, 1]);
    await carryOut(decisionId);
  });

  it('of another author ends nothing', async () => {
    const decisionId = await openRouted(house);
    await approve(house, decisionId);
    const { packet, candidate } = house.request(randomUUID());
    const { envelope } = signEvidence(
      house.signer(PEOPLE.modelOwner),
      { subject: candidate.digest, packet: digestBytes(packet), validUntil: timestamp(Date.now() + 3_600_000) },
      here(),
    );
    const evidence = { packet, statement: envelope };
    expect(await house.client.reevaluate(decisionId, requester(), { evidence })).toMatchObject({
      verdict: 'refused',
      code: 'reevaluation.evidence',
    });
    expect(await house.client.state(decisionId)).toMatchObject({ stage: 'authorized', reevaluated: null });
  });
});

describe('a worker dies between the append of a reevaluation and its answer', () => {
  it.each([
    ['one that was asked for', false],
    ['one that a claim brought about', true],
  ])(
    '%s is adopted as it was decided, though the roster is another by then',
    { timeout: 120_000 },
    async (_says, itself) => {
      const decisionId = await openRouted(house);
      await approve(house, decisionId);
      await publishRoster(house, withoutPerson(PEOPLE.executive));
      const { reference: stored } = await house.registry.rosterInForce(timestamp(Date.now()));
      await worker.stop();
      // The reevaluation is its first append, or the second after the refused claim.
      const faulty = await house.startWorker(
        { FAULT_APPEND: itself ? '2' : '1', FAULT_WHEN: 'after' },
        '../support/faulty-worker.ts',
      );
      const died = new Promise<void>((resolve) => faulty.process.once('exit', () => resolve()));
      const { envelope } = await house.client.prepareClaim(decisionId, deployer());
      const asked = itself
        ? insist(() => house.client.submit(decisionId, envelope))
        : insist(() => house.client.reevaluate(decisionId, deployer()));
      await died;
      await publishRoster(house, withoutPerson(PEOPLE.secondExecutive));
      worker = await house.startWorker();
      await asked;
      await insist(async () => {
        if ((await house.client.state(decisionId)).stage !== 'routed') throw new Error('not there yet');
      });
      const events = await chainOf(house, decisionId);
      expect(typesOf(events).filter((type) => type === 'decision.reevaluated')).toHaveLength(1);
      expect(eventOf(events).ended).toHaveLength(1);
      const routed = events.findLast((event) => event.event_type === 'authority.routed');
      expect(routed).toMatchObject({ roster: stored });
      expect((await house.client.why(decisionId)).failing).toEqual([]);
    },
  );
});

describe('a worker dies between the append of a refused reevaluation and its answer', () => {
  it('what was refused stays refused for that, though the roster has changed by then', {
    timeout: 120_000,
  }, async () => {
    const decisionId = await openRouted(house);
    await approve(house, decisionId);
    await house.client.reevaluate(decisionId, deployer());
    await worker.stop();
    const faulty = await house.startWorker({ FAULT_APPEND: '1', FAULT_WHEN: 'after' }, '../support/faulty-worker.ts');
    const died = new Promise<void>((resolve) => faulty.process.once('exit', () => resolve()));
    const { basis, asked } = await house.client.state(decisionId);
    if (basis === null || !asked) throw new Error('routed');
    const { envelope } = signReevaluation(deployer(), { decisionId, basis, ...asked }, here());
    const answer = insist(() => house.client.submit(decisionId, envelope));
    await died;
    await publishRoster(house, withoutPerson(PEOPLE.executive));
    worker = await house.startWorker();
    expect(await answer).toMatchObject({ verdict: 'refused', code: 'reevaluation.unchanged' });
    expect((await house.client.why(decisionId)).failing).toEqual([]);
    expect(await house.client.state(decisionId)).toMatchObject({ stage: 'authorized', reevaluated: null });
  });
});

// The last one: whoever opens a decision after it asks under another policy.
describe('the next policy', () => {
  // shows: R48
  it('counts once who asked has named it; a decision that nobody moves stays under its own', async () => {
    const [moved, stays] = [await openRouted(house), await openRouted(house)];
    await approve(house, moved);
    await approve(house, stays);
    const { document, reference } = await house.registry.policyInForce(timestamp(Date.now()));
    const policy = await publishPolicy(house, { times: { ...document.times, permit_life_s: 60 } });
    expect(await house.client.reevaluate(stays, requester())).toMatchObject({ code: 'reevaluation.unchanged' });
    expect(await house.client.reevaluate(moved, requester(), { policy })).toMatchObject({ verdict: 'accepted' });
    const event = eventOf(await chainOf(house, moved));
    expect(event.changed).toMatchObject([
      { path: '$.policy.digest', before: reference.digest },
      { path: '$.policy.version', before: document.version },
    ]);
    await approve(house, moved);
    await carryOut(moved);
    await carryOut(stays);
    const cleared = (await chainOf(house, moved)).find((each) => each.event_type === 'execution.cleared');
    expect(cleared).toMatchObject({ bounded_by: 'permit_life_s' });
  });
});
