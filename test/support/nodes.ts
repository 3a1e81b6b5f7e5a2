import { spawnSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface NodeProgram {
  readonly version: string;
  readonly path: string;
}

/**
 * The project's own Node, and the machine's where it is another: what is published has to run on both, and the oldest
 * that anybody tests with is the one that the machine came with.
 */
export function nodes(): readonly NodeProgram[] {
  const machine = (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '' && !folder.includes('node_modules'))
    .map((folder) => join(folder, 'node'))
    .filter((path) => existsSync(path));
  const paths = [process.execPath, ...machine].map((path) => realpathSync(path));
  const found = [...new Set(paths)].flatMap((path) => {
    const { status, stdout } = spawnSync(path, ['-p', 'process.versions.node'], { encoding: 'utf8' });
    return status === 0 ? [{ path, version: stdout.trim() }] : [];
  });
  const usable = found.filter(({ version }) => {
    const [major = 0, minor = 0] = version.split('.').map(Number);
    return major > 20 || (major === 20 && minor >= 19);
  });
  return usable.filter(({ version }, index) => usable.findIndex((other) => other.version === version) === index);
}
