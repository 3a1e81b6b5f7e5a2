import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { createRedisLedger, readSealingKeys } from '../../ledger/index.ts';
import { createReviews } from '../../registry/index.ts';
import { type CountersignClient, createClient, type Signer } from '../../client/index.ts';
import {
  canonicalBytes,
  type Digest,
  digestBytes,
  privateKeyFromPem,
  readEnvelope,
  readJson,
} from '../../core/canon/index.ts';
import { hasCode } from '../../core/errors.ts';
import { createDirectoryStore, createDisclosureStore } from '../../store/index.ts';
import type { Report } from '../../verifier/index.ts';
import { forgeEvent } from '../support/tampering.ts';
import { type Content, fill } from './measure/folders.ts';
import { makeTeam, packetFor, startWorker, succeed, type Team, vouch, workerOf, writeCanonical } from './team.ts';

/** What a team does, command by command, on a real Temporal, a real ledger and a worker process. */

let team: Team;
let worker: { stop(): Promise<void> };
let subject: Digest;
let policyDigest: Digest;
let client: CountersignClient;
const tenant = `cli-${process.pid}`;

beforeAll(async () => {
  const env = {
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    REDIS_URL: inject('redisUrl'),
    COUNTERSIGN_TASK_QUEUE: `queue-${tenant}`,
  };
  team = await makeTeam(['--tenant', tenant], env);
  const published = succeed(await team.run(['policy', 'publish', '--json']));
  policyDigest = (JSON.parse(published.stdout) as { digest: Digest }).digest;
  succeed(await team.run(['roster', 'publish']));
  worker = await startWorker({
    ...env,
    ...workerOf(team, tenant),
  });
  client = await createClient({
    temporal: { address: env.TEMPORAL_ADDRESS, namespace: 'default' },
    store: createDirectoryStore({ directory: team.at('store') }),
    disclosures: createDisclosureStore({ directory: team.at('disclosures') }),
    origin: 'cli-test',
    tenant,
    taskQueue: env.COUNTERSIGN_TASK_QUEUE,
  });
  writeFileSync(team.at('gateway.conf'), 'rate_limit = 200\n');
  subject = digestBytes(new Uint8Array(readFileSync(team.at('gateway.conf'))));
  await vouch(team, subject, tenant, 'evan');
}, 60_000);

afterAll(async () => {
  await client?.close();
  await worker?.stop();
  team?.remove();
});

function openWords(key: string, more: readonly string[] = []): string[] {
  return [
    ...['open', '--as', 'dana', '--role', 'operator', '--action', 'deploy.change', '--target', 'production-01'],
    ...['--candidate', 'gateway@1.4.2', '--digest', subject, '--creator', 'carl'],
    ...['--evidence', 'packet.json', '--evidence-statement', 'evidence.json', '--context', 'ticket=CHG-1042'],
    ...['--summary', 'Deploy update to production API gateway config', '--idempotency-key', key, '--json'],
    ...more,
  ];
}

/** What a test only needs to have happened goes through the client, without a process for each step. */
async function opened(key: string): Promise<string> {
  const { decisionId } = await client.open({
    requester: signer('dana'),
    role: 'operator',
    action: 'deploy.change',
    target: 'production-01',
    candidate: { name: 'gateway', version: '1.4.2', digest: subject },
    creators: ['carl'],
    packet: bytesOf('packet.json'),
    evidenceStatement: readEnvelope(readJson(bytesOf('evidence.json'))).envelope,
    policy: { version: '1.0.0', digest: policyDigest },
    context: { ticket: 'CHG-1042' },
    summary: 'Deploy update to production API gateway config',
    idempotencyKey: key,
  });
  return decisionId;
}

async function approveAll(decision: string): Promise<void> {
  for (const actor of ['ruth', 'sam']) {
    const { stage } = await client.state(decision);
    if (stage === 'routed')
      await client.approve(decision, signer(actor), { rationale: 'read it' }).catch(unlessNotNeeded);
  }
  expect(await client.state(decision)).toMatchObject({ stage: 'authorized' });
}

function unlessNotNeeded(error: unknown): void {
  if (!hasCode(error, 'approval.no_role')) throw error;
}

async function approved(key: string): Promise<string> {
  const decision = await opened(key);
  await approveAll(decision);
  return decision;
}

function bytesOf(path: string): Uint8Array {
  return new Uint8Array(readFileSync(team.at(path)));
}

function signer(actorId: string): Signer {
  return { actorId, key: privateKeyFromPem(readFileSync(team.at(`keys/${actorId}.pem`), 'utf8')) };
}

const apply = (target: string): string[] => [
  process.execPath,
  '-e',
  `require('fs').appendFileSync(${JSON.stringify(target)}, 'applied\\n')`,
];

