import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { withLock } from '../../scripts/bootstrap/lock.mjs';
import { isInstalled } from '../../scripts/bootstrap/npm-packages.mjs';
import { projectNode } from '../../scripts/bootstrap/project.mjs';
import { run, runWithRetry } from '../../scripts/bootstrap/run.mjs';
import { isStamped, stampOf, writeStamp } from '../../scripts/bootstrap/stamp.mjs';
import { checkNode, choosePython, isAtLeast } from '../../scripts/bootstrap/versions.mjs';

const ROOT = join(import.meta.dirname, '..', '..');
const say = () => undefined;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-bootstrap-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('versions', () => {
  it.each([
    ['v20.3.0', '20.3.0', true],
    ['v20.2.9', '20.3.0', false],
    ['v24.0.0', '20.3.0', true],
    ['v9.99.0', '20.3.0', false],
    ['Python 3.11.7', '3.11.0', true],
    ['Python 3.9.18', '3.11.0', false],
    ['Python 3.11', '3.11.0', true],
    ['Python 3.12.0rc1', '3.11.0', true],
    ['nonsense', '3.11.0', false],
  ])('%s is at least %s: %s', (version, minimum, expected) => {
    expect(isAtLeast(version, minimum)).toBe(expected);
  });

  it('refuse an old Node, naming both', () => {
    expect(() => checkNode('v20.2.0')).toThrow('needs Node 20.3.0 or newer to set itself up; this is v20.2.0');
    expect(() => checkNode('v20.3.0')).not.toThrow();
  });

  it('take the first Python that is new enough, even behind an old one', () => {
    const versions: Record<string, string> = { python3: 'Python 3.9.2', 'python3.12': 'Python 3.12.1' };
    expect(choosePython(['python3', 'python3.13', 'python3.12'], (name) => versions[name])).toBe('python3.12');
  });

  it('refuse without Python, or with an old one only, saying what was found', () => {
    expect(() => choosePython(['python3'], () => undefined)).toThrow(/Python 3\.11\.0 or newer.*none was found/);
    expect(() => choosePython(['python3'], () => 'Python 3.9.2')).toThrow(/python3 is Python 3\.9\.2/);
  });
});

describe('the stamp', () => {
  it('holds until the lock file or anything it depends on changes', () => {
    const lockFile = join(folder, 'lock');
    const stampFile = join(folder, 'stamp');
    writeFileSync(lockFile, 'one');
    expect(isStamped(stampFile, stampOf(lockFile))).toBe(false);

    writeStamp(stampFile, stampOf(lockFile, ['/a']));
    expect(isStamped(stampFile, stampOf(lockFile, ['/a']))).toBe(true);
    expect(isStamped(stampFile, stampOf(lockFile, ['/b']))).toBe(false);
    writeFileSync(lockFile, 'two');
    expect(isStamped(stampFile, stampOf(lockFile, ['/a']))).toBe(false);
  });
});

describe('an installed tree', () => {
  const locked = {
    '': { version: '0.1.0' },
    'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
    'node_modules/a-for-elsewhere': { version: '1.0.0', integrity: 'sha512-e', optional: true },
  };
  const { '': _, 'node_modules/a-for-elsewhere': __, ...there } = locked;
  const check = (installed: object): boolean => {
    writeFileSync(join(folder, 'lock.json'), JSON.stringify({ packages: locked }));
    writeFileSync(join(folder, 'there.json'), JSON.stringify({ packages: installed }));
    return isInstalled(join(folder, 'lock.json'), join(folder, 'there.json'));
  };

  it('counts when it is what the lock file says for this platform', () => {
    expect(check(there)).toBe(true);
    expect(check({ ...there, 'node_modules/native': { version: '1.0.0', optional: true } })).toBe(true);
  });

  it.each([
    ['a package is missing', {}],
    ['a version differs', { 'node_modules/a': { version: '1.0.1', integrity: 'sha512-a' } }],
    ['a digest differs', { 'node_modules/a': { version: '1.0.0', integrity: 'sha512-b' } }],
    ['a package is not locked', { ...there, 'node_modules/b': { version: '1.0.0' } }],
  ])('does not count when %s', (_why, installed) => {
    expect(check(installed)).toBe(false);
  });

  it('does not count when nothing was installed', () => {
    writeFileSync(join(folder, 'lock.json'), JSON.stringify({ packages: locked }));
    expect(isInstalled(join(folder, 'lock.json'), join(folder, 'none.json'))).toBe(false);
  });
});

describe('the lock', () => {
  it('lets one in at a time and goes when its work is done', async () => {
    const path = join(folder, 'deep', 'lock');
    const order: string[] = [];
    const work = (name: string) =>
      withLock(path, say, async () => {
        order.push(`${name} in`);
        await new Promise((resolve) => setTimeout(resolve, 50));
        order.push(`${name} out`);
      });
    await Promise.all([work('a'), work('b')]);
    expect(order).toEqual(['a in', 'a out', 'b in', 'b out']);
    expect(() => readFileSync(path)).toThrow('ENOENT');
  });

  it('is taken over from a process that has died', async () => {
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    const path = join(folder, 'lock');
    writeFileSync(path, `${dead}\n`);
    expect(await withLock(path, say, async () => 'in')).toBe('in');
  });

  it('goes when the work fails', async () => {
    const path = join(folder, 'lock');
    await expect(withLock(path, say, () => Promise.reject(new Error('work failed')))).rejects.toThrow('work failed');
    expect(() => readFileSync(path)).toThrow('ENOENT');
  });
});

describe('a command of the set-up', () => {
  it('that fails says what it ran, what it printed and what to do', async () => {
    const failing = run(process.execPath, ['-e', 'console.log("no disk"); process.exit(3)'], {
      say,
      hint: 'Buy a disk.',
    });
    await expect(failing).rejects.toThrow(/^Failed: .*\nno disk\nBuy a disk\.$/);
  });

  it('that downloads is tried again', async () => {
    const marker = join(folder, 'tries');
    const script = `const fs = require('fs'); fs.appendFileSync(${JSON.stringify(marker)}, 'x');
      process.exit(fs.readFileSync(${JSON.stringify(marker)}).length === 2 ? 0 : 1)`;
    await runWithRetry(process.execPath, ['-e', script], { say });
    expect(readFileSync(marker, 'utf8')).toBe('xx');
  });

  it('is not tried again when that is hopeless', async () => {
    const marker = join(folder, 'tries');
    const script = `require('fs').appendFileSync(${JSON.stringify(marker)}, 'x'); console.log('WRONG HASH'); process.exit(1)`;
    await expect(runWithRetry(process.execPath, ['-e', script], { say, hopeless: /WRONG HASH/ })).rejects.toThrow(
      'Failed: ',
    );
    expect(readFileSync(marker, 'utf8')).toBe('x');
  });
});

describe("the project's Node", () => {
  it('is the pinned one', () => {
    expect(projectNode(ROOT)).toMatch(/node_modules/);
  });

  it('is found in its package when there is no link to it', () => {
    const bin = join(folder, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin');
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, 'node'), '');
    expect(projectNode(folder)).toBe(join(bin, 'node'));
  });
});

describe('the command line', () => {
  it.each([[[]], [['everything']], [['toString']]])('refuses %j with its usage', (args) => {
    const { status, stderr } = spawnSync(process.execPath, [join(ROOT, 'scripts', 'bootstrap.mjs'), ...args], {
      encoding: 'utf8',
    });
    expect(stderr).toBe('usage: node scripts/bootstrap.mjs demo|test|servers|bench|setup [ARGS...]\n');
    expect(status).toBe(2);
  });
});
