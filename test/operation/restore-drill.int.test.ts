import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { checkAcknowledgement, type ExportedPack, type Submitted } from '../../client/index.ts';
import { timestamp } from '../../core/domain/vocabulary.ts';
import { startTemporal, startValkey, type TemporalServer, type ValkeyServer } from '../../scripts/servers/index.ts';
import { cli, type Finished } from '../cli/team.ts';
import { ORIGIN, PEOPLE, type RunningHouse, startHouse, type WorkerProcess } from '../support/running-house.ts';
import { approve, chainOf, confirm, execute, openRouted, typesOf, verifyExported } from '../support/scenario.ts';

/**
 * The drill: an installation at work is backed up, works on, loses everything, and is brought back by the commands that
 * an operator has. docs/operate.md tells it in words.
 */

let base: string;
let valkey: ValkeyServer;
let temporal: TemporalServer;
let house: RunningHouse;
let worker: WorkerProcess;
let generation = 0;

beforeAll(async () => {
  // Servers are killed and emptied: never some that somebody else uses.
  vi.stubEnv('REDIS_URL', '');
  vi.stubEnv('TEMPORAL_ADDRESS', '');
  base = mkdtempSync(join(tmpdir(), 'countersign-drill-'));
  [valkey, temporal] = await Promise.all([
    startValkey({ dataDir: join(base, 'valkey-0') }),
    startTemporal({ dataDir: join(base, 'temporal-0'), ui: false }),
  ]);
  house = await startHouse({ temporalAddress: temporal.address, redisUrl: valkey.url, worker: false });
  worker = await house.startWorker();
  writeFileSync(
    join(house.directory, 'countersign.json'),
    JSON.stringify({
      origin: ORIGIN,
      tenant: house.tenant,
      trust: 'trust.json',
      store: 'store',
      disclosures: 'store/disclosures',
      keys: 'keys',
      service_keys: 'keys',
      temporal: { address: temporal.address, task_queue: house.taskQueue },
    }),
  );
});

afterAll(async () => {
  await worker?.stop();
  await house?.stop();
  await Promise.all([temporal?.stop(), valkey?.stop()]);
  rmSync(base, { recursive: true, force: true });
  vi.unstubAllEnvs();
});

function run(...words: string[]): Promise<Finished> {
  const env = { REDIS_URL: valkey.url, COUNTERSIGN_ARCHIVIST_URL: valkey.archivistUrl };
  return cli([...words, '--json'], { cwd: house.directory, env });
}

async function succeed<T>(...words: string[]): Promise<T> {
  const { code, stdout, stderr } = await run(...words);
  if (code !== 0) throw new Error(`exit ${code}: ${stdout}${stderr}`);
  return JSON.parse(stdout) as T;
}

/** A server as it comes out of its box, where the old one was. */
async function emptyValkey(): Promise<void> {
  const { port, credentials } = valkey;
  await valkey.kill();
  generation += 1;
  valkey = await startValkey({ dataDir: join(base, `valkey-${generation}`), port, credentials });
}

async function emptyTemporal(): Promise<void> {
  await temporal.stop();
  generation += 1;
  const port = Number(temporal.address.split(':')[1]);
  temporal = await startTemporal({ dataDir: join(base, `temporal-${generation}`), port, ui: false });
}

async function exported(decisionId: string): Promise<Record<string, string>> {
  const { bundle, view, disclosures } = await house.client.export(decisionId);
  return texts({ decisionId, bundle, view, disclosures });
}

function texts({ bundle, view, disclosures }: ExportedPack): Record<string, string> {
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  return { bundle: text(bundle), view: text(view), disclosures: text(disclosures) };
}

async function carryToTheEnd(decisionId: string): Promise<void> {
  await confirm(house, decisionId, await house.client.claim(decisionId, house.signer(PEOPLE.deployer)));
  await house.client.wait(decisionId, { until: 'closed', timeoutMs: 20_000 });
  expect(await verifyExported(house, decisionId, 'executed')).toMatchObject({
    evidence: 'holds',
    level: { reached: 'C2' },
  });
}

