import { BuildError } from '../build/build-error.ts';
import { packedPackage } from '../build/package.ts';
import type { Check } from './outcome.ts';
import { runTool } from './tool.ts';

/** What would be published, as others would find it: entry points, types, and how both are resolved. */
export const packageCheck: Check = {
  name: 'package',
  run: async () => {
    try {
      const tarball = await packedPackage();
      const results = [
        await runTool('publint', ['run', tarball, '--strict']),
        // ES modules only: what a `require` of Node 16 would find is not asked.
        await runTool('@arethetypeswrong/cli', [tarball, '--profile', 'esm-only']),
      ];
      const wrong = results.filter(({ code }) => code !== 0);
      const output = wrong.map((result) => result.output.trimEnd()).join('\n');
      return { passed: results.length - wrong.length, failed: wrong.length, output };
    } catch (error) {
      if (!(error instanceof BuildError)) throw error;
      return { passed: 0, failed: 1, output: error.message };
    }
  },
};
