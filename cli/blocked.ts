import { fold } from '../core/domain/evolve.ts';
import type { Deficiency } from '../core/domain/matching.ts';
import { askedIn } from '../core/domain/stages/reevaluation.ts';
import type { Timestamp } from '../core/domain/vocabulary.ts';
import { hasCode } from '../core/errors.ts';
import { deficiencyText, deficiencyUnder, type UnderRoster } from '../evaluation/index.ts';
import type { Ledger } from '../ledger/index.ts';
import { unfinished } from '../operation/index.ts';
import type { Registry } from '../registry/index.ts';

/** A routed decision that nobody could complete any more. */
export interface BlockedDecision {
  readonly decisionId: string;
  readonly deficient: Deficiency;
}

/**
 * Routed decisions that the roster leaves without enough people, out of the ledger: whoever changes a roster is told
 * before somebody claims in vain. A chain that cannot be read is passed over: others tell of that.
 *
 * @throws LedgerError `ledger.unavailable`
 */
export async function blockedUnder(
  { ledger, registry }: { readonly ledger: Ledger; readonly registry: Pick<Registry, 'policy'> },
  roster: Pick<UnderRoster, 'index' | 'soleSigner'>,
  at: Timestamp,
): Promise<readonly BlockedDecision[]> {
  const blocked: BlockedDecision[] = [];
  for await (const decisionId of ledger.decisions()) {
    const deficient = await deficiencyOf({ ledger, registry }, decisionId, roster, at);
    if (deficient !== null) blocked.push({ decisionId, deficient });
  }
  return blocked;
}

async function deficiencyOf(
  { ledger, registry }: { readonly ledger: Ledger; readonly registry: Pick<Registry, 'policy'> },
  decisionId: string,
  roster: Pick<UnderRoster, 'index' | 'soleSigner'>,
  at: Timestamp,
): Promise<Deficiency | null> {
  try {
    const open = await unfinished(ledger, decisionId);
    if (open === undefined) return null;
    const state = fold(open.events);
    if (state.stage !== 'routed' && state.stage !== 'authorized') return null;
    const { target, action } = state.requested;
    const { targets } = await registry.policy(askedIn(state).policy.digest);
    const environment = targets.find(({ id }) => id === target)?.environment ?? 'production';
    return deficiencyUnder(state.routing, roster, { environment, action, at });
  } catch (error) {
    if (!hasCode(error) || error.code === 'ledger.unavailable') throw error;
    return null;
  }
}

export function blockedLines(blocked: readonly BlockedDecision[]): readonly string[] {
  return blocked.map(({ decisionId, deficient }) => `BLOCKED ${decisionId}: ${deficiencyText(deficient)}`);
}
