import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  canonicalBytes,
  digestBytes,
  publicKeyFromPem,
  publicKeyToBase64,
  readCanonical,
} from '../../core/canon/index.ts';
import { readTrustFile } from '../../documents/index.ts';
import { DemoProcess, type Ended, run } from './demo-process.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const CLI = join(ROOT, 'bin', 'countersign.mjs');
const PYTHON = join(ROOT, '.venv', 'bin', 'python');
const PACKS = ['one', 'two', 'three', 'four', 'five'] as const;
/** Without /proc nobody can say what was left behind. */
const linux = process.platform === 'linux';

interface View {
  readonly decision: { readonly decision_id: string };
  readonly event_chain: readonly { readonly integrity_hash: string }[];
  readonly execution: { readonly outcome: string };
}

describe('the demo, from beginning to end', () => {
  let demo: DemoProcess;
  let ended: Ended;
  const at = (...path: string[]): string => join(demo.out, ...path);
  const bytes = (...path: string[]): Uint8Array => new Uint8Array(readFileSync(at(...path)));
  const verify = (...words: string[]): Promise<Ended> =>
    run(process.execPath, [CLI, 'verify', ...words, '--trust', at('trust', 'trust.json')]);

  beforeAll(async () => {
    demo = new DemoProcess();
    ended = await demo.ended;
  });
  afterAll(() => demo.dispose());

  it('ends well', () => {
    expect(ended.stderr).toBe('');
    expect(ended.code).toBe(0);
  });

  it.runIf(linux)('leaves no process and no temporary file', async () => {
    expect(await demo.leftovers()).toEqual([]);
  });

  // shows: R108
  it('tells all five answers for each decision, in lines that fit, without escape codes', () => {
    for (const question of ['Who?', 'Why?', 'On what evidence?', 'What risk?', 'How to undo?']) {
      expect(ended.stdout.split(`\n  ${question} `).length - 1, question).toBe(PACKS.length);
    }
    expect(ended.stdout).not.toContain('\u001b');
    // A path of the test's own folder may be longer than a line, and commands to copy are never broken.
    const long = ended.stdout.split('\n').filter((line) => line.length > 100 && !line.includes(demo.out));
    expect(long).toEqual([]);
  });

  it('shows who was refused, and how the matching came out', () => {
    for (const said of [
      'refused, approval.by_requester;',
      'approval.by_requester_controller;',
      'a matching, not a queue',
    ]) {
      expect(ended.stdout.replaceAll(/\s+/g, ' ')).toContain(said);
    }
  });

  // shows: R60
  it('breaks glass, says whose review is outstanding, and has it reviewed by somebody else', () => {
    const said = ended.stdout.replaceAll(/\s+/g, ' ');
    for (const part of [
      'as incident_commander, without 1 executive;',
      'review by security_owner OUTSTANDING, due',
      'tries to review it too: refused, review.role',
      '| BREAK-GLASS by ',
      'reviews: it was justified; acknowledged by service-acknowledgement',
    ]) {
      expect(said).toContain(part);
    }
  });

  // shows: R62, R89
  it('freezes, goes back all the same, and tells the history of what was changed', () => {
    const said = ended.stdout.replaceAll(/\s+/g, ' ');
    for (const part of [
      'freezes every clearance of the tenant for eight hours (INC-0311)',
      'no freeze keeps a rollback',
      'this is the rollback of decision',
      ', the rollback of ',
      'by break-glass',
    ]) {
      expect(said).toContain(part);
    }
    expect(said).not.toContain('NOT PROVEN');
  });

  it.each(PACKS)('leaves pack %s: three files, and a view in its own canonical form', (pack) => {
    expect(readdirSync(at(pack)).toSorted()).toEqual(['disclosures.json', 'pack.json', 'pack.sigstore.json']);
    const text = bytes(pack, 'pack.json');
    expect(canonicalBytes(readCanonical(text))).toEqual(text);
  });

  it('leaves the trust file and every public key that it names', () => {
    const { trust } = readTrustFile(bytes('trust', 'trust.json'));
    expect(readdirSync(at('trust')).toSorted()).toEqual(
      ['trust.json', ...trust.keys.map(({ pem }) => pem ?? '')].toSorted(),
    );
    for (const { pem, public_key } of trust.keys) {
      const text = readFileSync(at('trust', pem ?? ''), 'utf8');
      expect(publicKeyToBase64(publicKeyFromPem(text))).toBe(public_key);
    }
  });

  it('has changed the files that stand for production', () => {
    const changed = bytes('world', 'prod-gateway-01', 'gateway.conf');
    expect(changed).toEqual(bytes('artifacts', 'gateway', '2026.11.42', 'gateway.conf'));
    expect(ended.stdout).toContain(digestBytes(changed));
    expect(bytes('world', 'model-serving-canary', 'active.json')).toEqual(
      bytes('artifacts', 'models', 'support-reranker', '3.4.0', 'package', 'index.json'),
    );
  });

  // shows: R96
  it('leaves packs that verify in a process of their own, each with its outcome only', async () => {
    for (const [pack, outcome, other] of [
      ['one', 'executed', 'denied'],
      ['two', 'executed', 'denied'],
      ['three', 'denied', 'executed'],
      ['four', 'executed', 'denied'],
      ['five', 'executed', 'denied'],
    ] as const) {
      const good = await verify(at(pack), '--expect', outcome);
      expect([good.code, good.stdout.includes('evidence: holds')], good.stdout + good.stderr).toEqual([0, true]);
      expect((await verify(at(pack), '--expect', other)).code).toBe(1);
    }
  });

  // shows: R5
  it('leaves packs of which not one byte of an event can change unnoticed', async () => {
    const copy = at('copy');
    cpSync(at('two'), copy, { recursive: true });
    const text = readFileSync(join(copy, 'pack.json'), 'utf8');
    writeFileSync(
      join(copy, 'pack.json'),
      text.replace('"code":"approval.by_requester"', '"code":"approval.by_requestes"'),
    );
    const report = await verify(copy);
    rmSync(copy, { recursive: true });
    expect(report.code).toBe(1);
    expect(report.stdout).toContain('chain.hash event 5 statement.refused');
    expect(report.stdout).toContain('$.event_chain[4].code');
  });

  // shows: R2, R16, R73
  it('leaves chains that an independent RFC 8785 library in another language recomputes', async () => {
    const script = join(import.meta.dirname, '..', 'independent', 'rfc8785_chain.py');
    const views = PACKS.map((pack) => at(pack, 'pack.json'));
    const computed = await run(PYTHON, [script, ...views]);
    expect(computed.stderr).toBe('');
    expect(computed.code).toBe(0);
    const expected = views.map((path) => {
      const { event_chain } = JSON.parse(readFileSync(path, 'utf8')) as View;
      return `${path} ${event_chain.length} ${event_chain.at(-1)?.integrity_hash}`;
    });
    expect(computed.stdout.trim().split('\n')).toEqual(expected);

    const tampered = at('tampered.json');
    writeFileSync(
      tampered,
      readFileSync(at('one', 'pack.json'), 'utf8').replace('"risk_score":0.86', '"risk_score":0.87'),
    );
    const refused = await run(PYTHON, [script, tampered]);
    rmSync(tampered);
    expect([refused.code, refused.stderr]).toEqual([1, `${tampered}: event 3: integrity_hash\n`]);
  });
});

