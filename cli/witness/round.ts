import type { JsonObject } from '../../core/canon/index.ts';
import type { Timestamp } from '../../core/domain/vocabulary.ts';
import { hasCode } from '../../core/errors.ts';
import { isDecisionId } from '../../documents/index.ts';
import type { ChainReader, FoundChain } from '../../ledger/index.ts';
import type { WitnessLog } from './log.ts';
import { type Contradiction, contradictionIn, hasEnded, headsToSign, type SeenHead } from './observe.ts';

export interface Round {
  readonly chains: number;
  readonly signed: number;
  /** All that stand, whether they are new or not. */
  readonly contradictions: readonly (Contradiction & { readonly decisionId: string; readonly isNew: boolean })[];
}

/** Ended chains whose last head was signed, and when they are looked at again: there may be many, and none changes. */
export class Rested {
  readonly #until = new Map<string, number>();

  readonly restMs: number;

  constructor(restMs: number) {
    this.restMs = restMs;
  }

  isResting(decisionId: string, nowMs: number): boolean {
    return (this.#until.get(decisionId) ?? 0) > nowMs;
  }

  rest(decisionId: string, nowMs: number): void {
    this.#until.set(decisionId, nowMs + this.restMs);
  }
}

/**
 * Looks at every chain once, and at every decision that was ever signed, whether the index still has it or not. What
 * continues is signed; what does not is kept as a contradiction, and the others go on.
 *
 * @throws LedgerError where the ledger cannot be asked; CliError of the log.
 */
export async function round(
  reader: ChainReader,
  log: WitnessLog,
  rested: Rested,
  now: () => { readonly at: Timestamp; readonly ms: number },
): Promise<Round> {
  const ids = new Set(log.decisions());
  for await (const id of reader.decisions()) if (isDecisionId(id)) ids.add(id);
  let [chains, signed] = [0, 0];
  const contradictions: Round['contradictions'][number][] = [];
  for (const decisionId of ids) {
    const { ms } = now();
    if (rested.isResting(decisionId, ms)) continue;
    chains += 1;
    const seen = log.seen(decisionId);
    const unchanged = await unchangedEnd(reader, decisionId, seen);
    if (unchanged !== null) {
      if (hasEnded([unchanged])) rested.rest(decisionId, ms);
      continue;
    }
    const found = await look(reader, decisionId);
    // One ledger may hold several tenants, and each has its own witnesses.
    if (seen.length === 0 && !('what' in found) && found.kind === 'chain' && !log.speaksFor(found.events[0])) {
      rested.rest(decisionId, ms);
      continue;
    }
    const contradiction = 'what' in found ? found : against(decisionId, found, seen);
    if (contradiction !== null) {
      const isNew = log.contradict(decisionId, contradiction, now().at);
      contradictions.push({ ...contradiction, decisionId, isNew });
      continue;
    }
    if ('what' in found || found.kind !== 'chain') continue;
    for (const head of headsToSign(found.events, seen)) {
      log.sign(decisionId, head, now().at);
      signed += 1;
    }
    if (hasEnded(found.events)) rested.rest(decisionId, ms);
  }
  return { chains, signed, contradictions };
}

/** The last event names all before it by its hash; whether the rest still stands is for the patrol of the service. */
async function unchangedEnd(
  reader: ChainReader,
  decisionId: string,
  seen: readonly SeenHead[],
): Promise<JsonObject | null> {
  const head = seen.at(-1);
  if (head === undefined) return null;
  try {
    const end = await reader.end(decisionId);
    const same = end !== null && end.sequence === head.sequence && end.last['integrity_hash'] === head.hash;
    return same ? end.last : null;
  } catch (error) {
    if (hasCode(error, 'ledger.corrupt')) return null;
    throw error;
  }
}

async function look(reader: ChainReader, decisionId: string): Promise<FoundChain | Contradiction> {
  try {
    return await reader.read(decisionId);
  } catch (error) {
    if (!hasCode(error, 'ledger.corrupt')) throw error;
    return { what: 'broken', sequence: 1, expected: 'a chain', got: error.path.slice(0, 120) };
  }
}

/** An archived chain has its end left, and that is held against what was signed. */
function against(decisionId: string, found: FoundChain, seen: readonly SeenHead[]): Contradiction | null {
  if (found.kind !== 'archived') return contradictionIn(decisionId, eventsOf(found), seen);
  const last = seen.at(-1);
  const { sequence, hash } = found.head;
  if (last === undefined || sequence > last.sequence || (sequence === last.sequence && hash === last.hash)) return null;
  const what = sequence < last.sequence ? 'shorter' : 'differs';
  return {
    what,
    sequence: last.sequence,
    expected: last.hash,
    got: `an archived chain that ends at ${sequence} ${hash}`,
  };
}

function eventsOf(found: FoundChain): readonly JsonObject[] | null {
  return found.kind === 'chain' ? found.events : null;
}
