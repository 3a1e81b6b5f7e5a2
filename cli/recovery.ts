import type { CountersignClient, Recovered } from '../client/index.ts';
import { parseDigest } from '../core/canon/index.ts';
import { packRegistryOf } from '../core/contracts/names.ts';
import { hasCode } from '../core/errors.ts';
import { unfinished } from '../operation/index.ts';
import type { Ledger } from '../ledger/index.ts';
import { coreOf } from '../pack/index.ts';
import { letOut, type Releases } from '../registry/index.ts';
import type { DocumentStore } from '../store/index.ts';

/** What was found of one decision, or done about it. */
export interface RecoveredDecision {
  readonly decisionId: string;
  readonly found: Recovered | 'damaged' | 'to_record' | 'recorded';
  /** Code of what is wrong with it; null where nothing is. */
  readonly code: string | null;
}

export interface Recovery {
  /** Decisions that the ledger lists. */
  readonly walked: number;
  /** Those that have not come to their end, each with what was found. */
  readonly decisions: readonly RecoveredDecision[];
}

/** What is walked, and brought to its end. */
export interface Stored {
  readonly ledger: Ledger;
  readonly store: Pick<DocumentStore, 'get'>;
  readonly releases: Pick<Releases, 'owed' | 'record'>;
}

/**
 * Walks every decision of the ledger; whichever has not ended, or is not sealed, and has no workflow gets one; what a
 * sealed one let out joins the history that lacks it. A chain that cannot be read under its seals is told, and stops
 * nothing.
 */
export async function recoverAll(
  stored: Stored,
  client: CountersignClient,
  { start }: { readonly start: boolean },
): Promise<Recovery> {
  const decisions: RecoveredDecision[] = [];
  let walked = 0;
  for await (const decisionId of stored.ledger.decisions()) {
    walked += 1;
    const decision = await recoverOne(stored, client, decisionId, start);
    if (decision !== undefined) decisions.push(decision);
  }
  return { walked, decisions };
}

async function recoverOne(
  stored: Stored,
  client: CountersignClient,
  decisionId: string,
  start: boolean,
): Promise<RecoveredDecision | undefined> {
  try {
    const standing = await unfinished(stored.ledger, decisionId);
    if (standing === undefined) return await recordOwed(stored, decisionId, start);
    return { decisionId, found: await client.recover(standing, { start }), code: null };
  } catch (error) {
    if (!hasCode(error) || !isOfThisDecision(error.code)) throw error;
    return { decisionId, found: 'damaged', code: error.code };
  }
}

/** A worker that died between sealing and recording left a pack that no history names. It needs no workflow any more. */
async function recordOwed(
  { ledger, store, releases }: Stored,
  decisionId: string,
  start: boolean,
): Promise<RecoveredDecision | undefined> {
  if (!(await releases.owed(decisionId))) return undefined;
  const pack = await ledger.binding(packRegistryOf(decisionId), decisionId);
  if (pack === undefined) return undefined;
  if (!start) return { decisionId, found: 'to_record', code: null };
  const release = letOut(coreOf(await store.get(parseDigest(pack))).events, pack);
  if (release !== null) await releases.record(release);
  return { decisionId, found: 'recorded', code: null };
}

/** Everything else would meet every decision alike: a server is away, or nobody works. */
function isOfThisDecision(code: string): boolean {
  return (
    code === 'ledger.corrupt' || code === 'ledger.mac' || code === 'decision.conflict' || code === 'request.refused'
  );
}