describe('a decision, by the command line alone', () => {
  // shows: R102
  test('open, brief, approve, run, export and verify', async () => {
    const openedByCli = succeed(await team.run(openWords('CHG-1042')));
    const { decision_id: decision } = JSON.parse(openedByCli.stdout) as { decision_id: string };
    const brief = succeed(await team.run(['brief', decision]));
    expect(brief.stdout).toContain("In the requester's words: Deploy update to production API gateway config");

    const own = await team.run([
      'approve',
      decision,
      '--as',
      'dana',
      '--role',
      'operator',
      '--rationale',
      'mine',
      '--yes',
      '--json',
    ]);
    expect(own.code).toBe(1);
    expect(JSON.parse(own.stdout)).toMatchObject({ verdict: 'refused', code: 'approval.by_requester' });

    const first = await team.run([
      'approve',
      decision,
      '--as',
      'ruth',
      '--rationale',
      'read diff and rollback plan',
      '--yes',
      '--json',
    ]);
    expect(JSON.parse(first.stdout)).toMatchObject({ verdict: 'accepted' });
    const why = succeed(await team.run(['why', decision, '--json']));
    const { stage } = JSON.parse(why.stdout) as { stage: string };
    if (stage === 'routed')
      succeed(await team.run(['approve', decision, '--as', 'sam', '--rationale', 'fine', '--yes']));

    const log = team.at('applied.log');
    const words = [
      'run',
      '--decision',
      decision,
      '--as',
      'deployer',
      '--subject',
      'gateway.conf',
      '--tool',
      'gateway.apply_config',
      '--json',
      '--',
      ...apply(log),
    ];
    const ran = await team.run(words);
    expect(ran.stderr).toBe('');
    expect(ran.code).toBe(0);
    expect(JSON.parse(ran.stdout)).toMatchObject({ result: 'success', executed_now: true, exit_code: 0 });

    const again = await team.run(words);
    expect(again.code).toBe(0);
    expect(JSON.parse(again.stdout)).toMatchObject({ result: 'success', executed_now: false });
    expect(readFileSync(log, 'utf8')).toBe('applied\n');

    succeed(await team.run([...openWords('CHG-1042'), '--wait', 'closed', '--timeout', '20']));
    succeed(await team.run(['export', decision, '--out', 'pack']));
    const verified = await team.run([
      'verify',
      'pack',
      '--trust',
      'trust/trust.json',
      '--subject',
      'gateway.conf',
      '--timeline',
    ]);
    expect(verified.stdout).toContain('evidence: holds');
    expect(verified.stdout).toContain('outcome: EXECUTED');
    expect(verified.code).toBe(0);
    expect((await team.run(['verify', 'pack', '--trust', 'trust/trust.json', '--expect', 'denied'])).code).toBe(1);

    // A second export has the same bytes (R102).
    succeed(await team.run(['export', decision, '--out', 'pack-again']));
    for (const name of ['pack.sigstore.json', 'pack.json', 'disclosures.json']) {
      expect(readFileSync(team.at(`pack-again/${name}`))).toEqual(readFileSync(team.at(`pack/${name}`)));
    }

    // So has one that the ledger leads to, without asking Temporal.
    const forgotten = { TEMPORAL_ADDRESS: '127.0.0.1:1' };
    expect((await team.run(['export', decision, '--out', 'pack-from-ledger'], forgotten)).code).toBe(3);
    succeed(await team.run(['export', decision, '--out', 'pack-from-ledger', '--from-ledger'], forgotten));
    for (const name of ['pack.sigstore.json', 'pack.json', 'disclosures.json']) {
      expect(readFileSync(team.at(`pack-from-ledger/${name}`))).toEqual(readFileSync(team.at(`pack/${name}`)));
    }

    // A copy of the trust file in the pack's folder is refused, whatever it says.
    writeFileSync(team.at('pack-again/trust.json'), readFileSync(team.at('trust/trust.json')));
    const carried = await team.run(['verify', 'pack-again', '--trust', 'trust/trust.json']);
    expect(carried.code).toBe(1);
    expect(carried.stdout).toContain('pack.carries_trust');

    // A view alone proves nothing, and a flipped byte is named.
    mkdirSync(team.at('view-only'));
    writeFileSync(team.at('view-only/pack.json'), readFileSync(team.at('pack/pack.json')));
    expect((await team.run(['verify', 'view-only', '--trust', 'trust/trust.json'])).code).toBe(1);
    expect((await team.run(['verify', 'view-only/pack.json', '--trust', 'trust/trust.json'])).code).toBe(1);
    expect((await team.run(['verify', 'pack/pack.json', '--trust', 'trust/trust.json'])).code).toBe(0);
    expect((await team.run(['verify', 'pack/pack.sigstore.json', '--trust', 'trust/trust.json'])).code).toBe(0);
  });

  test('a decision that nobody knows: the hint, and what the ledger says of it', async () => {
    const unknown = ['export', '5b3f0c9e-6f0e-8a4e-9b7e-3d1f0a2b4c5d', '--out', 'unknown'];
    const asked = await team.run(unknown);
    expect(asked.code).toBe(2);
    expect(asked.stderr).toMatch(/^decision\.not_found: .*export --from-ledger/u);
    const inLedger = await team.run([...unknown, '--from-ledger']);
    expect(inLedger.code).toBe(1);
    expect(inLedger.stderr).toMatch(/^decision\.not_sealed: /u);
    expect(existsSync(team.at('unknown'))).toBe(false);
  });

  test('a rejection ends it, and its pack is a refusal', async () => {
    const decision = await opened('CHG-reject');
    const rejected = await team.run([
      'reject',
      decision,
      '--as',
      'sam',
      '--reason',
      'rollback untested',
      '--yes',
      '--json',
    ]);
    expect(JSON.parse(rejected.stdout)).toMatchObject({ verdict: 'accepted' });
    const waited = await team.run([...openWords('CHG-reject'), '--wait', 'closed', '--timeout', '20']);
    expect(waited.code).toBe(1);
    succeed(await team.run(['export', decision, '--out', 'refusal']));
    expect((await team.run(['verify', 'refusal', '--trust', 'trust/trust.json'])).code).toBe(1);
    succeed(await team.run(['verify', 'refusal', '--trust', 'trust/trust.json', '--expect', 'denied']));
  });

  test('a cancellation by the requester', async () => {
    const decision = await opened('CHG-cancel');
    const cancelled = await team.run(['cancel', decision, '--as', 'dana', '--reason', 'superseded', '--json']);
    expect(JSON.parse(cancelled.stdout)).toMatchObject({ verdict: 'accepted' });
    const late = await team.run(['cancel', decision, '--as', 'dana', '--reason', 'once more', '--json']);
    expect(late.code).toBe(1);
    expect(JSON.parse(late.stdout)).toMatchObject({ verdict: 'refused', addendum: expect.any(String) });
  });

  test('newer evidence ends an approval; the brief says what changed, and to approve again is one command', async () => {
    const decision = await opened('CHG-anew');
    const approve = ['approve', decision, '--as', 'ruth', '--rationale', 'read it', '--yes'];
    succeed(await team.run(approve));
    const half = await team.run(['reevaluate', decision, '--as', 'dana', '--evidence', 'packet.json']);
    expect(half).toMatchObject({ code: 2 });
    expect(half.stderr).toMatch(/^cli\.usage: .*belong together/u);
    const unchanged = await team.run(['reevaluate', decision, '--as', 'dana', '--json']);
    expect(unchanged.code).toBe(1);
    expect(JSON.parse(unchanged.stdout)).toMatchObject({ verdict: 'refused', code: 'reevaluation.unchanged' });

    succeed(
      await team.run([
        ...['evidence', 'sign', 'draft.json', '--as', 'evan', '--valid-for', '86400'],
        ...['--packet', 'packet-2.json', '--statement', 'evidence-2.json'],
      ]),
    );
    const newer = ['--evidence', 'packet-2.json', '--evidence-statement', 'evidence-2.json'];
    succeed(await team.run(['reevaluate', decision, '--as', 'dana', ...newer]));
    const why = succeed(await team.run(['why', decision]));
    expect(why.stdout).toContain('1 signature ended: the basis changed (evidence.statement)');
    expect(succeed(await team.run(['status', decision])).stdout).toMatch(/^anew +evaluated .* on another basis/mu);
    const shown = succeed(await team.run(approve));
    expect(`${shown.stdout}${shown.stderr}`).toContain('CHANGED      since sha256:');
    expect((await client.state(decision)).approvals).toMatchObject([{ actor_id: 'ruth' }]);
  });
});

