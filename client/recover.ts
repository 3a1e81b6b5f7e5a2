import type { Digest } from '../core/canon/index.ts';
import type { Head } from '../core/domain/state.ts';
import type { ClientContext } from './context.ts';
import { ClientError } from './errors.ts';
import { latestRun } from './latest-run.ts';
import { launch } from './open.ts';

/** A decision that has not come to its end, as the ledger holds it: its seals verified by whoever read it. */
export interface StandingDecision {
  readonly decisionId: string;
  /** Statement digest of the request that its first event names. */
  readonly request: Digest;
  readonly head: Head;
}

/**
 * - `runs`: its workflow is there, and nothing was done.
 * - `started`: it had none, and has one now that took the chain over.
 * - `to_start`: it has none, and nothing was to be done.
 * - `ahead`: Temporal holds the decision's end, which the ledger does not. Nothing may be started: it would decide again
 *   what was decided, and clear again what was executed.
 */
export type Recovered = 'runs' | 'started' | 'to_start' | 'ahead';

/**
 * Gives a decision that Temporal lost a workflow again, with the request that it stands on. The new run goes on from the
 * chain's head, once it has decided every event of it again, under the documents that each was decided under: what was
 * admitted once is not admitted again by today's roster, and what no command decides is a quarantine again. Safe to
 * repeat, and for several at once.
 *
 * Lost with the old run, and not to be known: how many statements it had discarded (an ending counts those from here
 * on), and a quarantine for something that the ledger no longer shows.
 *
 * @throws ClientError `temporal.*`, `worker.silent`; `decision.conflict` where it runs with another request
 */
export async function recover(
  context: ClientContext,
  { decisionId, request, head }: StandingDecision,
  start: boolean,
): Promise<Recovered> {
  const run = await latestRun(context, decisionId);
  if (run?.state === 'running') return 'runs';
  if (run?.state === 'completed') return 'ahead';
  if (!start) return 'to_start';
  const carried = { head, discarded: {}, quarantine: null, verified: false };
  const launched = await launch(context, decisionId, request, { after: run ?? null, carried });
  if (launched.other === null) return launched.opened.started ? 'started' : 'runs';
  throw new ClientError('decision.conflict', {
    message: `decision ${decisionId} runs with another request than the ledger holds`,
    path: decisionId,
    expected: request,
    got: launched.other,
  });
}
