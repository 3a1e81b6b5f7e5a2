import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { workflowIdOf } from '../../core/contracts/names.ts';
import { instant, timestamp } from '../../core/domain/vocabulary.ts';
import type { Policy } from '../../documents/index.ts';
import type { Notice } from '../../evaluation/index.ts';
import { temporalTestServerPath } from '../../scripts/servers/index.ts';
import { noticesIn } from '../support/notices.ts';
import { PEOPLE, type RunningHouse, startHouse } from '../support/running-house.ts';
import { approve, chainOf, confirm, openRouted, typesOf, verifyExported } from '../support/scenario.ts';

/** Acts on the waiting on Temporal's time-skipping server, a real ledger and a real folder of notices. */

const HOUR = 3600;
let env: TestWorkflowEnvironment;
let house: RunningHouse;
let folder: string;
let nowMs = Date.now();

const operable = (policy: Policy): Policy => ({
  ...policy,
  // The evidence of the house counts for six hours.
  times: { ...policy.times, decision_s: 2 * HOUR },
  operation: { roles: ['release_owner'], nudge_every_s: HOUR, extend_s: 4 * HOUR },
});

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-notices-'));
  const executable = { type: 'existing-path', path: temporalTestServerPath() } as const;
  env = await TestWorkflowEnvironment.createTimeSkipping({ server: { executable } });
  house = await startHouse({
    temporalAddress: env.address ?? '',
    redisUrl: inject('redisUrl'),
    policy: operable,
    environment: { COUNTERSIGN_NOTICES: folder },
    now: () => timestamp(nowMs),
  });
});
afterAll(async () => {
  await house?.stop();
  await env?.teardown();
  rmSync(folder, { recursive: true, force: true });
});

async function pass(seconds: number): Promise<void> {
  await env.sleep(seconds * 1000);
  nowMs = await env.currentTimeMs();
}

/** A routed decision, and the deadline that its brief names. */
async function opened(): Promise<{ readonly decisionId: string; readonly deadline: number }> {
  nowMs = await env.currentTimeMs();
  const decisionId = await openRouted(house, randomUUID());
  const { document } = await house.client.brief(decisionId);
  return { decisionId, deadline: instant(document.limits.decision_deadline) };
}

const operator = () => house.signer(PEOPLE.releaseOwner);
const secondsUntil = (at: number): number => (at - nowMs) / 1000;
const reason = 'the window closes at noon';

const notices = (decisionId: string): readonly Notice[] => noticesIn(folder, decisionId);

async function told(decisionId: string, count: number): Promise<readonly Notice[]> {
  for (let tries = 0; tries < 200 && notices(decisionId).length < count; tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 50));
  return notices(decisionId);
}

