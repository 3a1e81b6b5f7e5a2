import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, readdir, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StoreError, tooLarge } from './errors.ts';

/**
 * Files that stand whole or not at all. Only this module touches the file system; whatever it throws is a StoreError.
 * Paths in errors are relative to the store, since errors travel further than the machine's layout should.
 */

const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;

/** Makes `path` unless it stands; refuses a link to a directory elsewhere. The parent is fsynced, so that it stays. */
export async function ensureDirectory(parent: string, name: string): Promise<string> {
  const path = join(parent, name);
  try {
    await mkdir(path, { recursive: true, mode: DIRECTORY_MODE });
    await requireDirectory(path, name);
    await syncDirectory(parent);
  } catch (error) {
    throw asStoreError(error, name);
  }
  return path;
}

/** Makes the store's own folder, with its parents. */
export async function ensureRoot(path: string): Promise<void> {
  try {
    const highestMade = (await mkdir(path, { recursive: true, mode: DIRECTORY_MODE })) ?? path;
    await requireDirectory(path, '.');
    for (let made = path; made.length >= highestMade.length; made = dirname(made)) await syncDirectory(dirname(made));
  } catch (error) {
    throw asStoreError(error, '.');
  }
}

/** Whether the store's folder `name` stands. One that is a link would lead every read out of the store. */
export async function isFolder(root: string, name: string): Promise<boolean> {
  // Asked at once, since every document waits for it; the root's answer comes first.
  const [above, folder] = await Promise.allSettled([
    requireDirectory(root, '.'),
    requireDirectory(join(root, name), name),
  ]);
  const refused = above.status === 'rejected' ? above : folder;
  if (refused.status === 'fulfilled') return true;
  if (errorCode(refused.reason) === 'ENOENT') return false;
  throw asStoreError(refused.reason, name);
}

/**
 * Writes `bytes` as `directory/name`, by way of `temporary`, which must lie on the same file system. A file of that
 * name is replaced in one step.
 */
export async function writeDurably(
  directory: string,
  name: string,
  temporary: string,
  bytes: Uint8Array,
): Promise<void> {
  const draft = join(temporary, randomUUID());
  try {
    // 'wx' follows no link, and takes over no file.
    await withFile(draft, 'wx', async (file) => {
      await file.writeFile(bytes);
      await file.sync();
    });
    // Commit point. A crash before it leaves a draft that nothing reads; after it, the whole document.
    await rename(draft, join(directory, name));
    await syncDirectory(directory);
  } catch (error) {
    await unlink(draft).catch(() => undefined);
    throw asStoreError(error, name);
  }
}

/** The bytes of a regular file of at most `maxBytes`; undefined where there is none. Links are not followed. */
export async function readRegularFile(path: string, name: string, maxBytes: number): Promise<Uint8Array | undefined> {
  // O_NONBLOCK: opening a pipe that someone put here must not wait for its writer.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  try {
    return await withFile(path, flags, async (file) => {
      const stat = await file.stat();
      if (!stat.isFile()) throw notAFile(name);
      if (stat.size > maxBytes) throw tooLarge(name, maxBytes, stat.size);
      const bytes = await file.readFile();
      return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    });
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw asStoreError(error, name);
  }
}

export async function isRegularFile(path: string, name: string): Promise<boolean> {
  try {
    if ((await lstat(path)).isFile()) return true;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw asStoreError(error, name);
  }
  throw notAFile(name);
}

/** The names in a folder; none where there is no folder. */
export async function listFolder(path: string, name: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw asStoreError(error, name);
  }
}

/** Takes the name away, durably. No error where nothing stands. Old bytes may stay on the medium. */
export async function removeFile(directory: string, name: string): Promise<void> {
  try {
    await unlink(join(directory, name));
    await syncDirectory(directory);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw asStoreError(error, name);
  }
}

/** Writes and reads back a draft in `directory`, and takes it away: whether the disk would take and give a document. */
export async function tryFile(directory: string): Promise<void> {
  const name = `probe-${randomUUID()}`;
  const path = join(directory, name);
  try {
    await withFile(path, 'wx+', async (file) => {
      await file.writeFile(name);
      await file.sync();
      const { buffer, bytesRead } = await file.read(Buffer.alloc(name.length), 0, name.length, 0);
      if (bytesRead !== name.length || buffer.toString() !== name) throw new Error('other bytes than were written');
    });
  } catch (error) {
    throw asStoreError(error, '.drafts');
  } finally {
    await unlink(path).catch(() => undefined);
  }
}

/** A name is on disk once its directory is. */
export async function syncDirectory(path: string): Promise<void> {
  await withFile(path, constants.O_RDONLY | constants.O_DIRECTORY, (directory) => directory.sync());
}

export function asStoreError(error: unknown, name: string): StoreError {
  if (error instanceof StoreError) return error;
  const code = errorCode(error);
  // ELOOP: O_NOFOLLOW met a link. The others: something else stands where a folder or file belongs.
  if (code === 'ELOOP' || code === 'ENOTDIR' || code === 'EISDIR' || code === 'EEXIST' || code === 'ENXIO') {
    return notAFile(name);
  }
  return new StoreError('store.unavailable', {
    message: 'the file system refused',
    path: name,
    expected: 'a readable and writable folder of our own',
    got: code,
  });
}

export function errorCode(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : 'an unknown error';
}

async function requireDirectory(path: string, name: string): Promise<void> {
  if (!(await lstat(path)).isDirectory()) throw notAFile(name);
}

async function withFile<T>(path: string, flags: string | number, use: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, flags, FILE_MODE);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

function notAFile(name: string): StoreError {
  return new StoreError('store.not_a_file', {
    message: 'something else stands where the store keeps its own files and folders',
    path: name,
    expected: 'a regular file in a real folder',
    got: 'a link, a folder, a device, or a file in a folder’s place',
  });
}
