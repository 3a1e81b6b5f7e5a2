import type { RoleApart } from '../documents/policy.ts';
import { personsBehind, type RosterIndex, rolesAt, type Scope } from '../documents/roster-reader.ts';
import type { Denial } from './errors.ts';

/** Whose hands were on a request, by duty. */
export interface Hands {
  readonly requester: readonly string[];
  readonly candidate_creator: readonly string[];
  readonly evidence_author: readonly string[];
}

/**
 * What the policy says that a role must never have done here (R53): an auditor made no candidate, a release owner vouches
 * for no evidence. Under each of the rosters, and for who controls a workload that did it: otherwise a workload would do it
 * for them.
 */
export function refuseApart(
  apart: readonly RoleApart[],
  hands: Hands,
  rosters: readonly RosterIndex[],
  scope: Scope,
): Denial | undefined {
  for (const { role, never } of apart) {
    for (const duty of never) {
      const holder = hands[duty]
        .flatMap((actor) => rosters.flatMap((roster) => [actor, ...personsBehind(roster, actor)]))
        .find((actor) => rosters.some((roster) => rolesAt(roster, actor, scope).includes(role)));
      if (holder !== undefined) return { code: 'duty.apart', detail: `${holder} is ${duty} and holds ${role}` };
    }
  }
  return undefined;
}
