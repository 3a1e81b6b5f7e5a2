import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { workflowIdOf } from '../../core/contracts/names.ts';
import { unfinished } from '../../operation/index.ts';
import { startTemporal, type TemporalServer } from '../../scripts/servers/index.ts';
import { PEOPLE, type RunningHouse, startHouse } from '../support/running-house.ts';
import { approve, chainOf, confirm, openRouted, typesOf } from '../support/scenario.ts';

/** A server that asks for a fresh run after a few dozen history events instead of thousands. */
let directory: string;
let temporal: TemporalServer;
let house: RunningHouse;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'countersign-continue-'));
  temporal = await startTemporal({
    dataDir: directory,
    ui: false,
    dynamicConfig: { 'limit.historyCount.suggestContinueAsNew': '40' },
  });
  house = await startHouse({ temporalAddress: temporal.address, redisUrl: inject('redisUrl') });
});
afterAll(async () => {
  await house?.stop();
  await temporal?.stop();
  rmSync(directory, { recursive: true, force: true });
});

describe('a long history', () => {
  it('is handed to a fresh run in time, and nothing that was accepted is lost or doubled', async () => {
    const decisionId = await openRouted(house);
    const refused = [];
    // Each refusal is an event and some history; ten at once, so that Updates are in flight when a run ends.
    for (let round = 0; round < 4; round += 1) {
      const sent = Array.from({ length: 5 }, () =>
        house.client.approve(decisionId, house.signer(PEOPLE.operator), { rationale: 'mine', roles: ['executive'] }),
      );
      refused.push(...(await Promise.all(sent)));
    }
    const first = await approve(house, decisionId);
    const claim = await house.client.claim(decisionId, house.signer(PEOPLE.deployer));
    await confirm(house, decisionId, claim);
    const view = await house.client.wait(decisionId, { until: 'closed', timeoutMs: 30_000 });
    expect(view.outcome).toBe('executed');

    const events = await chainOf(house, decisionId);
    expect(typesOf(events).filter((type) => type === 'statement.refused')).toHaveLength(20);
    expect(new Set(refused.map(({ statement }) => statement)).size).toBe(20);
    expect(typesOf(events).filter((type) => type === 'authority.approved')).toHaveLength(1);
    expect(first.verdict).toBe('accepted');
    expect(await runsOf(decisionId)).toBeGreaterThan(1);
  });

  it('is that of a recovered decision too, whose chain is decided again once and no more', async () => {
    const decisionId = await openRouted(house);
    for (let sent = 0; sent < 25; sent += 1) {
      await house.client.approve(decisionId, house.signer(PEOPLE.operator), {
        rationale: 'mine',
        roles: ['executive'],
      });
    }
    const connection = await Connection.connect({ address: temporal.address });
    const workflow = new Client({ connection }).workflow;
    try {
      await workflow.getHandle(workflowIdOf(decisionId)).terminate('lost');
      const standing = await unfinished(house.ledger, decisionId);
      if (standing === undefined) throw new Error('the decision has ended');
      expect(await house.client.recover(standing, { start: true })).toBe('started');
      expect(await approve(house, decisionId)).toMatchObject({ verdict: 'accepted' });
      const claim = await house.client.claim(decisionId, house.signer(PEOPLE.deployer));
      await confirm(house, decisionId, claim);
      const view = await house.client.wait(decisionId, { until: 'closed', timeoutMs: 30_000 });
      expect(view.outcome).toBe('executed');
      const readAgain = [];
      for await (const { runId } of workflow.list({ query: `WorkflowId = "${workflowIdOf(decisionId)}"` })) {
        const { events } = await workflow.getHandle(workflowIdOf(decisionId), runId).fetchHistory();
        const called = (events ?? []).flatMap(localActivityOf);
        if (called.includes('readChain')) readAgain.push(called.filter((name) => name === 'admitStored').length);
      }
      // Of the runs that took the chain over, the recovered one decided the refusals again, and none after it did.
      expect(readAgain.length).toBeGreaterThan(1);
      expect(readAgain.filter((admitted) => admitted > 0)).toEqual([25]);
    } finally {
      await connection.close();
    }
  });
});

type HistoryEvent = NonNullable<NonNullable<Awaited<ReturnType<WorkflowHandle['fetchHistory']>>>['events']>[number];

/** Name of the local activity whose result an event holds. */
function localActivityOf({ markerRecordedEventAttributes: marker }: HistoryEvent): string[] {
  const data = marker?.details?.['data']?.payloads?.[0]?.data;
  const [, name] = /"activity_type":"(\w+)"/.exec(Buffer.from(data ?? []).toString('utf8')) ?? [];
  return name === undefined ? [] : [name];
}

async function runsOf(decisionId: string): Promise<number> {
  const connection = await Connection.connect({ address: temporal.address });
  try {
    const client = new Client({ connection });
    let runs = 0;
    for await (const run of client.workflow.list({ query: `WorkflowId = "${workflowIdOf(decisionId)}"` }))
      runs += run.runId ? 1 : 0;
    return runs;
  } finally {
    await connection.close();
  }
}
