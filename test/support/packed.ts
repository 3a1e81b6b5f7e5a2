import { execFileSync } from 'node:child_process';
import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packedPackage } from '../../scripts/build/package.ts';

/** What would be published, out of its tarball. */
export interface Unpacked {
  /** Holds `package.json`, `bin/`, `dist/`; beside nothing that a package would be installed with. */
  readonly folder: string;
  /** Every file in it, by path from there. */
  readonly files: readonly string[];
  remove(): void;
}

export async function unpack(): Promise<Unpacked> {
  const tarball = await packedPackage();
  const parent = mkdtempSync(join(tmpdir(), 'countersign-unpacked-'));
  execFileSync('tar', ['-xzf', tarball, '-C', parent]);
  const folder = join(parent, 'package');
  const files = globSync('**/*', { cwd: folder, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  return { folder, files, remove: () => rmSync(parent, { recursive: true, force: true }) };
}
