import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { digestBytes } from '../../core/canon/index.ts';
import { cli, type Finished, packetFor, startWorker, succeed, writeCanonical } from './team.ts';

/** Acts on the waiting, command by command, on a real Temporal, a real ledger and a worker process. */

const tenant = `operators-${process.pid}`;
let parent: string;
let worker: { stop(): Promise<void> };
let decision: string;
let run: (words: readonly string[]) => Promise<Finished>;

const example = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../../examples/policies/${name}`, import.meta.url)), 'utf8');

const said = async (...words: readonly string[]): Promise<string> => succeed(await run(words)).stdout;

beforeAll(async () => {
  parent = mkdtempSync(join(tmpdir(), 'countersign-operators-'));
  const at = (name: string): string => join(parent, name);
  const policy = example('small-team.yaml')
    .replace('origin: countersign-demo', 'origin: cli-test')
    .replace('tenant: acme', `tenant: ${tenant}`);
  const operation = 'operation:\n  roles: [reviewer]\n  nudge_every_s: 3600\n  extend_s: 86400\n';
  writeFileSync(at('policy.yaml'), `${policy}\n${operation}`);
  writeFileSync(at('people.yaml'), example('small-team.people.yaml'));
  const env = {
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    REDIS_URL: inject('redisUrl'),
    COUNTERSIGN_TASK_QUEUE: `queue-${tenant}`,
  };
  const folder = at('team');
  succeed(await cli(['init', folder, '--policy', at('policy.yaml'), '--people', at('people.yaml')]));
  run = (words) => cli(words, { cwd: folder, env });
  for (const published of ['policy', 'roster']) await said(published, 'publish');
  worker = await startWorker({
    ...env,
    COUNTERSIGN_TENANT: tenant,
    COUNTERSIGN_TRUST: join(folder, 'trust/trust.json'),
    COUNTERSIGN_STORE: join(folder, 'store'),
    COUNTERSIGN_KEYS: join(folder, 'service-keys'),
  });
  const subject = digestBytes(new TextEncoder().encode('rate_limit = 200\n'));
  writeCanonical(join(folder, 'draft.json'), packetFor(subject, tenant));
  await said(
    ...['evidence', 'sign', 'draft.json', '--as', 'crane-0b7d', '--valid-for', '259200'],
    ...['--packet', 'packet.json', '--statement', 'evidence.json'],
  );
  const opened = await said(
    ...['open', '--as', 'heron-3f2a', '--role', 'developer', '--action', 'deploy.change', '--target', 'production-app'],
    ...['--candidate', 'app@1.4.2', '--digest', subject, '--creator', 'wren-91c4', '--evidence', 'packet.json'],
    ...['--evidence-statement', 'evidence.json', '--summary', 'Raise a limit', '--idempotency-key', 'CHG-1042'],
    ...['--context', 'ticket=CHG-1042', '--wait', 'routed', '--json'],
  );
  decision = (JSON.parse(opened) as { decision_id: string }).decision_id;
}, 60_000);

afterAll(async () => {
  await worker?.stop();
  rmSync(parent, { recursive: true, force: true });
});

describe('a decision that waits, by the command line alone', () => {
  test('says what may be done about it, and by whom', async () => {
    expect(await said('why', decision)).toMatch(
      /waits for operators: may nudge or reassign, and may move the deadline from \S+ to \S+ at most \(from reviewer\)/,
    );
    expect(await said('brief', decision)).toMatch(/reviewer may move it, to \S+ at most/);
    const stuck = await said('stuck', '--stage', 'routed');
    expect(stuck).toContain(decision);
    expect(stuck).toContain('countersign why DECISION says what operators may do about it');
  });

  test('nudge, by an operator, and again too soon', async () => {
    const words = ['nudge', decision, '--as', 'badger-c26f', '--reason', 'the window closes at noon'];
    expect(await said(...words)).toContain('nudge: accepted');
    const again = await run(words);
    expect(again).toMatchObject({ code: 1, stdout: expect.stringContaining('nudge: refused, nudge.too_soon') });
  });

  test('extend, and no further than the policy lets it, nor by whoever asked', async () => {
    const deadline = (await said('why', decision)).match(/may move the deadline from (\S+) to/)?.[1] ?? '';
    const until = new Date(Date.parse(deadline) + 3_600_000).toISOString();
    const words = (by: string, time: string) => [
      ...['extend', decision, '--as', by, '--until', time, '--reason', 'otter is back on Thursday'],
    ];
    expect(await said(...words('badger-c26f', until))).toContain('extend: accepted');
    expect(await said('status', decision)).toContain(`until      ${until}`);
    const beyond = await run(words('badger-c26f', new Date(Date.parse(deadline) + 90_000_000).toISOString()));
    expect(beyond).toMatchObject({ code: 1, stdout: expect.stringContaining('extension.beyond_policy') });
    const own = await run(words('heron-3f2a', new Date(Date.parse(deadline) + 7_200_000).toISOString()));
    expect(own).toMatchObject({ code: 1, stdout: expect.stringContaining('operation.involved') });
    expect(await run(words('badger-c26f', 'Thursday'))).toMatchObject({ code: 2 });
  });

  test('reassign and hand over', async () => {
    const reassign = ['reassign', decision, '--as', 'badger-c26f', '--from', 'otter-5e18', '--to', 'badger-c26f'];
    expect(await said(...reassign, '--reason', 'otter is ill')).toContain('reassign: accepted');
    expect(await said('status', decision)).toContain('asked      badger-c26f for reviewer instead of otter-5e18');
    const back = ['hand-over', decision, '--as', 'badger-c26f', '--to', 'otter-5e18', '--reason', 'otter is back'];
    expect(await said(...back)).toContain('hand-over: accepted');
    expect(await said('why', decision)).toContain('otter-5e18 is asked for reviewer instead of badger-c26f');
    const barred = await run([...back.slice(0, 3), 'otter-5e18', '--to', 'wren-91c4', '--reason', 'she knows it']);
    expect(barred).toMatchObject({ code: 1, stdout: expect.stringContaining('reassignment.to') });
  });

  test('and whoever was relieved approves all the same', async () => {
    const approved = ['approve', decision, '--as', 'badger-c26f', '--rationale', 'read it', '--yes'];
    expect(await said(...approved)).toContain('approve: accepted');
    expect(await said('status', decision)).toContain('signed     badger-c26f as reviewer');
  });
});
