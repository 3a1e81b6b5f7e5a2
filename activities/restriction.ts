import { setImmediate as turn } from 'node:timers/promises';
import { heartbeat } from '@temporalio/activity';
import type { LocalActivities, Patrolled, RegularActivities } from '../core/contracts/activities.ts';
import { type Timestamp, timestamp } from '../core/domain/vocabulary.ts';
import { readJson } from '../core/canon/index.ts';
import { packRegistryOf } from '../core/contracts/names.ts';
import { hasCode } from '../core/errors.ts';
import { isRestrictionCode, type RestrictionCode } from '../documents/index.ts';
import { memberOf } from '../pack/index.ts';
import type { Dependencies } from './dependencies.ts';

/** Why a decision was quarantined becomes why its tenant is restricted. Other codes are no word about the ledger. */
export function restrict({ restrictions }: Dependencies): LocalActivities['restrict'] {
  return async ({ decisionId, code, head, at }) => {
    if (isRestrictionCode(code)) await restrictions.enter({ decisionId, code, head, at });
  };
}

const NAMED = 100;
/** The event loop is the workers' too: a chain, then everybody else's turn. */
const HEARTBEAT_EVERY = 100;

/**
 * Reads every chain that the ledger knows, which verifies its links, hashes and seals. A chain that cannot be read for
 * another reason is for the next round.
 */
export function patrol(dependencies: Dependencies): RegularActivities['patrol'] {
  const { chains: stored, restrictions, patrolMs } = dependencies;
  return async (): Promise<Patrolled> => {
    const damaged: string[] = [];
    let chains = 0;
    for await (const decisionId of stored.decisions()) {
      const code = await damageOf(dependencies, decisionId);
      if (code !== null) {
        await restrictions.enter({ decisionId, code, head: null, at: clock() });
        if (damaged.length < NAMED) damaged.push(decisionId);
      }
      chains += 1;
      if (chains % HEARTBEAT_EVERY === 0) heartbeat(chains);
      await turn();
    }
    return { chains, damaged, waitMs: patrolMs };
  };
}

async function damageOf(dependencies: Dependencies, decisionId: string): Promise<RestrictionCode | null> {
  try {
    await dependencies.chains.read(decisionId);
    return null;
  } catch (error) {
    if (hasCode(error) && error.code === 'ledger.archive') return null;
    if (!hasCode(error) || !isRestrictionCode(error.code)) throw error;
    return (await isOurs(dependencies, decisionId)) ? error.code : null;
  }
}

/**
 * Whether a chain that does not hold is this tenant's: its pack is bound under a seal of ours, or it says so, or it says
 * nothing that can be read. Other tenants may have chains in the same ledger, under sealing keys of their own.
 */
async function isOurs({ chains, trust, tenant }: Dependencies, decisionId: string): Promise<boolean> {
  try {
    if ((await chains.binding(packRegistryOf(decisionId), decisionId)) !== undefined) return true;
  } catch (error) {
    if (!hasCode(error) || !isRestrictionCode(error.code)) throw error;
  }
  const first = await chains.peek(decisionId);
  if (first === null) return false;
  try {
    const event = readJson(first);
    const [origin, of] = [memberOf(event, 'origin'), memberOf(event, 'tenant')];
    return typeof of !== 'string' || (of === tenant && origin === trust.trust.origin);
  } catch (error) {
    if (hasCode(error)) return true;
    throw error;
  }
}

/** The worker's clock: what was found is the service's word, and its time too. */
function clock(): Timestamp {
  return timestamp(Date.now());
}
