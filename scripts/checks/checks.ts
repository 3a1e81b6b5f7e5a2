import type { Check } from './outcome.ts';
import { packageCheck } from './package.ts';
import { runTool } from './tool.ts';

/** One tool, one thing that holds or does not. */
export const CHECKS: readonly Check[] = [
  check('types', 'typescript', ['--build']),
  check('lint', 'oxlint', []),
  check('format', '@biomejs/biome', ['format', '.']),
  check('dead code', 'knip', ['--no-progress', '--no-config-hints']),
  packageCheck,
];

function check(name: string, packageName: string, args: readonly string[]): Check {
  return {
    name,
    run: async () => {
      const { code, output } = await runTool(packageName, args);
      return code === 0 ? { passed: 1, failed: 0, output } : { passed: 0, failed: 1, output };
    },
  };
}
