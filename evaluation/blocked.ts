import type { AuthorityRouted } from '../core/domain/events.ts';
import type { Deficiency } from '../core/domain/matching.ts';
import type { Scope } from '../documents/roster-reader.ts';
import type { UnderRoster } from './evaluate.ts';
import { candidatesFor } from './routing.ts';

/**
 * The smallest set of roles for which a routed decision has too few people under a roster that is not the one it was
 * routed with: whatever was signed, it can be completed by nobody until somebody else holds one of them. Null where the
 * positions can all be filled.
 */
export function deficiencyUnder(
  { slots, barred }: Pick<AuthorityRouted, 'slots' | 'barred'>,
  { index, soleSigner = null }: Pick<UnderRoster, 'index' | 'soleSigner'>,
  scope: Scope,
): Deficiency | null {
  const alone = soleSigner === null ? [] : [{ actor_id: soleSigner, duties: ['roster_signer'] as const }];
  return candidatesFor(slots, index, scope, [...barred, ...alone]).deficient;
}

/** As `route.impossible` says it, and everybody after it. */
export function deficiencyText({ roles, needed, available }: Deficiency): string {
  return `${roles.join(', ')} need ${needed} persons, ${available} could sign`;
}
