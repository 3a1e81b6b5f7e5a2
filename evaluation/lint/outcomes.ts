import type { PolicyRoute } from '../../documents/policy.ts';
import { leastApprovers } from '../floors.ts';
import type { PolicyProgram } from '../policy-program.ts';
import type { Situation } from './situations.ts';
import { type Walk, walker } from './walk.ts';

/** What routing may come to in a situation. */
export interface Outcome extends Walk {
  readonly situation: Situation;
  /** Persons that the floor demands here. */
  readonly least: number;
}

export function outcomesOf(program: PolicyProgram, situations: readonly Situation[]): readonly Outcome[] {
  const walk = walker(program);
  return situations.map((situation) => {
    const { action, target, band, result, facts } = situation;
    const floor = { band, environment: target.environment, effects: action.effects };
    return { situation, least: leastApprovers(floor, result), ...walk(facts) };
  });
}

/** Persons that a route asks for. */
export function positionsOf(route: PolicyRoute): number {
  return route.slots.reduce((sum, { signatures }) => sum + signatures, 0);
}
