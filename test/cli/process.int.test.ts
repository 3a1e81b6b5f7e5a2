import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { measure } from '../../cli/measure/measure.ts';
import { digestBytes } from '../../core/canon/index.ts';
import { describe as describeBlob, fill, image, layout } from './measure/folders.ts';
import type { Problem } from '../../documents/errors.ts';
import { cli, type Finished, makeTeam, packetFor, process_, type Team } from './team.ts';

/** The command line as a process, without any server: what it makes, what it refuses, and how it says so. */

let team: Team;
let scratch: string;

beforeAll(async () => {
  team = await makeTeam();
  scratch = mkdtempSync(join(tmpdir(), 'countersign-cli-'));
}, 30_000);

afterAll(() => {
  team.remove();
  rmSync(scratch, { recursive: true, force: true });
});

function inScratch(name: string, content: string): string {
  const path = join(scratch, name);
  writeFileSync(path, content);
  return path;
}

/** A port on which nothing listens: one that was free a moment ago. */
function closedPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

function refused(finished: Finished, exit: number, code: string): void {
  expect(finished.stderr).toMatch(new RegExp(`^${code.replaceAll('.', '\\.')}: .*\\n$`));
  expect(finished.stderr).not.toMatch(/^\s+at /m);
  expect(finished.code).toBe(exit);
}

describe('init', () => {
  test('makes what a team begins with: private keys private, all of it endorsed', async () => {
    const mode = (path: string): number => statSync(team.at(path)).mode & 0o777;
    for (const path of [
      'governance-keys/governance.pem',
      'service-keys/seal.pem',
      'service-keys/mac.key',
      'keys/ruth.pem',
    ]) {
      expect(mode(path)).toBe(0o600);
    }
    expect(readFileSync(team.at('service-keys/mac.key'))).toHaveLength(32);
    expect(readdirSync(team.at('service-keys')).sort()).toEqual([
      'acknowledgement.pem',
      'mac.key',
      'permit.pem',
      'seal.pem',
    ]);
    for (const [words, serial] of [
      [['policy', 'show'], 'serial 1'],
      [['roster', 'show'], 'serial   1'],
      [['trust', 'show'], 'serial 1'],
    ] as const) {
      const shown = await team.run(words);
      expect(shown).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining(serial) });
    }
    const { endorsed_by } = JSON.parse((await team.run(['policy', 'show', '--json'])).stdout) as {
      endorsed_by: string[];
    };
    expect(endorsed_by).toEqual(['policy-1']);
    const ignored = readFileSync(team.at('.gitignore'), 'utf8');
    for (const folder of ['keys/', 'governance-keys/', 'service-keys/', '.countersign/'])
      expect(ignored).toContain(folder);
  });

  test('overwrites nothing, and writes nothing where a name is none', async () => {
    refused(await cli(['init', team.folder]), 2, 'file.exists');
    const folder = join(scratch, 'never');
    refused(await cli(['init', folder, '--person', 'ruth@example.org:executive']), 2, 'document.shape');
    refused(await cli(['init', folder, '--person', 'ruth:a:b']), 2, 'cli.usage');
    expect(existsSync(folder)).toBe(false);
  });

  test('takes a policy and its people in the place of the starter policy, and only both', async () => {
    const policy = fileURLToPath(new URL('../../examples/policies/small-team.yaml', import.meta.url));
    const people = policy.replace('.yaml', '.people.yaml');
    const folder = join(scratch, 'own');
    const made = await cli(['init', folder, '--policy', policy, '--people', people, '--json']);
    expect(JSON.parse(made.stdout)).toMatchObject({
      origin: 'countersign-demo',
      tenant: 'acme',
      unfilled: [],
      absent: [],
    });
    expect(readFileSync(join(folder, 'policy/policy.yaml'), 'utf8')).toBe(readFileSync(policy, 'utf8'));
    expect(statSync(join(folder, 'keys/otter-5e18.breakglass.pem')).mode & 0o777).toBe(0o600);

    const fewer = join(scratch, 'fewer.people.yaml');
    writeFileSync(fewer, readFileSync(people, 'utf8').replaceAll('actor_id: deployer', 'actor_id: runner-9'));
    const lacking = await cli(['init', join(scratch, 'lacking'), '--policy', policy, '--people', fewer]);
    expect(lacking).toMatchObject({ code: 0, stdout: expect.stringContaining('The roster has no deployer;') });

    const never = join(scratch, 'never');
    const both = ['--policy', policy, '--people', people];
    for (const words of [both.slice(0, 2), both.slice(2), [...both, '--tenant', 'other']]) {
      refused(await cli(['init', never, ...words]), 2, 'cli.usage');
    }
    refused(await cli(['init', never, '--policy', policy, '--people', policy]), 2, 'document.shape');
    expect(existsSync(never)).toBe(false);
  });
});

