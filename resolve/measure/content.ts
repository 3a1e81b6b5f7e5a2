import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { type Digest, parseDigest } from '../../core/canon/index.ts';
import { changed, type Found, refusalOf, stateOf } from './tree.ts';

export type FoundFile = Extract<Found, { type: 'file' }>;

const CHUNK_BYTES = 1024 * 1024;

/** SHA-256 of a file that was found. @throws as {@link readFound}. */
export async function digestOf(folder: string, file: FoundFile): Promise<Digest> {
  // Loaded here, as where a file alone is measured.
  const { createHash } = await import('node:crypto');
  const hash = createHash('sha256');
  await readFound(folder, file, (bytes) => hash.update(bytes));
  return parseDigest(`sha256:${hash.digest('hex')}`);
}

/**
 * Hands the bytes of a file that was found below `folder` to `take`, which must not keep them. The file that is read is the
 * one that was found: no link is followed, no pipe waited for.
 *
 * @throws PackageError `package.changed`; ResolveError `file.unreadable`.
 */
export async function readFound(
  folder: string,
  { path, state, size }: FoundFile,
  take: (bytes: Uint8Array) => void,
): Promise<void> {
  const at = `${folder}/${path}`;
  let file: number | undefined;
  try {
    file = openSync(at, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    if (stateOf(fstatSync(file, { bigint: true })) !== state)
      throw changed(path, 'another file, or another state of it');
    const chunk = new Uint8Array(Math.min(size + 1, CHUNK_BYTES));
    let total = 0;
    for (let read = readSync(file, chunk); read > 0 && total <= size; read = readSync(file, chunk)) {
      take(chunk.subarray(0, read));
      total += read;
      // Models are large, and this process has connections to keep alive.
      if (read === chunk.length) await new Promise(setImmediate);
    }
    if (total !== size) throw changed(path, `${total} bytes where ${size} were`);
  } catch (error) {
    throw refusalOf(error, path, at);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