describe('the demo with --keep', () => {
  it('leaves everything running, and the commands that it prints work; Ctrl-C ends it well', async () => {
    const demo = new DemoProcess(['--keep']);
    try {
      const said = await demo.said('six --trust');
      expect(said).toMatch(/its web UI at http:\/\/127\.0\.0\.1:\d+/);
      const commands = said.split('\n').filter((line) => /^ {2}(export|npx) /.test(line));
      expect(commands).toHaveLength(10);
      const script = commands.map((line) =>
        // Nobody is there to be asked, so the approver says yes beforehand.
        line
          .replace('npx --no-install countersign', `"${process.execPath}" "${CLI}"`)
          .replace(/( approve .*)$/, '$1 --yes'),
      );
      const tried = await run('sh', ['-euc', script.join('\n')]);
      expect(tried.code, tried.stdout + tried.stderr).toBe(0);
      for (const expected of ['waits for approval', 'approve: accepted', 'outcome    executed', 'evidence: holds']) {
        expect(tried.stdout).toContain(expected);
      }
      expect(existsSync(join(demo.out, 'six', 'pack.sigstore.json'))).toBe(true);
      demo.kill('SIGINT');
      expect((await demo.ended).code).toBe(0);
      if (linux) expect(await demo.leftovers()).toEqual([]);
    } finally {
      await demo.dispose();
    }
  });
});

describe.runIf(linux)('the demo, stopped before its end', () => {
  it.each([
    // While the servers start; and while an executor's own process is under way.
    ['SIGTERM', 'request to audit pack', 143],
    ['SIGINT', 'countersign run --decision', 130],
  ] as const)('by %s after "%s" leaves nothing', async (signal, said, code) => {
    const demo = new DemoProcess();
    try {
      await demo.said(said);
      demo.kill(signal);
      const ended = await demo.ended;
      expect([ended.code, await demo.leftovers()]).toEqual([code, []]);
      expect(ended.stderr).toContain(`Stopped by ${signal}`);
    } finally {
      await demo.dispose();
    }
  });

  it('by kill -9 leaves no process', async () => {
    const demo = new DemoProcess();
    try {
      await demo.said('Worker: process');
      demo.kill('SIGKILL');
      await demo.ended;
      // Its folder of temporary files stays: nothing was left that could remove it.
      expect((await demo.leftovers()).filter((left) => !left.startsWith('countersign-demo-'))).toEqual([]);
    } finally {
      await demo.dispose();
    }
  });

  it('by a server that is not there says so and leaves nothing', async () => {
    const demo = new DemoProcess([], { REDIS_URL: 'redis://127.0.0.1:1' });
    try {
      const { code, stderr } = await demo.ended;
      expect([code, await demo.leftovers()]).toEqual([1, []]);
      expect(stderr).toContain('demo failed: ledger.');
    } finally {
      await demo.dispose();
    }
  });
});

describe('the demo, used wrongly', () => {
  it('never empties a folder that somebody names', async () => {
    const { code, stderr } = await run(process.execPath, [join(ROOT, 'demo', 'main.ts'), '--out', import.meta.dirname]);
    expect([code, stderr.includes('demo.unexpected')]).toEqual([1, true]);
    expect(existsSync(import.meta.filename)).toBe(true);
  });

  it('refuses an option that it does not have', async () => {
    const { code, stderr } = await run(process.execPath, [join(ROOT, 'demo', 'main.ts'), '--forever']);
    expect([code, stderr.includes('demo.usage')]).toEqual([2, true]);
  });
});