describe('open', () => {
  test('twice with the same request is the same decision; another request is a conflict', async () => {
    const decision = await opened('CHG-twice');
    // A summary that another process committed to with a salt of its own.
    const again = succeed(await team.run(openWords('CHG-twice')));
    expect(JSON.parse(again.stdout)).toMatchObject({ decision_id: decision, started: false });
    const other = await team.run([...openWords('CHG-twice'), '--context', 'system=gateway']);
    expect(other.code).toBe(1);
    expect(other.stderr).toMatch(/^decision\.conflict: \$\.context\.system: /);
    const summary = openWords('CHG-twice').map((word) => (word.startsWith('Deploy update') ? 'another reason' : word));
    expect((await team.run(summary)).stderr).toMatch(/^decision\.conflict: \$\.summary: /);
  });

  // shows: R24, R70
  test('an unknown action or target, and evidence that is not enough, are refused before anything is written', async () => {
    const without = (option: string, value: string): string[] => {
      const words = openWords('CHG-bad');
      words[words.indexOf(option) + 1] = value;
      return words;
    };
    const stored = readdirSync(team.folder, { recursive: true }).map(String).toSorted();
    const action = await team.run(without('--action', 'deploy.everything'));
    expect(action).toMatchObject({ code: 2, stderr: expect.stringMatching(/^action\.unknown: \$\.action: /) });
    const target = await team.run(without('--target', 'production-99'));
    expect(target).toMatchObject({ code: 2, stderr: expect.stringMatching(/^target\.unknown: \$\.target: /) });
    const evidence = await team.run(without('--action', 'model.promote'));
    expect(evidence.code).toBe(2);
    expect(evidence.stderr).toMatch(/^evidence\.incomplete: /);
    for (const section of ['lineage', 'evaluation', 'resource_profile', 'safety_and_security', 'release_plan']) {
      expect(evidence.stderr).toContain(`$.sections.${section}`);
    }
    const floating = await team.run(without('--candidate', 'gateway@latest'));
    expect(floating).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^document\.floating_name: \$\.candidate\.version: /),
    });
    expect(readdirSync(team.folder, { recursive: true }).map(String).toSorted()).toEqual(stored);
  });

  test('a packet that is not canonical, and one of another tenant', async () => {
    const words = (file: string): string[] =>
      openWords('CHG-packet').map((word) => (word === 'packet.json' ? file : word));
    writeFileSync(
      team.at('spaced.json'),
      JSON.stringify(JSON.parse(readFileSync(team.at('packet.json'), 'utf8')), null, 1),
    );
    const spaced = await team.run(words('spaced.json'));
    expect(spaced).toMatchObject({ code: 2, stderr: expect.stringMatching(/^json\.not_canonical: /) });
    writeCanonical(team.at('foreign-packet.json'), packetFor(subject, 'another-tenant'));
    const foreign = await team.run(words('foreign-packet.json'));
    expect(foreign).toMatchObject({ code: 2, stderr: expect.stringMatching(/^document\.tenant: \$\.tenant: /) });
  });

  test('a worker that holds another roster refuses an unknown signer', async () => {
    succeed(await team.run(['keygen', '--actor', 'stranger', '--out', 'keys/stranger.pem']));
    const words = openWords('CHG-stranger');
    words[words.indexOf('--as') + 1] = 'stranger';
    const refused = await team.run(words);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/^statement\.signer_unknown: /);
  });

  test('a wait that runs out says what it was waiting for', async () => {
    const waited = await team.run([...openWords('CHG-slow'), '--wait', 'authorized', '--timeout', '1']);
    expect(waited.code).toBe(4);
    expect(waited.stderr).toMatch(/^wait\.timeout: /m);
  });
});

