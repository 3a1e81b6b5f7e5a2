import { type BigIntStats, lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { utf8Text } from '../../core/canon/utf8.ts';
import { timestamp } from '../../core/domain/vocabulary.ts';
import { type CapturedEntry, orderOf } from '../../documents/incident-evidence.ts';
import { refuseBeyondLimits } from '../../documents/package.ts';
import { CliError } from '../errors.ts';
import { changed, stateOf } from '../../resolve/measure/tree.ts';

/** The item itself, beside what is below it. */
export const ITSELF = '.';

type Unread<E> = E extends { type: 'file' } ? Omit<E, 'digest'> : E;

/** What stands somewhere, before anything was read of it. */
export interface Seen {
  readonly entry: Unread<CapturedEntry>;
  /** Another value: another thing, or another state of it. */
  readonly state: string;
}

/**
 * Everything at a path and below, in the order of the manifest. Unlike what measures a candidate, it refuses nothing for
 * its kind: what cannot be captured is named. No link is followed, and nothing is opened but folders.
 *
 * @throws CliError `file.unreadable` where nothing stands at the path; PackageError `package.limit`, `package.changed`.
 */
export function survey(root: string): readonly Seen[] {
  const first = look(root, ITSELF);
  const seen = [first];
  const open = first.entry.type === 'directory' ? [''] : [];
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    const names = namesIn(root, folder);
    if (typeof names === 'string') {
      const at = folder === '' ? ITSELF : folder;
      const index = seen.findIndex(({ entry }) => entry.path === at);
      const { state } = seen[index] ?? first;
      seen[index] = { entry: { type: 'unreadable', path: at, what: 'directory', reason: names }, state };
      continue;
    }
    for (const bytes of names) {
      const name = utf8Text(bytes);
      const path = folder === '' ? (name ?? '') : `${folder}/${name}`;
      const found: Seen = name === undefined ? unnamed(folder, bytes) : look(root, path);
      seen.push(found);
      refuseBeyondLimits(seen.length - 1, path);
      if (found.entry.type === 'directory') open.push(path);
    }
  }
  return seen.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}

function key({ entry }: Seen): string {
  return orderOf(entry as CapturedEntry);
}

function unnamed(folder: string, name: Buffer): Seen {
  const path = folder === '' ? ITSELF : folder;
  return { entry: { type: 'unnamed', path, name: name.toString('base64') }, state: '' };
}

/** The names in a folder; or why it does not give them. */
function namesIn(root: string, folder: string): readonly Buffer[] | string {
  try {
    return readdirSync(folder === '' ? root : `${root}/${folder}`, { encoding: 'buffer' });
  } catch (error) {
    return reasonOf(error, folder);
  }
}

function look(root: string, path: string): Seen {
  const at = path === ITSELF ? root : `${root}/${path}`;
  let stats: BigIntStats;
  try {
    stats = lstatSync(at, { bigint: true });
  } catch (error) {
    if (path === ITSELF) {
      const { code = 'an error' } = error as NodeJS.ErrnoException;
      const message = 'there is nothing here that could be captured';
      throw new CliError('file.unreadable', { message, path: root, expected: 'a file or a folder', got: code });
    }
    return { entry: { type: 'unreadable', path, what: 'unknown', reason: reasonOf(error, path) }, state: '' };
  }
  return { entry: entryOf(stats, path, at), state: stateOf(stats) };
}

function entryOf(stats: BigIntStats, path: string, at: string): Seen['entry'] {
  if (stats.isDirectory()) return { type: 'directory', path };
  if (stats.isSymbolicLink()) return linkOf(path, at);
  if (!stats.isFile()) {
    const what = stats.isFIFO() ? 'pipe' : stats.isSocket() ? 'socket' : 'device';
    return { type: 'special', path, what };
  }
  return {
    type: 'file',
    path,
    size: Number(stats.size),
    executable: (stats.mode & 0o100n) !== 0n,
    mode: (stats.mode & 0o7777n).toString(8).padStart(4, '0'),
    modified_at: timeOf(stats.mtimeMs),
  };
}

/** What it says, and nothing of where it leads. */
function linkOf(path: string, at: string): Seen['entry'] {
  try {
    const bytes = readlinkSync(at, { encoding: 'buffer' });
    const target = utf8Text(bytes);
    if (target === undefined) return { type: 'unnamed', path, name: bytes.toString('base64') };
    return { type: 'symlink', path, target };
  } catch (error) {
    return { type: 'unreadable', path, what: 'symlink', reason: reasonOf(error, path) };
  }
}

function timeOf(mtimeMs: bigint): string | null {
  const ms = Number(mtimeMs);
  return ms >= 0 && ms < 253_402_300_800_000 ? timestamp(ms) : null;
}

/** What was listed and is gone has changed; everything else is a reason that the manifest gives. */
function reasonOf(error: unknown, path: string): string {
  const { code = 'unknown' } = error as NodeJS.ErrnoException;
  if (['ENOENT', 'ENOTDIR', 'EINVAL'].includes(code)) throw changed(path === '' ? ITSELF : path, code);
  return code;
}