describe('a way in for people', () => {
  test('a key, into a roster, signed by the keeper of the roster', async () => {
    const made = await team.run(['keygen', '--actor', 'nora', '--out', 'nora.pem', '--json']);
    const { key_id, proof_file } = JSON.parse(made.stdout) as { key_id: string; proof_file: string };
    expect(statSync(team.at('nora.pem')).mode & 0o777).toBe(0o600);
    expect(JSON.stringify(JSON.parse(made.stdout))).not.toContain('PRIVATE');
    const before = readFileSync(team.at('roster/roster.json'));

    refused(await team.run(['roster', 'add-person', '--actor', 'olga', '--proof', proof_file]), 2, 'cli.usage');
    refused(await team.run(['roster', 'add-person', '--actor', 'ruth', '--proof', proof_file]), 2, 'cli.usage');
    refused(await team.run(['roster', 'grant', '--actor', 'nobody', '--role', 'x']), 2, 'roster.unknown_actor');
    refused(
      await team.run(['roster', 'add-person', '--actor', 'nora', '--proof', proof_file, '--role', 'not a name']),
      2,
      'document.shape',
    );
    expect(readFileSync(team.at('roster/roster.json'))).toEqual(before);

    const words = [
      'roster',
      'add-person',
      '--actor',
      'nora',
      '--proof',
      proof_file,
      '--role',
      'security_owner',
      '--environment',
      'production',
      '--json',
    ];
    const { digest } = JSON.parse((await team.run(words)).stdout) as { digest: string };
    expect(digestBytes(new Uint8Array(readFileSync(team.at('roster/roster.json'))))).toBe(digest);
    expect((await team.run(['roster', 'show'])).stdout).toContain(key_id);
    refused(await team.run(['roster', 'sign', '--key', 'governance-keys/policy.pem']), 2, 'endorsement.foreign_key');
    const signed = await team.run(['roster', 'sign', '--key', 'governance-keys/roster.pem', '--json']);
    expect(JSON.parse(signed.stdout)).toMatchObject({ digest, holder: 'roster-1', endorsements: 1 });
    refused(await team.run(['keygen', '--actor', 'nora', '--out', 'nora.pem']), 2, 'file.exists');
  });

  test('a policy with a mistake is told where, and is not signed', async () => {
    const text = readFileSync(team.at('policy/policy.yaml'), 'utf8');
    const broken = inScratch(
      'broken.yaml',
      text.replace('target.environment == "production"\n', 'target.environment = "production"\n'),
    );
    refused(await team.run(['policy', 'check', broken]), 2, 'policy.expression');
    refused(
      await team.run(['policy', 'sign', '--policy', broken, '--key', 'governance-keys/policy.pem']),
      2,
      'policy.expression',
    );
    expect(existsSync(join(scratch, 'broken.endorsements.json'))).toBe(false);
    refused(await team.run(['policy', 'check', inScratch('anchors.yaml', 'a: &x 1\nb: *x\n')]), 2, 'policy.syntax');
  });

  test('a policy is linted: warnings with 0, errors with 1, each with its line', async () => {
    expect(await team.run(['policy', 'lint'])).toMatchObject({
      code: 0,
      stdout: 'version 1.0.0: 0 errors, 0 warnings\n',
      stderr: '',
    });
    const text = readFileSync(team.at('policy/policy.yaml'), 'utf8');
    const warned = inScratch('warned.yaml', text.replace('approval_life_s: 3600', 'approval_life_s: 90000'));
    expect(await team.run(['policy', 'lint', warned])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /^warning lint\.time_without_effect: \$\.times\.approval_life_s \(line \d+\): an approval/,
      ),
    });
    const wrong = inScratch(
      'wrong.yaml',
      text.replace('- id: guarded\n    when: ', '- id: guarded\n    when: "true" # '),
    );
    const linted = await team.run(['policy', 'lint', wrong, '--json']);
    expect(linted.code).toBe(1);
    const line = text.split('\n').findIndex((one) => one.includes('- id: ordinary')) + 2;
    expect(JSON.parse(linted.stdout)).toMatchObject({
      errors: 1,
      findings: [{ code: 'lint.route_shadowed', severity: 'error', path: '$.routes[1].when', line }],
    });
    refused(await team.run(['policy', 'lint', inScratch('no-policy.yaml', 'a: 1')]), 2, 'policy.shape');
  });

  test("a policy's own cases: 0 where all pass, 1 where one fails, 2 where the file is none", async () => {
    const policy = fileURLToPath(new URL('../../examples/policies/production-changes.yaml', import.meta.url));
    const beside = policy.replace('.yaml', '.cases.yaml');
    expect(await cli(['policy', 'test', policy])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /^passed {2}a gateway change in production\n[^]*\nversion 1\.2\.0: 21 passed, 0 failed\n$/,
      ),
      stderr: '',
    });
    const packet = policy.replace('.yaml', '.packet.json');
    const text = readFileSync(beside, 'utf8').replace('production-changes.packet.json', packet);
    const failing = inScratch('failing.cases.yaml', text.replace('route: production-high', 'route: production'));
    const failed = await cli(['policy', 'test', policy, '--cases', failing]);
    expect(failed.code).toBe(1);
    expect(failed.stdout).toContain(
      'FAILED  a gateway change in production\n        route: expected production, got production-high\n',
    );
    const json = JSON.parse((await cli(['policy', 'test', policy, '--cases', failing, '--json'])).stdout) as object;
    expect(json).toMatchObject({ passed: 20, failed: 1, routes_not_taken: [] });
    refused(
      await cli(['policy', 'test', policy, '--cases', inScratch('none.cases.yaml', 'cases: []')]),
      2,
      'cases.shape',
    );
    refused(await team.run(['policy', 'test']), 2, 'file.unreadable');
  });

  test('an evidence packet: everything that is missing at once, and nothing written for a bad one', async () => {
    const subject = digestBytes(new TextEncoder().encode('x'));
    const packet = packetFor(subject);
    const draft = inScratch('draft.json', JSON.stringify(packet, null, 2));
    const missing = await team.run(['evidence', 'check', draft, '--action', 'model.promote']);
    refused(missing, 2, 'evidence.incomplete');
    expect(missing.stderr.match(/\$\.sections\.\w+/g)).toHaveLength(5);
    expect((await team.run(['evidence', 'check', draft, '--action', 'deploy.change'])).code).toBe(0);

    const rollback = { ...packet.sections.rollback!, tested_at: '2020-01-01T00:00:00.000Z', target: subject };
    const poor = inScratch('poor.json', JSON.stringify({ ...packet, sections: { ...packet.sections, rollback } }));
    const manifest = inScratch('another-manifest.json', '{}');
    const all = await team.run([
      ...['evidence', 'check', poor, '--action', 'model.promote', '--manifest', manifest, '--json'],
    ]);
    expect(all.code).toBe(2);
    const { code, problems } = (JSON.parse(all.stdout) as { error: { code: string; problems: Problem[] } }).error;
    expect(code).toBe('evidence.contradiction');
    expect(problems.map((problem) => [problem.code, problem.path])).toEqual([
      [undefined, '$.sections.rollback.target'],
      ['evidence.incomplete', '$.sections.lineage'],
      ['evidence.incomplete', '$.sections.evaluation'],
      ['evidence.incomplete', '$.sections.resource_profile'],
      ['evidence.incomplete', '$.sections.safety_and_security'],
      ['evidence.incomplete', '$.sections.release_plan'],
      ['evidence.stale', '$.sections.rollback.tested_at'],
      ['cli.usage', '--manifest'],
    ]);

    const vouch = (path: string, out: string): Promise<Finished> =>
      team.run([
        'evidence',
        'sign',
        path,
        '--as',
        'evan',
        '--valid-for',
        '3600',
        '--packet',
        join(scratch, `${out}.packet`),
        '--statement',
        join(scratch, `${out}.statement`),
      ]);
    const moving = structuredClone(packet);
    moving.sections.candidate!.manifest!.uri = 'https://artifacts.example/app:latest';
    refused(await vouch(inScratch('moving.json', JSON.stringify(moving)), 'moving'), 2, 'document.floating_name');
    refused(await vouch(inScratch('twice.json', '{"_type":1,"_type":2}'), 'twice'), 2, 'json.duplicate_key');
    refused(await vouch(inScratch('deep.json', '['.repeat(100) + ']'.repeat(100)), 'deep'), 2, 'json.too_deep');
    expect(readdirSync(scratch).filter((name) => /\.(packet|statement)$/.test(name))).toEqual([]);
    expect((await vouch(draft, 'good')).code).toBe(0);
    expect(digestBytes(new Uint8Array(readFileSync(join(scratch, 'good.packet'))))).toMatch(/^sha256:/);
  });
});

