import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readFound } from '../../../resolve/measure/content.ts';
import { measure } from '../../../cli/measure/measure.ts';
import { type Found, findAll, refuseChange } from '../../../resolve/measure/tree.ts';
import { digestBytes } from '../../../core/canon/index.ts';
import { hasCode } from '../../../core/errors.ts';
import { PACKAGE_MAX_DEPTH, packageDigest, packageManifest } from '../../../documents/package.ts';
import { type Content, fill } from './folders.ts';

/** Folders on a real file system, and what may happen to them. */

let scratch: string;
let made = 0;

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'countersign-measure-'));
});
afterEach(() => {
  rmSync(scratch, { recursive: true, force: true });
});

const PACKAGE = {
  'bin/serve': { program: '#!/bin/sh\nexec model\n' },
  current: { target: 'weights/v2' },
  'weights/v2/model.bin': 'weights',
  'weights/v2/prompt é.txt': 'Answer briefly.\n',
  cache: null,
} as const satisfies Record<string, Content>;

function folderOf(contents: Readonly<Record<string, Content>> = PACKAGE): string {
  made += 1;
  return fill(join(scratch, `${made}`), contents);
}

async function digestOf(folder: string): Promise<string> {
  const { digest, kind } = await measure(folder);
  expect(kind).toBe('directory');
  return digest;
}

async function refusalOf(work: Promise<unknown> | (() => unknown)): Promise<string> {
  try {
    await (typeof work === 'function' ? work() : work);
  } catch (error) {
    if (hasCode(error)) return error.code;
    throw error;
  }
  return 'none';
}

describe('the digest of a folder', () => {
  it('is that of the manifest of what is in it', async () => {
    const bytes = (text: string) => new TextEncoder().encode(text);
    const file = (path: string, text: string, executable = false) =>
      ({ type: 'file', path, size: bytes(text).length, digest: digestBytes(bytes(text)), executable }) as const;
    const manifest = packageManifest([
      ...['bin', 'weights', 'weights/v2', 'cache'].map((path) => ({ type: 'directory', path }) as const),
      { type: 'symlink', path: 'current', target: 'weights/v2' },
      file('bin/serve', PACKAGE['bin/serve'].program, true),
      file('weights/v2/model.bin', 'weights'),
      file('weights/v2/prompt é.txt', 'Answer briefly.\n'),
    ]);
    expect(await digestOf(folderOf())).toBe(packageDigest(manifest));
  });

  it('is the same wherever it lies, whenever it was made, and under another umask', async () => {
    const folder = folderOf();
    const digest = await digestOf(folder);
    const copy = join(scratch, 'elsewhere', 'copy');
    cpSync(folder, copy, { recursive: true, verbatimSymlinks: true });
    utimesSync(join(copy, 'weights/v2/model.bin'), 1, 1);
    chmodSync(join(copy, 'bin/serve'), 0o700);
    // Others may execute it, its owner may not.
    chmodSync(join(copy, 'weights/v2/model.bin'), 0o611);
    chmodSync(join(copy, 'weights'), 0o700);
    expect(await digestOf(copy)).toBe(digest);
    expect(await digestOf(`${copy}/`)).toBe(digest);
    symlinkSync(copy, join(scratch, 'by-a-link'));
    expect(await digestOf(join(scratch, 'by-a-link'))).toBe(digest);
  });

  it('is the same for any order in which files are made, and for larger ones than are read at once', async () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,3}(\/[a-z]{4,5})?$/), { minLength: 1, maxLength: 8 });
    const contents = names.chain((paths) => {
      const entries = paths.map((path) => [path, path.repeat(3)] as const);
      return fc.tuple(fc.constant(entries), fc.shuffledSubarray(entries, { minLength: entries.length }));
    });
    await fc.assert(
      fc.asyncProperty(contents, async ([one, other]) => {
        // A name that is a folder as well is no folder that could be made.
        fc.pre(one.every(([path]) => !one.some(([above]) => path.startsWith(`${above}/`))));
        const digests = [one, other].map((each) => digestOf(folderOf(Object.fromEntries(each))));
        const [first, second] = await Promise.all(digests);
        expect(second).toBe(first);
      }),
      { numRuns: 40 },
    );
    const large = new Uint8Array(3 * 1024 * 1024 + 1).fill(7);
    const folder = folderOf({ large });
    const entry = {
      type: 'file',
      path: 'large',
      size: large.length,
      digest: digestBytes(large),
      executable: false,
    } as const;
    expect(await digestOf(folder)).toBe(packageDigest(packageManifest([entry])));
  });

  it.each<[string, (at: (path: string) => string) => void]>([
    ['a byte', (at) => writeFileSync(at('weights/v2/model.bin'), 'Weights')],
    ['a byte more', (at) => writeFileSync(at('weights/v2/model.bin'), 'weights\n')],
    ['a name', (at) => renameSync(at('weights/v2/model.bin'), at('weights/v2/model.bak'))],
    ["a folder's name", (at) => renameSync(at('weights/v2'), at('weights/v3'))],
    ['a file that moved', (at) => renameSync(at('weights/v2/model.bin'), at('model.bin'))],
    ['a file more', (at) => writeFileSync(at('weights/.hidden'), '')],
    ['a file less', (at) => unlinkSync(at('weights/v2/model.bin'))],
    ['an empty folder more', (at) => mkdirSync(at('empty'))],
    ['an empty folder less', (at) => rmSync(at('cache'), { recursive: true })],
    ['a right to execute', (at) => chmodSync(at('weights/v2/model.bin'), 0o744)],
    ['one taken away', (at) => chmodSync(at('bin/serve'), 0o644)],
    ["a link's target", (at) => (unlinkSync(at('current')), symlinkSync('weights', at('current')))],
    ['a folder where a link to it was', (at) => (unlinkSync(at('current')), mkdirSync(at('current')))],
    [
      'a link to the same bytes',
      (at) => (renameSync(at('weights/v2/model.bin'), at('m')), symlinkSync('../../m', at('weights/v2/model.bin'))),
    ],
  ])('changes with %s', async (_what, change) => {
    const folder = folderOf();
    const before = await digestOf(folder);
    change((path) => join(folder, path));
    expect(await digestOf(folder)).not.toBe(before);
  });

  it('of a file is of its bytes, through a link too', async () => {
    const folder = folderOf();
    const path = join(folder, 'weights/v2/model.bin');
    const expected = { kind: 'file', digest: digestBytes(new TextEncoder().encode('weights')) };
    expect(await measure(path)).toEqual(expected);
    symlinkSync(path, join(scratch, 'linked'));
    expect(await measure(join(scratch, 'linked'))).toEqual(expected);
  });
});

