import { statSync } from 'node:fs';
import type { Digest } from '../../core/canon/index.ts';
import { measureDirectory } from './directory.ts';
import { isImageLayout, measureImage } from './image.ts';
import { measureFile } from './measure-file.ts';
import { findAll, refuseChange } from './tree.ts';

/** What was measured, and as what. */
export interface Measured {
  readonly digest: Digest;
  readonly kind: 'file' | 'directory' | 'oci';
}

/**
 * The digest by which a candidate is known: of a file's bytes, of a folder's manifest, or of the image in an OCI layout.
 *
 * @param reference which image is meant, where a layout names several; of anything else it is not looked at.
 * @throws ResolveError `file.unreadable`; PackageError `package.*` and `oci.*`; CanonError and DocumentError for documents
 *   of a layout.
 */
export async function measure(path: string, reference?: string): Promise<Measured> {
  if (!leadsToFolder(path)) return { kind: 'file', digest: await measureFile(path) };
  const found = findAll(path);
  const kind = isImageLayout(found) ? 'oci' : 'directory';
  const digest = kind === 'oci' ? await measureImage(path, found, reference) : await measureDirectory(path, found);
  // What was read one after the other was there at one time only if nothing has changed since the first look.
  refuseChange(found, findAll(path));
  return { kind, digest };
}

/** What cannot be looked at is left to the reader of files, who says why. */
function leadsToFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