describe('verify', () => {
  const example = fileURLToPath(new URL('../vectors/corevexa-example.txt', import.meta.url));

  test("reads the source's own example, and names each placeholder", async () => {
    const verified = await cli(['verify', example, '--trust', team.at('trust/trust.json')]);
    expect(verified).toMatchObject({ code: 1, stderr: '' });
    expect(verified.stdout).toMatch(/^trust: .*sha256:[0-9a-f]{64}\nevidence: DOES NOT HOLD/);
    expect(verified.stdout.match(/chain\.placeholder event \d/g)).toHaveLength(6);
    const json = JSON.parse(
      (await cli(['verify', example, '--trust', team.at('trust/trust.json'), '--json'])).stdout,
    ) as { evidence: string };
    expect(json.evidence).toBe('does_not_hold');
  });

  test('what cannot be read is no verdict', async () => {
    const trust = team.at('trust/trust.json');
    refused(await cli(['verify', join(scratch, 'nothing-here'), '--trust', trust]), 2, 'file.unreadable');
    refused(await cli(['verify', team.at('store'), '--trust', trust]), 2, 'verify.nothing');
    refused(await cli(['verify', example]), 2, 'cli.usage');
    refused(await cli(['verify', example, '--trust', trust, '--require', 'C9']), 2, 'cli.usage');
    refused(await cli(['verify', example, '--trust', trust, '--expect', 'fine']), 2, 'cli.usage');
    refused(await cli(['verify', example, '--trust', trust, '--subject', 'sha256:abc']), 2, 'cli.usage');
    expect((await cli(['verify', example, '--trust', inScratch('no-trust.json', '{}')])).code).toBe(2);
  });

  const packs = fileURLToPath(new URL('../vectors/packs/', import.meta.url));
  const ofVector = (name: string, more: readonly string[] = []): Promise<Finished> => {
    const { outcome, subject } = JSON.parse(readFileSync(join(packs, name, 'case.json'), 'utf8')) as {
      outcome: string;
      subject: string;
    };
    return cli([
      'verify',
      join(packs, name),
      '--trust',
      join(packs, 'trust.json'),
      '--expect',
      outcome,
      '--subject',
      subject,
      ...more,
    ]);
  };

  test.each(['executed', 'denied', 'event-changed_fail', 'view-without-seal_fail', 'tail-cut_fail'])(
    '%s',
    async (name) => {
      const verified = await ofVector(name);
      expect([verified.code, verified.stderr]).toEqual([name.endsWith('_fail') ? 1 : 0, '']);
    },
  );

  // shows: R103
  test('holds only for the level, outcome and subject that were asked for', async () => {
    expect((await ofVector('executed', ['--require', 'C3'])).code).toBe(1);
    expect((await ofVector('executed', ['--expect', 'denied'])).code).toBe(1);
    const other = await ofVector('executed', ['--subject', inScratch('other.bin', 'other')]);
    expect(other.code).toBe(1);
    expect(other.stdout).toContain('SUBJECT DIFFERS');
    const unasked = await cli(['verify', join(packs, 'executed'), '--trust', join(packs, 'trust.json')]);
    expect(unasked).toMatchObject({ code: 0, stdout: expect.stringContaining('SUBJECT NOT CHECKED') });
  });

  // shows: R96
  test('loads neither Temporal nor the ledger, so that it starts at once and reaches nothing', async () => {
    const hook = inScratch(
      'loaded.mjs',
      `import { registerHooks } from 'node:module';
       registerHooks({ load: (url, context, next) => { process.stderr.write(url + '\\n'); return next(url, context); } });`,
    );
    const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
    const words = ['--import', hook, main, 'verify', example, '--trust', team.at('trust/trust.json')];
    const { stderr, code } = await process_(process.execPath, words, scratch, {});
    expect(code).toBe(1);
    expect(stderr).toContain('/verifier/');
    expect(stderr).not.toMatch(/@temporalio|grpc|ioredis|\/client\/client\.ts/);
  });
});

