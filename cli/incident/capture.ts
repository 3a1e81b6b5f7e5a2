import { basename, dirname } from 'node:path';
import { hasCode } from '../../core/errors.ts';
import type { Timestamp } from '../../core/domain/vocabulary.ts';
import type { CapturedEntry, CapturedItem, CapturedRole } from '../../documents/incident-evidence.ts';
import { type PackageEntry, packageDigest, packageManifest } from '../../documents/package.ts';
import { digestOf } from '../../resolve/measure/content.ts';
import { isImageLayout, measureImage } from '../../resolve/measure/image.ts';
import { changed, type Found, refuseChange } from '../../resolve/measure/tree.ts';
import { ITSELF, type Seen, survey } from './survey.ts';

export interface ToCapture {
  readonly name: string;
  readonly role: CapturedRole;
  readonly path: string;
  /** Which image is meant, where an OCI layout names several. */
  readonly reference?: string | undefined;
}

/**
 * Names, sizes, digests and times of what stands at a path. Everything is opened for reading alone, and looked at twice:
 * what changes meanwhile is refused, since it would be the record of a state that never was.
 *
 * @throws PackageError `package.changed`, `package.limit`; ResolveError `file.unreadable` where nothing stands there.
 */
export async function captureItem(what: ToCapture, at: Timestamp): Promise<CapturedItem> {
  const { name, role, path } = what;
  const seen = survey(path);
  const entries: CapturedEntry[] = [];
  for (const each of seen) entries.push(await read(path, each));
  const measured = role === 'package' ? { package: await packageOf(what, seen, entries) } : {};
  refuseChange(looks(seen), looks(survey(path)));
  return { name, role, captured_at: at, ...measured, entries };
}

/** Kind and contents are in `state`; an entry that could not be asked for it is told by its kind. */
function looks(seen: readonly Seen[]): Found[] {
  return seen.map(({ entry, state }) => ({ type: 'directory', path: pathOf(entry), state: `${entry.type} ${state}` }));
}

function pathOf(entry: Seen['entry']): string {
  return entry.type === 'unnamed' ? `${entry.path} (${entry.name})` : entry.path;
}

async function read(root: string, { entry, state }: Seen): Promise<CapturedEntry> {
  if (entry.type !== 'file') return entry;
  const { path, size, executable } = entry;
  const alone = path === ITSELF;
  const file: Extract<Found, { type: 'file' }> = {
    type: 'file',
    path: alone ? basename(root) : path,
    state,
    size,
    executable,
  };
  try {
    return { ...entry, digest: await digestOf(alone ? dirname(root) : root, file) };
  } catch (error) {
    if (!hasCode(error, 'file.unreadable')) throw error;
    return { type: 'unreadable', path, what: 'file', reason: error.got };
  }
}

/** The digest by which a candidate is known, of the bytes that were just read; an image is read once more, blob by blob. */
async function packageOf(
  { path, reference }: ToCapture,
  seen: readonly Seen[],
  entries: readonly CapturedEntry[],
): Promise<NonNullable<CapturedItem['package']>> {
  const [itself] = entries.filter((each) => each.path === ITSELF);
  if (itself?.type === 'file') return { measured_as: 'file', digest: itself.digest };
  try {
    const below = entries.filter((each) => each.path !== ITSELF || each.type === 'unnamed');
    const found = foundIn(below, seen);
    if (itself?.type !== 'directory' || found === null) return { refused: refusalFor(itself, below) };
    if (isImageLayout(found)) return { measured_as: 'oci', digest: await measureImage(path, found, reference) };
    return { measured_as: 'directory', digest: packageDigest(packageManifest(below.map(asPackageEntry))) };
  } catch (error) {
    if (!hasCode(error) || error.code === 'package.changed') throw error;
    return { refused: error.code };
  }
}

/** Null where something is among them that no package has. */
function foundIn(below: readonly CapturedEntry[], seen: readonly Seen[]): readonly Found[] | null {
  const states = new Map(seen.map(({ entry, state }) => [entry.path, state]));
  const found: Found[] = [];
  for (const each of below) {
    const state = states.get(each.path) ?? '';
    if (each.type === 'directory' || each.type === 'symlink') found.push({ ...each, state });
    else if (each.type === 'file') found.push({ ...each, state });
    else return null;
  }
  return found;
}

function asPackageEntry(entry: CapturedEntry): PackageEntry {
  switch (entry.type) {
    case 'directory':
    case 'symlink':
      return entry;
    case 'file': {
      const { type, path, size, digest, executable } = entry;
      return { type, path, size, digest: digest as Extract<PackageEntry, { type: 'file' }>['digest'], executable };
    }
    default:
      throw changed(entry.path, entry.type);
  }
}

/** By the code with which `digest` would refuse it. */
function refusalFor(itself: CapturedEntry | undefined, below: readonly CapturedEntry[]): string {
  const first = itself?.type === 'directory' ? below.find(({ type }) => isGap(type)) : itself;
  switch (first?.type) {
    case 'unreadable':
      return 'file.unreadable';
    case 'unnamed':
      return 'package.name';
    default:
      return 'package.entry_type';
  }
}

/** Of these there is no digest: they are named, and nothing more is known. */
export function isGap(type: CapturedEntry['type']): boolean {
  return type === 'special' || type === 'unreadable' || type === 'unnamed';
}
