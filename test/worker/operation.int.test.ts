import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import parsePrometheus from 'parse-prometheus-text-format';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { freePort, startValkey, type ValkeyServer } from '../../scripts/servers/index.ts';
import { PEOPLE, type RunningHouse, startHouse } from '../support/running-house.ts';
import { approve, execute, liftRestrictions, openRouted } from '../support/scenario.ts';
import { forgeEvent } from '../support/tampering.ts';
import { OF_TEMPORAL } from './known-metrics.ts';

let dataDir: string;
let valkey: ValkeyServer;
let house: RunningHouse;
let base: string;
let temporalMetrics: string;

beforeAll(async () => {
  // This suite kills its server: never one that somebody else uses.
  vi.stubEnv('REDIS_URL', '');
  dataDir = mkdtempSync(join(tmpdir(), 'countersign-operation-'));
  valkey = await startValkey({ dataDir });
  const [health, temporal] = [await freePort(), await freePort()];
  base = `http://127.0.0.1:${health}`;
  temporalMetrics = `http://127.0.0.1:${temporal}/metrics`;
  house = await startHouse({
    temporalAddress: inject('temporalAddress'),
    redisUrl: valkey.url,
    environment: {
      COUNTERSIGN_HEALTH_ADDRESS: `127.0.0.1:${health}`,
      COUNTERSIGN_TEMPORAL_METRICS_ADDRESS: `127.0.0.1:${temporal}`,
    },
  });
});

afterAll(async () => {
  await house.stop();
  await valkey.stop();
  rmSync(dataDir, { recursive: true, force: true });
  vi.unstubAllEnvs();
});

interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly metrics: readonly {
    readonly value?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly count?: string;
    readonly sum?: string;
  }[];
}

async function scrape(url = `${base}/metrics`): Promise<{ text: string; families: readonly Family[] }> {
  const response = await fetch(url);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toContain('text/plain');
  const text = await response.text();
  return { text, families: parsePrometheus(text) as Family[] };
}

/** Value of the series with these labels, or the count of a histogram; 0 where it has not begun. */
async function valueOf(name: string, labels: Readonly<Record<string, string>> = {}, url?: string): Promise<number> {
  const { families } = await scrape(url);
  const found = families
    .find((family) => family.name === name)
    ?.metrics.find((metric) => Object.entries(labels).every(([label, value]) => metric.labels?.[label] === value));
  return Number(found?.value ?? found?.count ?? 0);
}

async function ready(): Promise<{ status: number; failing: Record<string, string>; text: string }> {
  const response = await fetch(`${base}/readyz`);
  const text = await response.text();
  const { items } = JSON.parse(text) as { items: { name: string; ok: boolean; code: string }[] };
  const failing = Object.fromEntries(items.filter(({ ok }) => !ok).map(({ name, code }) => [name, code]));
  return { status: response.status, failing, text };
}