describe('a decision that waits', () => {
  it('is nudged, handed over and given more time, approved in that time, executed and verified', async () => {
    const { decisionId, deadline } = await opened();
    expect(await house.client.nudge(decisionId, operator(), { reason })).toMatchObject({ verdict: 'accepted' });
    expect(await house.client.nudge(decisionId, operator(), { reason })).toMatchObject({ code: 'nudge.too_soon' });
    const handed = { to: PEOPLE.secondExecutive, reason };
    expect(await house.client.handOver(decisionId, house.signer(PEOPLE.executive), handed)).toMatchObject({
      verdict: 'accepted',
    });
    const until = timestamp(deadline + 2 * HOUR * 1000);
    expect(await house.client.extend(decisionId, operator(), { until, reason })).toMatchObject({ verdict: 'accepted' });

    expect(await house.client.state(decisionId)).toMatchObject({
      stage: 'routed',
      operations: {
        count: 3,
        until,
        reassigned: [{ role: 'executive', from: PEOPLE.executive, to: PEOPLE.secondExecutive }],
      },
    });
    const { waiting, next } = await house.client.why(decisionId);
    const causes = waiting[0]?.causes ?? [];
    expect(causes.find(({ what }) => what === 'role executive')?.from).toEqual([PEOPLE.secondExecutive]);
    expect(causes.find(({ what }) => what === 'operators')?.from).toEqual(['release_owner']);
    expect(next).toContainEqual({ at: until, what: 'decision_deadline runs out' });
    const { searchAttributes } = await env.client.workflow.getHandle(workflowIdOf(decisionId)).describe();
    expect(searchAttributes['CountersignDeadline']).toEqual([new Date(until)]);
    const [nudge, reassignment, ...others] = await told(decisionId, 2);
    expect(nudge).toMatchObject({ kind: 'nudge', recipients: [PEOPLE.executive, PEOPLE.secondExecutive] });
    expect(reassignment).toMatchObject({ kind: 'reassignment', recipients: [PEOPLE.secondExecutive] });
    expect(others).toEqual([]);

    await pass(secondsUntil(deadline) + HOUR);
    expect(await approve(house, decisionId, PEOPLE.secondExecutive)).toMatchObject({ verdict: 'accepted' });
    const claim = await house.client.claim(decisionId, house.signer(PEOPLE.deployer));
    expect(claim).toMatchObject({ verdict: 'accepted' });
    await confirm(house, decisionId, claim, timestamp(nowMs));
    await house.client.wait(decisionId, { until: 'closed', timeoutMs: 20_000 });
    const report = await verifyExported(house, decisionId, 'executed');
    expect(report).toMatchObject({ evidence: 'holds', outcome: 'executed', level: { reached: 'C2' } });
    expect(report.answers?.why).toContain(`reason of act 1 on the waiting: ${reason}`);
    expect(typesOf(await chainOf(house, decisionId)).slice(4, 8)).toEqual([
      'operation.nudged',
      'statement.refused',
      'operation.reassigned',
      'operation.extended',
    ]);
  });

  it('ends at the instant to which it was moved, and takes no more time then', async () => {
    const { decisionId, deadline } = await opened();
    const until = timestamp(deadline + HOUR * 1000);
    await house.client.extend(decisionId, operator(), { until, reason });
    await pass(secondsUntil(deadline) + 60);
    expect(await house.client.state(decisionId)).toMatchObject({ stage: 'routed' });
    await pass(HOUR);
    await house.client.wait(decisionId, { until: 'closed', timeoutMs: 20_000 });
    const chain = await chainOf(house, decisionId);
    expect(chain.at(-1)).toMatchObject({ event_type: 'decision.expired', limit: 'decision_deadline', at: until });
    const more = { until: timestamp(deadline + 2 * HOUR * 1000), reason };
    expect(await house.client.extend(decisionId, operator(), more)).toMatchObject({ code: 'decision.closed' });
    expect(await verifyExported(house, decisionId, 'expired')).toMatchObject({ evidence: 'holds', findings: [] });
  });

  it('is reassigned by an operator, and by nobody who is involved or holds no role for it', async () => {
    const { decisionId } = await opened();
    const content = { from: PEOPLE.executive, to: PEOPLE.secondExecutive, reason };
    await expect(house.client.reassign(decisionId, house.signer(PEOPLE.securityOwner), content)).rejects.toMatchObject({
      code: 'operation.no_role',
    });
    const role = { role: 'release_owner' };
    expect(
      await house.client.reassign(decisionId, house.signer(PEOPLE.securityOwner), { ...content, ...role }),
    ).toMatchObject({ verdict: 'refused', code: 'operation.not_allowed' });
    await expect(
      house.client.reassign(decisionId, operator(), { ...content, to: PEOPLE.securityOwner }),
    ).rejects.toMatchObject({ code: 'reassignment.which_role' });
    expect(await house.client.reassign(decisionId, operator(), content)).toMatchObject({ verdict: 'accepted' });
    const [notice] = await told(decisionId, 1);
    expect(notice?.recipients).toEqual([PEOPLE.executive, PEOPLE.secondExecutive]);
    // Who was relieved may sign all the same.
    expect(await approve(house, decisionId, PEOPLE.executive)).toMatchObject({ verdict: 'accepted' });
    expect(await house.client.nudge(decisionId, operator(), { reason })).toMatchObject({
      code: 'nudge.nobody_awaited',
    });
  });
});
