import { randomUUID } from 'node:crypto';
import { parseDigest } from '../core/canon/index.ts';
import type { PromotionDecisionResult } from '../core/contracts/activities.ts';
import type { DecisionView } from '../core/contracts/messages.ts';
import { UPDATES, workflowIdOf } from '../core/contracts/names.ts';
import { viewOf as viewOfState } from '../core/contracts/view.ts';
import { fold } from '../core/domain/evolve.ts';
import { hasCode } from '../core/errors.ts';
import { coreOf } from '../pack/index.ts';
import type { ClientContext } from './context.ts';
import { asClientError, call, interrupted, notFound } from './failures.ts';
import { type LatestRun, latestRun, latestRunNow } from './latest-run.ts';
import { LATER_MEMBERS } from './shown.ts';
import { executeUpdate } from './update.ts';

/**
 * Facts of the decision's chain, as its workflow shows them. Temporal answers, so no worker is needed; only of a
 * decision that has shown nothing yet is its workflow asked.
 *
 * @throws ClientError `decision.not_found`, `temporal.*`; `worker.silent` where it has shown nothing and nobody answers;
 *   `request.refused`, `decision.conflict`, `decision.interrupted` where it was stopped before it had shown anything.
 */
export async function state(context: ClientContext, decisionId: string): Promise<DecisionView> {
  const run = await latestRunNow(context, decisionId);
  if (run === undefined) throw notFound(decisionId);
  return viewOf(context, decisionId, run);
}

/** The same of a run that has been looked up. */
export async function viewOf(context: ClientContext, decisionId: string, run: LatestRun): Promise<DecisionView> {
  if (run.state === 'completed') return resultingView(context, decisionId);
  if (run.shown?.view) return run.shown.view;
  return run.state === 'running' ? firstView(context, decisionId) : stoppedUnseen(context, decisionId, run);
}

/** Of the latest run, unless one is named. */
function result(context: ClientContext, decisionId: string, runId?: string): Promise<PromotionDecisionResult> {
  const handle = context.temporal.workflow.getHandle(workflowIdOf(decisionId), runId);
  return call(context, () => handle.result() as Promise<PromotionDecisionResult>, decisionId);
}

/** Decisions that closed before results had a view have a pack, which says the same. */
type ClosedResult = Omit<PromotionDecisionResult, 'view'> & Partial<Pick<PromotionDecisionResult, 'view'>>;

async function resultingView(context: ClientContext, decisionId: string): Promise<DecisionView> {
  const { view, pack }: ClosedResult = await result(context, decisionId);
  if (view !== undefined) return { ...LATER_MEMBERS, ...view };
  const state = fold(coreOf(await context.store.get(parseDigest(pack))).events);
  const request = state.stage === 'empty' ? '' : state.requested.request;
  return viewOfState({ decisionId, request }, state, pack);
}

/**
 * Of a decision that nobody has looked at yet, or that began before decisions showed themselves. Each question has an id
 * of its own: the server would go on giving the answer to one that it knows.
 */
function firstView(context: ClientContext, decisionId: string): Promise<DecisionView> {
  return settledView(context, decisionId, `${UPDATES.opened}/${randomUUID()}`);
}

/** The view of a decision once it is settled; or of its end, where that came first; or why its workflow has none. */
export async function settledView(context: ClientContext, decisionId: string, updateId: string): Promise<DecisionView> {
  const handle = context.temporal.workflow.getHandle(workflowIdOf(decisionId));
  const end = Date.now() + context.callTimeoutMs;
  try {
    return await executeUpdate(context, handle, { name: UPDATES.opened, id: updateId, args: [], end });
  } catch (error) {
    if ((await latestRun(context, decisionId))?.state === 'completed') return resultingView(context, decisionId);
    throw await reasonOf(context, decisionId, error);
  }
}

/**
 * Asks for the end of that very run: the decision may have been opened again since, and then waits for something else.
 *
 * @throws what its workflow ended with, or that it was ended.
 */
export async function stoppedUnseen(context: ClientContext, decisionId: string, run: LatestRun): Promise<never> {
  await result(context, decisionId, run.runId);
  throw interrupted(decisionId, run.status, '');
}

/** An Update fails with its workflow, and says no more than that; the workflow's own failure says why. */
export async function reasonOf(context: ClientContext, decisionId: string, error: unknown): Promise<unknown> {
  const mapped = asClientError(error, context, decisionId);
  if (!hasCode(mapped, 'request.refused') && !hasCode(mapped, 'decision.not_found')) return mapped;
  try {
    await result(context, decisionId);
    return mapped;
  } catch (reason) {
    return hasCode(reason, 'worker.silent') ? mapped : reason;
  }
}
