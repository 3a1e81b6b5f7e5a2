import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { recoverAll } from '../../cli/recovery.ts';
import { workflowIdOf } from '../../core/contracts/names.ts';
import { tenantRegistry } from '../../registry/names.ts';
import { timestamp } from '../../core/domain/vocabulary.ts';
import { endorseNext } from '../../founding/index.ts';
import { headOf } from '../../ledger/index.ts';
import { startValkey, type ValkeyServer } from '../../scripts/servers/index.ts';
import { ORIGIN, PEOPLE, type RunningHouse, startHouse } from '../support/running-house.ts';
import { approve, chainOf, confirm, execute, openRouted, typesOf, verifyExported } from '../support/scenario.ts';
import { forgeEvent, loseTail, sealEvent } from '../support/tampering.ts';

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
  const { decisions } = await recoverAll(house, house.client, { start });
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

  it('are sealed and recorded to the end: what was let out joins the history that lacks it', async () => {
    const decisionId = await execute(house);
    const link = (await house.releases.history('prod-gateway-01')).at(-1);
    expect(link?.record.decision_id).toBe(decisionId);
    const { Redis } = await import('ioredis');
    const admin = new Redis(valkey.adminUrl);
    await admin.hdel(
      `cs:registry:${tenantRegistry('release', house.tenant)}`,
      `prod-gateway-01/${link?.record.number}`,
    );
    admin.disconnect();
    expect((await recover(false)).get(decisionId)).toBe('to_record');
    expect((await recover()).get(decisionId)).toBe('recorded');
    const again = (await house.releases.history('prod-gateway-01')).filter(
      ({ record }) => record.decision_id === decisionId,
    );
    expect(again).toEqual([link]);
    expect((await recover()).has(decisionId)).toBe(false);
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

  // shows: R10
  it('are taken over event by event, each under what it was decided under', async () => {
    const decisionId = await openRouted(house);
    await house.client.approve(decisionId, house.signer(PEOPLE.operator), { rationale: 'mine', roles: ['executive'] });
    await approve(house, decisionId);
    const claim = await house.client.claim(decisionId, house.signer(PEOPLE.deployer));
    await lose(decisionId);
    expect((await recover()).get(decisionId)).toBe('started');
    expect(await house.client.why(decisionId)).toMatchObject({ stage: 'cleared', failing: [] });
    await confirm(house, decisionId, claim);
    await house.client.wait(decisionId, { until: 'closed', timeoutMs: 20_000 });
    expect(await verifyExported(house, decisionId, 'executed')).toMatchObject({ evidence: 'holds' });
  });
});

/** The seal says that a worker's key wrote it; whoever stole one decides nothing with it. */
describe('a decision in whose chain stands what no command decides', () => {
  const UNDECIDED = [{ what: 'quarantine', code: 'ledger.undecided' }];

  /** A refusal of an approval that nobody sent: it names the request as its statement. */
  async function openForged(): Promise<string> {
    const decisionId = await openRouted(house);
    const { request } = await house.client.state(decisionId);
    await sealEvent(house.ledger, decisionId, {
      event_type: 'statement.refused',
      actor_id: PEOPLE.creator,
      statement: request,
      statement_type: 'application/vnd.countersign.approval.v1+json',
      code: 'approval.by_requester',
      detail: 'made up',
    });
    return decisionId;
  }

  async function expectQuarantine(decisionId: string): Promise<void> {
    expect(await house.client.why(decisionId)).toMatchObject({ failing: UNDECIDED });
    await expect(approve(house, decisionId)).rejects.toMatchObject({ serverCode: 'decision.quarantined' });
    const claiming = house.client.claim(decisionId, house.signer(PEOPLE.deployer));
    await expect(claiming).rejects.toMatchObject({ serverCode: 'decision.quarantined' });
    expect(typesOf(await chainOf(house, decisionId)).at(-1)).toBe('statement.refused');
  }

  it('is in quarantine again after recover, and clears nothing', async () => {
    const decisionId = await openForged();
    await approve(house, decisionId).catch(() => undefined);
    await expectQuarantine(decisionId);
    await lose(decisionId);
    expect((await recover()).get(decisionId)).toBe('started');
    await expectQuarantine(decisionId);
  });

  it('is so too where a run is started that says its chain was verified', async () => {
    const decisionId = await openForged();
    await lose(decisionId);
    const batches = await house.ledger.read(decisionId);
    const head = headOf(batches);
    const request = batches[0]?.events[0]?.['request'];
    await temporal.workflow.start('promotionDecision', {
      workflowId: workflowIdOf(decisionId),
      taskQueue: house.taskQueue,
      args: [{ decisionId, request, carried: { head, discarded: {}, quarantine: null, verified: true } }],
    });
    await vi.waitFor(() => expectQuarantine(decisionId), { timeout: 20_000 });
  });
});

/** Last, since nobody can ask for anything from then on. */
describe('a decision whose requester has left the roster meanwhile', () => {
  it('goes on, with what was admitted once', async () => {
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
