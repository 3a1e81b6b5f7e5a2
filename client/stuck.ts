import type { WorkflowExecutionInfo } from '@temporalio/client';
import { decisionIdOf, WORKFLOWS } from '../core/contracts/names.ts';
import type { Stage } from '../core/domain/state.ts';
import { instant } from '../core/domain/vocabulary.ts';
import type { CauseTree } from '../core/domain/why.ts';
import { hasCode } from '../core/errors.ts';
import type { ClientContext } from './context.ts';
import { call } from './failures.ts';
import { why } from './why.ts';

export interface StuckOptions {
  /** Seconds in the present stage at least; 0 unless given. */
  readonly olderThanS?: number;
  readonly stage?: Stage;
  /** Entries at most. */
  readonly limit: number;
}

export interface StuckDecision {
  readonly decisionId: string;
  /** As the workflow shows it; null where that cannot be had, which is the reason to look at it first. */
  readonly why: CauseTree | null;
  /** Code of the failure where `why` is null. */
  readonly error: string | null;
}

/** Visibility lags, so it only says whom to ask; so many candidates are asked for each entry wanted, and no more. */
const CANDIDATES_PER_ENTRY = 10;
const ASKED_AT_ONCE = 8;

/**
 * Open decisions that wait, longest first. The list comes from Temporal's visibility, each entry from the decision's
 * own `why`. Stage `cleared` and the like are confirmed there, since search attributes lag.
 *
 * @throws ClientError `temporal.*`.
 */
export async function listStuck(
  context: ClientContext,
  { olderThanS = 0, stage, limit }: StuckOptions,
): Promise<readonly StuckDecision[]> {
  const latest = instant(context.now()) - olderThanS * 1000;
  const candidates = await call(context, () => open(context, stage, latest, limit * CANDIDATES_PER_ENTRY));
  const found: StuckDecision[] = [];
  for (let at = 0; at < candidates.length; at += ASKED_AT_ONCE) {
    const asked = candidates.slice(at, at + ASKED_AT_ONCE).map((decisionId) => ask(context, decisionId));
    found.push(...(await Promise.all(asked)));
  }
  return found
    .filter(({ why }) => why === null || waits(why, stage, latest))
    .sort((a, b) => sinceOf(a) - sinceOf(b))
    .slice(0, limit);
}

async function open(
  context: ClientContext,
  stage: Stage | undefined,
  latest: number,
  limit: number,
): Promise<string[]> {
  const query = [
    `WorkflowType = '${WORKFLOWS.promotionDecision}'`,
    `ExecutionStatus = 'Running'`,
    // Other tenants' decisions wait on other task queues, and their workers are not ours to ask.
    `TaskQueue = '${context.taskQueue}'`,
    `StartTime <= '${new Date(latest).toISOString()}'`,
    ...(stage === undefined ? [] : [`CountersignStage = '${stage}'`]),
  ].join(' AND ');
  const ids: string[] = [];
  const listed: AsyncIterable<WorkflowExecutionInfo> = context.temporal.workflow.list({
    query,
    pageSize: Math.min(limit, 1000),
  });
  for await (const { workflowId } of listed) {
    const decisionId = decisionIdOf(workflowId);
    if (decisionId !== undefined) ids.push(decisionId);
    if (ids.length >= limit) break;
  }
  return ids;
}

async function ask(context: ClientContext, decisionId: string): Promise<StuckDecision> {
  try {
    return { decisionId, why: await why(context, decisionId), error: null };
  } catch (error) {
    if (!hasCode(error)) throw error;
    return { decisionId, why: null, error: error.code };
  }
}

function waits(tree: CauseTree, stage: Stage | undefined, latest: number): boolean {
  if (tree.stage === 'closed') return tree.failing.length > 0;
  if (stage !== undefined && tree.stage !== stage) return false;
  return tree.since === null || instant(tree.since) <= latest;
}

function sinceOf({ why }: StuckDecision): number {
  return why?.since ? instant(why.since) : 0;
}