describe('a server that is away', () => {
  test('Temporal: what, where, what to do, within seconds', async () => {
    const port = await closedPort();
    const env = { TEMPORAL_ADDRESS: `127.0.0.1:${port}` };
    const asked = await team.run(['status', '5b3f0c9e-6f0e-8a4e-9b7e-3d1f0a2b4c5d', '--json'], env);
    refused(asked, 3, 'temporal.unreachable');
    expect(asked.stderr).toContain(`127.0.0.1:${port}`);
    expect(asked.stderr).toContain('TEMPORAL_ADDRESS');
    expect(JSON.parse(asked.stdout)).toMatchObject({
      error: { code: 'temporal.unreachable', path: `127.0.0.1:${port}` },
    });
  });

  test('the ledger: publishing says so, and puts nothing in force', async () => {
    const published = await team.run(['policy', 'publish'], { REDIS_URL: `redis://127.0.0.1:${await closedPort()}` });
    refused(published, 3, 'ledger.unavailable');
    expect(JSON.parse(readFileSync(team.at('policy/policy.endorsements.json'), 'utf8'))).toMatchObject({
      published: false,
    });
    refused(await team.run(['policy', 'publish']), 2, 'config.missing');
  });

  test('doctor goes on, and lists both', async () => {
    const env = {
      TEMPORAL_ADDRESS: `127.0.0.1:${await closedPort()}`,
      REDIS_URL: `redis://127.0.0.1:${await closedPort()}`,
    };
    const { code, stdout } = await team.run(['doctor', '--json'], env);
    expect(code).toBe(3);
    const { ok, checks } = JSON.parse(stdout) as {
      ok: boolean;
      checks: { name: string; state: string; code: string | null; todo: string }[];
    };
    expect(ok).toBe(false);
    const failed = checks.filter(({ state }) => state === 'FAIL');
    expect(failed.map(({ name, code: why }) => [name, why])).toEqual([
      ['ledger', 'ledger.unavailable'],
      ['temporal', 'temporal.unreachable'],
    ]);
    expect(failed.every(({ todo }) => todo !== '')).toBe(true);
    expect(checks.filter(({ state }) => state === 'ok').map(({ name }) => name)).toEqual(
      expect.arrayContaining(['trust file', 'store', 'permit key', 'acknowledgement key', 'seal key', 'sealing key']),
    );
  });
});

