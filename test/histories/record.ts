import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { patrolWorkflowId, workflowIdOf } from '../../core/contracts/names.ts';
import { instant, timestamp } from '../../core/domain/vocabulary.ts';
import { readRoster } from '../../documents/index.ts';
import { signFreeze } from '../../founding/index.ts';
import { startTemporal, startValkey } from '../../scripts/servers/index.ts';
import type { Policy } from '../../documents/index.ts';
import { breakable, COMMANDER, enterCommander } from '../support/commander.ts';
import { digestOf } from '../documents/fixtures.ts';
import { publishFirstStanding, publishRoster, publishStanding, withoutPerson } from '../support/governing.ts';
import { ORIGIN, PEOPLE, type RunningHouse, startHouse } from '../support/running-house.ts';
import { approve, confirm, execute, openRouted } from '../support/scenario.ts';
import { forgeEvent } from '../support/tampering.ts';

/**
 * Records histories of real decisions beside this file, under today's date: `node test/histories/record.ts`, all of them or
 * those that are named. With `BEFORE=FILE`, the workflow code of an earlier version in one file, also one that it began.
 * Done by hand when the workflow has learned something new; recorded histories are never changed or removed, since
 * decisions like them may be in flight anywhere.
 */
const STORIES: Readonly<Record<string, (house: RunningHouse, adminUrl: string) => Promise<string>>> = {
  executed: (house) => execute(house),
  rejected: async (house) => {
    const decisionId = await openRouted(house);
    await house.client.reject(decisionId, house.signer(PEOPLE.executive), { reason: 'No' });
    return closed(house, decisionId);
  },
  cancelled: async (house) => {
    const decisionId = await openRouted(house);
    await house.client.cancel(decisionId, house.signer(PEOPLE.operator), { reason: 'Superseded' });
    return closed(house, decisionId);
  },
  'refused-and-waiting': async (house) => {
    const decisionId = await openRouted(house);
    await house.client.approve(decisionId, house.signer(PEOPLE.operator), { rationale: 'mine', roles: ['executive'] });
    await approve(house, decisionId);
    return decisionId;
  },
  cleared: async (house) => {
    const decisionId = await openRouted(house);
    await approve(house, decisionId);
    const claim = await house.client.claim(decisionId, house.signer(PEOPLE.deployer));
    await confirm(house, decisionId, { ...claim, permit: claim.statement });
    return decisionId;
  },
  denied: async (house) => {
    const { decisionId } = await house.client.open(house.request('denied', { context: { environment: 'production' } }));
    return closed(house, decisionId);
  },
  'frozen-then-executed': async (house) => {
    const decisionId = await openRouted(house);
    await approve(house, decisionId);
    const at = timestamp(Date.now());
    const place = { origin: ORIGIN, tenant: house.tenant, at };
    const key = house.house.holderKeys.get('emergency')?.get('emergency-1');
    if (key === undefined) throw new Error('the house has an emergency key');
    const until = timestamp(Date.now() + FREEZE_MS);
    const wish = { incident: 'INC-1', environments: '*', actions: '*', until } as const;
    await house.registry.publishFreeze(signFreeze(wish, { holder: 'emergency-1', key }, place, randomised), at);
    await house.client.claim(decisionId, house.signer(PEOPLE.deployer));
    await sleep(FREEZE_MS);
    await confirm(house, decisionId, await house.client.claim(decisionId, house.signer(PEOPLE.deployer)));
    return closed(house, decisionId);
  },
  'delegated-under-conditions': async (house) => {
    const decisionId = await openRouted(house);
    const { executive, securityOwner, releaseOwner, deployer } = PEOPLE;
    const executiveBy = house.signer(executive);
    await house.client.delegate(decisionId, executiveBy, { to: securityOwner, reason: 'on leave' });
    await house.client.revoke(decisionId, executiveBy, { reason: 'back' });
    await house.client.delegate(decisionId, executiveBy, { to: securityOwner, reason: 'on leave again' });
    const due = timestamp(Date.now() + 3_600_000);
    const alarm = { id: 'alarm', what: 'an alarm', due, role: 'release_owner', before: 'clearance' } as const;
    await house.client.approve(decisionId, house.signer(securityOwner), {
      rationale: 'in their place',
      inPlaceOf: executive,
      conditions: [alarm],
    });
    await house.client.claim(decisionId, house.signer(deployer));
    const word = { condition: 'alarm', verdict: 'discharged', findings: 'it rings' } as const;
    await house.client.settle(decisionId, house.signer(releaseOwner), word);
    await confirm(house, decisionId, await house.client.claim(decisionId, house.signer(deployer)));
    return closed(house, decisionId);
  },
  'rolled-back': async (house) => {
    const undoes = await execute(house);
    const back = { action: 'release.rollback', candidate: CHAMPION, undoes };
    const { decisionId } = await house.client.open(house.request('rolled-back', back));
    await approve(house, decisionId, PEOPLE.releaseOwner);
    await confirm(house, decisionId, await house.client.claim(decisionId, house.signer(PEOPLE.deployer)));
    return closed(house, decisionId);
  },
  reevaluated: async (house) => {
    const decisionId = await openRouted(house);
    await approve(house, decisionId);
    const { packet, evidenceStatement: statement } = house.request('newer');
    const evidence = { packet, statement };
    await house.client.reevaluate(decisionId, house.signer(PEOPLE.operator), { evidence });
    await approve(house, decisionId);
    await confirm(house, decisionId, await house.client.claim(decisionId, house.signer(PEOPLE.deployer)));
    return closed(house, decisionId);
  },
  'reevaluated-after-a-claim': async (house) => {
    const decisionId = await openRouted(house);
    await approve(house, decisionId);
    await publishRoster(house, withoutPerson(PEOPLE.executive));
    await house.client.claim(decisionId, house.signer(PEOPLE.deployer));
    while ((await house.client.state(decisionId)).stage !== 'routed') await sleep(100);
    await approve(house, decisionId, PEOPLE.secondExecutive);
    await confirm(house, decisionId, await house.client.claim(decisionId, house.signer(PEOPLE.deployer)));
    await publishRoster(house, () => readRoster(house.house.roster.bytes));
    return closed(house, decisionId);
  },
  'reevaluated-while-delegated': async (house) => {
    const decisionId = await openRouted(house);
    const { executive, secondExecutive, securityOwner, deployer } = PEOPLE;
    await house.client.delegate(decisionId, house.signer(executive), { to: securityOwner, reason: 'on leave' });
    const inPlace = { rationale: 'in their place', inPlaceOf: executive };
    await house.client.approve(decisionId, house.signer(securityOwner), inPlace);
    // Somebody leaves of whom nothing is counted: what was said is kept.
    await publishRoster(house, withoutPerson(secondExecutive));
    await house.client.reevaluate(decisionId, house.signer(deployer), {});
    // Another basis ends both, and both are given again.
    const { packet, evidenceStatement: statement } = house.request('newer, while delegated');
    await house.client.reevaluate(decisionId, house.signer(PEOPLE.operator), { evidence: { packet, statement } });
    await house.client.delegate(decisionId, house.signer(executive), { to: securityOwner, reason: 'still on leave' });
    await house.client.approve(decisionId, house.signer(securityOwner), inPlace);
    await confirm(house, decisionId, await house.client.claim(decisionId, house.signer(deployer)));
    await publishRoster(house, () => readRoster(house.house.roster.bytes));
    return closed(house, decisionId);
  },
  operated: async (house) => {
    const decisionId = await openRouted(house);
    const operator = house.signer(PEOPLE.releaseOwner);
    const reason = 'the window closes at noon';
    const { document } = await house.client.brief(decisionId);
    await house.client.nudge(decisionId, operator, { reason });
    await house.client.nudge(decisionId, operator, { reason });
    await house.client.handOver(decisionId, house.signer(PEOPLE.executive), { to: PEOPLE.secondExecutive, reason });
    const until = timestamp(instant(document.limits.decision_deadline) + 600_000);
    await house.client.extend(decisionId, operator, { until, reason });
    await approve(house, decisionId, PEOPLE.secondExecutive);
    await confirm(house, decisionId, await house.client.claim(decisionId, house.signer(PEOPLE.deployer)));
    return closed(house, decisionId);
  },
  // The last one, as it stops the others.
  quarantined: async (house, adminUrl) => {
    const decisionId = await openRouted(house);
    const body = { event_id: 'x', schema_version: '1.0.0', event_type: 'decision.cancelled', timestamp: 'never' };
    await forgeEvent(adminUrl, decisionId, body);
    await approve(house, decisionId).catch(() => undefined);
    while ((await house.restrictions.inForce()).length === 0) await sleep(100);
    await approve(house, decisionId).catch(() => undefined);
    return decisionId;
  },
};

