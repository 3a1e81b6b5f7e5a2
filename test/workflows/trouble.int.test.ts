import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { canonicalBytes, digestBytes } from '../../core/canon/index.ts';
import { workflowIdOf } from '../../core/contracts/names.ts';
import type { CauseTree } from '../../core/domain/why.ts';
import { timestamp } from '../../core/domain/vocabulary.ts';
import { type Roster, readStatement } from '../../documents/index.ts';
import { endorseNext } from '../../founding/index.ts';
import { startValkey, type ValkeyServer } from '../../scripts/servers/index.ts';
import { ORIGIN, PEOPLE, type RunningHouse, startHouse } from '../support/running-house.ts';
import { approve, chainOf, confirm, openRouted, typesOf } from '../support/scenario.ts';

/** What goes wrong around a decision: it is shown at once, and the decision goes on by itself afterwards. */

let directory: string;
let valkey: ValkeyServer;
let house: RunningHouse;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'countersign-trouble-'));
  valkey = await startValkey({ dataDir: directory });
  house = await startHouse({ temporalAddress: inject('temporalAddress'), redisUrl: valkey.url });
});
afterAll(async () => {
  await house?.stop();
  await valkey?.stop();
  rmSync(directory, { recursive: true, force: true });
});

async function whyUntil(decisionId: string, holds: (tree: CauseTree) => boolean): Promise<CauseTree> {
  for (let tries = 0; tries < 200; tries += 1) {
    const tree = await house.client.why(decisionId);
    if (holds(tree)) return tree;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`why never showed it: ${JSON.stringify(await house.client.why(decisionId))}`);
}

describe('the ledger goes away', () => {
  // shows: R13, R19, R67
  it('shows it in why while it lasts, appends nothing, and goes on when it is back', async () => {
    const decisionId = await openRouted(house);
    const { port, credentials } = valkey;
    await valkey.kill();
    const approving = approve(house, decisionId);
    const tree = await whyUntil(decisionId, ({ failing }) => failing.some(({ what }) => what === 'ledger'));
    expect(tree.failing).toMatchObject([{ what: 'ledger', code: 'ledger.unavailable' }]);
    expect(tree.next[0]?.what).toBe('retry ledger');
    expect((await house.client.state(decisionId)).stage).toBe('routed');

    valkey = await startValkey({ dataDir: directory, ...(port && credentials ? { port, credentials } : {}) });
    expect(await approving).toMatchObject({ verdict: 'accepted' });
    expect(typesOf(await chainOf(house, decisionId)).at(-1)).toBe('authority.approved');
    expect((await house.client.why(decisionId)).failing).toEqual([]);
  });
});

describe('evidence that cannot be fetched', () => {
  // shows: R17, R28
  it('queues the decision, visibly, and goes on when it comes', async () => {
    const request = house.request(randomUUID());
    // The packet is kept from the store; everything else is there.
    const decisionId = await house.openWithout(request.packet, request);
    const tree = await whyUntil(decisionId, ({ failing }) => failing.length > 0);
    expect(tree).toMatchObject({ stage: 'requested', failing: [{ what: 'evidence', code: 'store.not_found' }] });
    await house.store.put(request.packet);
    const view = await house.client.wait(decisionId, { until: 'routed', timeoutMs: 40_000 });
    expect(view.stage).toBe('routed');
    const events = await chainOf(house, decisionId);
    expect(Date.parse(events[1]?.timestamp ?? '')).toBeGreaterThan(Date.parse(events[0]?.timestamp ?? ''));
  });

  it('is cancelled while it waits', async () => {
    const request = house.request(randomUUID());
    const missing = { ...request, packet: canonicalBytes({ nobody: randomUUID() }) };
    const decisionId = await house.openWithout(missing.packet, missing);
    await whyUntil(decisionId, ({ failing }) => failing.length > 0);
    await house.client.cancel(decisionId, house.signer(PEOPLE.operator), { reason: 'gave up' });
    const view = await house.client.wait(decisionId, { until: 'closed', timeoutMs: 20_000 });
    expect(view.outcome).toBe('cancelled');
  });
});

describe('a cancel by Temporal itself', () => {
  it('ends nothing, and why says how a cancel is signed', async () => {
    const decisionId = await openRouted(house);
    const connection = await Connection.connect({ address: inject('temporalAddress') });
    try {
      await new Client({ connection }).workflow.getHandle(workflowIdOf(decisionId)).cancel();
    } finally {
      await connection.close();
    }
    await whyUntil(decisionId, ({ failing }) => failing.some(({ code }) => code === 'cancel.unsigned'));
    expect(await approve(house, decisionId)).toMatchObject({ verdict: 'accepted' });
    const claim = await house.client.claim(decisionId, house.signer(PEOPLE.deployer));
    await confirm(house, decisionId, claim);
    const view = await house.client.wait(decisionId, { until: 'closed', timeoutMs: 20_000 });
    expect(view.outcome).toBe('executed');
  });
});

describe('the next roster', () => {
  it('revokes a lost key: what it signed no longer clears anything', async () => {
    const decisionId = await openRouted(house);
    await approve(house, decisionId, PEOPLE.secondExecutive);
    expect((await house.client.state(decisionId)).stage).toBe('authorized');
    await publishRoster((roster) => ({
      ...roster,
      persons: roster.persons.map((person) =>
        person.actor_id === PEOPLE.secondExecutive ? { ...person, keys: [] } : person,
      ),
    }));
    const refused = await house.client.claim(decisionId, house.signer(PEOPLE.deployer));
    expect(refused).toMatchObject({ verdict: 'refused', code: 'claim.authority_missing', permit: null });
    expect(typesOf(await chainOf(house, decisionId))).not.toContain('execution.cleared');

    await approve(house, decisionId);
    const claim = await house.client.claim(decisionId, house.signer(PEOPLE.deployer));
    expect(claim.verdict).toBe('accepted');
    const cleared = (await chainOf(house, decisionId)).at(-1);
    expect(cleared).toMatchObject({ roster: { serial: 2 }, assignment: [{ actor_id: PEOPLE.executive }] });
    await confirm(house, decisionId, claim);
  });
});

async function publishRoster(change: (roster: Roster) => Roster): Promise<void> {
  const current = await house.registry.rosterInForce(timestamp(Date.now()));
  const { roster } = current.index;
  const at = timestamp(Date.now());
  const next = change({ ...roster, serial: roster.serial + 1, predecessor: current.reference.digest, issued_at: at });
  const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));
  const { bytes, endorsements } = endorseNext(house.house, 'roster', next, {
    origin: ORIGIN,
    tenant: house.tenant,
    at,
    random,
  });
  for (const envelope of endorsements) readStatement(envelope, 'endorsement');
  const published = await house.registry.publish('roster', bytes, endorsements, at);
  expect(published.digest).toBe(digestBytes(bytes));
}
