import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { workflowIdOf } from '../../core/contracts/names.ts';
import { startTemporal, startValkey } from '../../scripts/servers/index.ts';
import { PEOPLE, type RunningHouse, startHouse } from '../support/running-house.ts';
import { approve, confirm, execute, openRouted } from '../support/scenario.ts';

/**
 * Records histories of real decisions beside this file, under today's date: `node test/histories/record.ts`. Done by
 * hand when the workflow has learned something new; recorded histories are never changed or removed, since decisions
 * like them may be in flight anywhere.
 */
const STORIES: Readonly<Record<string, (house: RunningHouse) => Promise<string>>> = {
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
const house = await startHouse({ temporalAddress: temporal.address, redisUrl: valkey.url });
const connection = await Connection.connect({ address: temporal.address });
try {
  const client = new Client({ connection });
  const prefix = unused(new Date().toISOString().slice(0, 10));
  for (const [name, story] of Object.entries(STORIES)) {
    const decisionId = await story(house);
    const history = await client.workflow.getHandle(workflowIdOf(decisionId)).fetchHistory();
    const file = fileURLToPath(new URL(`${prefix}-${name}.json`, import.meta.url));
    writeFileSync(file, `${historyToJSON(history)}\n`);
    process.stdout.write(`${file}: ${history.events?.length} events\n`);
  }
} finally {
  await connection.close();
  await house.stop();
  await Promise.all([temporal.stop(), valkey.stop()]);
  rmSync(directory, { recursive: true, force: true });
}