/** What the fixtures' packets go back to. */
const CHAMPION = { name: 'gateway-router', version: '2.3.1', digest: digestOf('candidate gateway-router 2.3.1') };

const FREEZE_MS = 3_000;
const randomised = (length: number): Uint8Array => Uint8Array.from(randomBytes(length));

/** Waits for governance, and goes on once it has spoken. */
async function awaited(house: RunningHouse): Promise<string> {
  const { decisionId } = await house.client.open(house.request('awaited'));
  await sleep(1_000);
  await publishFirstStanding(house);
  await house.client.wait(decisionId, { until: 'routed', timeoutMs: 60_000 });
  await approve(house, decisionId);
  await confirm(house, decisionId, await house.client.claim(decisionId, house.signer(PEOPLE.deployer)));
  return closed(house, decisionId);
}

/** Approved, and stopped by a standing that revokes its candidate; the last one of its house, where nothing else goes out. */
async function stopped(house: RunningHouse): Promise<string> {
  const decisionId = await openRouted(house);
  await approve(house, decisionId);
  const { candidate } = await house.client.state(decisionId);
  if (candidate === null) throw new Error('it names its candidate');
  await publishStanding(house, { revokeDigests: [candidate.digest] });
  while ((await house.client.state(decisionId)).stage !== 'closed') {
    await house.client.tellStanding();
    await sleep(500);
  }
  return closed(house, decisionId);
}

