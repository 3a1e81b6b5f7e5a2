import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');
/** With both servers given, the demo needs no wheels: what is left to set up is there already. */
const GIVEN = { ...env, TEMPORAL_ADDRESS: '127.0.0.1:1', REDIS_URL: 'redis://127.0.0.1:1' };

let checkout: string;

beforeAll(() => {
  checkout = mkdtempSync(join(tmpdir(), 'countersign-checkout-'));
  for (const path of ['package.json', 'package-lock.json', 'scripts']) {
    cpSync(join(ROOT, path), join(checkout, path), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(checkout, 'node_modules'));
  mkdirSync(join(checkout, 'demo'));
  writeFileSync(
    join(checkout, 'demo', 'main.ts'),
    `const args: string[] = process.argv.slice(2);
     const told = JSON.stringify({ args, major: process.versions.node.split('.')[0] });
     if (args.includes('--keep')) {
       process.on('SIGTERM', () => setTimeout(() => process.exit(45), 100));
       process.on('SIGINT', () => setTimeout(() => process.exit(46), 100));
       setInterval(() => undefined, 1000);
     } else process.exitCode = 3;
     console.log(told);`,
  );
});
afterAll(() => rmSync(checkout, { recursive: true, force: true }));

describe('the bootstrap of a checkout that is set up', () => {
  it('hands over at once: arguments, terminal, Node 24, exit code', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/bootstrap.mjs', 'demo', '--fast', 'a b'], {
      cwd: checkout,
      env: GIVEN,
      encoding: 'utf8',
    });
    expect(JSON.parse(stdout)).toEqual({ args: ['--fast', 'a b'], major: '24' });
    expect(stderr).toBe('');
    expect(status).toBe(3);
    expect(existsSync(join(checkout, '.venv'))).toBe(false);
  });

  it.each([
    ['SIGTERM', 45],
    ['SIGINT', 46],
  ] as const)('passes %s on and waits for the end', async (signal, expected) => {
    const child = spawn(process.execPath, ['scripts/bootstrap.mjs', 'demo', '--keep'], {
      cwd: checkout,
      env: GIVEN,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    child.kill(signal);
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).toBe(expected);
  });

  it('stops the program when npm, which ran it, is gone', async () => {
    // A shell in npm's place, which dies without a word to its child.
    const command = `"${process.execPath}" scripts/bootstrap.mjs demo --keep & wait`;
    const shell = spawn('/bin/sh', ['-c', command], {
      cwd: checkout,
      env: { ...GIVEN, npm_lifecycle_event: 'demo' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const closed = once(shell, 'close');
    await once(shell.stdout, 'data');
    shell.kill('SIGKILL');
    // Its output closes when the last process that holds it has ended.
    await closed;
    expect(shell.signalCode).toBe('SIGKILL');
  });

  it('says what this checkout lacks', () => {
    const { status, stderr } = spawnSync(process.execPath, ['scripts/bootstrap.mjs', 'demo'], {
      cwd: makeEmptied(),
      env: GIVEN,
      encoding: 'utf8',
    });
    expect(stderr).toBe('demo/main.ts is not in this checkout\n');
    expect(status).toBe(1);
  });
});

function makeEmptied(): string {
  const copy = join(checkout, 'emptied');
  for (const path of ['package.json', 'package-lock.json', 'scripts']) {
    cpSync(join(checkout, path), join(copy, path), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}
