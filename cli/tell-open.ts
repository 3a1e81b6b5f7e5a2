import type { JsonObject } from '../core/canon/index.ts';
import { hasCode } from '../core/errors.ts';
import type { Standing } from '../documents/standing.ts';
import type { Surroundings } from './command.ts';
import { withClient } from './with-client.ts';

interface Told {
  readonly json: JsonObject;
  readonly lines: readonly string[];
}

/**
 * Tells the open decisions of a standing that revokes something. It is in force by then, and stops clearances whoever was
 * told: that they could not be told is said, and fails nothing.
 */
export async function tellOpen(
  surroundings: Pick<Surroundings, 'configPath'>,
  { revoked_digests, revoked_keys }: Standing,
): Promise<Told> {
  if (revoked_digests.length + revoked_keys.length === 0) return { json: {}, lines: [] };
  try {
    return await withClient(surroundings, async (client) => {
      const { told, untold } = await client.tellStanding();
      return {
        json: { told: [...told], untold: untold.map((one) => ({ ...one })) },
        lines: [
          `${told.length} open decisions were told; those that rest on what it revokes end now`,
          ...untold.map(({ decisionId, error }) => `${decisionId} could not be told (${error}); ${LATER}`),
        ],
      };
    });
  } catch (error) {
    if (!hasCode(error) || !error.code.startsWith('temporal.')) throw error;
    return { json: { told: null, error: error.code }, lines: [`nobody could be told (${error.code}); ${LATER}`] };
  }
}

const LATER = 'the next round of the patrol tells whom it concerns';
