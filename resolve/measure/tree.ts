import { type BigIntStats, lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { excerpt } from '../../core/canon/index.ts';
import { utf8Text } from '../../core/canon/utf8.ts';
import { hasCode } from '../../core/errors.ts';
import type { Problem } from '../../documents/errors.ts';
import { PackageError, refusePackage } from '../../documents/package-errors.ts';
import { refuseBeyondLimits } from '../../documents/package.ts';
import { ResolveError } from '../errors.ts';

/** One thing that was found below a folder. */
export type Found = {
  /** From the folder, with `/`. */
  readonly path: string;
  /** Of what stands there: another value, another thing or another state of it. */
  readonly state: string;
} & (
  | { readonly type: 'directory' }
  | { readonly type: 'file'; readonly size: number; readonly executable: boolean }
  | { readonly type: 'symlink'; readonly target: string }
);

const CHANGED = 'this changed while it was measured';
const OWNER_MAY_EXECUTE = 0o100n;

/**
 * Everything below `folder`, in the file system's own order. No link is followed.
 *
 * @throws PackageError `package.name`, `package.entry_type`, `package.limit`, `package.changed`; ResolveError `file.unreadable`.
 */
export function findAll(folder: string): readonly Found[] {
  const found: Found[] = [];
  const open = [''];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    for (const name of namesIn(folder, path)) {
      const entry = look(folder, path === '' ? name : `${path}/${name}`);
      found.push(entry);
      refuseBeyondLimits(found.length, entry.path);
      if (entry.type === 'directory') open.push(entry.path);
    }
  }
  return found;
}

/** Names come as bytes: as text, two that are not UTF-8 could read the same, and neither could be opened. */
function namesIn(folder: string, path: string): readonly string[] {
  const names = asked(folder, path, (at) => readdirSync(at, { encoding: 'buffer' }));
  return names.map((bytes) => {
    const name = utf8Text(bytes);
    if (name !== undefined) return name;
    const problem = { path, expected: 'names in UTF-8', got: notText(bytes) };
    throw new PackageError('package.name', 'a name has no place in a package', [problem]);
  });
}

export function look(folder: string, path: string): Found {
  const stats = asked(folder, path, (at) => lstatSync(at, { bigint: true }));
  const common = { path, state: stateOf(stats) };
  if (stats.isDirectory()) return { ...common, type: 'directory' };
  if (stats.isFile()) {
    const executable = (stats.mode & OWNER_MAY_EXECUTE) !== 0n;
    return { ...common, type: 'file', size: Number(stats.size), executable };
  }
  if (stats.isSymbolicLink()) return { ...common, type: 'symlink', target: targetOf(folder, path) };
  const got = stats.isFIFO() ? 'a pipe' : stats.isSocket() ? 'a socket' : 'a device';
  const problem = { path, expected: 'a file, a folder or a symbolic link', got };
  throw new PackageError('package.entry_type', 'this has no bytes that could be measured', [problem]);
}

function targetOf(folder: string, path: string): string {
  const bytes = asked(folder, path, (at) => readlinkSync(at, { encoding: 'buffer' }));
  const target = utf8Text(bytes);
  if (target !== undefined) return target;
  const problem = { path, expected: 'a target in UTF-8', got: notText(bytes) };
  throw new PackageError('package.symlink', 'a symbolic link cannot be recorded', [problem]);
}

/** As a terminal can show it: a character a byte. */
function notText(bytes: Buffer): string {
  return excerpt(bytes.toString('latin1'));
}

/** Whatever is written, renamed or given other rights changes the change time, which nobody can set. */
export function stateOf({ dev, ino, mode, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, mode, size, mtimeNs, ctimeNs].join(' ');
}

/** @throws PackageError `package.changed` where what was listed is gone; ResolveError `file.unreadable`. */
function asked<Answer>(folder: string, path: string, ask: (at: string) => Answer): Answer {
  const at = path === '' ? folder : `${folder}/${path}`;
  try {
    return ask(at);
  } catch (error) {
    throw refusalOf(error, path, at);
  }
}

/** What a failed call below the measured folder means; a refusal stays as it is. */
export function refusalOf(error: unknown, path: string, at: string): Error {
  if (error instanceof Error && hasCode(error)) return error;
  const code = (error as NodeJS.ErrnoException).code ?? 'an error';
  // ELOOP: a link where a file was; the file is opened without following any.
  if (path !== '' && ['ENOENT', 'ENOTDIR', 'ELOOP', 'EINVAL'].includes(code)) return changed(path, code);
  const message = 'the subject cannot be measured';
  return new ResolveError('file.unreadable', { message, path: at, expected: 'a readable file or folder', got: code });
}

export function changed(path: string, got: string): PackageError {
  return new PackageError('package.changed', CHANGED, [changeAt(path, got)]);
}

function changeAt(path: string, got: string): Problem {
  return { path, expected: 'the same from beginning to end', got };
}

/** @throws PackageError `package.changed`, with every path that has changed between two looks. */
export function refuseChange(before: readonly Found[], after: readonly Found[]): void {
  const left = new Map(before.map(({ path, state }) => [path, state]));
  const problems = after.flatMap(({ path, state }) => {
    const earlier = left.get(path);
    left.delete(path);
    return earlier === state ? [] : [changeAt(path, earlier === undefined ? 'something new' : 'another state of it')];
  });
  refusePackage('package.changed', CHANGED, [
    ...problems,
    ...[...left.keys()].map((path) => changeAt(path, 'nothing')),
  ]);
}
