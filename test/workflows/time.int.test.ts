import { randomUUID } from 'node:crypto';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { DecisionEvent } from '../../core/domain/events.ts';
import { timestamp } from '../../core/domain/vocabulary.ts';
import { temporalTestServerPath } from '../../scripts/servers/index.ts';
import { PEOPLE, type RunningHouse, startHouse } from '../support/running-house.ts';
import { approve, chainOf, confirm, openRouted, typesOf, verifyExported } from '../support/scenario.ts';

/** What time alone brings about, on Temporal's time-skipping server and a real ledger. Hours pass in no time. */

let env: TestWorkflowEnvironment;
let house: RunningHouse;
let nowMs = Date.now();

beforeAll(async () => {
  const executable = { type: 'existing-path', path: temporalTestServerPath() } as const;
  env = await TestWorkflowEnvironment.createTimeSkipping({ server: { executable } });
  house = await startHouse({
    temporalAddress: env.address ?? '',
    redisUrl: inject('redisUrl'),
    now: () => timestamp(nowMs),
  });
});
afterAll(async () => {
  await house?.stop();
  await env?.teardown();
});

/** Skips time on the server; the client's clock goes along. */
async function pass(seconds: number): Promise<void> {
  await env.sleep(seconds * 1000);
  nowMs = await env.currentTimeMs();
}

async function opened(): Promise<string> {
  nowMs = await env.currentTimeMs();
  return openRouted(house, randomUUID());
}

/** The last event, once it is of this type. */
async function last(decisionId: string, type: DecisionEvent['event_type']): Promise<DecisionEvent> {
  for (let tries = 0; tries < 100; tries += 1) {
    const event = (await chainOf(house, decisionId)).at(-1);
    if (event?.event_type === type) return event;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`the chain ends with ${typesOf(await chainOf(house, decisionId)).at(-1)}, not with ${type}`);
}

describe('time', () => {
  // shows: R47
  it('ends an approval at its expiry; the decision waits for another', async () => {
    const decisionId = await opened();
    await approve(house, decisionId);
    expect((await house.client.state(decisionId)).stage).toBe('authorized');
    await pass(3601);
    expect(await last(decisionId, 'authority.expired')).toMatchObject({ satisfied: false, assignment: [] });
    expect((await house.client.state(decisionId)).stage).toBe('routed');
    expect(await approve(house, decisionId)).toMatchObject({ verdict: 'accepted' });
    expect((await house.client.state(decisionId)).stage).toBe('authorized');
  });

  // shows: R77
  it('never approves: a decision nobody signs expires', async () => {
    const decisionId = await opened();
    await pass(7 * 3600);
    expect(await last(decisionId, 'decision.expired')).toMatchObject({ limit: 'evidence_valid_until' });
    const view = await house.client.wait(decisionId, { until: 'closed', timeoutMs: 20_000 });
    expect(view).toMatchObject({ status: 'expired', outcome: 'expired' });
    expect(await verifyExported(house, decisionId, 'expired')).toMatchObject({
      evidence: 'holds',
      outcome: 'expired',
      level: { reached: 'C2' },
    });
  });

  // shows: R69
  it('closes a clearance that nobody confirms as unconfirmed, and never clears it again', async () => {
    const decisionId = await opened();
    await approve(house, decisionId);
    const claim = await house.client.claim(decisionId, house.signer(PEOPLE.deployer));
    expect(claim.verdict).toBe('accepted');
    await pass(3601);
    await last(decisionId, 'execution.unconfirmed');
    const view = await house.client.wait(decisionId, { until: 'closed', timeoutMs: 20_000 });
    expect(view).toMatchObject({ status: 'authorized', outcome: 'unconfirmed' });
    expect(await verifyExported(house, decisionId, 'unconfirmed')).toMatchObject({
      evidence: 'holds',
      outcome: 'unconfirmed',
      level: { reached: 'C2' },
    });
    expect(await house.client.claim(decisionId, house.signer(PEOPLE.deployer))).toMatchObject({
      code: 'decision.closed',
    });
  });

  it('records a confirmation that comes after the permit has ended, marked late', async () => {
    const decisionId = await opened();
    await approve(house, decisionId);
    const claim = await house.client.claim(decisionId, house.signer(PEOPLE.deployer));
    const startedAt = timestamp(nowMs);
    await pass(1200);
    expect(await confirm(house, decisionId, claim, startedAt)).toMatchObject({ verdict: 'accepted' });
    expect(await last(decisionId, 'execution.confirmed')).toMatchObject({
      late: true,
      execution: { result: 'success' },
    });
  });

  it('keeps a confirmation that comes after the end in a linked addendum', async () => {
    const decisionId = await opened();
    await approve(house, decisionId);
    const claim = await house.client.claim(decisionId, house.signer(PEOPLE.deployer));
    await pass(3601);
    await last(decisionId, 'execution.unconfirmed');
    await house.client.wait(decisionId, { until: 'closed', timeoutMs: 20_000 });
    const late = await confirm(house, decisionId, claim);
    expect(late).toMatchObject({ verdict: 'refused', code: 'receipt.late' });
    const [openedEvent] = await chainOf(house, late.addendum ?? '');
    expect(openedEvent).toMatchObject({ event_type: 'addendum.opened', closed_decision: decisionId });
    expect((await house.client.state(decisionId)).outcome).toBe('unconfirmed');
  });
});
