import type { Digest } from '../../core/canon/index.ts';
import { type PackageEntry, packageDigest, packageManifest } from '../../documents/package.ts';
import { digestOf } from './content.ts';
import type { Found } from './tree.ts';

/** @throws PackageError, as `packageManifest`, and `package.changed`; ResolveError `file.unreadable`. */
export async function measureDirectory(folder: string, found: readonly Found[]): Promise<Digest> {
  const entries: PackageEntry[] = [];
  for (const each of found) entries.push(await measured(folder, each));
  return packageDigest(packageManifest(entries));
}

async function measured(folder: string, found: Found): Promise<PackageEntry> {
  const { type, path } = found;
  switch (type) {
    case 'directory':
      return { type, path };
    case 'symlink':
      return { type, path, target: found.target };
    case 'file':
      return { type, path, size: found.size, digest: await digestOf(folder, found), executable: found.executable };
  }
}
