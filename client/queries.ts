import type { DecisionView } from '../core/contracts/messages.ts';
import { QUERIES, workflowIdOf } from '../core/contracts/names.ts';
import type { CauseTree } from '../core/domain/why.ts';
import type { ClientContext } from './context.ts';
import { call } from './failures.ts';

const RESUMING_WAIT_MS = 100;

/**
 * Facts of the decision's chain. Where a fresh run of a long decision is still reading its chain, the question is asked
 * again until it knows, or until the call's time is out.
 *
 * @throws ClientError `decision.not_found`, `worker.silent`, `temporal.*`.
 */
export async function state(context: ClientContext, decisionId: string): Promise<DecisionView> {
  const deadline = Date.now() + context.callTimeoutMs;
  for (;;) {
    const view = await ask<DecisionView>(context, decisionId, QUERIES.state);
    if (!view.resuming || Date.now() > deadline) return view;
    await new Promise((resolve) => setTimeout(resolve, RESUMING_WAIT_MS));
  }
}

/** What the decision waits for, from whom, since when, what fails, and what comes next. @throws as {@link state}. */
export function why(context: ClientContext, decisionId: string): Promise<CauseTree> {
  return ask<CauseTree>(context, decisionId, QUERIES.why);
}

function ask<T>(context: ClientContext, decisionId: string, query: string): Promise<T> {
  const handle = context.temporal.workflow.getHandle(workflowIdOf(decisionId));
  return call(context, () => handle.query<T>(query), decisionId);
}