describe('wrong use', () => {
  test.each([
    ['an unknown command', ['aprove'], 'cli.usage'],
    ['an unknown option', ['status', 'x', '--verbose'], 'cli.usage'],
    ['no argument', ['status'], 'cli.usage'],
    ['no configuration', ['status', 'x'], 'config.missing'],
    ['a configuration that is not there', ['status', 'x', '--config', 'nowhere.json'], 'config.missing'],
    ['no subject to measure', ['run', '--decision', 'x', '--as', 'y', '--', 'ls'], 'cli.usage'],
    ['nobody to ask', ['approve', 'x', '--as', 'y', '--rationale', 'z'], 'cli.usage'],
    ['a number that is none', ['stuck', '--limit', '1e3'], 'cli.usage'],
    ['a stage that is none', ['stuck', '--stage', 'nowhere'], 'cli.usage'],
  ])('%s', async (_name, words, code) => {
    const finished = await cli(words, { cwd: scratch });
    expect(finished.stdout).toBe('');
    refused(finished, 2, code);
  });

  test('a configuration with a member that none has, or a secret in it', async () => {
    const config = JSON.parse(readFileSync(team.at('countersign.json'), 'utf8')) as object;
    const path = inScratch('secret.json', JSON.stringify({ ...config, redis: { url: 'redis://:hunter2@db' } }));
    const read = await cli(['status', 'x', '--config', path], { cwd: scratch });
    refused(read, 2, 'config.malformed');
    expect(read.stderr).toContain('$.redis.url');
    expect(read.stderr).not.toContain('hunter2');
    refused(
      await cli(['status', 'x', '--config', inScratch('text.json', 'origin: x')], { cwd: scratch }),
      2,
      'config.malformed',
    );
  });

  test('help and version are no errors', async () => {
    expect(await cli(['--version'])).toMatchObject({ code: 0, stderr: '', stdout: '0.1.0\n' });
    expect(await cli(['run', '--help'])).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringContaining('countersign run'),
    });
  });
});

