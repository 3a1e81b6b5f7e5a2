import type { Expression } from '../expression.ts';
import type { Facts } from '../facts.ts';
import type { PolicyProgram } from '../policy-program.ts';
import { chooseRoute } from '../routing.ts';

/** What partial facts settle: the condition holds, it fails, or it is open what it does. */
export type PartialVerdict = 'holds' | 'fails' | 'open';

export function verdictOf(when: Expression, facts: Facts): PartialVerdict {
  const verdict = when.evaluate(facts);
  if (!verdict.usable) return 'open';
  return verdict.value ? 'holds' : 'fails';
}

/** The same of a route, by the function that decisions are routed by. @param alone the policy with this route only */
export function routeVerdictOf(alone: PolicyProgram, facts: Facts): PartialVerdict {
  const chosen = chooseRoute(alone, facts);
  if (!('detail' in chosen)) return 'holds';
  return chosen.code === 'route.none' ? 'fails' : 'open';
}
