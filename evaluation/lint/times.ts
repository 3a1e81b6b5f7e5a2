import { ITEM_AGES } from '../../documents/freshness.ts';
import type { Policy } from '../../documents/policy.ts';
import { named } from './compact.ts';
import { finding, type LintFinding } from './findings.ts';

/** Times of which one always comes before the other, of a decision that is evaluated at once. */
export function lintTimes({ actions, operation, routes, times }: Policy): readonly LintFinding[] {
  const { counted, decision_s, approval_life_s, permit_life_s, confirmation_s, evidence_age_s, rollback_test_age_s } =
    times;
  const found: LintFinding[] = [];
  const idle = (member: keyof Policy['times'], message: string): void => {
    found.push(finding('lint.time_without_effect', `$.times.${member}`, message));
  };
  const tested = actions.filter(({ evidence }) => evidence.includes('rollback')).map(({ id }) => id);

  // Working time lasts longer than it counts: only what is short of it even then is.
  if (counted === undefined && approval_life_s > decision_s) {
    idle('approval_life_s', `an approval may live ${approval_life_s} s, and the decision ends after ${decision_s} s`);
  }
  if (counted === undefined && permit_life_s > decision_s) {
    idle('permit_life_s', `a permit may live ${permit_life_s} s, and the decision ends after ${decision_s} s`);
  } else if (permit_life_s > approval_life_s && routes.every(({ slots }) => slots.length > 0)) {
    idle('permit_life_s', `a permit may live ${permit_life_s} s, and its approvals end after ${approval_life_s} s`);
  }
  if (evidence_age_s < decision_s) {
    idle('decision_s', `the deadline is after ${decision_s} s, and evidence counts for ${evidence_age_s} s`);
  }
  for (const member of ITEM_AGES) {
    const ageS = times[member];
    const section = member === 'evaluation_age_s' ? 'evaluation' : 'safety_and_security';
    if (ageS === undefined) continue;
    if (!actions.some(({ evidence }) => evidence.includes(section))) idle(member, `no action demands ${section}`);
    else if (ageS < decision_s) idle('decision_s', `the deadline is after ${decision_s} s, and ${member} is ${ageS} s`);
  }
  if (operation?.extend_s !== undefined && evidence_age_s <= decision_s) {
    const message = `the deadline may be moved by ${operation.extend_s} s, and evidence, which counts for ${evidence_age_s} s, ends before it`;
    found.push(finding('lint.time_without_effect', '$.operation.extend_s', message));
  }
  if (tested.length === 0) {
    idle('rollback_test_age_s', 'no action demands a rollback');
  } else if (rollback_test_age_s < decision_s) {
    const message = `the deadline is after ${decision_s} s, and a rollback test, which these demand, counts for ${rollback_test_age_s} s: ${named(tested)}`;
    idle('decision_s', message);
  }
  if (confirmation_s < permit_life_s) {
    const message = `a receipt may come ${confirmation_s} s after the clearance, and an execution may begin until ${permit_life_s} s after it`;
    found.push(finding('lint.confirmation_short', '$.times.confirmation_s', message));
  }
  return found;
}