/**
 * Begun by a worker that runs an earlier version's workflow code, and carried on by this one.
 * @param before path of that code, in one file
 */
async function begunBefore(before: string): Promise<string> {
  const house = await startHouse({ ...servers, worker: false });
  try {
    const earlier = await house.startWorker({ COUNTERSIGN_WORKFLOW_BUNDLE: before });
    const decisionId = await openRouted(house);
    await house.client.approve(decisionId, house.signer(PEOPLE.operator), { rationale: 'mine', roles: ['executive'] });
    await earlier.stop();
    const later = await house.startWorker();
    await approve(house, decisionId);
    await confirm(house, decisionId, await house.client.claim(decisionId, house.signer(PEOPLE.deployer)));
    await closed(house, decisionId);
    await later.stop();
    return decisionId;
  } finally {
    await house.stop();
  }
}

/** Reminded, then approved by a wider role once it was escalated. */
async function escalated(house: RunningHouse): Promise<string> {
  const decisionId = await openRouted(house);
  while ((await house.client.state(decisionId)).wider === undefined) await sleep(100);
  await approve(house, decisionId, PEOPLE.securityOwner);
  await confirm(house, decisionId, await house.client.claim(decisionId, house.signer(PEOPLE.deployer)));
  return closed(house, decisionId);
}

