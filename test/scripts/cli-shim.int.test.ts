import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');
/** Node 24 itself, called something older: what the launcher does on such a machine, without one. */
const OLD_NODE = ['--import', 'data:text/javascript,Object.defineProperty(process,"version",{value:"v20.3.0"})'];

let checkout: string;
let published: string;

beforeAll(() => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-shim-'));
  checkout = makeCopy(join(folder, 'checkout'));
  mkdirSync(join(checkout, 'cli'));
  writeFileSync(
    join(checkout, 'cli', 'main.ts'),
    `const [verb, code]: string[] = process.argv.slice(2);
     const told = JSON.stringify({ args: process.argv.slice(2), major: process.versions.node.split('.')[0] });
     if (verb === 'wait') {
       process.on('SIGTERM', () => process.exit(44));
       setInterval(() => undefined, 1000);
     } else process.exitCode = Number(code ?? 0);
     console.log(told);
     if (verb === 'die') process.kill(process.pid, 'SIGKILL');`,
  );
  published = makeCopy(join(folder, 'published'));
  mkdirSync(join(published, 'dist', 'cli'), { recursive: true });
  writeFileSync(join(published, 'dist', 'cli', 'main.js'), "console.log('compiled'); process.exitCode = 4;");
});
afterAll(() => rmSync(join(checkout, '..'), { recursive: true, force: true }));

function makeCopy(folder: string): string {
  mkdirSync(folder, { recursive: true });
  cpSync(join(ROOT, 'bin'), join(folder, 'bin'), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  return folder;
}

function shim(copy: string, args: readonly string[], nodeOptions: readonly string[] = []) {
  return spawnSync(process.execPath, [...nodeOptions, join(copy, 'bin', 'countersign.mjs'), ...args], {
    encoding: 'utf8',
  });
}

describe('the countersign command', () => {
  it.each([
    ['on a Node that runs TypeScript', []],
    ['on an older Node, through the pinned one', OLD_NODE],
  ])('passes arguments and exit code, %s', (_on, nodeOptions) => {
    const { status, stdout, stderr } = shim(checkout, ['verify', '3', '--json', 'a b'], nodeOptions);
    expect(JSON.parse(stdout)).toEqual({ args: ['verify', '3', '--json', 'a b'], major: '24' });
    expect(stderr).toBe('');
    expect(status).toBe(3);
  });

  it('runs what was compiled where there are no sources', () => {
    const { status, stdout } = shim(published, []);
    expect(stdout).toBe('compiled\n');
    expect(status).toBe(4);
  });

  it('gives a signal to the CLI and waits for it', async () => {
    const args = [...OLD_NODE, join(checkout, 'bin', 'countersign.mjs'), 'wait'];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    child.kill('SIGTERM');
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).toBe(44);
  });

  it('ends with 128 and the signal when the CLI was killed', () => {
    expect(shim(checkout, ['die'], OLD_NODE).status).toBe(128 + 9);
  });

  it('says that a copy without the CLI is incomplete', () => {
    rmSync(join(published, 'dist'), { recursive: true });
    const { status, stderr } = shim(published, []);
    expect(stderr).toBe('countersign: its code is in neither cli/ nor dist/; this copy is incomplete\n');
    expect(status).toBe(2);
  });
});
