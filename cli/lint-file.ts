import { readPolicyYaml } from '../documents/policy-reader.ts';
import type { LintFinding } from '../evaluation/lint/findings.ts';
import { lintPolicy } from '../evaluation/lint/lint.ts';
import { compilePolicyYaml } from '../evaluation/policy-program.ts';
import { readText } from './files.ts';

export interface LintedFile {
  readonly version: string;
  /** Each with the line of the YAML text, from 1, where its path stands. */
  readonly findings: readonly (LintFinding & { readonly line: number | null })[];
}

/** What the linter says of a policy as its author writes it. @throws as `readPolicyFile`. */
export function lintPolicyFile(path: string): LintedFile {
  const text = readText(path);
  const program = compilePolicyYaml(text);
  const { lineOf } = readPolicyYaml(text);
  const findings = lintPolicy(program).map((finding) => ({ ...finding, line: lineOf(finding.path) }));
  return { version: program.policy.version, findings };
}
