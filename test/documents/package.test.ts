import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { canonicalize, digestBytes } from '../../core/canon/index.ts';
import {
  PACKAGE_MAX_DEPTH,
  PACKAGE_MAX_ENTRIES,
  type PackageEntry,
  packageDigest,
  packageManifest,
} from '../../documents/package.ts';
import { otherSystemsName } from '../../documents/package-names.ts';
import { refusal, refusedAt } from './refusal.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const file = (path: string, content = path, executable = false): PackageEntry => ({
  type: 'file',
  path,
  size: bytes(content).length,
  digest: digestBytes(bytes(content)),
  executable,
});
const directory = (path: string): PackageEntry => ({ type: 'directory', path });
const symlink = (path: string, target: string): PackageEntry => ({ type: 'symlink', path, target });
const digest = (entries: readonly PackageEntry[]) => packageDigest(packageManifest(entries));
const codeOf = (...entries: PackageEntry[]) => refusal(() => packageManifest(entries)).code;
/** The refusal of a link at `a/b/link`. */
const link = (target: string) =>
  packageManifest([directory('a'), directory('a/b'), symlink('a/b/link', target)]).entries.length;

describe('a manifest', () => {
  it('has its entries in the order of their bytes, and nothing of where they came from', () => {
    const paths = ['a/b', 'a-b', 'a', 'B', '\u{1F600}', '\uFB00', 'a/B0'];
    const entries = paths.map((path) => (path === 'a' ? directory(path) : file(path)));
    const manifest = packageManifest(entries);
    expect(manifest.entries.map(({ path }) => path)).toEqual(['B', 'a', 'a-b', 'a/B0', 'a/b', '\uFB00', '\u{1F600}']);
    expect(packageDigest(manifest)).toBe(digestBytes(bytes(canonicalize(manifest))));
  });

  it('refuses names that lead elsewhere, or that others cannot keep, all at once', () => {
    const names = [
      '..',
      '../x',
      '.',
      './x',
      '/x',
      'x/',
      'x//y',
      '',
      'a\\b',
      'a\nb',
      '\u0000',
      '\u007F',
      '\u009b',
      '\uD800',
    ];
    for (const name of names) expect([name, codeOf(file(name))]).toEqual([name, 'package.name']);
    expect(refusedAt(() => packageManifest([file('..'), file('fine'), file('a\\b')]))).toEqual([
      'package.name',
      '".."',
      '"a\\\\b"',
    ]);
  });

  it('takes names that only look odd', () => {
    for (const name of ['...', '..a', ' ', '-', 'ﬀ', 'a:b', 'CON', '\u200D'])
      expect(digest([file(name)])).toMatch(/^sha/);
  });

  it.each([
    ['the same', 'a', 'a'],
    ['case', 'Makefile', 'makefile'],
    ['a composed and a decomposed letter', '\u00e9', 'e\u0301'],
    ['both', '\u00c9', 'e\u0301'],
    ['sharp s', 'STRASSE', 'straße'],
    ['capital sharp s', 'ẞ', 'ß'],
    ['the Kelvin sign', '\u212A', 'k'],
    ['the long s', 'ſ', 's'],
    ['final sigma', 'ΟΔΟΣ', 'οδος'],
  ])('refuses two names that are one elsewhere: %s', (_what, one, other) => {
    expect(codeOf(file(one), file(other))).toBe('package.collision');
    expect(codeOf(directory(one), directory(other))).toBe('package.collision');
    expect(codeOf(directory('d'), file(`d/${one}`), file(`d/${other}`))).toBe('package.collision');
  });

  it('refuses an entry below a file, a link or nothing', () => {
    expect(codeOf(file('a/b'))).toBe('package.parent');
    expect(codeOf(file('a'), file('a/b'))).toBe('package.parent');
    // A writer that follows the link would write outside.
    expect(codeOf(directory('x'), symlink('a', 'x'), file('a/b'))).toBe('package.parent');
  });

  it.each([
    '/etc',
    '../../../x',
    '../../..',
    'x/../y',
    '.',
    './x',
    'x/.',
    'x/',
    'x//y',
    '',
    '../x/..',
    'x\\y',
    'a\nb',
    '\uD800',
  ])('refuses a link to %j', (target) => expect(refusal(() => link(target)).code).toBe('package.symlink'));

  it.each(['x', 'x/y', '..', '../x', '../..', '../../x/y', '...', '..x'])(
    'records a link to %j as its text',
    (target) => {
      expect(link(target)).toBe(3);
    },
  );

  it('refuses a link that two others would lead outside', () => {
    // With r a link to the package's folder, r/.. would be the folder above it.
    expect(codeOf(directory('d'), symlink('d/r', '..'), symlink('q', 'd/r/../etc'))).toBe('package.symlink');
  });

  it('refuses more entries, and deeper ones, than its limits', () => {
    const many = Array.from({ length: PACKAGE_MAX_ENTRIES }, (_, at) => directory(`${at}`));
    expect(packageManifest(many).entries).toHaveLength(PACKAGE_MAX_ENTRIES);
    expect(refusal(() => packageManifest([...many, directory('x')]))).toMatchObject({
      code: 'package.limit',
      expected: `at most ${PACKAGE_MAX_ENTRIES} entries`,
    });
    const chain = (depth: number) =>
      Array.from({ length: depth }, (_, at) => directory(Array.from({ length: at + 1 }, () => 'd').join('/')));
    expect(packageManifest(chain(PACKAGE_MAX_DEPTH)).entries).toHaveLength(PACKAGE_MAX_DEPTH);
    expect(codeOf(...chain(PACKAGE_MAX_DEPTH + 1))).toBe('package.limit');
  });
});

