import type { CountersignClient, Recovered } from '../client/index.ts';
import { hasCode } from '../core/errors.ts';
import { unfinished } from '../operation/index.ts';
import type { Ledger } from '../ledger/index.ts';

/** What was found of one decision, or done about it. */
export interface RecoveredDecision {
  readonly decisionId: string;
  readonly found: Recovered | 'damaged';
  /** Code of what is wrong with it; null where nothing is. */
  readonly code: string | null;
}

export interface Recovery {
  /** Decisions that the ledger lists. */
  readonly walked: number;
  /** Those that have not come to their end, each with what was found. */
  readonly decisions: readonly RecoveredDecision[];
}

/**
 * Walks every decision of the ledger; whichever has not ended, or is not sealed, and has no workflow gets one. A chain
 * that cannot be read under its seals is told, and stops nothing.
 */
export async function recoverAll(
  ledger: Ledger,
  client: CountersignClient,
  { start }: { readonly start: boolean },
): Promise<Recovery> {
  const decisions: RecoveredDecision[] = [];
  let walked = 0;
  for await (const decisionId of ledger.decisions()) {
    walked += 1;
    const decision = await recoverOne(ledger, client, decisionId, start);
    if (decision !== undefined) decisions.push(decision);
  }
  return { walked, decisions };
}

async function recoverOne(
  ledger: Ledger,
  client: CountersignClient,
  decisionId: string,
  start: boolean,
): Promise<RecoveredDecision | undefined> {
  try {
    const standing = await unfinished(ledger, decisionId);
    if (standing === undefined) return undefined;
    return { decisionId, found: await client.recover(standing, { start }), code: null };
  } catch (error) {
    if (!hasCode(error) || !isOfThisDecision(error.code)) throw error;
    return { decisionId, found: 'damaged', code: error.code };
  }
}

/** Everything else would meet every decision alike: a server is away, or nobody works. */
function isOfThisDecision(code: string): boolean {
  return (
    code === 'ledger.corrupt' || code === 'ledger.mac' || code === 'decision.conflict' || code === 'request.refused'
  );
}
