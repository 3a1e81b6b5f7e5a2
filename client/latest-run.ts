import { WorkflowFailedError } from '@temporalio/client';
import { workflowIdOf } from '../core/contracts/names.ts';
import { hasCode } from '../core/errors.ts';
import type { ClientContext } from './context.ts';
import { call } from './failures.ts';

/** The latest run of a decision's workflow, as Temporal has it. */
export interface LatestRun {
  readonly runId: string;
  /** `stopped` is every end but the workflow's own: terminated, timed out, failed. */
  readonly state: 'running' | 'completed' | 'stopped';
  /** Temporal's word for the state, in lower case. */
  readonly status: string;
}

/** Asks the server alone, so it needs no worker. Undefined where Temporal does not know the decision. */
export async function latestRun(context: ClientContext, decisionId: string): Promise<LatestRun | undefined> {
  const handle = context.temporal.workflow.getHandle(workflowIdOf(decisionId));
  try {
    const { runId, status } = await call(context, () => handle.describe(), decisionId);
    const state = status.name === 'RUNNING' ? 'running' : status.name === 'COMPLETED' ? 'completed' : 'stopped';
    return { runId, state, status: status.name.toLowerCase().replaceAll('_', ' ') };
  } catch (error) {
    if (hasCode(error, 'decision.not_found')) return undefined;
    throw error;
  }
}

/** What was given as the reason when a run was stopped; empty where nothing was. */
export async function reasonOfStop(context: ClientContext, decisionId: string): Promise<string> {
  const handle = context.temporal.workflow.getHandle(workflowIdOf(decisionId));
  try {
    await call(context, () => handle.result(), decisionId);
  } catch (error) {
    const failed = error instanceof Error ? error.cause : undefined;
    if (failed instanceof WorkflowFailedError && failed.cause instanceof Error) return failed.cause.message;
  }
  return '';
}
