import { packRegistryOf } from '../core/contracts/names.ts';
import { outcomeOf } from '../core/domain/events.ts';
import { instant } from '../core/domain/vocabulary.ts';
import { hasCode } from '../core/errors.ts';
import { type Archivist, asDecisionEvents, chainDocument, headOf, readChainDocument } from '../ledger/index.ts';
import type { Holdings } from './holdings.ts';

export interface ArchiveOptions {
  /** Decisions whose last event is older than this are archived; milliseconds since the epoch. */
  readonly before: number;
  /** Undefined: only says what would be archived. */
  readonly archivist: Archivist | undefined;
}

export interface ArchivedDecision {
  readonly decisionId: string;
  readonly did: 'archived' | 'to_archive' | 'damaged';
  /** Code of what is wrong with it; null where nothing is. */
  readonly code: string | null;
}

export interface Archiving {
  /** Decisions and addenda that the ledger lists. */
  readonly walked: number;
  /** Those that had been archived before. */
  readonly standing: number;
  readonly decisions: readonly ArchivedDecision[];
}

/**
 * Moves the chains of closed decisions whose pack is sealed from the ledger to the store. Safe to repeat, and to stop
 * anywhere. What is open, not sealed, too young, an addendum, or damaged stays where it is.
 *
 * @throws LedgerError, StoreError where the one or the other is away
 */
export async function archive(
  holdings: Pick<Holdings, 'ledger' | 'store'>,
  options: ArchiveOptions,
): Promise<Archiving> {
  const { ledger } = holdings;
  const decisions: ArchivedDecision[] = [];
  let walked = 0;
  let standing = 0;
  for await (const decisionId of ledger.decisions()) {
    walked += 1;
    try {
      if (await ledger.isArchived(decisionId)) standing += 1;
      else {
        const did = await archiveOne(holdings, decisionId, options);
        if (did !== undefined) decisions.push({ decisionId, did, code: null });
      }
    } catch (error) {
      if (!hasCode(error) || !OF_ONE_CHAIN.has(error.code)) throw error;
      decisions.push({ decisionId, did: 'damaged', code: error.code });
    }
  }
  return { walked, standing, decisions };
}

/** What is wrong with one chain alone. `ledger.moved`: it was not the chain that had been read, and stayed. */
const OF_ONE_CHAIN: ReadonlySet<string> = new Set(['ledger.corrupt', 'ledger.mac', 'ledger.moved']);

async function archiveOne(
  { ledger, store }: Pick<Holdings, 'ledger' | 'store'>,
  decisionId: string,
  { before, archivist }: ArchiveOptions,
): Promise<'archived' | 'to_archive' | undefined> {
  if ((await ledger.binding(packRegistryOf(decisionId), decisionId)) === undefined) return undefined;
  const batches = await ledger.readSealed(decisionId);
  const last = asDecisionEvents(batches.at(-1)?.events ?? []).at(-1);
  if (last === undefined || outcomeOf(last) === undefined || instant(last.timestamp) >= before) return undefined;
  if (archivist === undefined) return 'to_archive';

  const document = await store.put(chainDocument(decisionId, batches));
  // What takes the chain's place is what the store gives back, under every seal: not what was handed to it.
  const stored = readChainDocument(decisionId, await store.get(document));
  ledger.requireSealed(decisionId, stored);
  // Commit point. A crash before it leaves the chain, and a document that the next run finds; after it, the stub.
  await archivist.replace(decisionId, headOf(stored), document);
  return 'archived';
}