describe('metrics of a worker', () => {
  // shows: R106
  it('count what a decision does', async () => {
    const names: readonly (readonly [string, Record<string, string>, number])[] = [
      ['countersign_decisions_closed_total', { outcome: 'executed', action: 'other' }, 1],
      ['countersign_policy_evaluations_total', { result: 'escalate' }, 1],
      ['countersign_risk_score', {}, 1],
      ['countersign_receipts_total', { arrived: 'in_time', result: 'success' }, 1],
      ['countersign_approval_latency_seconds', {}, 1],
      ['countersign_activities_total', { activity: 'sealPack' }, 1],
      ['countersign_ledger_append_seconds', {}, 5],
      ['countersign_ledger_appends_total', { outcome: 'appended' }, 5],
    ];
    const before = await Promise.all(names.map(([name, labels]) => valueOf(name, labels)));
    const decisionId = await execute(house);
    const events = (await house.ledger.read(decisionId)).length;
    expect(events).toBe(5);
    const after = await Promise.all(names.map(([name, labels]) => valueOf(name, labels)));
    expect(after.map((value, index) => value - (before[index] ?? 0))).toEqual(names.map(([, , more]) => more));
    expect((await scrape()).text).not.toContain(decisionId);
  });

  // shows: R106
  it('count refusals by code, and decisions in quarantine', async () => {
    const decisionId = await openRouted(house);
    const answer = await house.client.claim(decisionId, house.signer(PEOPLE.deployer));
    expect(answer).toMatchObject({ verdict: 'refused' });
    expect(await valueOf('countersign_statements_refused_total', { code: answer.code ?? '' })).toBe(1);
    await forgeEvent(valkey.adminUrl, decisionId, { event_type: 'authority.approved' });
    // A decision in quarantine answers nobody.
    void approve(house, decisionId).catch(() => undefined);
    await expect.poll(() => valueOf('countersign_quarantined_decisions'), { timeout: 10_000 }).toBe(1);
  });

  it('show that the tenant is restricted, and that it is no more', async () => {
    const looked = async (): Promise<number> => {
      // A worker looks when it starts; the first one looks again half a minute later.
      const port = await freePort();
      const second = await house.startWorker({
        COUNTERSIGN_HEALTH_ADDRESS: `127.0.0.1:${port}`,
        COUNTERSIGN_TEMPORAL_METRICS_ADDRESS: `127.0.0.1:${await freePort()}`,
      });
      try {
        const from = `http://127.0.0.1:${port}/metrics`;
        await expect
          .poll(() =>
            valueOf('countersign_ledger_healthy', {}, from).then(() => valueOf('countersign_restricted', {}, from)),
          )
          .toBe((await house.restrictions.restricting()) === null ? 0 : 1);
        return await valueOf('countersign_restricted', {}, from);
      } finally {
        await second.stop();
      }
    };
    const decisionId = '11111111-2222-8333-8444-555555555555';
    const at = new Date().toISOString();
    await house.restrictions.enter({ decisionId, code: 'ledger.mac', head: null, at });
    expect(await looked()).toBe(1);
    await liftRestrictions(house);
    expect(await looked()).toBe(0);
  });

  // shows: R106
  it('show open decisions by stage and age', async () => {
    await openRouted(house);
    await expect
      .poll(async () => (await house.client.listStuck({ stage: 'routed', limit: 5 })).length)
      .toBeGreaterThan(0);
    // A worker counts when it starts; the first one counts again half a minute later.
    const port = await freePort();
    const second = await house.startWorker({
      COUNTERSIGN_HEALTH_ADDRESS: `127.0.0.1:${port}`,
      COUNTERSIGN_TEMPORAL_METRICS_ADDRESS: `127.0.0.1:${await freePort()}`,
    });
    try {
      const from = `http://127.0.0.1:${port}/metrics`;
      const open = 'countersign_open_decisions';
      await expect.poll(() => valueOf(open, { stage: 'routed', age: 'under_1h' }, from)).toBeGreaterThan(0);
      expect(await valueOf(open, { stage: 'routed', age: 'over_7d' }, from)).toBe(0);
      expect(await valueOf(`${open}_counted_timestamp_seconds`, {}, from)).toBeGreaterThan(1.7e9);
    } finally {
      await second.stop();
    }
  });

  it('keep to the conventions of Prometheus', async () => {
    const { families, text } = await scrape();
    const ours = families.filter(({ name }) => name.startsWith('countersign_'));
    expect(ours.length).toBeGreaterThan(10);
    for (const { name, help, type, metrics } of families) {
      expect(help, name).not.toBe('');
      expect(metrics.length, name).toBeLessThan(120);
      expect(type === 'COUNTER', name).toBe(name.endsWith('_total') && !name.startsWith('nodejs_active_'));
    }
    for (const { name, type } of ours) if (type === 'HISTOGRAM') expect(name).toMatch(/_(seconds|score)$/);
    expect(text).toContain('nodejs_eventloop_lag_seconds');
    expect(text.endsWith('\n')).toBe(true);
  });

  it('stand beside those of Temporal', async () => {
    const { text } = await scrape(temporalMetrics);
    for (const [name, labels] of Object.entries(OF_TEMPORAL)) {
      const series = text.split('\n').find((line) => line.startsWith(`${name}{`)) ?? '';
      const missing = labels.filter((label) => !series.includes(`${label}="`));
      expect(missing, `${name} as scraped: ${series}`).toEqual([]);
    }
  });
});

describe('readiness', () => {
  it('falls with the ledger and comes back with it, while the process is alive throughout', async () => {
    const password = new URL(valkey.url).password;
    expect(await ready()).toMatchObject({ status: 200, failing: {} });
    const { port, credentials } = valkey;
    await valkey.kill();
    await expect.poll(ready).toMatchObject({ status: 503, failing: { ledger: 'ledger.unavailable' } });
    expect((await fetch(`${base}/healthz`)).status).toBe(200);
    expect(await valueOf('countersign_ledger_healthy')).toBe(0);
    expect(await valueOf('countersign_ready', { item: 'ledger' })).toBe(0);
    expect(await valueOf('countersign_ready', { item: 'store' })).toBe(1);
    expect(await valueOf('countersign_ledger_errors_total', { code: 'ledger.unavailable' })).toBeGreaterThan(0);
    expect((await ready()).text).not.toContain(password);

    valkey = await startValkey({ dataDir, port, credentials });
    await expect.poll(ready, { timeout: 20_000 }).toMatchObject({ status: 200, failing: {} });
    expect(await valueOf('countersign_ledger_healthy')).toBe(1);
    expect(await valueOf('countersign_ledger_check_ok', { check: 'appendfsync' })).toBe(1);
    expect((await fetch(`${base}/healthz`)).status).toBe(200);
  });

  it('falls with a setting under which nothing would be durable, and names it', async () => {
    const { Redis } = await import('ioredis');
    const admin = new Redis(valkey.adminUrl);
    try {
      await admin.config('SET', 'appendfsync', 'everysec');
      await expect.poll(ready).toMatchObject({
        status: 503,
        failing: { ledger: 'ledger.durability', 'ledger appendfsync': 'ledger.durability' },
      });
    } finally {
      await admin.config('SET', 'appendfsync', 'always');
      admin.disconnect();
    }
    await expect.poll(ready).toMatchObject({ status: 200 });
  });

  it('falls with the store', async () => {
    const store = join(house.directory, 'store');
    renameSync(store, `${store}.away`);
    writeFileSync(store, '');
    await expect.poll(ready).toMatchObject({ status: 503, failing: { store: 'store.not_a_file' } });
    rmSync(store);
    renameSync(`${store}.away`, store);
    await expect.poll(ready).toMatchObject({ status: 200 });
  });

  it('answers nothing else', async () => {
    expect((await fetch(`${base}/`)).status).toBe(404);
    expect((await fetch(`${base}/healthz`, { method: 'POST' })).status).toBe(405);
  });
});