describe('run', () => {
  // shows: R71
  test('another subject than the approved one: nothing runs, and a receipt says so', async () => {
    const decision = await approved('CHG-subject');
    writeFileSync(team.at('other.conf'), 'rate_limit = 99999\n');
    const log = team.at('never.log');
    const words = (file: string): string[] => [
      'run',
      '--decision',
      decision,
      '--as',
      'deployer',
      '--subject',
      file,
      '--tool',
      'apply',
      '--',
      ...apply(log),
    ];
    const ran = await team.run(words('other.conf'));
    expect(ran.code).toBe(1);
    expect(ran.stderr).toMatch(/run\.not_executed: /);
    // Nor afterwards with the right one: the receipt has been given.
    expect((await team.run(words('gateway.conf'))).code).toBe(1);
    expect(existsSync(log)).toBe(false);
    expect(await client.state(decision)).toMatchObject({ stage: 'closed', outcome: 'execution_failed' });
  });

  // shows: R23, R64
  test('before it is approved, the claim is refused and forgotten', async () => {
    const decision = await opened('CHG-early');
    const words = [
      'run',
      '--decision',
      decision,
      '--as',
      'deployer',
      '--subject',
      'gateway.conf',
      '--tool',
      'apply',
      '--',
      process.execPath,
      '--version',
    ];
    const ran = await team.run(words);
    expect(ran.code).toBe(1);
    expect(ran.stderr).toMatch(/^run\.claim_refused: .*got claim\.authority_missing/m);
    expect(existsSync(team.at(`.countersign/run/${decision}.json`))).toBe(false);
    await approveAll(decision);
    expect((await team.run(words)).code).toBe(0);
  });

  test('a command that fails is a failure, confirmed', async () => {
    const decision = await approved('CHG-fails');
    const ran = await team.run([
      'run',
      '--decision',
      decision,
      '--as',
      'deployer',
      '--subject',
      'gateway.conf',
      '--tool',
      'apply',
      '--json',
      '--',
      process.execPath,
      '-e',
      'process.exit(7)',
    ]);
    expect(ran.code).toBe(1);
    expect(JSON.parse(ran.stdout)).toMatchObject({ result: 'failure', exit_code: 7 });
  });

  // shows: R68
  test('killed in the middle of the command: never started again, and the receipt says unknown', async () => {
    const decision = await approved('CHG-killed');
    const log = team.at('killed.log');
    const script = `require('fs').appendFileSync(${JSON.stringify(log)}, 'began\\n'); setTimeout(() => {}, 3000)`;
    const words = ['run', '--decision', decision, '--as', 'deployer', '--subject', 'gateway.conf', '--tool', 'apply'];
    const command = ['--', process.execPath, '-e', script];
    const killed = team.start([...words, ...command]);
    await expect.poll(() => existsSync(log), { timeout: 20_000, interval: 50 }).toBe(true);
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    const again = await team.run([...words, '--json', ...command]);
    expect(again.code).toBe(1);
    expect(JSON.parse(again.stdout)).toMatchObject({ result: 'unknown', executed_now: false });
    expect(readFileSync(log, 'utf8')).toBe('began\n');
    expect(await client.wait(decision, { until: 'closed', timeoutMs: 20_000 })).toMatchObject({
      outcome: 'execution_failed',
    });
  });

  test('a trust file of another installation clears nothing', async () => {
    const decision = await approved('CHG-trust');
    const other = await makeTeam(['--tenant', tenant]);
    try {
      const config = JSON.parse(readFileSync(team.at('countersign.json'), 'utf8')) as Record<string, unknown>;
      writeFileSync(team.at('foreign.json'), JSON.stringify({ ...config, trust: other.at('trust/trust.json') }));
      const log = team.at('foreign.log');
      const ran = await team.run([
        'run',
        '--config',
        'foreign.json',
        '--decision',
        decision,
        '--as',
        'deployer',
        '--subject',
        'gateway.conf',
        '--tool',
        'apply',
        '--',
        ...apply(log),
      ]);
      expect(ran).toMatchObject({ code: 1, stderr: expect.stringMatching(/^acknowledgement\.mismatch: /) });
      expect(existsSync(log)).toBe(false);
    } finally {
      other.remove();
    }
  });
});

