import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { recoverAll } from '../../cli/recovery.ts';
import { workflowIdOf } from '../../core/contracts/names.ts';
import { timestamp } from '../../core/domain/vocabulary.ts';
import { endorseNext } from '../../founding/index.ts';
import { startValkey, type ValkeyServer } from '../../scripts/servers/index.ts';
import { ORIGIN, PEOPLE, type RunningHouse, startHouse } from '../support/running-house.ts';
import { approve, chainOf, confirm, execute, openRouted, typesOf, verifyExported } from '../support/scenario.ts';
import { forgeEvent, loseTail } from '../support/tampering.ts';

/** What an operator gets back whose Temporal has lost decisions that the ledger holds. */

let dataDir: string;
let valkey: ValkeyServer;
let house: RunningHouse;
let connection: Connection;
let temporal: Client;

beforeAll(async () => {
  // The command walks the whole ledger, so this one is its own.
  vi.stubEnv('REDIS_URL', '');
  dataDir = mkdtempSync(join(tmpdir(), 'countersign-recover-'));
  valkey = await startValkey({ dataDir });
  house = await startHouse({ temporalAddress: inject('temporalAddress'), redisUrl: valkey.url });
  connection = await Connection.connect({ address: inject('temporalAddress') });
  temporal = new Client({ connection, namespace: 'default' });
});

afterAll(async () => {
  await connection?.close();
  await house?.stop();
  await valkey?.stop();
  rmSync(dataDir, { recursive: true, force: true });
  vi.unstubAllEnvs();
});

/** Ended by somebody with access to Temporal; a Temporal that never knew the decision is in the restore drill. */
async function lose(decisionId: string): Promise<void> {
  await temporal.workflow.getHandle(workflowIdOf(decisionId)).terminate('lost');
}

const recover = async (start = true) => {
  const { decisions } = await recoverAll(house.ledger, house.client, { start });
  return new Map(decisions.map(({ decisionId, found, code }) => [decisionId, code ?? found]));
};

describe('decisions without a workflow', () => {
  it('go on to their end from where the ledger has them; the others are left alone', { timeout: 120_000 }, async () => {
    const finished = await execute(house);
    const running = await openRouted(house);
    const waiting = await openRouted(house);
    const approved = await openRouted(house);
    await approve(house, approved);
    const closing = await openRouted(house);
    await lose(waiting);
    await lose(approved);
    await lose(closing);

    const dry = await recover(false);
    expect(Object.fromEntries(dry)).toEqual({
      [running]: 'runs',
      [waiting]: 'to_start',
      [approved]: 'to_start',
      [closing]: 'to_start',
    });
    const first = await recover();
    expect(Object.fromEntries(first)).toEqual({
      [running]: 'runs',
      [waiting]: 'started',
      [approved]: 'started',
      [closing]: 'started',
    });
    expect([...(await recover()).values()]).toEqual(['runs', 'runs', 'runs', 'runs']);
    expect(first.has(finished)).toBe(false);

    await approve(house, waiting);
    for (const decisionId of [waiting, approved]) {
      await confirm(house, decisionId, await house.client.claim(decisionId, house.signer(PEOPLE.deployer)));
      await house.client.wait(decisionId, { until: 'closed', timeoutMs: 20_000 });
      expect(await verifyExported(house, decisionId, 'executed')).toMatchObject({ evidence: 'holds' });
      const types = typesOf(await chainOf(house, decisionId));
      for (const type of ['decision.requested', 'authority.routed', 'authority.approved', 'execution.cleared']) {
        expect(
          types.filter((one) => one === type),
          type,
        ).toHaveLength(1);
      }
    }
    await house.client.cancel(closing, house.signer(PEOPLE.operator), { reason: 'no longer wanted' });
  });

  it('are not begun again where Temporal knows their end and the ledger does not', async () => {
    const decisionId = await execute(house);
    await loseTail(valkey.adminUrl, decisionId, 4);
    const { Redis } = await import('ioredis');
    const admin = new Redis(valkey.adminUrl);
    await admin.hdel(`cs:registry:packs-${decisionId.slice(0, 2)}`, decisionId);
    admin.disconnect();
    expect((await recover()).get(decisionId)).toBe('ahead');
  });

  it('are named with their code where their chain is damaged, and stop nothing', async () => {
    const damaged = await openRouted(house);
    const waiting = await openRouted(house);
    await lose(damaged);
    await lose(waiting);
    await forgeEvent(valkey.adminUrl, damaged, { event_type: 'authority.approved' });
    const recovered = await recover();
    expect(recovered.get(damaged)).toBe('ledger.mac');
    expect(recovered.get(waiting)).toBe('started');
  });

  it('go on also where the requester has left the roster meanwhile', async () => {
    const decisionId = await openRouted(house);
    await lose(decisionId);
    const { index, reference } = await house.registry.rosterInForce(timestamp(Date.now()));
    const { roster } = index;
    const next = {
      ...roster,
      serial: reference.serial + 1,
      predecessor: reference.digest,
      persons: roster.persons.filter((person) => person.actor_id !== PEOPLE.operator),
    };
    const { bytes, endorsements } = endorseNext(house.house, 'roster', next, {
      origin: ORIGIN,
      tenant: house.tenant,
      at: timestamp(Date.now()),
      random: (length) => crypto.getRandomValues(new Uint8Array(length)),
    });
    await house.registry.publish('roster', bytes, endorsements, timestamp(Date.now()));
    expect((await recover()).get(decisionId)).toBe('started');
    expect(await approve(house, decisionId)).toMatchObject({ verdict: 'accepted' });
  });
});
