import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import type { DecisionEvent } from '../../core/domain/events.ts';
import { instant, timestamp } from '../../core/domain/vocabulary.ts';
import type { Policy } from '../../documents/index.ts';
import type { Notice } from '../../evaluation/index.ts';
import { temporalTestServerPath } from '../../scripts/servers/index.ts';
import { noticesIn } from '../support/notices.ts';
import { PEOPLE, type RunningHouse, startHouse } from '../support/running-house.ts';
import { approve, chainOf, confirm, openRouted, typesOf, verifyExported } from '../support/scenario.ts';

/** Reminders and escalation on Temporal's time-skipping server, a real ledger and a real folder of notices. */

const HOUR = 3600;
let env: TestWorkflowEnvironment;
let house: RunningHouse;
let folder: string;
let nowMs = Date.now();

/** After an hour and after three whoever is missing is reminded; after two a security owner may sign as well. */
const waiting = (policy: Policy): Policy => ({
  ...policy,
  times: {
    ...policy.times,
    reminders: [HOUR, 3 * HOUR],
    escalation: [{ after_s: 2 * HOUR, widen: [{ role: 'executive', by: ['security_owner'] }] }],
  },
});

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-notices-'));
  const executable = { type: 'existing-path', path: temporalTestServerPath() } as const;
  env = await TestWorkflowEnvironment.createTimeSkipping({ server: { executable } });
  house = await startHouse({
    temporalAddress: env.address ?? '',
    redisUrl: inject('redisUrl'),
    policy: waiting,
    environment: { COUNTERSIGN_NOTICES: folder },
    now: () => timestamp(nowMs),
  });
});
afterEach(() => {
  if (!existsSync(folder)) mkdirSync(folder);
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

async function opened(): Promise<string> {
  nowMs = await env.currentTimeMs();
  return openRouted(house, randomUUID());
}

async function until<T>(what: () => T | undefined | Promise<T | undefined>, says: string): Promise<T> {
  for (let tries = 0; tries < 200; tries += 1) {
    const found = await what();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(says);
}

const event = (decisionId: string, type: DecisionEvent['event_type'], count = 1): Promise<DecisionEvent> =>
  until(async () => {
    const found = (await chainOf(house, decisionId)).filter(({ event_type }) => event_type === type);
    return found[count - 1];
  }, `no ${type} number ${count}`);

const notices = (decisionId: string): readonly Notice[] => noticesIn(folder, decisionId);

const told = (decisionId: string, count: number): Promise<readonly Notice[]> =>
  until(() => (notices(decisionId).length >= count ? notices(decisionId) : undefined), `no ${count} notices`);

describe('a decision that nobody signs', () => {
  it('is reminded, escalated, approved by a wider role, executed, and verified', async () => {
    const decisionId = await opened();
    expect(await approve(house, decisionId, PEOPLE.securityOwner).catch(({ code }: { code: string }) => code)).toBe(
      'approval.no_role',
    );
    const view = await house.client.state(decisionId);
    expect(instant(view.nextReminder ?? '') + HOUR * 1000).toBe(instant(view.nextEscalation ?? ''));

    await pass(HOUR + 1);
    expect(await event(decisionId, 'authority.reminded')).toMatchObject({
      due: view.nextReminder,
      waiting_for: [{ role: 'executive', signatures: 1, actor_ids: [PEOPLE.executive, PEOPLE.secondExecutive] }],
    });
    await pass(HOUR);
    expect(await event(decisionId, 'authority.escalated')).toMatchObject({ due: view.nextEscalation, step: 1 });
    const { why, shown } = { why: await house.client.why(decisionId), shown: await house.client.state(decisionId) };
    expect(shown).toMatchObject({ stage: 'routed', wider: [{ role: 'executive', by: ['security_owner'] }] });
    expect(why.waiting[0]?.causes[0]?.from).toContain(PEOPLE.securityOwner);
    expect(why.next[0]?.what).toBe('reminder to whoever has not signed');

    expect(await approve(house, decisionId, PEOPLE.securityOwner)).toMatchObject({ verdict: 'accepted' });
    const claim = await house.client.claim(decisionId, house.signer(PEOPLE.deployer));
    await confirm(house, decisionId, claim, timestamp(nowMs));
    await house.client.wait(decisionId, { until: 'closed', timeoutMs: 20_000 });
    const report = await verifyExported(house, decisionId, 'executed');
    expect(report).toMatchObject({ evidence: 'holds', outcome: 'executed', level: { reached: 'C2' } });

    const [reminder, escalation, ...others] = await told(decisionId, 2);
    expect(others).toEqual([]);
    expect(reminder).toMatchObject({ kind: 'reminder', recipients: [PEOPLE.executive, PEOPLE.secondExecutive] });
    expect(escalation).toMatchObject({
      kind: 'escalation',
      recipients: [PEOPLE.executive, PEOPLE.secondExecutive, PEOPLE.securityOwner],
    });
  });

  it('fires everything that is configured, and expires: no hour that passes approves it', async () => {
    const decisionId = await opened();
    await pass(5 * HOUR);
    await event(decisionId, 'authority.reminded', 2);
    await pass(2 * HOUR);
    await event(decisionId, 'decision.expired');
    expect(typesOf(await chainOf(house, decisionId)).slice(4)).toEqual([
      'authority.reminded',
      'authority.escalated',
      'authority.reminded',
      'decision.expired',
    ]);
    await house.client.wait(decisionId, { until: 'closed', timeoutMs: 20_000 });
    const report = await verifyExported(house, decisionId, 'expired');
    expect(report).toMatchObject({ evidence: 'holds', findings: [] });
  });

  it('goes on while nobody carries the notices, which go out once somebody does', async () => {
    const decisionId = await opened();
    const away = `${folder}-away`;
    renameSync(folder, away);
    await pass(HOUR + 1);
    await event(decisionId, 'authority.reminded');
    expect(await approve(house, decisionId)).toMatchObject({ verdict: 'accepted' });
    expect((await house.client.state(decisionId)).stage).toBe('authorized');
    renameSync(away, folder);
    expect(notices(decisionId)).toEqual([]);
    expect(await told(decisionId, 1)).toMatchObject([{ kind: 'reminder' }]);
  });

  it('that has been signed in time is not reminded, and nobody is told', async () => {
    const decisionId = await opened();
    await approve(house, decisionId);
    const claim = await house.client.claim(decisionId, house.signer(PEOPLE.deployer));
    await confirm(house, decisionId, claim, timestamp(nowMs));
    await house.client.wait(decisionId, { until: 'closed', timeoutMs: 20_000 });
    expect(typesOf(await chainOf(house, decisionId))).not.toContain('authority.reminded');
    expect(notices(decisionId)).toEqual([]);
  });
});
