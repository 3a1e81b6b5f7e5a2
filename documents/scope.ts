import * as z from 'zod';
import type { ScopeOf } from '../core/domain/statements.ts';
import { environment, name } from './primitives.ts';

const everything = z.literal('*');

/** Members of a document that speaks of some environments and action classes, or of all; of so many at most. */
export const scopeShape = (most: { readonly environments: number; readonly actions: number }) => ({
  environments: z.union([everything, z.array(environment).min(1).max(most.environments).readonly()]),
  actions: z.union([everything, z.array(name).min(1).max(most.actions).readonly()]),
});

/** Of freezes. */
export const FREEZE_SCOPE = { environments: 16, actions: 1_000 };

export function coversScope(
  { environments, actions }: ScopeOf,
  { environment: where, action }: { readonly environment: string; readonly action: string },
): boolean {
  return (
    (environments === '*' || environments.some((each) => each === where)) &&
    (actions === '*' || actions.includes(action))
  );
}
