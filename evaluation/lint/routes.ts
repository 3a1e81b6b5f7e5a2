import type { Policy } from '../../documents/policy.ts';
import { compact, named } from './compact.ts';
import { finding, type LintFinding } from './findings.ts';
import { gatesAskedFor } from './gate-outcomes.ts';
import { takenIn } from './order.ts';
import { type Outcome, positionsOf } from './outcomes.ts';

const MOST_LISTED = 20;

/** Routes that ask for too few, and what no route is for. */
export function lintRoutes(policy: Policy, outcomes: readonly Outcome[]): readonly LintFinding[] {
  return [...belowFloor(policy, outcomes), ...gaps(outcomes)];
}

/** @param known what is never taken for a reason that is named already */
export function lintUntaken(
  { routes }: Policy,
  outcomes: readonly Outcome[],
  known: readonly LintFinding[],
): readonly LintFinding[] {
  const taken = takenIn(outcomes);
  const told = new Set(known.map(({ path }) => path));
  return routes.flatMap((route, index) => {
    const path = `$.routes[${index}].when`;
    if (outcomes.length === 0 || taken.has(route) || told.has(path)) return [];
    const message = `no action on a target of this policy comes to route ${route.id}, in any band that it can have`;
    return [finding('lint.route_untaken', path, message)];
  });
}

function belowFloor({ routes }: Policy, outcomes: readonly Outcome[]): readonly LintFinding[] {
  return routes.flatMap((route, index) => {
    const asks = positionsOf(route);
    const short = outcomes.filter(({ taken, least }) => asks < least && taken.includes(route));
    return [...new Set(short.map(({ least }) => least))].map((least) => {
      const where = compact(short.filter((each) => each.least === least).map(({ situation }) => situation));
      const message = `route ${route.id} asks for ${persons(asks)} where the floor is ${least}, so these are denied: ${listed(where)}`;
      return finding('lint.below_floor', `$.routes[${index}].slots`, message);
    });
  });
}

function gaps(outcomes: readonly Outcome[]): readonly LintFinding[] {
  const byRoutes = new Map<string, Outcome[]>();
  for (const outcome of outcomes.filter(({ certain }) => certain === undefined)) {
    const key = named(outcome.taken.map(({ id }) => id));
    byRoutes.set(key, [...(byRoutes.get(key) ?? []), outcome]);
  }
  return [...byRoutes].map(([open, all]) => {
    const where = listed(compact(all.map(({ situation }) => situation)));
    const unless = open === '' ? '' : ` unless request or evidence meet ${open}`;
    return finding('lint.no_route', '$.routes', `no route matches${unless}, so these are denied: ${where}`);
  });
}

/** Gates that a route asks for, and that are not there: its condition reads as if they never triggered. */
export function lintGatesAskedFor({ gates, routes }: Policy): readonly LintFinding[] {
  const known = new Set(gates.map(({ id }) => id));
  return routes.flatMap(({ id, when }, index) =>
    gatesAskedFor(when)
      .filter((asked) => !known.has(asked))
      .map((asked) => {
        const message = `route ${id} asks whether gate ${asked} triggered, and the policy has no such gate`;
        return finding('lint.gate_unknown', `$.routes[${index}].when`, message);
      }),
  );
}

function listed(texts: readonly string[]): string {
  const more = texts.length - MOST_LISTED;
  return more > 0 ? `${texts.slice(0, MOST_LISTED).join('; ')}; and ${more} more` : texts.join('; ');
}

function persons(count: number): string {
  return count === 0 ? 'nobody' : `${count} person${count === 1 ? '' : 's'}`;
}
