/** What one check says: how many things held, how many did not, and what to show when some did not. */
export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly output: string;
}

export interface Check {
  readonly name: string;
  readonly run: () => Promise<Outcome>;
}

/** The closing line, alone on its line, and the exit code: 0 only if something passed and nothing failed. */
export function summary(outcomes: readonly Outcome[]): { line: string; exitCode: number } {
  const passed = outcomes.reduce((sum, outcome) => sum + outcome.passed, 0);
  const failed = outcomes.reduce((sum, outcome) => sum + outcome.failed, 0);
  return { line: `${passed} passed, ${failed} failed`, exitCode: failed === 0 && passed > 0 ? 0 : 1 };
}
