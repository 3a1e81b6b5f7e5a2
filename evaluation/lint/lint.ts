import type { PolicyProgram } from '../policy-program.ts';
import { lintCalendar } from './calendar.ts';
import { lintConditions } from './conditions.ts';
import { finding, type LintFinding } from './findings.ts';
import { lintNotices } from './notices.ts';
import { lintOrder } from './order.ts';
import { outcomesOf } from './outcomes.ts';
import { lintRisk } from './risk.ts';
import { lintGatesAskedFor, lintRoutes, lintUntaken } from './routes.ts';
import { situations } from './situations.ts';
import { lintReview, lintRoles, lintTables } from './tables.ts';
import { lintTimes } from './times.ts';

/**
 * What a policy that holds to its format probably does not mean. The format itself is for its reader. What depends on
 * the request or the evidence is left open: `lint.no_route` and `lint.below_floor` are named where they may come about,
 * every other fault where it is there whatever request and evidence say.
 */
export function lintPolicy(program: PolicyProgram): readonly LintFinding[] {
  const { policy } = program;
  return [
    ...lintConditions(program),
    ...lintRisk(program),
    ...lintRouting(program),
    ...lintRoles(policy),
    ...lintReview(policy),
    ...lintTimes(policy),
    ...lintNotices(policy),
    ...lintCalendar(policy),
  ];
}

function lintRouting(program: PolicyProgram): readonly LintFinding[] {
  const { policy } = program;
  const unconditional = [...lintGatesAskedFor(policy), ...lintOrder(program)];
  const every = situations(program);
  if (every === null) {
    const message = 'actions, targets and risks make too many combinations, so the routes were not tried on them';
    return [...unconditional, finding('lint.not_enumerated', '$.routes', message)];
  }
  const outcomes = outcomesOf(program, every);
  return [
    ...unconditional,
    ...lintUntaken(policy, outcomes, unconditional),
    ...lintRoutes(policy, outcomes),
    ...lintTables(policy, outcomes),
  ];
}
