import { fromBase64 } from '../core/canon/index.ts';
import type { PackedChain } from './core.ts';
import { coreOf } from './seal.ts';

/**
 * How many decisions lie behind one, each in the pack of the one after it. Counted no further than asked.
 *
 * @param core of a pack that holds, or that this service has sealed.
 * @throws PackError, CanonError where a pack in it cannot be read.
 */
export function packsBehind({ packs = {} }: Pick<PackedChain, 'packs'>, most: number): number {
  if (most === 0) return 0;
  const depths = Object.values(packs).map((text) => 1 + packsBehind(coreOf(fromBase64(text)), most - 1));
  return Math.max(0, ...depths);
}