describe('a folder is refused', () => {
  it.each<[string, string]>([
    ['/etc/passwd', 'package.symlink'],
    ['../outside', 'package.symlink'],
    ['weights/../../outside', 'package.symlink'],
  ])('with a link to %s', async (target, code) => {
    expect(await refusalOf(measure(folderOf({ ...PACKAGE, link: { target } })))).toBe(code);
  });

  it.runIf(process.platform === 'linux')('with names that are one elsewhere', async () => {
    expect(await refusalOf(measure(folderOf({ 'A/x': '', 'a/y': '' })))).toBe('package.collision');
    expect(await refusalOf(measure(folderOf({ '\u00e9': '', 'e\u0301': '' })))).toBe('package.collision');
  });

  it('with a backslash or a line feed in a name', async () => {
    expect(await refusalOf(measure(folderOf({ '..\\x': '' })))).toBe('package.name');
    expect(await refusalOf(measure(folderOf({ 'a\nb': '' })))).toBe('package.name');
  });

  it.runIf(process.platform === 'linux')('with a name or a target that is not UTF-8', async () => {
    const named = folderOf({});
    writeFileSync(Buffer.concat([Buffer.from(`${named}/`), Buffer.from([0x61, 0xff])]), '');
    expect(await refusalOf(measure(named))).toBe('package.name');
    const linked = folderOf({});
    symlinkSync(Buffer.from([0x61, 0xff]), join(linked, 'link'));
    expect(await refusalOf(measure(linked))).toBe('package.symlink');
  });

  it('with a pipe or a socket, without waiting for it', async () => {
    const folder = folderOf();
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    expect(await refusalOf(measure(folder))).toBe('package.entry_type');
    unlinkSync(join(folder, 'pipe'));
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(folder, 's'), resolve));
    expect(await refusalOf(measure(folder))).toBe('package.entry_type');
    await new Promise((resolve) => server.close(resolve));
  });

  it('that is nested too deeply', async () => {
    const names = Array.from({ length: PACKAGE_MAX_DEPTH }, () => 'd').join('/');
    expect(await refusalOf(measure(folderOf({ [names]: null })))).toBe('none');
    expect(await refusalOf(measure(folderOf({ [`${names}/d`]: null })))).toBe('package.limit');
  });

  it('that is not there, with what the system said', async () => {
    await expect(measure(join(scratch, 'nothing'))).rejects.toMatchObject({
      code: 'file.unreadable',
      expected: 'a readable file',
      got: 'ENOENT',
    });
  });

  // Root may read everything, and then finds what was there.
  it('that may not be read, by whoever may not', async () => {
    const folder = folderOf();
    const digest = await digestOf(folder);
    const seen = () => (process.getuid?.() === 0 ? digestOf(folder) : refusalOf(measure(folder)));
    const expected = process.getuid?.() === 0 ? digest : 'file.unreadable';
    chmodSync(join(folder, 'weights/v2/model.bin'), 0);
    expect(await seen()).toBe(expected);
    chmodSync(join(folder, 'weights'), 0);
    expect(await seen()).toBe(expected);
    chmodSync(join(folder, 'weights'), 0o755);
  });

  it('with a reference, which only an image layout has', async () => {
    expect(await refusalOf(measure(folderOf(), 'v1'))).toBe('cli.usage');
    expect(await refusalOf(measure(join(folderOf(), 'bin/serve'), 'v1'))).toBe('cli.usage');
  });
});

