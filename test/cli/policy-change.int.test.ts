import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { JsonObject } from '../../core/canon/index.ts';
import {
  type Finished,
  makeTeam,
  packetFor,
  startWorker,
  succeed,
  type Team,
  workerOf,
  writeCanonical,
} from './team.ts';

/** A policy is changed as a small team does it, command by command: from the genesis to a decision under the second one. */

const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
const shipped = fileURLToPath(new URL('../../examples/policies/small-team.yaml', import.meta.url));
const tenant = `policy-change-${process.pid}`;

let scratch: string;
let team: Team;
let worker: { stop(): Promise<void> };
let text: string;

beforeAll(async () => {
  const env = {
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    REDIS_URL: inject('redisUrl'),
    COUNTERSIGN_TASK_QUEUE: `queue-${tenant}`,
  };
  scratch = mkdtempSync(join(tmpdir(), 'countersign-policy-change-'));
  text = readFileSync(shipped, 'utf8')
    .replace(/^origin: .*$/m, 'origin: cli-test')
    .replace(/^tenant: .*$/m, `tenant: ${tenant}`);
  const policy = join(scratch, 'policy.yaml');
  writeFileSync(policy, text);
  team = await makeTeam(['--policy', policy, '--people', shipped.replace('.yaml', '.people.yaml')], env);
  done(await team.run(['policy', 'publish']));
  done(await team.run(['roster', 'publish']));
  worker = await startWorker({
    ...env,
    ...workerOf(team, tenant),
  });
}, 60_000);

afterAll(async () => {
  await worker?.stop();
  team?.remove();
  rmSync(scratch, { recursive: true, force: true });
});

function done(finished: Finished): JsonObject {
  succeed(finished);
  return finished.stdout.startsWith('{') ? (JSON.parse(finished.stdout) as JsonObject) : {};
}

const json = async (...words: readonly string[]): Promise<JsonObject> => done(await team.run([...words, '--json']));
const digestOf = async (): Promise<string> => (await json('policy', 'check'))['digest'] as string;

/** The text of the next policy, in the place of the one before, with its endorsement. */
async function write(serial: number, more: (yaml: string) => string = (yaml) => yaml): Promise<void> {
  const predecessor = await digestOf();
  const next = more(text)
    .replace(/^version: .*$/m, `version: 1.${serial - 1}.0`)
    .replace(/^serial: .*$/m, `serial: ${serial}`)
    .replace(/^predecessor: .*$/m, `predecessor: ${predecessor}`);
  writeFileSync(team.at('policy/policy.yaml'), next);
  done(await team.run(['policy', 'sign', '--key', 'governance-keys/policy.pem']));
}

async function opened(words: readonly string[], packet: string, key: string): Promise<string> {
  done(
    await team.run([
      ...['evidence', 'sign', packet, '--as', 'otter-5e18', '--valid-for', '86400'],
      ...['--packet', `${key}.packet.json`, '--statement', `${key}.evidence.json`],
    ]),
  );
  const { decision_id } = await json(
    ...['open', '--as', 'heron-3f2a', '--role', 'developer', '--creator', 'crane-0b7d', ...words],
    ...['--evidence', `${key}.packet.json`, '--evidence-statement', `${key}.evidence.json`],
    ...['--summary', 'what changes, and why', '--idempotency-key', key, '--wait', 'routed', '--timeout', '20'],
  );
  return decision_id as string;
}

/** Asks for what `policy propose` wrote, and has both reviewers who are left approve it. */
async function approved(folder: string, key: string): Promise<string> {
  const { action, target, candidate } = await json('policy', 'propose', '--owner', 'crane-0b7d', '--out', folder);
  const { name, version } = candidate as { name: string; version: string };
  const decision = await opened(
    [
      ...['--action', action as string, '--target', target as string, '--candidate', `${name}@${version}`],
      ...['--digest', `${folder}/candidate.json`, '--policy', `${folder}/in-force.json`],
    ],
    `${folder}/packet.json`,
    key,
  );
  for (const reviewer of ['wren-91c4', 'badger-c26f'])
    done(await team.run(['approve', decision, '--as', reviewer, '--rationale', 'read the difference', '--yes']));
  return decision;
}

