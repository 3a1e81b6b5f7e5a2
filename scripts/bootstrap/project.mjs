import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { arch, execPath, platform, version } from 'node:process';
import { fileURLToPath } from 'node:url';

import { SetupError } from './setup-error.mjs';
import { isAtLeast } from './versions.mjs';

export const projectRoot = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** The Node that runs TypeScript sources as they are. */
export const RUNTIME_AT_LEAST = '24.0.0';

/** The pinned Node among the npm packages, else the running one where it is new enough. */
export function projectNode(root = projectRoot) {
  const candidates = ['.bin/node', `node-${platform}-${arch}/bin/node`, `node-bin-${platform}-${arch}/bin/node`];
  for (const candidate of candidates) {
    const path = join(root, 'node_modules', candidate);
    if (existsSync(path)) return path;
  }
  if (isAtLeast(version, RUNTIME_AT_LEAST)) return execPath;
  throw new SetupError(
    `There is no Node ${RUNTIME_AT_LEAST} package for ${platform}-${arch}. Run this with Node ${RUNTIME_AT_LEAST} or newer.`,
  );
}
