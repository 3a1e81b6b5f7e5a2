import { WorkflowFailedError, type WorkflowExecutionDescription } from '@temporalio/client';
import type { Shown } from '../core/contracts/messages.ts';
import { workflowIdOf } from '../core/contracts/names.ts';
import { type Timestamp, timestamp } from '../core/domain/vocabulary.ts';
import { hasCode } from '../core/errors.ts';
import type { ClientContext } from './context.ts';
import { call, unreachable } from './failures.ts';
import { shownIn } from './shown.ts';

/** The latest run of a decision's workflow, as Temporal has it. */
export interface LatestRun {
  readonly runId: string;
  /** `stopped` is every end but the workflow's own: terminated, timed out, failed. */
  readonly state: 'running' | 'completed' | 'stopped';
  /** Temporal's word for the state, in lower case. */
  readonly status: string;
  /** True where a worker has not done its first task yet, as far as the length of the history says. */
  readonly fresh: boolean;
  /**
   * What the decision shows in its memo; null where it has shown nothing, and where it failed: that is how a request is
   * refused, which shows nothing, so whatever stands there was put by whoever started it.
   */
  readonly shown: Shown | null;
  /** The task that a worker has to take up or to finish; null where there is none. */
  readonly task: PendingTask | null;
}

export interface PendingTask {
  /** False while it waits for a worker. */
  readonly taken: boolean;
  /** Since when this attempt waits. */
  readonly since: Timestamp;
  /** From 1. */
  readonly attempt: number;
}

/**
 * For what acts upon it: while the server is away it is asked again, for as long as one call may take.
 *
 * @throws ClientError as {@link latestRunNow}.
 */
export async function latestRun(context: ClientContext, decisionId: string): Promise<LatestRun | undefined> {
  const end = Date.now() + context.callTimeoutMs;
  for (;;) {
    const callTimeoutMs = Math.max(1, end - Date.now());
    try {
      return await latestRunNow({ ...context, callTimeoutMs }, decisionId);
    } catch (error) {
      if (!hasCode(error, 'temporal.unreachable') || Date.now() >= end) throw error;
    }
  }
}

/**
 * For questions: of a server that is away it says so after about a second. Asks the server alone, so it needs no worker.
 * Undefined where Temporal does not know the decision.
 *
 * @throws ClientError `temporal.unreachable`, `temporal.refused`.
 */
export async function latestRunNow(context: ClientContext, decisionId: string): Promise<LatestRun | undefined> {
  const handle = context.temporal.workflow.getHandle(workflowIdOf(decisionId));
  try {
    const { runId, status, memo, historyLength, raw } = await call(context, () => handle.describe(), decisionId);
    const state = status.name === 'RUNNING' ? 'running' : status.name === 'COMPLETED' ? 'completed' : 'stopped';
    const shown = status.name === 'FAILED' ? null : shownIn(memo);
    const fresh = historyLength <= FIRST_TASK_EVENTS;
    const word = status.name.toLowerCase().replaceAll('_', ' ');
    return { runId, state, status: word, fresh, shown, task: pendingTask(raw) };
  } catch (error) {
    if (hasCode(error, 'decision.not_found')) return undefined;
    // No worker has a part in this call.
    if (hasCode(error, 'worker.silent')) throw unreachable(context, error);
    throw error;
  }
}

/** Start, and the first task scheduled, started, timed out and scheduled again; and some statements that came by signal. */
const FIRST_TASK_EVENTS = 8;

function pendingTask({ pendingWorkflowTask }: WorkflowExecutionDescription['raw']): PendingTask | null {
  const { originalScheduledTime, startedTime, attempt } = pendingWorkflowTask ?? {};
  if (!originalScheduledTime) return null;
  const since = timestamp(Number(originalScheduledTime.seconds) * 1000 + (originalScheduledTime.nanos ?? 0) / 1e6);
  return { taken: Boolean(startedTime), since, attempt: attempt ?? 1 };
}

/** What was given as the reason when a run was stopped; empty where nothing was. */
export async function reasonOfStop(
  context: ClientContext,
  decisionId: string,
  { runId }: Pick<LatestRun, 'runId'>,
): Promise<string> {
  const handle = context.temporal.workflow.getHandle(workflowIdOf(decisionId), runId);
  try {
    await call(context, () => handle.result(), decisionId);
  } catch (error) {
    const failed = error instanceof Error ? error.cause : undefined;
    if (failed instanceof WorkflowFailedError && failed.cause instanceof Error) return failed.cause.message;
  }
  return '';
}
