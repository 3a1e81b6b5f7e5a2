import type { Policy } from '../../documents/policy.ts';
import { finding, type LintFinding } from './findings.ts';
import { type Outcome, positionsOf } from './outcomes.ts';

/** Actions and targets with which no decision can pass. */
export function lintTables({ actions, targets }: Policy, outcomes: readonly Outcome[]): readonly LintFinding[] {
  const passing = outcomes.filter(({ taken, least }) => taken.some((route) => positionsOf(route) >= least));
  const usedActions = new Set(passing.flatMap(({ situation }) => situation.actions));
  const usedTargets = new Set(passing.flatMap(({ situation }) => situation.targets));
  return [
    ...targets.flatMap(({ id }, index) =>
      usedTargets.has(id)
        ? []
        : [finding('lint.target_unusable', `$.targets[${index}]`, `every action on target ${id} is denied`)],
    ),
    ...actions.flatMap(({ id }, index) =>
      usedActions.has(id)
        ? []
        : [finding('lint.action_unusable', `$.actions[${index}]`, `action ${id} is denied on every target`)],
    ),
  ];
}

/** A review that no route leads to: whoever wrote the roles down will have meant one. */
export function lintReview({ routes, viability }: Policy): readonly LintFinding[] {
  if (viability === undefined) return [];
  const { governance_roles: roles } = viability;
  if (routes.some(({ slots }) => roles.every((role) => slots.some((slot) => slot.role === role)))) return [];
  const message = `no route asks for ${roles.join(' and ')}, so whatever expands permissions is denied`;
  return [finding('lint.review_unrouted', '$.viability.governance_roles', message)];
}

/** Roles that stand nowhere else: a misspelt name looks so. */
export function lintRoles({ cancel_roles, veto_roles = [], operation, routes }: Policy): readonly LintFinding[] {
  const asked = new Set(routes.flatMap(({ slots }) => slots.map(({ role }) => role)));
  const unused = (roles: readonly string[], path: string, says: string, known: ReadonlySet<string>): LintFinding[] =>
    roles.flatMap((role, index) =>
      known.has(role) ? [] : [finding('lint.role_unused', `${path}[${index}]`, `${role} ${says}`)],
    );
  return [
    ...unused(cancel_roles, '$.cancel_roles', 'may cancel, and no route asks for that role', asked),
    ...unused(
      veto_roles,
      '$.veto_roles',
      'may reject, and stands nowhere else in the policy: perhaps nobody holds it',
      new Set([...asked, ...cancel_roles]),
    ),
    ...unused(
      operation?.roles ?? [],
      '$.operation.roles',
      'may nudge and reassign, and stands nowhere else in the policy: perhaps nobody holds it',
      new Set([...asked, ...cancel_roles]),
    ),
  ];
}