describe('explain', () => {
  test('prints every entry of a code, and refuses one that is none', async () => {
    const { code, stdout } = await cli(['explain', 'evidence.subject']);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^evidence\.subject \(Documents\)\n {2}means .*\n[\s\S]*\n\nevidence\.subject \(Denials\)\n/,
    );
    const { entries } = JSON.parse((await cli(['explain', 'ledger.unavailable', '--json'])).stdout) as {
      entries: unknown[];
    };
    expect(entries).toEqual([expect.objectContaining({ area: 'Ledger', again: 'by itself', exit: 3 })]);
    const unknown = await cli(['explain', 'authority.wrong']);
    refused(unknown, 2, 'cli.usage');
    expect(unknown.stderr).toContain('authority.rejected');
  });
});

describe('digest', () => {
  test('is alone for one file, beside the name for several, and the one that open and verify measure', async () => {
    const [one, two] = [inScratch('one.txt', 'one'), inScratch('two.txt', 'two')];
    const digest = digestBytes(new TextEncoder().encode('one'));
    expect(await cli(['digest', one])).toEqual({ code: 0, stdout: `${digest}\n`, stderr: '' });
    const several = await cli(['digest', one, two]);
    expect(several.stdout).toMatch(new RegExp(`^${digest} {2}${one}\\nsha256:[0-9a-f]{64} {2}${two}\\n$`));
    refused(await cli(['digest', join(scratch, 'nothing')]), 2, 'file.unreadable');
    const json = await cli(['digest', one, '--json']);
    expect(json.stdout).toBe(`{"files":[{"digest":"${digest}","file":"${one}"}]}\n`);
    refused(await cli(['digest', one, '--reference', 'v1']), 2, 'cli.usage');
    refused(await cli(['verify', one, '--trust', one, '--reference', 'v1']), 2, 'cli.usage');
  });

  test('of a folder is the same for a copy, and another after any change', async () => {
    const folder = fill(join(scratch, 'model'), {
      'bin/serve': { program: 'exec' },
      weights: 'w',
      now: { target: 'weights' },
    });
    const { digest } = await measure(folder);
    expect(await cli(['digest', folder])).toEqual({ code: 0, stdout: `${digest}\n`, stderr: '' });
    cpSync(folder, join(scratch, 'copy'), { recursive: true, verbatimSymlinks: true });
    const both = await cli(['digest', 'model', 'copy/', '--json'], { cwd: scratch });
    expect(JSON.parse(both.stdout)).toEqual({
      files: [
        { file: 'model', digest, kind: 'directory' },
        { file: 'copy/', digest, kind: 'directory' },
      ],
    });
    writeFileSync(join(scratch, 'copy/weights'), 'W');
    expect((await cli(['digest', join(scratch, 'copy')])).stdout).not.toBe(`${digest}\n`);
    fill(join(scratch, 'copy'), { 'a\u001b[2Jb': '', 'c\\d': '' });
    const answer = await cli(['digest', join(scratch, 'copy')]);
    refused(answer, 2, 'package.name');
    expect(answer.stderr).not.toContain('\u001b');
    const { error } = JSON.parse((await cli(['digest', join(scratch, 'copy'), '--json'])).stdout) as {
      error: { code: string; problems: unknown[] };
    };
    expect([error.code, error.problems.length]).toEqual(['package.name', 2]);
  });

  test('of an OCI layout is that of the image that is meant', async () => {
    const [one, two] = [image('one'), image('two')];
    const [, layer, manifest] = one;
    const files = layout([describeBlob(manifest, 'v1'), describeBlob(two[2], 'v2')], [...one, ...two]);
    const folder = fill(join(scratch, 'image'), files);
    refused(await cli(['digest', folder]), 2, 'oci.reference');
    const words = ['digest', folder, '--reference', 'v1'];
    expect(await cli(words)).toEqual({ code: 0, stdout: `${manifest.digest}\n`, stderr: '' });
    expect(JSON.parse((await cli([...words, '--json'])).stdout)).toMatchObject({ files: [{ kind: 'oci' }] });
    writeFileSync(join(folder, `blobs/sha256/${layer.digest.slice(7)}`), 'layer ONE');
    refused(await cli(words), 2, 'oci.blob');
  });
});

