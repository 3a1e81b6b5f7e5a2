import { randomUUID } from 'node:crypto';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { timestamp } from '../../core/domain/vocabulary.ts';
import { WEEKDAYS } from '../../documents/policy-calendar.ts';
import type { Policy } from '../../documents/index.ts';
import { temporalTestServerPath } from '../../scripts/servers/index.ts';
import { PEOPLE, type RunningHouse, startHouse } from '../support/running-house.ts';
import { approve, chainOf, confirm, openRouted, verifyExported } from '../support/scenario.ts';

/** A change window that opens two hours from now, for one, on Temporal's time-skipping server and a real ledger. */

let env: TestWorkflowEnvironment;
let house: RunningHouse;
let nowMs = Date.now();

const clock = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;

/** Every day, from so many minutes after `ms` for an hour; two rules where that goes past midnight. */
function inTwoHours(ms: number): NonNullable<Policy['targets'][number]['windows']> {
  const day = 24 * 60;
  const opens = (Math.floor(ms / 60_000) + 120) % day;
  const closes = opens + 60;
  const parts: [number, number][] =
    closes <= day
      ? [[opens, closes]]
      : [
          [opens, day],
          [0, closes - day],
        ];
  const weekly = parts.map(([from, to]) => ({ days: [...WEEKDAYS], from: clock(from), to: clock(to) }));
  return { zone: 'UTC', weekly, blackouts: [] };
}

beforeAll(async () => {
  const executable = { type: 'existing-path', path: temporalTestServerPath() } as const;
  env = await TestWorkflowEnvironment.createTimeSkipping({ server: { executable } });
  nowMs = await env.currentTimeMs();
  const windows = inTwoHours(nowMs);
  house = await startHouse({
    temporalAddress: env.address ?? '',
    redisUrl: inject('redisUrl'),
    policy: (policy) => ({ ...policy, targets: policy.targets.map((target) => ({ ...target, windows })) }),
    now: () => timestamp(nowMs),
  });
});
afterAll(async () => {
  await house?.stop();
  await env?.teardown();
});

async function pass(seconds: number): Promise<void> {
  await env.sleep(seconds * 1000);
  nowMs = await env.currentTimeMs();
}

describe('a target with a change window', () => {
  it('is closed before it, tells when it opens, and lets a permit live no longer than it', async () => {
    nowMs = await env.currentTimeMs();
    const decisionId = await openRouted(house, randomUUID());
    const [window] = (await house.client.state(decisionId)).windows ?? [];
    await approve(house, decisionId);
    expect(await house.client.claim(decisionId, house.signer(PEOPLE.deployer))).toMatchObject({
      verdict: 'refused',
      code: 'claim.outside_window',
    });
    expect((await chainOf(house, decisionId)).at(-1)).toMatchObject({ opens: window?.opens });
    const tree = await house.client.why(decisionId);
    expect(tree.waiting[0]?.says).toContain(`in a change window: from ${window?.opens} until ${window?.closes}`);
    expect(tree.next).toContainEqual({
      at: window?.opens,
      what: `a change window opens, until ${window?.closes}`,
    });

    await pass(2 * 3600 + 55 * 60);
    await approve(house, decisionId);
    const claim = await house.client.claim(decisionId, house.signer(PEOPLE.deployer));
    expect(claim).toMatchObject({ verdict: 'accepted' });
    expect((await chainOf(house, decisionId)).at(-1)).toMatchObject({
      bounded_by: 'change_window',
      not_after: window?.closes,
    });
    await confirm(house, decisionId, claim, timestamp(nowMs));
    await house.client.wait(decisionId, { until: 'closed', timeoutMs: 20_000 });
    const report = await verifyExported(house, decisionId, 'executed');
    expect(report).toMatchObject({ evidence: 'holds', findings: [], level: { reached: 'C2' } });
  });
});
