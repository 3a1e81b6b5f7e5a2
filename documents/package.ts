import { type Digest, digestJson, excerpt } from '../core/canon/index.ts';
import { utf8Bytes } from '../core/canon/utf8.ts';
import type { Problem } from './errors.ts';
import { refusePackage } from './package-errors.ts';
import { otherSystemsName, packageNameProblem } from './package-names.ts';

export const PACKAGE_TYPE = 'application/vnd.countersign.package.v1+json';

/** Files, folders and links together. A manifest of so many entries is some 30 MB of JSON. */
export const PACKAGE_MAX_ENTRIES = 100_000;

/** Names in a path. */
export const PACKAGE_MAX_DEPTH = 64;

/** What stands at a path, as far as the digest says it: no time, no owner, no right but the one to be executed. */
export type PackageEntry =
  | { readonly type: 'directory'; readonly path: string }
  | {
      readonly type: 'file';
      readonly path: string;
      /** Bytes. */
      readonly size: number;
      readonly digest: Digest;
      /** Whether its owner may execute it: the bit of a mode that programs need, and no usual umask takes away. */
      readonly executable: boolean;
    }
  /** The target's text, never what it leads to. */
  | { readonly type: 'symlink'; readonly path: string; readonly target: string };

export type PackageManifest = {
  readonly _type: typeof PACKAGE_TYPE;
  /** Every entry below the folder, sorted by the bytes of `path` in UTF-8. */
  readonly entries: readonly PackageEntry[];
};

/**
 * The manifest of a folder with these entries, whatever order they come in.
 *
 * @param entries names are attacker-controlled.
 * @throws PackageError `package.limit`, `package.name`, `package.collision`, `package.parent`, `package.symlink`, each with
 *   every place that is wrong in this way.
 */
export function packageManifest(entries: readonly PackageEntry[]): PackageManifest {
  for (const [at, { path }] of entries.entries()) refuseBeyondLimits(at + 1, path);
  refusePackage('package.name', 'a name has no place in a package', entries.flatMap(nameProblem));
  const sorted = sortedByBytes(entries);
  refusePackage('package.collision', 'two paths are one file on other systems', collisions(sorted));
  refusePackage('package.parent', 'an entry stands in no folder of the package', orphans(sorted));
  refusePackage('package.symlink', 'a symbolic link cannot be recorded', sorted.flatMap(linkProblem));
  return { _type: PACKAGE_TYPE, entries: sorted };
}

/** The package's identity: SHA-256 of the manifest's canonical bytes. */
export function packageDigest(manifest: PackageManifest): Digest {
  return digestJson(manifest);
}

/**
 * Also for whoever gathers entries, before memory runs out.
 *
 * @param count how many there are with the one at `path`.
 * @throws PackageError `package.limit`.
 */
export function refuseBeyondLimits(count: number, path: string): void {
  const depth = path.split('/').length;
  const beyond = [
    { most: PACKAGE_MAX_ENTRIES, got: count, unit: 'entries' },
    { most: PACKAGE_MAX_DEPTH, got: depth, unit: 'names in a path' },
  ].filter(({ most, got }) => got > most);
  const problems = beyond.map(({ most, got, unit }) => ({ path, expected: `at most ${most} ${unit}`, got: `${got}` }));
  refusePackage('package.limit', 'the package is too large', problems);
}

function nameProblem({ path }: PackageEntry): Problem[] {
  return path.split('/').flatMap((name) => {
    const expected = packageNameProblem(name);
    return expected === undefined ? [] : [{ path: excerpt(path), expected, got: excerpt(name) }];
  });
}

/** By the bytes of UTF-8: JavaScript's own order puts U+1F600 before U+FB00. */
function sortedByBytes(entries: readonly PackageEntry[]): readonly PackageEntry[] {
  return entries
    .map((entry) => ({ entry, key: utf8Bytes(entry.path) }))
    .sort((a, b) => compareBytes(a.key, b.key))
    .map(({ entry }) => entry);
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at += 1) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

function collisions(sorted: readonly PackageEntry[]): Problem[] {
  const first = new Map<string, string>();
  return sorted.flatMap(({ path }): Problem[] => {
    const name = otherSystemsName(path);
    const earlier = first.get(name);
    if (earlier !== undefined) return [{ path, expected: `another name than ${excerpt(earlier)}`, got: excerpt(path) }];
    first.set(name, path);
    return [];
  });
}

/** A path below a file or a link would say that a write through the link was meant. */
function orphans(sorted: readonly PackageEntry[]): Problem[] {
  const folders = new Set(sorted.flatMap(({ type, path }) => (type === 'directory' ? [path] : [])));
  return sorted.flatMap(({ path }) => {
    const parent = path.slice(0, Math.max(path.lastIndexOf('/'), 0));
    return parent === '' || folders.has(parent) ? [] : [{ path, expected: 'a folder above it', got: excerpt(parent) }];
  });
}

/**
 * A target stays inside whatever the links on its way are: it climbs only at its beginning, from a real folder, at most
 * up to the package's own, and from there each name leads down or through a link of which the same holds.
 */
function linkProblem(entry: PackageEntry): Problem[] {
  if (entry.type !== 'symlink') return [];
  const { path, target } = entry;
  const names = target.split('/');
  const above = names.findIndex((name) => name !== '..');
  const climbs = above === -1 ? names.length : above;
  const below = names.slice(climbs);
  const folder = path.split('/').length - 1;
  if (climbs <= folder && below.every((name) => packageNameProblem(name) === undefined)) return [];
  const expected = 'a relative target inside the package, with .. only at its beginning';
  return [{ path, expected, got: excerpt(target) }];
}
