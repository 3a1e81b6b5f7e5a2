import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRedisLedger } from '../../ledger/index.ts';

/** `npm run servers`, as the process that it hands over to. */

const MAIN = join(import.meta.dirname, '../../scripts/servers/main.ts');
let data: string;
const started: ChildProcess[] = [];

beforeAll(() => {
  data = mkdtempSync(join(tmpdir(), 'countersign-servers-'));
});
afterAll(async () => {
  // Whatever the command itself failed to do: its watchdogs stop the servers of one that was killed.
  for (const child of started) {
    if (child.exitCode === null && child.kill('SIGKILL')) await new Promise((resolve) => child.once('exit', resolve));
  }
  rmSync(data, { recursive: true, force: true });
});

interface Running {
  readonly text: () => string;
  readonly exit: Promise<number | null>;
  readonly child: ChildProcess;
}

function start(): Running {
  const env = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' };
  const child = spawn(process.execPath, [MAIN, '--data', data], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  started.push(child);
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
  child.stderr.setEncoding('utf8').on('data', (part: string) => (text += part));
  return { text: () => text, exit: new Promise((resolve) => child.once('close', resolve)), child };
}

async function said(running: Running, words: string): Promise<void> {
  while (!running.text().includes(words)) {
    if (running.child.exitCode !== null) throw new Error(`it ended without saying "${words}":\n${running.text()}`);
    await sleep(50);
  }
}

describe('npm run servers', () => {
  it('starts both, says how to reach them, keeps others off its folder, and stops both', async () => {
    const running = start();
    await said(running, 'Ctrl-C stops them');
    const environment = join(data, 'environment');
    expect(statSync(environment).mode & 0o777).toBe(0o600);
    const text = readFileSync(environment, 'utf8');
    expect(text).toMatch(
      /^export TEMPORAL_ADDRESS=127\.0\.0\.1:\d+\nexport REDIS_URL='redis:\/\/countersign:\S+@127\.0\.0\.1:\d+'\n$/,
    );
    const [, url = ''] = /REDIS_URL='([^']+)'/.exec(text) ?? [];
    expect(running.text()).not.toContain(url);
    const ledger = createRedisLedger({ url, macKeys: [new Uint8Array(32)] });
    const { checks } = await ledger.check();
    await ledger.close();
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);

    const second = start();
    expect(await second.exit).toBe(1);
    expect(second.text()).toMatch(/^server\.running at .*process \d+\n$/);
    expect(existsSync(environment)).toBe(true);

    running.child.kill('SIGINT');
    expect(await running.exit).toBe(0);
    expect(running.text()).not.toContain('has ended');
    expect(existsSync(environment)).toBe(false);
  });

  it('ends, and says so, when one of them is gone', async () => {
    const running = start();
    await said(running, 'Ctrl-C stops them');
    const [, pid = ''] = /(\d+):M .*Ready to accept connections/.exec(
      readFileSync(join(data, 'valkey', 'valkey.log'), 'utf8'),
    ) ?? ['', ''];
    process.kill(Number(pid), 'SIGKILL');
    expect(await running.exit).toBe(1);
    expect(running.text()).toContain('Valkey has ended; stopping the other');
  });
});