describe('everything is lost', { timeout: 180_000 }, () => {
  let backup: { manifest: string; decisions: number; damaged: unknown[] };
  let waiting: string;
  let approved: string;
  let executed: string;
  let archived: string;
  let cancelled: string;
  let later: string;
  const key = randomUUID();
  const before = new Map<string, Record<string, string>>();
  let acknowledged: Submitted;

  it('is backed up while decisions are open, waiting and closed, and works on afterwards', async () => {
    archived = await execute(house);
    expect(await succeed('archive', '--older-than', '0')).toMatchObject({
      decisions: [{ decisionId: archived, did: 'archived' }],
    });
    // What comes after the end finds its chain in the store, and opens an addendum.
    const late = await house.client.cancel(archived, house.signer(PEOPLE.operator), { reason: 'too late' });
    expect(await chainOf(house, late.addendum ?? '')).toMatchObject([{ closed_decision: archived }, {}]);
    executed = await execute(house);
    cancelled = await openRouted(house);
    await house.client.cancel(cancelled, house.signer(PEOPLE.operator), { reason: 'no longer wanted' });
    await house.client.wait(cancelled, { until: 'closed', timeoutMs: 20_000 });
    waiting = await openRouted(house);
    approved = await openRouted(house);
    await approve(house, approved);
    for (const decisionId of [archived, executed, cancelled]) before.set(decisionId, await exported(decisionId));

    backup = await succeed('backup', '--out', join(base, 'backup'));
    expect(backup).toMatchObject({ decisions: 6, damaged: [] });
    expect((await run('backup', '--out', join(base, 'backup'))).stdout).toContain('backup.exists');

    acknowledged = await approve(house, waiting);
    expect(acknowledged).toMatchObject({ verdict: 'accepted' });
    later = await openRouted(house, key);
  });

  it('loses its ledger, its store and its Temporal, and gets back what the backup holds', async () => {
    await worker.kill();
    rmSync(join(house.directory, 'store'), { recursive: true });
    await Promise.all([emptyValkey(), emptyTemporal()]);
    await expect.poll(() => house.ledger.head(waiting).catch(() => undefined)).toMatchObject({ sequence: 0 });

    const another = `sha256:${'0'.repeat(64)}`;
    const refused = await run('restore', join(base, 'backup'), '--manifest', another);
    expect(refused).toMatchObject({ code: 1, stdout: expect.stringContaining('backup.manifest') });
    const restored = await succeed('restore', join(base, 'backup'), '--manifest', backup.manifest);
    expect(restored).toMatchObject({ decisions: 6 });
    const again = await run('restore', join(base, 'backup'));
    expect(again).toMatchObject({ code: 1, stdout: expect.stringContaining('restore.not_empty') });
  });

  it('starts what was open again, and nothing else, however often it is asked to', async () => {
    worker = await house.startWorker();
    const dry = await succeed<{ decisions: object[] }>('recover', '--dry-run');
    const states = (found: string) =>
      [waiting, approved].sort().map((decisionId) => ({ decisionId, found, code: null }));
    const sorted = ({ decisions }: { decisions: object[] }) =>
      decisions.toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
    expect(sorted(dry)).toEqual(expect.arrayContaining(states('to_start')));
    expect(sorted(await succeed('recover'))).toEqual(expect.arrayContaining(states('started')));
    const repeated = sorted(await succeed('recover'));
    expect(repeated).toEqual(expect.arrayContaining(states('runs')));
    expect(repeated).toHaveLength(2);
  });

  // shows: R102
  it('exports what had closed with the same bytes, the archived too', async () => {
    for (const decisionId of [archived, executed, cancelled]) {
      const out = join(base, `pack-${decisionId}`);
      await succeed('export', decisionId, '--out', out, '--from-ledger');
      const [bundle, view, disclosures] = ['pack.sigstore.json', 'pack.json', 'disclosures.json'].map(
        (name) => new Uint8Array(readFileSync(join(out, name))),
      );
      if (!bundle || !view || !disclosures) throw new Error('an export has three files');
      expect(texts({ decisionId, bundle, view, disclosures })).toEqual(before.get(decisionId));
    }
  });

  // shows: R6
  it('has lost what was acknowledged after the backup, and the acknowledgement that was kept proves it', async () => {
    const { acknowledgement, statement } = acknowledged;
    if (acknowledgement === null) throw new Error('an accepted statement is acknowledged');
    const { trust, tenant } = house;
    const { acknowledgement: said } = checkAcknowledgement(acknowledgement, {
      trust,
      tenant,
      decisionId: waiting,
      statement,
      at: timestamp(Date.now()),
    });
    const events = await chainOf(house, waiting);
    expect(events.map((event) => event.integrity_hash)).not.toContain(said.event);
    expect(events.length).toBeLessThan(said.sequence);
    await expect(house.client.state(later)).rejects.toMatchObject({ code: 'decision.not_found' });
  });

  it('carries the open ones to their end; what was lost is sent again', async () => {
    await carryToTheEnd(approved);
    expect(await approve(house, waiting)).toMatchObject({ verdict: 'accepted' });
    await carryToTheEnd(waiting);
    expect(await openRouted(house, key)).toBe(later);
    await approve(house, later);
    await carryToTheEnd(later);
  });
});

describe('the ledger alone is lost, and Temporal knows more than the backup', { timeout: 180_000 }, () => {
  it('gets its tail back from the workflows that run, and says which had ended', async () => {
    const open = await openRouted(house);
    const ended = await openRouted(house);
    await approve(house, ended);
    await succeed('backup', '--out', join(base, 'backup-2'));
    await approve(house, open);
    await carryToTheEnd(ended);
    const head = (await chainOf(house, open)).at(-1)?.integrity_hash;

    await worker.stop();
    await emptyValkey();
    await succeed('restore', join(base, 'backup-2'));
    expect(typesOf(await chainOf(house, open)).at(-1)).toBe('authority.routed');
    worker = await house.startWorker();

    await carryToTheEnd(open);
    const events = await chainOf(house, open);
    expect(events.map((event) => event.integrity_hash)).toContain(head);
    expect(typesOf(events)).toContain('ledger.restored');

    const { code, stdout } = await run('recover');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ decisions: [{ decisionId: ended, found: 'ahead' }] });
  });
});
