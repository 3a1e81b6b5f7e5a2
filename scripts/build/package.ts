import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { npmCommand } from '../bootstrap/npm-packages.mjs';
import { PROJECT_ROOT } from '../servers/paths.ts';
import { build } from './build.ts';

const PACKS = join(PROJECT_ROOT, '.countersign', 'pack');
/** What no build reads. */
const ELSEWHERE = /^(?:node_modules|dist|test|docs|demo|demo-out|bench-out|examples|deploy|coverage|\.[a-z]+)\//;

/** The tarball that `npm pack` makes of these sources, named by their digest: built once, and anew when they change. */
export async function packedPackage(): Promise<string> {
  const tarball = join(PACKS, `${sourcesDigest()}.tgz`);
  if (existsSync(tarball)) return tarball;
  await build();
  rmSync(PACKS, { recursive: true, force: true });
  mkdirSync(PACKS, { recursive: true });
  const [npm, ...before] = npmCommand();
  // Its own build would be this one again.
  const args = [...before, 'pack', '--ignore-scripts', '--json', '--pack-destination', PACKS];
  const { stdout } = await promisify(execFile)(npm, args, { cwd: PROJECT_ROOT });
  const [packed] = JSON.parse(stdout) as { filename: string }[];
  if (packed === undefined) throw new Error(`npm packed nothing: ${stdout}`);
  renameSync(join(PACKS, packed.filename), tarball);
  return tarball;
}

function sourcesDigest(): string {
  const hash = createHash('sha256');
  const folders = (path: string) => ELSEWHERE.test(`${path}/`);
  for (const path of globSync(['**/*.{ts,mjs,lua,json,md}', 'LICENSE', 'NOTICE'], {
    cwd: PROJECT_ROOT,
    exclude: folders,
  }).toSorted()) {
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(PROJECT_ROOT, path)))
      .update('\0');
  }
  return hash.digest('hex').slice(0, 16);
}
