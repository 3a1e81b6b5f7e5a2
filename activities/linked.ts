import { packRegistryOf } from '../core/contracts/names.ts';
import { parseDigest } from '../core/canon/index.ts';
import type { Recorded } from '../core/contracts/activities.ts';
import type { RequestStatement } from '../core/domain/statements.ts';
import { DEEPEST, type LinkedDecision, linkedDecision } from '../evaluation/index.ts';
import { coreOf, packsBehind } from '../pack/index.ts';
import type { Dependencies } from './dependencies.ts';

/**
 * The earlier decision that a request names. The ledger binds each decision to the one pack that this service sealed of
 * it, so what stands under that digest is believed here; whoever verifies the later pack verifies this one as well.
 *
 * @param recorded of a stored batch that is decided again: what was found then counts, whatever was bound, or lost, since
 * @returns null where the ledger binds the decision to no such pack
 */
export async function loadLinked(
  { ledger, store }: Pick<Dependencies, 'ledger' | 'store'>,
  { linked }: Pick<RequestStatement, 'linked'>,
  recorded?: Recorded,
): Promise<LinkedDecision | null> {
  if (linked === undefined) return null;
  const { decision_id: decisionId, pack } = linked;
  const found =
    recorded === undefined
      ? (await ledger.binding(packRegistryOf(decisionId), decisionId)) === pack
      : recorded.linked === true;
  if (!found) return null;
  const bytes = await store.get(parseDigest(pack));
  const core = coreOf(bytes);
  const carried = { behind: packsBehind(core, DEEPEST), bytes: bytes.length };
  return linkedDecision(pack, core.events, core.documents, carried);
}
