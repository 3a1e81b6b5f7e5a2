import { BANDS } from '../../core/domain/vocabulary.ts';
import type { PolicyRoute } from '../../documents/policy.ts';
import type { Facts } from '../facts.ts';
import type { PolicyProgram } from '../policy-program.ts';
import { named } from './compact.ts';
import { finding, type LintFinding } from './findings.ts';
import { triggeredLists } from './gate-outcomes.ts';
import { withOutcome } from './partial-facts.ts';
import { MOST_CONDITIONS } from './situations.ts';
import { vocabulary } from './vocabulary.ts';
import { type Walk, walker } from './walk.ts';

/** Routes that no decision can take, whatever targets, actions and factors a policy has beside them. */
export function lintOrder(program: PolicyProgram): readonly LintFinding[] {
  const every = routingFacts(program);
  if (every === null) return [];
  const walks = every.map(walker(program));
  const taken = takenIn(walks);
  return program.policy.routes.flatMap((route, index) => {
    if (taken.has(route)) return [];
    const path = `$.routes[${index}].when`;
    const certain = new Set(walks.filter(({ shadowed }) => shadowed.includes(route)).map((walk) => walk.certain));
    const before = program.policy.routes.filter((one) => certain.has(one)).map(({ id }) => id);
    if (before.length === 0) {
      return [finding('lint.route_unmatched', path, `nothing can meet the condition of route ${route.id}`)];
    }
    const message = `route ${route.id} is never taken: whatever it matches is matched before it by ${named(before)}`;
    return [finding('lint.route_shadowed', path, message)];
  });
}

export function takenIn(walks: readonly Walk[]): ReadonlySet<PolicyRoute> {
  return new Set(walks.flatMap((walk) => walk.taken));
}

/** Whatever routes may be asked about, as far as they read it; null where that is too much. */
function routingFacts(program: PolicyProgram): readonly Facts[] | null {
  const { policy, routes } = program;
  const scenes = vocabulary(
    policy,
    routes.map(({ when }) => when),
  );
  const lists = triggeredLists(program);
  if (scenes === null || scenes.length * lists.length * BANDS.length * 2 * routes.length > MOST_CONDITIONS) return null;
  return scenes.flatMap((facts) =>
    lists.flatMap((triggered) =>
      BANDS.flatMap((band) => ['allow', 'escalate'].map((result) => withOutcome(facts, result, triggered, band, null))),
    ),
  );
}
