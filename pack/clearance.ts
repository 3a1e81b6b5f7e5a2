import * as z from 'zod';
import { canonicalBytes, digestBytes, type Digest, type Envelope, readCanonical } from '../core/canon/index.ts';
import type { DecisionEvent } from '../core/domain/events.ts';
import { hasCode } from '../core/errors.ts';
import { asPackError, PACK_MAX_BYTES, type PackedChain, packChain, packedChainShape, readOutline } from './core.ts';
import { PackError } from './errors.ts';
import { reachable } from './reachable.ts';

/**
 * What an executor is given before it runs anything: the whole chain up to `execution.cleared`, all it rests on, and
 * the permit. Its own trust file decides whether that is enough. See docs/spec/clearance-pack.md.
 */

export const CLEARANCE_PACK_TYPE = 'application/vnd.countersign.clearance-pack.v1+json';

export interface ClearancePack extends PackedChain {
  readonly _type: typeof CLEARANCE_PACK_TYPE;
  /** Envelope of the permit statement. */
  readonly permit: Envelope;
}

export interface ClearanceInput {
  /** The chain up to and including `execution.cleared`. */
  readonly events: readonly DecisionEvent[];
  readonly statements: ReadonlyMap<string, Envelope>;
  readonly documents: ReadonlyMap<string, Uint8Array>;
  readonly packs?: ReadonlyMap<string, Uint8Array>;
  readonly permit: Envelope;
}

/** @throws PackError `pack.not_cleared`, and as `buildCore`. */
export function buildClearancePack(input: ClearanceInput): ClearancePack {
  const { events, permit } = input;
  const last = events.at(-1);
  if (last?.event_type !== 'execution.cleared') {
    throw new PackError('pack.not_cleared', {
      message: 'a clearance pack ends with the clearance',
      path: `$[${events.length - 1}].event_type`,
      expected: 'execution.cleared',
      got: last?.event_type ?? 'nothing',
    });
  }
  return { _type: CLEARANCE_PACK_TYPE, ...packChain(events, input, reachable(events)), permit };
}

export function clearanceBytes(pack: ClearancePack): Uint8Array {
  return canonicalBytes(pack);
}

/** Digest under which a clearance pack is stored. */
export function clearanceDigest(pack: ClearancePack): Digest {
  return digestBytes(clearanceBytes(pack));
}

const clearanceSchema = z.strictObject({
  _type: z.literal(CLEARANCE_PACK_TYPE),
  ...packedChainShape,
  permit: z.unknown(),
});

/**
 * Reads a clearance pack's outline from its canonical bytes. NOTHING IN IT IS VERIFIED; see `readCore`.
 *
 * @throws PackError `pack.shape`.
 */
export function readClearancePack(bytes: Uint8Array): ClearancePack {
  let value: unknown;
  try {
    value = readCanonical(bytes, { maxBytes: PACK_MAX_BYTES });
  } catch (error) {
    if (!hasCode(error)) throw error;
    throw asPackError('pack.shape', error);
  }
  return readOutline(clearanceSchema, CLEARANCE_PACK_TYPE, value, '$') as unknown as ClearancePack;
}