describe('a candidate that is a folder', () => {
  const made: Record<string, Content> = {
    'bin/serve': { program: 'exec' },
    'weights/w1': 'w',
    now: { target: 'weights' },
  };

  async function openedOn(folder: string): Promise<string> {
    fill(team.at(folder), made);
    const { stdout: digest } = succeed(await team.run(['digest', folder]));
    writeCanonical(team.at(`${folder}.draft`), packetFor(digest.trim() as Digest, tenant));
    succeed(
      await team.run([
        ...['evidence', 'sign', `${folder}.draft`, '--as', 'evan', '--valid-for', '86400'],
        ...['--packet', `${folder}.packet`, '--statement', `${folder}.evidence`],
      ]),
    );
    const words = openWords(`CHG-${folder}`);
    words[words.indexOf('--digest') + 1] = folder;
    words[words.indexOf('--evidence') + 1] = `${folder}.packet`;
    words[words.indexOf('--evidence-statement') + 1] = `${folder}.evidence`;
    const { decision_id } = JSON.parse(succeed(await team.run(words)).stdout) as { decision_id: string };
    await approveAll(decision_id);
    return decision_id;
  }
  const run = (decision: string, folder: string, log: string): string[] => [
    ...['run', '--decision', decision, '--as', 'deployer', '--subject', folder, '--tool', 'apply', '--'],
    ...apply(log),
  ];

  test('is opened, run and verified by the folder; nothing runs while it cannot be measured', async () => {
    const decision = await openedOn('model');
    const log = team.at('model.log');
    execFileSync('mkfifo', [team.at('model/pipe')]);
    const ran = await team.run(run(decision, 'model', log));
    expect(ran).toMatchObject({ code: 2, stderr: expect.stringMatching(/^package\.entry_type: pipe: /m) });
    expect(existsSync(log)).toBe(false);
    rmSync(team.at('model/pipe'));
    succeed(await team.run(run(decision, 'model', log)));
    expect(readFileSync(log, 'utf8')).toBe('applied\n');
    await client.wait(decision, { until: 'closed', timeoutMs: 20_000 });
    succeed(await team.run(['export', decision, '--out', 'model-pack']));
    fill(team.at('elsewhere'), made);
    const words = ['verify', 'model-pack', '--trust', 'trust/trust.json', '--subject', 'elsewhere'];
    succeed(await team.run(words));
    writeFileSync(team.at('elsewhere/weights/w2'), '');
    expect((await team.run(words)).code).toBe(1);
  });

  test('and was changed after its approval: nothing runs, and a receipt says so', async () => {
    const decision = await openedOn('changed');
    const log = team.at('changed.log');
    writeFileSync(team.at('changed/weights/w1'), 'W');
    const ran = await team.run(run(decision, 'changed', log));
    expect(ran).toMatchObject({ code: 1, stderr: expect.stringMatching(/run\.not_executed: /) });
    expect(existsSync(log)).toBe(false);
    expect(await client.state(decision)).toMatchObject({ stage: 'closed', outcome: 'execution_failed' });
  });
});

describe('operators', () => {
  test('stuck lists what waits, confirmed by the decisions themselves', async () => {
    const decision = await opened('CHG-stuck');
    await expect
      .poll(
        async () => {
          const { stdout } = succeed(await team.run(['stuck', '--limit', '1000', '--json']));
          return (JSON.parse(stdout) as { stuck: { decisionId: string }[] }).stuck.map(({ decisionId }) => decisionId);
        },
        { timeout: 20_000, interval: 500 },
      )
      .toContain(decision);
  });

  test('doctor finds everything in order', async () => {
    const { code, stdout } = await team.run(['doctor']);
    expect(stdout).not.toContain('FAIL');
    expect(stdout).toMatch(/ok {6}policy in force: version 1\.0\.0/);
    expect(stdout).toMatch(/ok {6}worker: /);
    expect(stdout).toMatch(/ok {6}restriction: nothing restricts the tenant/);
    expect(code).toBe(0);
  });

  test('an unknown decision', async () => {
    const asked = await team.run(['status', '5b3f0c9e-6f0e-8a4e-9b7e-3d1f0a2b4c5d']);
    expect(asked).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/^decision\.not_found: /) });
  });

  test('a key that others may read signs nothing', async () => {
    const decision = await opened('CHG-mode');
    chmodSync(team.at('keys/ruth.pem'), 0o644);
    try {
      const { code, stderr } = await team.run(['approve', decision, '--as', 'ruth', '--rationale', 'x', '--yes']);
      expect(code).toBe(2);
      expect(stderr).toMatch(/key\.permissions: .*expected mode 0600, got mode 0644/);
    } finally {
      chmodSync(team.at('keys/ruth.pem'), 0o600);
    }
  });

  test('a lost key, revoked by the next roster', async () => {
    succeed(await team.run(['keygen', '--actor', 'ruth', '--out', 'keys/ruth-2.pem']));
    const shown = JSON.parse(
      succeed(await team.run(['keygen', '--actor', 'ruth', '--out', 'keys/ruth-3.pem', '--json'])).stdout,
    ) as { key_id: string };
    const { serial } = JSON.parse(
      succeed(await team.run(['roster', 'add-key', '--actor', 'ruth', '--proof', 'keys/ruth-3.proof.json', '--json']))
        .stdout,
    ) as { serial: number };
    expect(serial).toBe(2);
    const unsigned = await team.run(['roster', 'publish']);
    expect(unsigned).toMatchObject({ code: 2, stderr: expect.stringMatching(/^endorsement\.threshold: /) });
    succeed(await team.run(['roster', 'sign', '--key', 'governance-keys/roster.pem']));
    succeed(await team.run(['roster', 'publish']));
    const revoked = succeed(
      await team.run(['roster', 'revoke-key', '--actor', 'ruth', '--key-id', shown.key_id, '--json']),
    );
    expect(JSON.parse(revoked.stdout)).toMatchObject({ serial: 3 });
    succeed(await team.run(['roster', 'sign', '--key', 'governance-keys/roster.pem']));
    succeed(await team.run(['roster', 'publish']));
    const decision = await opened('CHG-revoked');
    const signed = await team.run([
      'approve',
      decision,
      '--as',
      'ruth',
      '--key',
      'keys/ruth-3.pem',
      '--rationale',
      'x',
      '--yes',
    ]);
    expect(signed.code).toBe(1);
    expect(signed.stderr).toMatch(/^statement\.key_window: /m);
  });
});

