import { randomInt } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { Context, heartbeat } from '@temporalio/activity';
import type { LocalActivities, Patrolled, RegularActivities } from '../core/contracts/activities.ts';
import { type Timestamp, timestamp } from '../core/domain/vocabulary.ts';
import { hasCode } from '../core/errors.ts';
import { isDecisionId, isRestrictionCode } from '../documents/index.ts';
import type { DecisionEvent } from '../core/domain/events.ts';
import type { InForceStanding } from '../evaluation/index.ts';
import { asDecisionEvents } from '../ledger/index.ts';
import { readChain } from './chain.ts';
import type { Dependencies } from './dependencies.ts';
import { revocationOf } from './revocation.ts';

/**
 * Why a decision was quarantined becomes why its tenant is restricted. Other codes are no word about the ledger. A run
 * that knew nothing of the chain may have been told to look at another tenant's.
 */
export function restrict(dependencies: Dependencies): LocalActivities['restrict'] {
  return async ({ decisionId, code, head, at }) => {
    if (!isRestrictionCode(code)) return;
    if (head.sequence === 0) await dependencies.restrictions.found({ decisionId, code, at });
    else await dependencies.restrictions.enter({ decisionId, code, head, at });
  };
}

const NAMED = 100;
const HEARTBEAT_MS = 10_000;
/** After so many in a row that cannot be read it is asked whether the server is away. */
const AWAY_AFTER = 20;

/**
 * Reads every chain that the ledger knows, which verifies its links, hashes and seals. One that cannot be read for
 * another reason is named, and keeps no other from being read: whoever can make one chain slow, or put junk into an
 * index, must not switch off the patrol.
 *
 * @throws LedgerError `ledger.unavailable` where it is away; `CancelledFailure` where the worker shuts down
 */
export function patrol(dependencies: Dependencies): RegularActivities['patrol'] {
  const { chains: stored, patrolMs } = dependencies;
  return async (): Promise<Patrolled> => {
    const damaged = new Named();
    const unread = new Named();
    const revoked = new Drawn();
    const { cancellationSignal } = Context.current();
    let chains = 0;
    let inARow = 0;
    let beat = Date.now();
    const standing = await revoking(dependencies);
    for await (const decisionId of stored.decisions((junk) => unread.add(junk.slice(0, LONGEST_ID)))) {
      cancellationSignal.throwIfAborted();
      try {
        const events = await restrictIfDamaged(dependencies, decisionId);
        if (events === 'damaged') damaged.add(decisionId);
        else if (standing !== null && (await revocationOf(dependencies, events, standing, clock())))
          revoked.add(decisionId);
        inARow = 0;
      } catch (error) {
        if (!hasCode(error)) throw error;
        unread.add(decisionId);
        inARow += 1;
        if (inARow === AWAY_AFTER) {
          // One entry is read in no time, however long the chain.
          await stored.peek(decisionId);
          inARow = 0;
        }
      }
      chains += 1;
      if (Date.now() - beat > HEARTBEAT_MS) {
        beat = Date.now();
        heartbeat(chains);
      }
      // The event loop is the workers' too: a chain, then everybody else's turn.
      await turn();
    }
    return {
      chains,
      damaged: damaged.first,
      unread: unread.first,
      ...(revoked.some.length === 0 ? {} : { revoked: revoked.some }),
      waitMs: patrolMs,
    };
  };
}

const LONGEST_ID = 128;

/** The first of many. */
class Named {
  readonly first: string[] = [];

  add(name: string): void {
    if (this.first.length < NAMED) this.first.push(name);
  }
}

/** Some of many, each as likely as another: those that cannot be told keep none from being named in some later round. */
class Drawn {
  readonly some: string[] = [];
  #seen = 0;

  add(name: string): void {
    this.#seen += 1;
    const place = this.some.length < NAMED ? this.some.length : randomInt(this.#seen);
    if (place < NAMED) this.some[place] = name;
  }
}

/**
 * The standing in force, where it revokes anything: what an open decision may rest on, and was not told of. One that
 * cannot be had keeps no chain from being read: whoever can spoil it must not switch off the patrol.
 */
async function revoking({ registry }: Dependencies): Promise<InForceStanding | null> {
  try {
    const standing = await registry.standingInForce(clock());
    if (standing === null) return null;
    const { revoked_digests, revoked_keys } = standing.document;
    return revoked_digests.length + revoked_keys.length === 0 ? null : standing;
  } catch (error) {
    if (!hasCode(error) || hasCode(error, 'ledger.unavailable')) throw error;
    return null;
  }
}

/** What stands in the chain, or that it does not hold and is ours. What is no decision's id has no chain of ours. */
async function restrictIfDamaged(
  { chains, restrictions }: Dependencies,
  decisionId: string,
): Promise<readonly DecisionEvent[] | 'damaged'> {
  if (!isDecisionId(decisionId)) return [];
  try {
    const batches = await chains.read(decisionId);
    return batches.flatMap(({ events }) => asDecisionEvents(events));
  } catch (error) {
    if (hasCode(error) && error.code === 'ledger.archive') return [];
    if (!hasCode(error) || !isRestrictionCode(error.code)) throw error;
    return (await restrictions.found({ decisionId, code: error.code, at: clock() })) ? 'damaged' : [];
  }
}

/**
 * A chain of a decision that has no workflow any more, which restricts the tenant where it does not hold (ruling 12). An
 * open one's own workflow enters what it finds itself, with the head that should stand there, which an officer wants to
 * know. Whoever reads is told what was wrong with the chain, also where the restriction could not be entered: the next
 * read, or the patrol, enters it.
 */
export async function readEnded(dependencies: Dependencies, decisionId: string): Promise<readonly DecisionEvent[]> {
  try {
    return await readChain(dependencies, decisionId);
  } catch (error) {
    const { restrictions } = dependencies;
    if (hasCode(error)) await restrictions.found({ decisionId, code: error.code, at: clock() }).catch(() => false);
    throw error;
  }
}

/** The worker's clock: what was found is the service's word, and its time too. */
function clock(): Timestamp {
  return timestamp(Date.now());
}
