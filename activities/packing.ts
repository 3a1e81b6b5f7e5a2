import { parseDigest } from '../core/canon/index.ts';
import type { RegularActivities, SealedPack } from '../core/contracts/activities.ts';
import { packRegistryOf } from '../core/contracts/names.ts';
import { ServiceError } from '../core/contracts/failures.ts';
import { buildCore, reachable, sealPack as seal } from '../pack/index.ts';
import { letOut } from '../registry/index.ts';
import { gather, readChain } from './chain.ts';
import type { Dependencies } from './dependencies.ts';

/**
 * Builds, seals and stores the audit pack of a closed decision, once: the first sealed pack wins, so a second export
 * has the same bytes (R102). Reads and verifies; never writes an event (R95).
 */
export function sealPack(dependencies: Dependencies): RegularActivities['sealPack'] {
  const { ledger, store, keys, conformanceTarget, releases } = dependencies;
  return async ({ decisionId, head }): Promise<SealedPack> => {
    const events = await readChain(dependencies, decisionId);
    const last = events.at(-1);
    if (last?.sequence !== head.sequence || last.integrity_hash !== head.hash) {
      throw new ServiceError('pack.head_differs', {
        message: 'the ledger does not end where the workflow does, so nothing is sealed',
        expected: `sequence ${head.sequence}, ${head.hash}`,
        got: last ? `sequence ${last.sequence}, ${last.integrity_hash}` : 'an empty chain',
      });
    }
    const gathered = await gather(dependencies, reachable(events));
    const core = buildCore({
      events,
      ...gathered,
      conformanceTarget,
      exportedAt: last.timestamp,
      exportedBy: keys.seal.holder,
    });
    const pack = await store.put(seal(core, keys.seal.key));
    // Before anybody takes it for finished: what was let out is yet to be recorded.
    const release = letOut(events, pack);
    if (release !== null) await releases.due(release);
    const { value } = await ledger.bind(packRegistryOf(decisionId), decisionId, pack);
    return { pack: parseDigest(value) };
  };
}
