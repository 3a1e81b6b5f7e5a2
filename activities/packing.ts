import { setTimeout as sleep } from 'node:timers/promises';
import { parseDigest } from '../core/canon/index.ts';
import type { RegularActivities, SealedPack } from '../core/contracts/activities.ts';
import { packRegistryOf } from '../core/contracts/names.ts';
import { ServiceError } from '../core/contracts/failures.ts';
import { hasCode } from '../core/errors.ts';
import { buildCore, reachable, sealPack as seal } from '../pack/index.ts';
import { type LetOut, letOut } from '../registry/index.ts';
import { gather, readChain } from './chain.ts';
import type { Dependencies } from './dependencies.ts';

/**
 * Builds, seals and stores the audit pack of a closed decision, once: the first sealed pack wins, so a second export
 * has the same bytes (R102). What was let out is recorded with it, if it can be. Reads and verifies; never writes an event
 * (R95).
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
    const recorded = value === pack && (release === null || (await isRecorded(dependencies, release)));
    return { pack: parseDigest(value), ...(recorded ? { recorded } : {}) };
  };
}

/** What the seal waits for its release, in milliseconds: a local activity has two seconds for both. */
const RECORDING_MS = 700;

/**
 * At hand here, and read out of the sealed pack again afterwards: that was a twentieth of what a decision costs the worker.
 * One that cannot be recorded now, or takes too long, is left to the decision, which goes on trying; what of it is still
 * under way ends in the same place.
 */
async function isRecorded({ releases }: Dependencies, release: LetOut): Promise<boolean> {
  const recording = releases.record(release).then(
    () => true,
    (error: unknown) => {
      if (hasCode(error)) return false;
      throw error;
    },
  );
  const late = new AbortController();
  const waited = sleep(RECORDING_MS, false, { signal: late.signal }).catch(() => false);
  try {
    return await Promise.race([recording, waited]);
  } finally {
    late.abort();
    recording.catch(() => undefined);
  }
}