test('names that differ in case alone are one, for every letter', () => {
  const apart: string[] = [];
  for (let code = 0; code < 0x20000; code += 1) {
    if (code >= 0xd800 && code < 0xe000) continue;
    const letter = String.fromCodePoint(code);
    const spellings = [letter.toLowerCase(), letter.toUpperCase(), letter.normalize('NFD'), letter.normalize('NFC')];
    if (spellings.some((each) => otherSystemsName(each) !== otherSystemsName(letter))) apart.push(code.toString(16));
  }
  expect(apart).toEqual([]);
});

describe('the digest', () => {
  const name = fc.stringMatching(/^[a-z0-9][a-z0-9.é-]{0,6}$/);
  const leaf = fc.oneof(
    fc.record({ content: fc.string({ maxLength: 8 }), executable: fc.boolean() }),
    fc.record({ target: name }),
  );
  /** Folders of one level with files and links in them, and some beside. */
  const packages = fc
    .record({ top: fc.dictionary(name, leaf, { maxKeys: 5 }), below: fc.dictionary(name, leaf, { maxKeys: 5 }) })
    .map(({ top, below }): readonly PackageEntry[] => {
      const entry = ([path, what]: readonly [string, typeof leaf extends fc.Arbitrary<infer T> ? T : never]) =>
        'target' in what ? symlink(path, what.target) : file(path, what.content, what.executable);
      return [
        directory('Folder'),
        ...Object.entries(top).map(entry),
        ...Object.entries(below).map(([path, what]) => entry([`Folder/${path}`, what])),
      ].filter(
        ({ path }, at, all) => all.findIndex((other) => otherSystemsName(other.path) === otherSystemsName(path)) === at,
      );
    });

  it('does not depend on the order in which entries come', () => {
    fc.assert(
      fc.property(
        packages.chain((entries) =>
          fc.tuple(fc.constant(entries), fc.shuffledSubarray([...entries], { minLength: entries.length })),
        ),
        ([entries, shuffled]) => {
          expect(digest(shuffled)).toBe(digest(entries));
        },
      ),
    );
  });

  it('changes with any single change', () => {
    fc.assert(
      fc.property(packages, fc.nat(), fc.nat(), (entries, where, how) => {
        const at = where % entries.length;
        const others = entries.toSpliced(at, 1);
        const mutants = mutationsOf(entries[at] as PackageEntry).map((mutant) => [...others, mutant]);
        const changes = [...mutants, [...entries, file('Zadded', '')], [...entries, directory('Zempty')]];
        // What stands below a folder goes with it.
        const below = `${entries[at]?.path}/`;
        changes.push(others.filter(({ path }) => !path.startsWith(below)));
        const changed = changes[how % changes.length] as PackageEntry[];
        expect(digest(changed.filter((each) => keepsParent(changed, each)))).not.toBe(digest(entries));
      }),
      { numRuns: 500 },
    );
  });

  function keepsParent(entries: readonly PackageEntry[], { path }: PackageEntry): boolean {
    return !path.includes('/') || entries.some((each) => each.type === 'directory' && path.startsWith(`${each.path}/`));
  }

  function mutationsOf(entry: PackageEntry): PackageEntry[] {
    const renamed = { ...entry, path: `${entry.path}Z` };
    switch (entry.type) {
      case 'directory':
        return [renamed, file(entry.path, '')];
      case 'file':
        return [
          renamed,
          { ...entry, executable: !entry.executable },
          { ...entry, size: entry.size + 1 },
          { ...entry, digest: digestBytes(bytes(`${entry.digest} changed`)) },
          symlink(entry.path, 'x'),
          directory(entry.path),
        ];
      case 'symlink':
        return [renamed, { ...entry, target: `${entry.target}Z` }, file(entry.path, entry.target)];
    }
  }
});
