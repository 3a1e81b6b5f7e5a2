import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { digestBytes } from '../../core/canon/index.ts';
import { isFolder, readInput } from '../files.ts';

const BUNDLE = 'pack.sigstore.json';

/**
 * The sealed bundles in a folder, by digest of their bytes: files, and those of packs in folders of their own. What is
 * none proves nothing, and whoever looks for a digest does not find it.
 *
 * @throws CliError `file.unreadable`
 */
export function packsIn(folder: string): ReadonlyMap<string, Uint8Array> {
  const paths = readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (!isFolder(path)) return name.endsWith('.sigstore.json') ? [path] : [];
    const inside = join(path, BUNDLE);
    return existsSync(inside) ? [inside] : [];
  });
  return new Map(
    paths.map((path) => {
      const bytes = readInput(path);
      return [digestBytes(bytes), bytes];
    }),
  );
}
