import { chmodSync, cpSync, globSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { runTool } from '../checks/tool.ts';
import { PROJECT_ROOT } from '../servers/paths.ts';
import { BuildError } from './build-error.ts';
import { verifierFile } from './verifier-file.ts';
import { workflowBundle } from './workflow-bundle.ts';

export const DIST = join(PROJECT_ROOT, 'dist');
/** Files that the sources read at run time. */
const ASSETS = ['ledger/**/*.lua', 'docs/errors.md'];

/** Everything under dist/: the rooms compiled, the workflow code as one file, the verifier as one file. */
export async function build(): Promise<void> {
  // The compiler leaves the output of deleted sources standing.
  rmSync(DIST, { recursive: true, force: true });
  await compile();
  for (const asset of globSync(ASSETS, { cwd: PROJECT_ROOT })) cpSync(join(PROJECT_ROOT, asset), join(DIST, asset));
  writeFileSync(join(DIST, 'workflow-bundle.js'), await workflowBundle(DIST));
  writeFileSync(join(DIST, 'verify.mjs'), await verifierFile());
  chmodSync(join(DIST, 'verify.mjs'), 0o755);
}

async function compile(): Promise<void> {
  const { code, output } = await runTool('typescript', ['--project', 'tsconfig.build.json']);
  if (code !== 0) throw new BuildError(output.trimEnd());
}
