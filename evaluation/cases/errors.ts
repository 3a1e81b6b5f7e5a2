import { CountersignError } from '../../core/errors.ts';

/** Every reason for which a file of policy cases is refused. */
export const CASES_ERROR_CODES = [
  // Not YAML of the profile of policies.
  'cases.syntax',
  // Not the shape of a case file, or a case that expects nothing.
  'cases.shape',
  // A packet, gate, factor or route that neither file nor policy has.
  'cases.unknown',
  // Changes that cannot be made, or that leave no evidence packet.
  'cases.evidence',
] as const;
export type CasesErrorCode = (typeof CASES_ERROR_CODES)[number];

export interface CasesProblem {
  readonly code: CasesErrorCode;
  /** JSON path into the case file. */
  readonly path: string;
  /** Line of its text, from 1. */
  readonly line: number | null;
  readonly message: string;
  readonly expected: string;
  readonly got: string;
}

/** All that is wrong with a case file, at once. Code, path, expected and got are those of the first problem. */
export class CasesError extends CountersignError<CasesErrorCode> {
  readonly problems: readonly CasesProblem[];

  constructor(problems: readonly [CasesProblem, ...CasesProblem[]], options?: { cause?: unknown }) {
    const [first, ...others] = problems;
    const where = first.line === null ? '' : ` (line ${first.line})`;
    const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
    super(first.code, { ...first, message: `${first.message}${where}${more}` }, options);
    this.name = 'CasesError';
    this.problems = problems;
  }
}

/** Throws what was gathered, if anything was. */
export function refuseIfAny(problems: readonly CasesProblem[], cause?: unknown): void {
  const [first, ...others] = problems;
  if (first) throw new CasesError([first, ...others], { cause });
}
