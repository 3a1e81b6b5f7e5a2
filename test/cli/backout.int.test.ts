import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { digestBytes } from '../../core/canon/index.ts';
import { makeTeam, startWorker, succeed, type Team, vouch, workerOf } from './team.ts';

/** The command line, while the service is away and afterwards: servers that nobody reaches, a worker that is stopped. */

let team: Team;
let worker: { stop(): Promise<void> } | undefined;
const tenant = `backout-${process.pid}`;
const env = {
  TEMPORAL_ADDRESS: inject('temporalAddress'),
  REDIS_URL: inject('redisUrl'),
  COUNTERSIGN_TASK_QUEUE: `queue-${tenant}`,
};
/** As in an outage: nothing answers there. */
const AWAY = { TEMPORAL_ADDRESS: '127.0.0.1:1', REDIS_URL: 'redis://127.0.0.1:1' };

const startOwn = () =>
  startWorker({
    ...env,
    ...workerOf(team, tenant),
  });

beforeAll(async () => {
  team = await makeTeam(['--tenant', tenant], env);
  succeed(await team.run(['policy', 'publish']));
  succeed(await team.run(['roster', 'publish']));
  worker = await startOwn();
  writeFileSync(team.at('gateway.conf'), 'rate_limit = 200\n');
  writeFileSync(team.at('gateway.before'), 'the version before');
  const subject = digestBytes(new Uint8Array(readFileSync(team.at('gateway.conf'))));
  await vouch(team, subject, tenant, 'evan');
}, 60_000);

afterAll(async () => {
  await worker?.stop();
  team?.remove();
});

const log = (): string => team.at('target.log');
const write = (what: string): string[] => [
  process.execPath,
  '-e',
  `require('fs').appendFileSync(${JSON.stringify(log())}, ${JSON.stringify(`${what}\n`)})`,
];

async function released(key: string): Promise<string> {
  const subject = digestBytes(new Uint8Array(readFileSync(team.at('gateway.conf'))));
  const open = [
    ...['open', '--as', 'dana', '--role', 'operator', '--action', 'deploy.change', '--target', 'production-01'],
    ...['--candidate', 'gateway@1.4.2', '--digest', subject, '--creator', 'carl', '--summary', 'a new limit'],
    ...['--evidence', 'packet.json', '--evidence-statement', 'evidence.json', '--idempotency-key', key],
  ];
  const { stdout } = succeed(await team.run([...open, '--json']));
  const { decision_id: decision } = JSON.parse(stdout) as { decision_id: string };
  for (const actor of ['ruth', 'sam'])
    await team.run(['approve', decision, '--as', actor, '--rationale', 'read it', '--yes']);
  succeed(
    await team.run([
      ...['run', '--decision', decision, '--as', 'deployer', '--subject', 'gateway.conf'],
      ...['--tool', 'apply', '--', ...write('1.4.2')],
    ]),
  );
  succeed(await team.run([...open, '--wait', 'closed', '--timeout', '20']));
  return decision;
}

const backout = (pack: string, subject: string): string[] => [
  ...['backout', '--pack', pack, '--as', 'deployer', '--subject', subject, '--candidate', 'gateway@1.4.1'],
  ...['--reason', '5xx since 1.4.2', '--tool', 'apply', '--json', '--', ...write('1.4.1')],
];

describe('an executor whose service is away', () => {
  test('goes back on the pack it has, to nothing else, and the history learns of it afterwards', async () => {
    const decision = await released('CHG-backout');
    succeed(await team.run(['export', decision, '--out', 'pack']));
    await worker?.stop();
    worker = undefined;

    const other = await team.run(backout('pack', 'gateway.conf'), AWAY);
    expect(other.stderr).toContain('backout.candidate');
    expect(other.code).toBe(1);
    expect(other.stderr).toMatch(/^backout\.refused: /mu);
    expect(existsSync(team.at('.countersign/backout'))).toBe(false);
    expect(readFileSync(log(), 'utf8')).toBe('1.4.2\n');

    const done = succeed(await team.run(backout('pack', 'gateway.before'), AWAY));
    const { record, result } = JSON.parse(done.stdout) as { record: string; result: string };
    expect(result).toBe('success');
    expect(readFileSync(log(), 'utf8')).toBe('1.4.2\n1.4.1\n');

    // On the clearance pack that the run has left, a second time.
    const clearance = team.at(`.countersign/run/${decision}.clearance.json`);
    const again = succeed(await team.run(backout(clearance, 'gateway.before'), AWAY));
    expect((JSON.parse(again.stdout) as { record: string }).record).not.toBe(record);
    expect(readdirSync(team.at('.countersign/backout'))).toHaveLength(2);
    expect((await team.run(['record-backout', record], { ...AWAY })).code).toBe(3);

    worker = await startOwn();
    const recorded = succeed(await team.run(['record-backout', record, '--json']));
    const { addendum } = JSON.parse(recorded.stdout) as { addendum: string };
    expect(JSON.parse(succeed(await team.run(['record-backout', record, '--json'])).stdout)).toMatchObject({
      addendum,
    });

    const shown = succeed(await team.run(['releases', 'production-01']));
    expect(shown.stdout).toContain(`BACKED OUT of decision ${decision}`);
    const { releases } = JSON.parse(succeed(await team.run(['releases', 'production-01', '--json'])).stdout) as {
      releases: readonly { decision_id: string; wrong: string | null; candidate: { version: string } }[];
    };
    expect(releases).toMatchObject([
      { decision_id: decision, wrong: null, candidate: { version: '1.4.2' } },
      { decision_id: addendum, wrong: null, candidate: { version: '1.4.1' } },
    ]);
  }, 120_000);
});
