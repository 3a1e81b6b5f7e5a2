import type { DecisionView } from '../core/contracts/messages.ts';
import { QUERIES, workflowIdOf } from '../core/contracts/names.ts';
import type { CauseTree } from '../core/domain/why.ts';
import type { ClientContext } from './context.ts';
import { call } from './failures.ts';

/** Facts of the decision's chain. @throws ClientError `decision.not_found`, `worker.silent`, `temporal.*`. */
export function state(context: ClientContext, decisionId: string): Promise<DecisionView> {
  return ask<DecisionView>(context, decisionId, QUERIES.state);
}

/** What the decision waits for, from whom, since when, what fails, and what comes next. @throws as {@link state}. */
export function why(context: ClientContext, decisionId: string): Promise<CauseTree> {
  return ask<CauseTree>(context, decisionId, QUERIES.why);
}

function ask<T>(context: ClientContext, decisionId: string, query: string): Promise<T> {
  const handle = context.temporal.workflow.getHandle(workflowIdOf(decisionId));
  return call(context, () => handle.query<T>(query), decisionId);
}
