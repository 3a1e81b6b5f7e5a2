import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { PROJECT_ROOT } from '../servers/paths.ts';
import type { Check, Outcome } from './outcome.ts';
import { runTool } from './tool.ts';

const REPORT = join(PROJECT_ROOT, '.countersign', 'vitest.json');

/** The part of vitest's JSON report that is counted. */
export interface VitestReport {
  readonly numTotalTests: number;
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly success: boolean;
}

/** All projects of vitest; `args` narrow the run down for a person (`npm test -- ledger`). */
export function vitest(args: readonly string[]): Check {
  return {
    name: 'tests',
    run: async () => {
      mkdirSync(dirname(REPORT), { recursive: true });
      // A report of an earlier run must not speak for this one.
      rmSync(REPORT, { force: true });
      const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${REPORT}`];
      const { code } = await runTool('vitest', ['run', ...reporters, ...args], { show: true });
      return countTests(readReport(), code);
    },
  };
}

/**
 * Counts each test. One that was skipped counts as failed, since what does not run proves nothing; so does
 * a run that ended badly although no test did (a file that does not load, an error outside the tests).
 */
export function countTests(report: VitestReport | undefined, exitCode: number): Outcome {
  if (report === undefined) return { passed: 0, failed: 1, output: 'vitest wrote no report' };
  const passed = report.numPassedTests;
  const skipped = report.numTotalTests - passed - report.numFailedTests;
  const notPassed = report.numFailedTests + skipped;
  const endedBadly = exitCode !== 0 || !report.success;
  return {
    passed,
    failed: notPassed === 0 && endedBadly ? 1 : notPassed,
    output: skipped > 0 ? `${skipped} skipped, counted as failed` : '',
  };
}

function readReport(): VitestReport | undefined {
  try {
    return JSON.parse(readFileSync(REPORT, 'utf8')) as VitestReport;
  } catch {
    return undefined;
  }
}
