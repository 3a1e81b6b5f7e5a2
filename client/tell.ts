import { SIGNALS, workflowIdOf } from '../core/contracts/names.ts';
import { hasCode } from '../core/errors.ts';
import type { ClientContext } from './context.ts';
import { call } from './failures.ts';
import { openDecisions } from './stuck.ts';

export interface Told {
  /** Decisions that were told. */
  readonly told: readonly string[];
  /** Those that could not be, each with the code of the failure. */
  readonly untold: readonly { readonly decisionId: string; readonly error: string }[];
}

/** Decisions that are told in one call. Beyond these the patrol tells whom it concerns. */
const TOLD_AT_MOST = 10_000;
const TOLD_AT_ONCE = 16;

/**
 * Tells every open decision of the tenant that governance has spoken, so that one which rests on what is revoked ends now
 * and not at the next claim (R90). It carries no authority: each looks at the standing in force for itself.
 *
 * @throws ClientError `temporal.*`
 */
export async function tellStanding(context: ClientContext): Promise<Told> {
  const open = await call(context, () => openDecisions(context, {}, 'age', TOLD_AT_MOST));
  const told: string[] = [];
  const untold: Told['untold'][number][] = [];
  const tell = async (decisionId: string): Promise<void> => {
    const handle = context.temporal.workflow.getHandle(workflowIdOf(decisionId));
    try {
      await call(context, () => handle.signal(SIGNALS.standing), decisionId);
      told.push(decisionId);
    } catch (error) {
      if (!hasCode(error)) throw error;
      // Visibility lags: one that has closed meanwhile needs no telling.
      if (error.code !== 'decision.not_found') untold.push({ decisionId, error: error.code });
    }
  };
  for (let at = 0; at < open.length; at += TOLD_AT_ONCE) await Promise.all(open.slice(at, at + TOLD_AT_ONCE).map(tell));
  return { told: told.sort(), untold };
}
