import type { PolicyRoute } from '../../documents/policy.ts';
import type { Facts } from '../facts.ts';
import type { PolicyProgram } from '../policy-program.ts';
import { routeVerdictOf } from './verdict.ts';

/** What routing may come to under partial facts. */
export interface Walk {
  /** Routes that may be taken, in the order of the policy; only the last of them may hold for certain. */
  readonly taken: readonly PolicyRoute[];
  /** The route that holds for certain; without one it may be that none is taken. */
  readonly certain: PolicyRoute | undefined;
  /** Routes behind the certain one whose condition may hold too. */
  readonly shadowed: readonly PolicyRoute[];
}

/** Asks every route of a policy by itself. */
export function walker(program: PolicyProgram): (facts: Facts) => Walk {
  const alone = program.routes.map((entry) => ({ route: entry.route, program: { ...program, routes: [entry] } }));
  return (facts) => {
    const taken: PolicyRoute[] = [];
    const shadowed: PolicyRoute[] = [];
    let certain: PolicyRoute | undefined;
    for (const one of alone) {
      const verdict = routeVerdictOf(one.program, facts);
      if (verdict === 'fails') continue;
      (certain ? shadowed : taken).push(one.route);
      if (verdict === 'holds') certain ??= one.route;
    }
    return { taken, certain, shadowed };
  };
}