describe('a change while it is measured', () => {
  it.each<[string, (at: (path: string) => string) => void]>([
    ['longer', (at) => writeFileSync(at('weights/v2/model.bin'), 'more than there was')],
    ['gone', (at) => unlinkSync(at('weights/v2/model.bin'))],
    ['a link', (at) => (unlinkSync(at('weights/v2/model.bin')), symlinkSync('/etc/hosts', at('weights/v2/model.bin')))],
    ['a pipe', (at) => (unlinkSync(at('weights/v2/model.bin')), execFileSync('mkfifo', [at('weights/v2/model.bin')]))],
    [
      'below a link',
      (at) => {
        renameSync(at('weights'), at('moved'));
        fill(join(scratch, 'other'), { 'v2/model.bin': 'weights' });
        symlinkSync(join(scratch, 'other'), at('weights'));
      },
    ],
  ])('is refused by the reader where the file is %s', async (_what, change) => {
    const folder = folderOf();
    const file = findAll(folder).find((each) => each.path === 'weights/v2/model.bin') as Found & { type: 'file' };
    change((path) => join(folder, path));
    expect(await refusalOf(readFound(folder, file, () => undefined))).toBe('package.changed');
  });

  it('is refused by the reader where a file grows or ends under its hands', async () => {
    const folder = folderOf({ large: new Uint8Array(4 * 1024 * 1024) });
    for (const size of [5 * 1024 * 1024, 2 * 1024 * 1024]) {
      const file = findAll(folder)[0] as Found & { type: 'file' };
      let changes = 1;
      const read = readFound(folder, file, () => {
        if (changes-- > 0) writeFileSync(join(folder, 'large'), new Uint8Array(size));
      });
      expect(await refusalOf(read)).toBe('package.changed');
    }
  });

  it.each<[string, string, (at: (path: string) => string) => void]>([
    ['written', 'weights/v2/model.bin', (at) => writeFileSync(at('weights/v2/model.bin'), 'longer than it was')],
    ['given another right', 'bin/serve', (at) => chmodSync(at('bin/serve'), 0o644)],
    ['added', 'new', (at) => writeFileSync(at('new'), '')],
    ['taken away', 'cache', (at) => rmSync(at('cache'), { recursive: true })],
  ])('shows between two looks where something was %s', async (_what, path, change) => {
    const folder = folderOf();
    const before = findAll(folder);
    expect(refuseChange(before, findAll(folder))).toBeUndefined();
    change((at) => join(folder, at));
    const problems = await Promise.resolve()
      .then(() => refuseChange(before, findAll(folder)))
      .then(
        () => [],
        (error: { code: string; problems: { path: string }[] }) => [
          error.code,
          ...error.problems.map((each) => each.path),
        ],
      );
    expect(problems[0]).toBe('package.changed');
    expect(problems).toContain(path);
  });

  it('is refused by the whole measurement', async () => {
    const folder = folderOf({ ...PACKAGE, large: new Uint8Array(8 * 1024 * 1024) });
    let measured: string | undefined;
    void refusalOf(measure(folder)).then((code) => (measured = code));
    // Reading the large file gives way to this between two pieces.
    for (let at = 0; measured === undefined; at += 1) {
      writeFileSync(join(folder, 'late'), 'x'.repeat(at));
      await new Promise(setImmediate);
    }
    expect(measured).toBe('package.changed');
  });
});
