import { describe, expect, it } from 'vitest';

import { summary } from '../../scripts/checks/outcome.ts';
import { countTests, type VitestReport } from '../../scripts/checks/vitest.ts';

const report = (over: Partial<VitestReport>): VitestReport => ({
  numTotalTests: 5,
  numPassedTests: 5,
  numFailedTests: 0,
  success: true,
  ...over,
});

describe('counting tests', () => {
  it('counts each one', () => {
    expect(countTests(report({}), 0)).toMatchObject({ passed: 5, failed: 0 });
    expect(countTests(report({ numPassedTests: 3, numFailedTests: 2, success: false }), 1)).toMatchObject({
      passed: 3,
      failed: 2,
    });
  });

  it('counts a skipped one as failed', () => {
    expect(countTests(report({ numPassedTests: 4 }), 0)).toMatchObject({ passed: 4, failed: 1 });
  });

  it('does not call a run good that ended badly although no test failed', () => {
    expect(countTests(report({}), 1)).toMatchObject({ passed: 5, failed: 1 });
    expect(countTests(report({ success: false }), 0)).toMatchObject({ passed: 5, failed: 1 });
    expect(countTests(undefined, 0)).toMatchObject({ passed: 0, failed: 1 });
  });
});

describe('the closing line', () => {
  const held = { passed: 1, failed: 0, output: '' };

  it('adds up, and decides the exit code', () => {
    expect(summary([held, { passed: 7, failed: 0, output: '' }])).toEqual({ line: '8 passed, 0 failed', exitCode: 0 });
    expect(summary([held, { passed: 6, failed: 1, output: '' }])).toEqual({ line: '7 passed, 1 failed', exitCode: 1 });
  });

  it('does not call it good when nothing ran', () => {
    expect(summary([]).exitCode).toBe(1);
  });
});
