import { setTimeout as sleep } from 'node:timers/promises';
import type { DecisionView } from '../core/contracts/messages.ts';
import { workflowIdOf } from '../core/contracts/names.ts';
import { type Stage, STAGES } from '../core/domain/state.ts';
import { hasCode } from '../core/errors.ts';
import type { ClientContext } from './context.ts';
import { ClientError } from './errors.ts';
import { asClientError } from './failures.ts';
import { state } from './state.ts';

export const WAIT_GOALS = ['routed', 'authorized', 'cleared', 'closed'] as const;
/** `closed` means closed and its pack sealed. A decision that closes reaches every other goal as well. */
export type WaitGoal = (typeof WAIT_GOALS)[number];

export interface WaitOptions {
  readonly until: WaitGoal;
  readonly timeoutMs: number;
}

const FIRST_POLL_MS = 50;
const LONGEST_POLL_MS = 2_000;
const LEAST_CALL_MS = 1_000;

/** True where a decision in `stage` is at the goal or past it. */
export function reached(stage: Stage, goal: WaitGoal): boolean {
  return STAGES.indexOf(stage) >= STAGES.indexOf(goal);
}

/**
 * Waits until a decision has come to a stage. A silent worker or a server that is gone for a while does not end the wait.
 *
 * @throws ClientError `wait.timeout` with the stage it was in, `decision.not_found`, `request.refused`.
 */
export async function wait(
  context: ClientContext,
  decisionId: string,
  { until, timeoutMs }: WaitOptions,
): Promise<DecisionView> {
  const end = Date.now() + timeoutMs;
  if (until === 'closed') return closed(context, decisionId, end, timeoutMs);
  let last: DecisionView | undefined;
  for (let pause = FIRST_POLL_MS; ; pause = Math.min(pause * 2, LONGEST_POLL_MS)) {
    try {
      // Never so short that the last look is cut off before it is answered.
      const callTimeoutMs = Math.max(LEAST_CALL_MS, Math.min(context.callTimeoutMs, end - Date.now()));
      last = await state({ ...context, callTimeoutMs }, decisionId);
      if (reached(last.stage, until)) return last;
    } catch (error) {
      if (!hasCode(error, 'worker.silent') && !hasCode(error, 'temporal.unreachable')) throw error;
      if (Date.now() >= end && last === undefined) throw error;
    }
    if (Date.now() >= end) throw timedOut(decisionId, until, timeoutMs, last);
    await sleep(Math.min(pause, Math.max(1, end - Date.now())));
  }
}

/** The workflow's own result, pushed by the server: no polling for what may take days. */
async function closed(
  context: ClientContext,
  decisionId: string,
  end: number,
  timeoutMs: number,
): Promise<DecisionView> {
  const handle = context.temporal.workflow.getHandle(workflowIdOf(decisionId));
  try {
    await context.temporal.withDeadline(end, () => handle.result());
    return await state(context, decisionId);
  } catch (error) {
    const mapped = asClientError(error, context, decisionId);
    if (!hasCode(mapped, 'worker.silent') || Date.now() < end) throw mapped;
    throw timedOut(decisionId, 'closed', timeoutMs, await state(context, decisionId).catch(() => undefined));
  }
}

function timedOut(decisionId: string, goal: WaitGoal, timeoutMs: number, last: DecisionView | undefined): ClientError {
  return new ClientError('wait.timeout', {
    message: `not ${goal} within ${timeoutMs} ms; countersign why ${decisionId} says what it waits for`,
    path: decisionId,
    expected: goal,
    got: last?.stage ?? 'no answer',
  });
}