/** Broken glass, of which those are told whom it went past. */
async function broken(house: RunningHouse): Promise<string> {
  const { glass } = await enterCommander(house);
  const decisionId = await openRouted(house);
  const controls = ['pager-watch', 'second-look'];
  await house.client.breakGlass(decisionId, glass, { reason: 'customers wait', owner: COMMANDER, controls });
  await confirm(house, decisionId, await house.client.claim(decisionId, house.signer(PEOPLE.deployer)));
  return closed(house, decisionId);
}

/** After two seconds whoever is missing is reminded, after four a security owner may sign as well. */
const impatient = (policy: Policy): Policy => {
  const widen = [{ role: 'executive', by: ['security_owner'] }];
  return { ...policy, times: { ...policy.times, reminders: [2], escalation: [{ after_s: 4, widen }] } };
};

/** A day's second set is `…b`, and so on: no recorded history is ever written over. */
function unused(day: string): string {
  const recorded = readdirSync(fileURLToPath(new URL('.', import.meta.url)));
  const free = ['', 'b', 'c', 'd', 'e', 'f'].find(
    (letter) => !recorded.some((name) => name.startsWith(`${day}${letter}-`)),
  );
  if (free === undefined) throw new Error(`enough was recorded on ${day}`);
  return `${day}${free}`;
}

async function closed(house: RunningHouse, decisionId: string): Promise<string> {
  await house.client.wait(decisionId, { until: 'closed', timeoutMs: 20_000 });
  return decisionId;
}

const directory = mkdtempSync(join(tmpdir(), 'countersign-record-'));
const [temporal, valkey] = await Promise.all([
  startTemporal({ dataDir: join(directory, 'temporal'), ui: false }),
  startValkey({ dataDir: join(directory, 'valkey') }),
]);
const servers = { temporalAddress: temporal.address, redisUrl: valkey.url };
const house = await startHouse({
  ...servers,
  policy: (policy) => ({
    ...policy,
    delegation: { roles: ['executive'], life_s: 1800 },
    operation: { roles: ['release_owner'], nudge_every_s: 60, extend_s: 3600 },
  }),
  environment: { COUNTERSIGN_PATROL_S: '2' },
});
const notices = { COUNTERSIGN_NOTICES: directory };
const waiting = await startHouse({
  ...servers,
  policy: (policy) => breakable(432_000)(impatient(policy)),
  environment: notices,
});
const governed = await startHouse({ ...servers, standingLifeS: 86_400 });
const connection = await Connection.connect({ address: temporal.address });
try {
  const client = new Client({ connection });
  const prefix = unused(new Date().toISOString().slice(0, 10));
  const keep = async (name: string, workflowId: string): Promise<void> => {
    const history = await client.workflow.getHandle(workflowId).fetchHistory();
    const file = fileURLToPath(new URL(`${prefix}-${name}.json`, import.meta.url));
    writeFileSync(file, `${historyToJSON(history)}\n`);
    process.stdout.write(`${file}: ${history.events?.length} events\n`);
  };
  const isAsked = (name: string): boolean => process.argv.length === 2 || process.argv.includes(name);
  if (isAsked('awaited-standing')) await keep('awaited-standing', workflowIdOf(await awaited(governed)));
  if (isAsked('stopped')) await keep('stopped', workflowIdOf(await stopped(governed)));
  if (isAsked('escalated')) await keep('escalated', workflowIdOf(await escalated(waiting)));
  if (isAsked('broken-glass')) await keep('broken-glass', workflowIdOf(await broken(waiting)));
  for (const [name, story] of Object.entries(STORIES))
    if (isAsked(name)) await keep(name, workflowIdOf(await story(house, valkey.adminUrl)));
  const { BEFORE } = process.env;
  if (BEFORE !== undefined) await keep('begun-before', workflowIdOf(await begunBefore(BEFORE)));
  if (isAsked('patrol')) await keep('patrol', patrolWorkflowId(house.tenant));
} finally {
  await connection.close();
  await Promise.all([house.stop(), governed.stop(), waiting.stop()]);
  await Promise.all([temporal.stop(), valkey.stop()]);
  rmSync(directory, { recursive: true, force: true });
}
