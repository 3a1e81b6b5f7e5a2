import { packRegistryOf } from '../core/contracts/names.ts';
import { parseDigest } from '../core/canon/index.ts';
import type { RequestStatement } from '../core/domain/statements.ts';
import { DEEPEST, type LinkedDecision, linkedDecision } from '../evaluation/index.ts';
import { openStatement, packsBehind, readBundle } from '../pack/index.ts';
import type { Dependencies } from './dependencies.ts';

/**
 * The earlier decision that a request names. The ledger binds each decision to the one pack that this service sealed of
 * it, so what stands under that digest is believed here; whoever verifies the later pack verifies this one as well.
 *
 * @returns null where the ledger binds the decision to no such pack
 */
export async function loadLinked(
  { ledger, store }: Pick<Dependencies, 'ledger' | 'store'>,
  { linked }: Pick<RequestStatement, 'linked'>,
): Promise<LinkedDecision | null> {
  if (linked === undefined) return null;
  const { decision_id: decisionId, pack } = linked;
  if ((await ledger.binding(packRegistryOf(decisionId), decisionId)) !== pack) return null;
  const bytes = await store.get(parseDigest(pack));
  const core = openStatement(readBundle(bytes).envelope.payload);
  const carried = { behind: packsBehind(core, DEEPEST), bytes: bytes.length };
  return linkedDecision(pack, core.events, core.documents, carried);
}
