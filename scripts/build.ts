// Compiles what is published into dist/: Node strips no types under node_modules.
import { cpSync, globSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { exit } from 'node:process';

import { runTool } from './checks/tool.ts';
import { PROJECT_ROOT } from './servers/paths.ts';

const DIST = join(PROJECT_ROOT, 'dist');
/** Files that the sources read at run time. */
const ASSETS = [
  '{activities,cli,client,documents,evaluation,ledger,pack,store,verifier,worker}/**/*.{lua,json,yaml}',
  'docs/errors.md',
];

// The compiler leaves the output of deleted sources standing.
rmSync(DIST, { recursive: true, force: true });
const { code, output } = await runTool('typescript', ['--project', 'tsconfig.build.json']);
if (code !== 0) {
  console.error(output.trimEnd());
  exit(code);
}
for (const asset of globSync(ASSETS, { cwd: PROJECT_ROOT, exclude: ['**/tsconfig.json'] })) {
  cpSync(join(PROJECT_ROOT, asset), join(DIST, asset));
}
