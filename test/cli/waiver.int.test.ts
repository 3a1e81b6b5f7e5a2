import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type Digest, digestBytes } from '../../core/canon/index.ts';
import { type Finished, makeTeam, startWorker, succeed, type Team, vouch, workerOf } from './team.ts';

/** A gate that denies, waived by one person and approved by another, command by command. */

const tenant = `waive-${process.pid}`;
const GATE = 'TEAM-004';
let scratch: string;
let team: Team;
let worker: { stop(): Promise<void> };
let subject: Digest;

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'countersign-waive-'));
  const shipped = fileURLToPath(new URL('../../examples/policies/small-team.yaml', import.meta.url));
  const policy = join(scratch, 'policy.yaml');
  writeFileSync(policy, waivable(readFileSync(shipped, 'utf8')));
  const env = {
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    REDIS_URL: inject('redisUrl'),
    COUNTERSIGN_TASK_QUEUE: `queue-${tenant}`,
  };
  team = await makeTeam(['--policy', policy, '--people', shipped.replace('.yaml', '.people.yaml')], env);
  succeed(await team.run(['policy', 'publish']));
  succeed(await team.run(['roster', 'publish']));
  worker = await startWorker({
    ...env,
    ...workerOf(team, tenant),
  });
  writeFileSync(team.at('app.conf'), 'rate_limit = 200\n');
  subject = digestBytes(new Uint8Array(readFileSync(team.at('app.conf'))));
  await vouch(team, subject, tenant, 'otter-5e18');
}, 60_000);

afterAll(async () => {
  await worker?.stop();
  team?.remove();
  rmSync(scratch, { recursive: true, force: true });
});

/** The shipped policy of another tenant, in which a change of config without a ticket denies, and may be waived. */
function waivable(text: string): string {
  const gate = `  - id: ${GATE}
    name: A change names its ticket
    hard: false
    when: "!has(request.context.ticket)"
    result: deny
    reason: The request names no change ticket

risk:`;
  return text
    .replace('origin: countersign-demo', 'origin: cli-test')
    .replace('tenant: acme', `tenant: ${tenant}`)
    .replace('\nrisk:', `\n${gate}`)
    .replace('\ntimes:', `\nwaivers:\n  roles: [reviewer]\n  gates: [${GATE}]\n  life_s: 86400\n\ntimes:`);
}

function waive(out: string, more: readonly string[] = [], gate = GATE): Promise<Finished> {
  const expires = new Date(Date.now() + 3_600_000).toISOString();
  return team.run([
    ...['waive', gate, '--as', 'badger-c26f', '--action', 'deploy.change', '--target', 'production-app'],
    ...['--digest', 'app.conf', '--owner', 'crane-0b7d', '--control', 'pager-watch', '--control', 'canary-first'],
    ...['--reason', 'the ticket system is down', '--expires', expires, '--out', out, '--json'],
    ...more,
  ]);
}

function open(key: string, more: readonly string[]): Promise<Finished> {
  return team.run([
    ...['open', '--as', 'heron-3f2a', '--role', 'developer', '--action', 'deploy.change'],
    ...['--target', 'production-app', '--candidate', 'app@1.4.2', '--digest', subject, '--creator', 'crane-0b7d'],
    ...['--evidence', 'packet.json', '--evidence-statement', 'evidence.json', '--context', 'kind=routine'],
    ...['--summary', 'Rate limits', '--idempotency-key', key, '--json', ...more],
  ]);
}

describe('countersign waive', () => {
  test('writes a waiver that open names, and that brief, approver and pack show', async () => {
    const signed = succeed(await waive('waiver.json'));
    const { waiver } = JSON.parse(signed.stdout) as { waiver: string };
    expect(statSync(team.at('waiver.json')).mode & 0o777).toBe(0o600);
    expect((await waive('waiver.json')).stderr).toMatch(/^file\.exists/u);

    const denied = await open('denied', []);
    expect(JSON.parse(denied.stdout)).toMatchObject({ view: { ending: 'gate.denied' } });
    const opened = succeed(await open('waived', ['--waiver', 'waiver.json']));
    const { decision_id: decision } = JSON.parse(opened.stdout) as { decision_id: string };
    const brief = succeed(await team.run(['brief', decision]));
    expect(brief.stdout).toContain(`${GATE} deny (WAIVED)`);
    expect(brief.stdout).toContain('owner crane-0b7d; controls canary-first, pager-watch');

    const own = await team.run(['approve', decision, '--as', 'badger-c26f', '--rationale', 'mine', '--yes', '--json']);
    expect(own.code).toBe(1);
    expect(JSON.parse(own.stdout)).toMatchObject({ code: 'approval.by_waiver_author' });
    succeed(await team.run(['approve', decision, '--as', 'wren-91c4', '--rationale', 'read', '--yes']));
    succeed(await team.run(['cancel', decision, '--as', 'heron-3f2a', '--reason', 'enough', '--json']));
    succeed(await open('waived', ['--waiver', 'waiver.json', '--wait', 'closed', '--timeout', '20']).then(asCancelled));
    succeed(await team.run(['export', decision, '--out', 'pack']));
    const verified = await team.run(['verify', 'pack', '--trust', 'trust/trust.json', '--expect', 'cancelled']);
    expect(verified.stdout).toContain('evidence: holds');
    expect(verified.stdout).toContain(`gate ${GATE} WAIVED by badger-c26f as reviewer`);
    expect(readFileSync(team.at('pack/pack.json'), 'utf8')).toContain(waiver);
  });

  test('signs none that could not count', async () => {
    expect((await waive('never.json', [], 'TEAM-001')).stderr).toMatch(
      /^cli\.usage: <gate>: the policy lets nobody waive/u,
    );
    expect((await waive('never.json', ['--role', 'developer'])).stderr).toMatch(/^cli\.usage: --role: name the role/u);
    expect((await waive('never.json', ['--expires', '2031-01-01'])).stderr).toMatch(
      /^cli\.usage: --expires: the policy lets no/u,
    );
    writeFileSync(team.at('broken.json'), '{"waiver":{}}');
    expect((await open('broken', ['--waiver', 'broken.json'])).code).toBe(2);
  });
});

/** Its end is a refusal, which a script has to hear of. */
function asCancelled(finished: Finished): Finished {
  expect(JSON.parse(finished.stdout)).toMatchObject({ view: { outcome: 'cancelled' } });
  return { ...finished, code: 0 };
}
