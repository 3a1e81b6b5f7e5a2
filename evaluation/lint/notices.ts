import type { Policy } from '../../documents/policy.ts';
import { finding, type LintFinding } from './findings.ts';

/** Reminders and steps that never come, or come to nobody. */
export function lintNotices({ routes, cancel_roles, breakglass, times }: Policy): readonly LintFinding[] {
  const { reminders = [], escalation = [], decision_s } = times;
  const asked = new Set(routes.flatMap(({ slots }) => slots.map(({ role }) => role)));
  const known = new Set([...asked, ...cancel_roles, ...(breakglass ? [breakglass.review_role] : [])]);
  const late = (path: string, what: string, seconds: number): LintFinding[] => {
    if (seconds < decision_s) return [];
    const message = `${what} comes ${seconds} s after routing, and the decision ends ${decision_s} s after its request`;
    return [finding('lint.time_without_effect', path, message)];
  };
  return [
    ...reminders.flatMap((seconds, index) => late(`$.times.reminders[${index}]`, 'a reminder', seconds)),
    ...escalation.flatMap(({ after_s, widen }, step) => [
      ...late(`$.times.escalation[${step}].after_s`, 'a step', after_s),
      ...widen.flatMap(({ role, by }, index) => {
        const path = `$.times.escalation[${step}].widen[${index}]`;
        const idle = `the step widens ${role}, and no route asks for that role`;
        return [
          ...(asked.has(role) ? [] : [finding('lint.escalation_idle', `${path}.role`, idle)]),
          ...by.flatMap((wider, at) => {
            if (known.has(wider)) return [];
            const message = `${wider} may sign for ${role}, and stands nowhere else in the policy: perhaps nobody holds it`;
            return [finding('lint.wider_unknown', `${path}.by[${at}]`, message)];
          }),
        ];
      }),
    ]),
  ];
}
