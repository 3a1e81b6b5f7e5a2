import { CountersignError } from '../core/errors.ts';

/** Every reason for which a policy bundle is refused. */
export const POLICY_ERROR_CODES = [
  // Not YAML of the profile, or not canonical JSON.
  'policy.syntax',
  // A longer text; or gates, facts or factors whose records may not fit one event of the ledger.
  'policy.too_large',
  // Not the shape of a policy.
  'policy.shape',
  // Two entries of one id.
  'policy.duplicate',
  // Thresholds that are out of order or leave a gap in [0,1] (R36).
  'policy.thresholds',
  // Weights that add up to nothing.
  'policy.weights',
  // A hard gate that does anything but deny (R78).
  'policy.hard_gate',
  // Duties that would coincide above the low band (ruling 7).
  'policy.duties',
  // A role that breaks glass and also approves, or reviews itself (ruling 11).
  'policy.breakglass',
  // Viability of an action that is not there, or that does not demand the evidence it is told from (R86).
  'policy.viability',
  // Evaluation cards that are checked without anybody who may sign them, or without the section that repeats them (R76).
  'policy.evaluators',
  // A stage that skips another one, follows none where one comes before it, or has no way back (R84).
  'policy.ladder',
  // A time of day, a day or a date of windows or calendar that contradicts another one.
  'policy.calendar',
  // Reminders or steps of an escalation out of order, or a role that would be widened by itself.
  'policy.times',
  // A role that may be delegated and that no route asks for.
  'policy.delegation',
  // A succession by an action that changes no evaluator or goes back, or to a target that is not there.
  'policy.succession',
  // A gate that may not be waived: a hard one, one that does not deny, or none; or a role that breaks glass as well.
  'policy.waivers',
  // A factor whose value could fall because an input is missing (R34).
  'policy.factor',
  // A factor that names a better source than its weakest input (ruling 13).
  'policy.source',
  // An expression outside the pinned profile, or one that does not type-check as bool.
  'policy.expression',
] as const;
export type PolicyErrorCode = (typeof POLICY_ERROR_CODES)[number];

export interface PolicyProblem {
  readonly code: PolicyErrorCode;
  /** JSON path into the policy, e.g. `$.gates[3].when`. */
  readonly path: string;
  /** Line of the YAML text, from 1; null where the policy did not come as YAML. */
  readonly line: number | null;
  readonly message: string;
  readonly expected?: string | undefined;
  readonly got?: string | undefined;
}

/** All that is wrong with a policy, at once. Code, path, expected and got are those of the first problem. */
export class PolicyError extends CountersignError<PolicyErrorCode> {
  readonly problems: readonly PolicyProblem[];

  constructor(problems: readonly [PolicyProblem, ...PolicyProblem[]], options?: { cause?: unknown }) {
    const [first, ...others] = problems;
    const where = first.line === null ? '' : ` (line ${first.line})`;
    const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
    super(first.code, { ...first, message: `${first.message}${where}${more}` }, options);
    this.name = 'PolicyError';
    this.problems = problems;
  }
}

/** Throws what was gathered, if anything was. */
export function refuseIfAny(problems: readonly PolicyProblem[]): void {
  const [first, ...others] = problems;
  if (first) throw new PolicyError([first, ...others]);
}
