import { parseDigest } from '../core/canon/index.ts';
import type { RegularActivities } from '../core/contracts/activities.ts';
import { letOut } from '../registry/index.ts';
import { coreOf } from '../pack/index.ts';
import type { Dependencies } from './dependencies.ts';

/**
 * What a sealed decision let out becomes the next link in the history of its target (R88, R89). Nothing, where it was
 * not cleared, or its executor swears that nothing ran.
 */
export function recordRelease({ store, releases }: Dependencies): RegularActivities['recordRelease'] {
  return async ({ pack }) => {
    const release = letOut(coreOf(await store.get(parseDigest(pack))).events, pack);
    return { release: release === null ? null : (await releases.record(release)).digest };
  };
}