test('abort ends with an exit code for each action, and names what to roll back to', async () => {
  const vectors = fileURLToPath(new URL('../vectors/packs/', import.meta.url));
  const { subject } = JSON.parse(readFileSync(join(vectors, 'promoted/case.json'), 'utf8')) as { subject: string };
  const observing = async (value: number, failed: readonly string[], observedAt = new Date()) => {
    const observed = inScratch(
      'observed.json',
      JSON.stringify({
        _type: 'application/vnd.countersign.observation.v1+json',
        candidate: subject,
        observed_at: observedAt.toISOString(),
        stage: 'shadow',
        hard_invariants: { failed },
        metrics: [{ metric: 'latency_p99_ms', value, over_s: 300 }],
        canary: null,
      }),
    );
    const words = ['--pack', join(vectors, 'promoted'), '--trust', join(vectors, 'trust.json'), '--observed', observed];
    return cli(['abort', ...words]);
  };
  expect((await observing(20, [])).code).toBe(0);
  const slow = await observing(20.1, []);
  expect([slow.code, slow.stdout.split('\n')[0]]).toEqual([11, 'action: REDUCE_TRAFFIC_OR_ABORT']);
  const failed = await observing(20, ['no-hidden-test-access\u001b[2J']);
  refused(failed, 2, 'document.shape');
  expect((await observing(20, ['no-hidden-test-access'])).stdout).toMatch(/^roll back to: sha256:[0-9a-f]{64}$/m);
  expect((await observing(20, ['no-hidden-test-access'])).code).toBe(10);
  refused(await observing(20, [], new Date(0)), 2, 'abort.stale');
});