async function executed(decision: string, subject: string, pack: string, command: readonly string[]): Promise<void> {
  const words = ['run', '--decision', decision, '--as', 'deployer', '--subject', subject, '--json', '--'];
  done(await team.run([...words, ...command]));
  done(await team.run(['export', decision, '--out', pack]));
}

const stage = [process.execPath, main, 'policy', 'stage'];

describe('a policy that asks for a decision on its successor', { timeout: 180_000 }, () => {
  let decision: string;

  // shows: R31
  test('is not followed by what its key alone signed', async () => {
    await write(2, (yaml) => yaml.replace('title: A small team', 'title: A small team, who had thought again'));
    const alone = await team.run(['policy', 'publish']);
    expect([alone.code, alone.stderr]).toEqual([1, expect.stringMatching(/^succession\.missing/u)]);
    const { version } = await json('policy', 'check');
    expect(version).toBe('1.1.0');
  });

  test('is followed by what was decided on under it, once that decision has closed', async () => {
    decision = await approved('proposal', 'second');
    await executed(decision, 'proposal/candidate.json', 'packs-second', stage);
    const published = await json('policy', 'publish', '--pack', 'packs-second');
    expect(published).toMatchObject({ version: '1.1.0', serial: 2, admitted: { decision_id: decision } });
  });

  test('has a line that anybody walks, and a release history under its alias', async () => {
    const { policies } = await json('policy', 'history');
    expect(policies).toMatchObject([
      { serial: 2, admitted: { decision_id: decision }, genesis: false, wrong: null },
      { serial: 1, admitted: null, genesis: true, wrong: null },
    ]);
    const [second] = policies as unknown as [{ approved: string[] }];
    expect(second.approved.toSorted()).toEqual(['badger-c26f as reviewer', 'wren-91c4 as reviewer']);
    const { stdout } = await team.run(['policy', 'history']);
    expect(stdout).toContain(`decision ${decision}`);
    expect(stdout).toContain('genesis of the line');
    const { releases } = await json('releases', 'policy/small-team');
    expect(releases).toMatchObject([{ decision_id: decision, outcome: 'executed', wrong: null }]);
  });

  test('is named, with that decision, in the pack of a decision under the second one', async () => {
    writeFileSync(team.at('app.conf'), 'workers = 4\n');
    const { files } = await json('digest', 'app.conf');
    const [{ digest }] = files as unknown as [{ digest: `sha256:${string}` }];
    writeCanonical(team.at('app.draft.json'), { ...packetFor(digest as never, tenant) });
    const under = await opened(
      ['--action', 'config.write', '--target', 'dev-app', '--candidate', 'app@1.0.0', '--digest', digest],
      'app.draft.json',
      'app',
    );
    await executed(under, 'app.conf', 'packs/app', [process.execPath, '-e', '0']);
    const verify = ['verify', 'packs/app', '--trust', 'trust/trust.json', '--json'];
    const alone = done(await team.run(verify));
    expect(alone['evidence']).toBe('holds');
    expect((alone['rests_on_service'] as string[]).join()).toContain(`decision ${decision} let policy 2 in`);
    done(await team.run(['export', decision, '--out', 'packs/second']));
    const given = done(await team.run([...verify, '--packs', 'packs']));
    expect(given['findings']).toMatchObject([{ code: 'policy.admitted' }]);
    expect((given['rests_on_service'] as string[]).join()).not.toContain('let policy');
  });

  // shows: R27
  test('goes back to the text of the first one by a decision of its own', async () => {
    await write(3);
    const back = await approved('proposal-back', 'back');
    // The pack of the change before opens no way back.
    const other = await team.run(['policy', 'publish', '--pack', 'packs-second']);
    expect([other.code, other.stderr]).toEqual([1, expect.stringMatching(/^succession\.policy/u)]);
    await executed(back, 'proposal-back/candidate.json', 'packs-back', stage);
    expect(await json('policy', 'publish', '--pack', 'packs-back')).toMatchObject({ version: '1.2.0', serial: 3 });
    const { policies } = await json('policy', 'history');
    expect(policies).toMatchObject([
      { serial: 3, wrong: null },
      { serial: 2, wrong: null },
      { serial: 1, wrong: null },
    ]);
  });
});