describe('governance', () => {
  const running = (decision: string, log: string, more: readonly string[] = []): string[] => [
    ...['run', '--decision', decision, '--as', 'deployer', '--subject', 'gateway.conf', '--tool', 'apply', ...more],
    ...['--', ...apply(team.at(log))],
  ];
  const signing = (key: string, out: string): string[] => [
    ...['freeze', 'sign', '--incident', 'INC-1', '--hours', '2', '--environment', 'production'],
    ...['--key', `governance-keys/${key}.pem`, '--out', out, '--json'],
  ];

  // shows: R62
  test('a freeze stops an executor that was given it, then every claim, until a standing lifts it', async () => {
    expect(await team.run(signing('governance', 'no.json'))).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^endorsement\.foreign_key: /),
    });
    const { freeze } = JSON.parse(succeed(await team.run(signing('emergency', 'freezes/INC-1.json'))).stdout) as {
      freeze: string;
    };
    const decision = await approved('CHG-frozen');
    const given = ['--freezes', 'freezes'];
    const stopped = await team.run(running(decision, 'frozen.log', given));
    expect(stopped).toMatchObject({ code: 1, stderr: expect.stringMatching(/^run\.stopped: .*INC-1/m) });
    expect(existsSync(team.at('frozen.log'))).toBe(false);
    expect((await client.state(decision)).stage).toBe('cleared');
    const unreadable = await team.run(running(decision, 'frozen.log', ['--freezes', 'nowhere']));
    expect(unreadable).toMatchObject({ code: 2, stderr: expect.stringMatching(/^file\.unreadable: /m) });
    succeed(await team.run(running(decision, 'frozen.log')));
    expect(readFileSync(team.at('frozen.log'), 'utf8')).toBe('applied\n');

    const abandoned = await approved('CHG-abandoned');
    expect((await team.run(running(abandoned, 'never-2.log', given))).code).toBe(1);
    const words = ['run', '--decision', abandoned, '--as', 'deployer', '--abandon', '--tool', 'apply', ...given];
    expect(await team.run([...words, '--', ...apply(team.at('never-2.log'))])).toMatchObject({ code: 1 });
    expect(existsSync(team.at('never-2.log'))).toBe(false);
    expect(await client.wait(abandoned, { until: 'closed', timeoutMs: 20_000 })).toMatchObject({
      outcome: 'execution_failed',
    });

    succeed(await team.run(['freeze', 'publish', 'freezes/INC-1.json']));
    const next = await approved('CHG-frozen-2');
    const refused = await team.run(running(next, 'lifted.log'));
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/claim\.frozen/) });
    const listed = succeed(await team.run(['freeze', 'list', '--json']));
    expect(JSON.parse(listed.stdout)).toMatchObject({ freezes: [{ freeze, incident: 'INC-1', lifted: false }] });

    const plan = ['standing', 'draft', '--recovery', 'INC-1', '--release', `${subject}=production-01`];
    expect(await team.run(plan)).toMatchObject({ code: 2, stderr: expect.stringMatching(/^cli\.usage: /) });
    succeed(await team.run([...plan, '--recovery-until', new Date(Date.now() + 600_000).toISOString()]));
    succeed(await team.run(['standing', 'sign', '--key', 'governance-keys/governance.pem']));
    succeed(await team.run(['standing', 'publish']));
    expect((await team.run(['standing', 'show'])).stdout).toContain(`recovery INC-1: ${subject} to production-01`);
    const planned = await team.run(running(await approved('CHG-recovery'), 'recovery.log', given));
    expect(succeed(planned).stderr).toMatch(/standing\.recovery.*INC-1/s);
    succeed(await team.run(['standing', 'draft', '--end-recovery', 'INC-1']));
    succeed(await team.run(['standing', 'sign', '--key', 'governance-keys/governance.pem']));
    succeed(await team.run(['standing', 'publish']));
    expect(await team.run(running(next, 'lifted.log'))).toMatchObject({ code: 1 });
    succeed(await team.run(['standing', 'draft', '--days', '2', '--lift-freeze', freeze]));
    const unsigned = await team.run(['standing', 'publish']);
    expect(unsigned).toMatchObject({ code: 2, stderr: expect.stringMatching(/^endorsement\.threshold: /) });
    const foreign = await team.run(['standing', 'sign', '--key', 'governance-keys/policy.pem']);
    expect(foreign).toMatchObject({ code: 2, stderr: expect.stringMatching(/^endorsement\.foreign_key: /) });
    succeed(await team.run(['standing', 'sign', '--key', 'governance-keys/governance.pem']));
    succeed(await team.run(['standing', 'publish']));
    expect((await team.run(['standing', 'show'])).stdout).toContain(`lifted   ${freeze}`);
    expect((await team.run(['freeze', 'list'])).stdout).toContain('(lifted)');
    const files = ['--standing', 'standing/standing.json', ...given];
    succeed(await team.run(running(next, 'lifted.log', files)));
    expect(readFileSync(team.at('lifted.log'), 'utf8')).toBe('applied\n');

    // What the executor was given says more than what it was cleared under.
    const revoked = await approved('CHG-revoked-candidate');
    succeed(await team.run(['standing', 'draft', '--revoke', subject, '--standing', 'handed/standing.json']));
    const handed = ['--standing', 'handed/standing.json'];
    succeed(await team.run(['standing', 'sign', '--key', 'governance-keys/governance.pem', ...handed]));
    const last = await team.run(running(revoked, 'never-3.log', handed));
    expect(last).toMatchObject({ code: 1, stderr: expect.stringMatching(/^run\.stopped: /m) });
    expect(existsSync(team.at('never-3.log'))).toBe(false);
    expect((await team.run(['standing', 'show', ...handed])).stdout).toContain(`revoked  ${subject}`);
  }, 120_000);

  // shows: R15
  test('a witness anchors heads, and verify says who saw what', async () => {
    const url = { COUNTERSIGN_WITNESS_URL: inject('redisUrl') };
    const key = ['--key', 'governance-keys/witness.pem', '--log', 'witness-log'];
    const look = () => team.run(['witness', 'run', '--once', '--json', ...key], url);
    expect(await team.run(['witness', 'run', '--once', ...key])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^config\.missing: /m),
    });
    const foreign = ['--key', 'governance-keys/emergency.pem', '--log', 'other-log'];
    expect(await team.run(['witness', 'run', '--once', ...foreign], url)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^endorsement\.foreign_key: /m),
    });
    const decision = await approved('CHG-witnessed');
    expect(await team.run(['witness', 'anchors', decision, ...key, '--out', 'a.json'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^witness\.unseen: /m),
    });
    expect(JSON.parse(succeed(await look()).stdout)).toMatchObject({ contradictions: [] });
    succeed(await team.run(running(decision, 'witnessed.log')));
    await client.wait(decision, { until: 'closed', timeoutMs: 20_000 });
    succeed(await look());
    succeed(await team.run(['witness', 'anchors', decision, ...key, '--out', 'a.json']));
    succeed(await team.run(['export', decision, '--out', 'witnessed']));
    const verifying = ['verify', 'witnessed', '--trust', 'trust/trust.json', '--anchor', 'a.json'];
    const verified = JSON.parse(succeed(await team.run([...verifying, '--json'])).stdout) as Report;
    expect(verified.findings).toEqual([]);
    expect(verified.anchors).toMatchObject({
      request: { witness: 'witness-1' },
      clearance: { witness: 'witness-1' },
      close: { witness: 'witness-1' },
    });
    expect((await team.run(verifying)).stdout).toMatch(/^anchored: request stood by .* \(witness-1; /m);
  }, 60_000);

  test('a house in which no glass was broken owes no review; one that is late is told with its day', async () => {
    expect(succeed(await team.run(['reviews'])).stdout).toBe('no review is outstanding\n');
    const owing = '11111111-2222-8333-8444-555555555555';
    const ledger = createRedisLedger({ url: inject('redisUrl'), macKeys: readSealingKeys(team.at('service-keys')) });
    await createReviews({ ledger, tenant }).due({ decisionId: owing, reviewBy: '2026-01-01T00:00:00.000Z' });
    await ledger.close();
    const late = await team.run(['reviews', '--json']);
    expect(late.code).toBe(1);
    expect(JSON.parse(late.stdout)).toEqual({ reviews: [{ decisionId: owing, reviewBy: '2026-01-01T00:00:00.000Z' }] });
    expect((await team.run(['reviews'])).stdout).toBe(`${owing} OVERDUE since 2026-01-01T00:00:00.000Z\n`);
  });

  test('a roster that would leave a decision without people is told before it is signed', async () => {
    const decision = await opened('CHG-short-of-people');
    const roster = JSON.parse(readFileSync(team.at('roster/roster.json'), 'utf8')) as {
      persons: { actor_id: string }[];
    };
    const without = { ...roster, persons: roster.persons.filter(({ actor_id }) => actor_id !== 'ruth') };
    writeFileSync(team.at('roster-without-ruth.json'), canonicalBytes(without));
    const refused = await team.run(['roster', 'check', '--roster', 'roster-without-ruth.json']);
    expect(refused.code).toBe(1);
    expect(refused.stdout).toContain(`BLOCKED ${decision}: release_owner need 1 persons, 0 could sign`);
    expect(succeed(await team.run(['roster', 'check'])).stdout).toContain('every routed decision has enough people');
  });

  test('a chain that was tampered with: nothing is cleared until an integrity officer has judged it', async () => {
    const clean = await team.run(['restriction', 'list']);
    expect(clean).toMatchObject({ code: 0, stdout: 'nothing restricts the tenant\n' });
    succeed(await team.run(['keygen', '--actor', 'iris', '--out', 'keys/iris.pem']));
    const add = [
      'roster',
      'add-person',
      '--actor',
      'iris',
      '--proof',
      'keys/iris.proof.json',
      '--role',
      'integrity_officer',
    ];
    succeed(await team.run(add));
    succeed(await team.run(['roster', 'sign', '--key', 'governance-keys/roster.pem']));
    succeed(await team.run(['roster', 'publish']));
    succeed(await team.run(['standing', 'draft']));
    succeed(await team.run(['standing', 'sign', '--key', 'governance-keys/governance.pem']));
    succeed(await team.run(['standing', 'publish']));

    const damaged = await approved('CHG-tampered');
    const body = { event_id: 'x', schema_version: '1.0.0', event_type: 'decision.cancelled', timestamp: 'never' };
    await forgeEvent(inject('redisAdminUrl'), damaged, body);
    // Whoever reads it first, an operator's command too, restricts the tenant: this one and no other shares the ledger.
    const kept = await team.run(['backup', '--out', team.at('backup-of-damage'), '--json']);
    expect(kept.code).toBe(1);
    expect(JSON.parse(kept.stdout)).toMatchObject({ restricted: [damaged] });
    expect((await team.run(['restriction', 'list'])).code).toBe(1);
    expect((await team.run(running(damaged, 'never-4.log'))).code).not.toBe(0);
    const sound = await approved('CHG-sound');
    const refused = await team.run(running(sound, 'restricted.log'));
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/claim\.restricted/) });
    const listed = await team.run(['restriction', 'list', '--json']);
    expect(listed.code).toBe(1);
    expect(JSON.parse(listed.stdout)).toMatchObject({ restrictions: [{ decision_id: damaged, code: 'ledger.mac' }] });

    const lift = (actor: string): string[] => ['restriction', 'lift', '--as', actor, '--incident', 'INC-2042'];
    const stranger = await team.run(lift('sam'));
    expect(stranger).toMatchObject({ code: 1, stderr: expect.stringMatching(/^registry\.officer: /m) });
    expect(succeed(await team.run(lift('iris'))).stdout).toContain('iris has lifted sha256:');
    expect((await team.run(['restriction', 'list'])).code).toBe(0);
    expect((await team.run(lift('iris'))).stdout).toContain('nothing restricts the tenant');
    succeed(await team.run(running(sound, 'restricted.log')));
    expect(existsSync(team.at('never-4.log'))).toBe(false);
  }, 120_000);

  // shows: R90
  test('a standing that revokes what a decision rests on ends it while it waits, and revokes what descends', async () => {
    const parent = await approved('CHG-turns-out-bad');
    succeed(await team.run(running(parent, 'bad.log')));
    await client.wait(parent, { until: 'closed', timeoutMs: 20_000 });
    succeed(await team.run(['export', parent, '--out', 'bad-pack']));
    const waiting = await opened('CHG-rests-on-it');
    const signed = ['standing', 'sign', '--key', 'governance-keys/governance.pem'];

    const torn = team.at('torn-pack');
    mkdirSync(torn);
    writeFileSync(`${torn}/pack.sigstore.json`, '{}');
    const key = signer('dana').key.publicKey.keyId;
    const draft = ['standing', 'draft', '--revoke-key', key, '--json', '--packs', 'bad-pack'];
    const lacking = await team.run([...draft, 'torn-pack']);
    expect(lacking.code).toBe(1);
    expect(JSON.parse(lacking.stdout)).toMatchObject({ descendants: [subject], unverified: ['torn-pack'] });
    expect(JSON.parse(succeed(await team.run(draft)).stdout)).toMatchObject({ descendants: [subject], unverified: [] });
    succeed(await team.run(signed));

    // What runs, and who waits, without a pack of it.
    const affected = ['affected', '--live', '--revoke', subject, '--json'];
    await expect
      .poll(async () => JSON.parse((await team.run(affected)).stdout) as unknown, { timeout: 40_000 })
      .toMatchObject({
        running: expect.arrayContaining([
          { target: 'production-01', candidate: subject, decisionId: parent, outcome: 'executed', wrong: null },
        ]) as unknown,
        open: expect.arrayContaining([{ decisionId: waiting, target: 'production-01', candidate: subject }]) as unknown,
      });
    expect((await team.run(affected)).code).toBe(1);
    const untouched = await team.run(['affected', '--live', '--revoke', `sha256:${'7'.repeat(64)}`]);
    expect(untouched).toMatchObject({ code: 0, stdout: '0 packs, 0 decisions affected, 0 packs do not hold\n' });
    expect((await team.run(['affected', '--revoke', subject])).stderr).toMatch(/^cli\.usage: /);

    // In force all the same where nobody can be told.
    const silent = await team.run(['standing', 'publish'], { TEMPORAL_ADDRESS: '127.0.0.1:1' });
    expect(succeed(silent).stdout).toContain('nobody could be told (temporal.unreachable)');
    expect((await client.state(waiting)).stage).toBe('routed');
    await expect
      .poll(
        async () => {
          expect(succeed(await team.run(['standing', 'publish'])).stdout).toMatch(/^\d+ open decisions were told/m);
          return (await client.state(waiting)).ending;
        },
        { timeout: 40_000 },
      )
      .toBe('candidate.revoked');
    await client.wait(waiting, { until: 'closed', timeoutMs: 20_000 });
    succeed(await team.run(['export', waiting, '--out', 'stopped-pack']));
    const verifying = ['verify', 'stopped-pack', '--trust', 'trust/trust.json', '--expect', 'denied', '--json'];
    const report = JSON.parse(succeed(await team.run(verifying)).stdout) as Report;
    expect(report).toMatchObject({ evidence: 'holds', outcome: 'denied', findings: [] });
    expect(report.answers?.why.join()).toMatch(/denied: candidate\.revoked, standing \d+ revokes sha256:/);
  }, 120_000);
});
