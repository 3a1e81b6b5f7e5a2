import type { FloorInput } from '../core/domain/commands.ts';
import type { GateResult } from '../core/domain/vocabulary.ts';

/**
 * Least number of distinct human approvers, none of them the requester, whatever a policy says (ruling 8; R37 for the
 * high band). A gate that escalates asks for a human too: an escalation that nobody sees is none.
 */
export function leastApprovers({ band, environment, effects }: FloorInput, result: GateResult): number {
  if (band === 'critical') return 2;
  const human = band === 'high' || environment === 'production' || effects.length > 0 || result !== 'allow';
  return human ? 1 : 0;
}
