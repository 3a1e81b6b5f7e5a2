/** Every fault that the linter names, with what it means for the exit code of `policy lint`. */
const SEVERITIES = {
  // No decision can ever take this route: those before it match whatever it matches.
  'lint.route_shadowed': 'error',
  // The condition of a route that nothing can meet.
  'lint.route_unmatched': 'error',
  // A route to which no action on a target of this policy comes.
  'lint.route_untaken': 'warning',
  // Actions, targets and bands that no route matches.
  'lint.no_route': 'warning',
  // A route that asks for fewer people than the floor where it is taken.
  'lint.below_floor': 'error',
  // Too many combinations to try the routes on.
  'lint.not_enumerated': 'warning',
  // Two gates of one condition and two results.
  'lint.gate_contradiction': 'error',
  // Two gates of one condition and one result.
  'lint.gate_repeated': 'warning',
  // A gate whose condition is the same for whatever comes.
  'lint.gate_constant': 'warning',
  // A route that asks whether a gate triggered that the policy does not have.
  'lint.gate_unknown': 'error',
  // A condition that cannot be evaluated where the packet leaves out a section that the action does not demand.
  'lint.unguarded': 'warning',
  // A factor whose weight is 0.
  'lint.factor_weightless': 'warning',
  // A case of a factor that never gives the value.
  'lint.case_unreachable': 'warning',
  // A band in which no score lies.
  'lint.band_unreachable': 'warning',
  // An action, or a target, with which no decision can pass.
  'lint.action_unusable': 'warning',
  'lint.target_unusable': 'warning',
  // A role that may cancel, and that no route asks for; or an operator's that stands nowhere else.
  'lint.role_unused': 'warning',
  // Governance roles that no route asks for together, so that every expansion of permissions is denied.
  'lint.review_unrouted': 'warning',
  // A time that another one always comes before, or that no action needs.
  'lint.time_without_effect': 'warning',
  // A time zone that this program does not know.
  'lint.zone_unknown': 'error',
  // A target that its change windows keep closed for a year.
  'lint.window_never': 'warning',
  // A target that stays closed for longer than a decision lives.
  'lint.window_rare': 'warning',
  // A step of the escalation that widens a role which no route asks for.
  'lint.escalation_idle': 'warning',
  // A wider role that stands nowhere else in the policy: a misspelt one looks so, and nobody would hold it.
  'lint.wider_unknown': 'warning',
  // A permit that outlives the time for its receipt.
  'lint.confirmation_short': 'warning',
} as const;

export type LintCode = keyof typeof SEVERITIES;
export const LINT_CODES = Object.keys(SEVERITIES) as readonly LintCode[];

export interface LintFinding {
  readonly code: LintCode;
  readonly severity: 'error' | 'warning';
  /** JSON path into the policy. */
  readonly path: string;
  readonly message: string;
}

export function finding(code: LintCode, path: string, message: string): LintFinding {
  return { code, severity: SEVERITIES[code], path, message };
}
