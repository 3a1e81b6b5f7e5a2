import type { WorkflowExecutionInfo } from '@temporalio/client';
import { decisionIdOf, WORKFLOWS } from '../core/contracts/names.ts';
import type { Stage } from '../core/domain/state.ts';
import { instant } from '../core/domain/vocabulary.ts';
import type { CauseTree } from '../core/domain/why.ts';
import { hasCode } from '../core/errors.ts';
import type { ClientContext } from './context.ts';
import { call } from './failures.ts';
import { shownIn } from './shown.ts';
import { why } from './why.ts';

export interface StuckOptions {
  /** Seconds in the present stage at least; 0 unless given. */
  readonly olderThanS?: number;
  readonly stage?: Stage;
  /** What it waits for first: `approval`, `clearance`, `receipt`, `evaluation`, or what fails. */
  readonly waitingFor?: string;
  /** `age`, unless given: longest in its stage first; or `deadline`: whatever ends soonest first. */
  readonly by?: 'age' | 'deadline';
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
 * Open decisions that wait. The list comes from Temporal's visibility, each entry from the decision's own `why`. Stage
 * `cleared` and the like are confirmed there, since search attributes lag. Visibility lists the newest first, and knows no
 * other order where it stands on SQL: so all of them are looked through, and those are asked that come first by what they
 * showed last.
 *
 * @throws ClientError `temporal.*`.
 */
export async function listStuck(
  context: ClientContext,
  { olderThanS = 0, stage, waitingFor, by = 'age', limit }: StuckOptions,
): Promise<readonly StuckDecision[]> {
  const latest = instant(context.now()) - olderThanS * 1000;
  const wanted = { stage, waitingFor, latest };
  const candidates = await call(context, () => openDecisions(context, wanted, by, limit * CANDIDATES_PER_ENTRY));
  const found: StuckDecision[] = [];
  for (let at = 0; at < candidates.length; at += ASKED_AT_ONCE) {
    const asked = candidates.slice(at, at + ASKED_AT_ONCE).map((decisionId) => ask(context, decisionId));
    found.push(...(await Promise.all(asked)));
  }
  return found
    .filter(({ why }) => why === null || waits(why, wanted))
    .sort((a, b) => orderOf(a.why, by) - orderOf(b.why, by))
    .slice(0, limit);
}

interface Wanted {
  readonly stage: Stage | undefined;
  readonly waitingFor: string | undefined;
  /** Milliseconds: in its stage since then at least. */
  readonly latest: number;
}

/** Ids of open decisions, as visibility has them: it lags. */
export async function openDecisions(
  context: ClientContext,
  { stage, latest }: Partial<Wanted>,
  by: 'age' | 'deadline',
  limit: number,
): Promise<string[]> {
  const query = [
    `WorkflowType = '${WORKFLOWS.promotionDecision}'`,
    `ExecutionStatus = 'Running'`,
    // Other tenants' decisions wait on other task queues, and their workers are not ours to ask.
    `TaskQueue = '${context.taskQueue}'`,
    ...(latest === undefined ? [] : [`StartTime <= '${new Date(latest).toISOString()}'`]),
    ...(stage === undefined ? [] : [`CountersignStage = '${stage}'`]),
  ].join(' AND ');
  const listed: AsyncIterable<WorkflowExecutionInfo> = context.temporal.workflow.list({ query, pageSize: 200 });
  const first = new First<string>(limit);
  for await (const { workflowId, startTime, memo } of listed) {
    const decisionId = decisionIdOf(workflowId);
    // Anybody who may start workflows could show anything: it is put in order by it, and then asked.
    const shown = shownIn(memo)?.why ?? null;
    if (decisionId !== undefined) first.add(decisionId, shown === null ? startTime.getTime() : orderOf(shown, by));
  }
  return first.values();
}

/** The so many that come first of however many there are, without keeping the others. */
class First<T> {
  readonly #limit: number;
  #kept: (readonly [T, number])[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(value: T, order: number): void {
    this.#kept.push([value, order]);
    if (this.#kept.length >= 2 * this.#limit) this.#cut();
  }

  values(): T[] {
    this.#cut();
    return this.#kept.map(([value]) => value);
  }

  #cut(): void {
    this.#kept = this.#kept.sort(([, a], [, b]) => a - b).slice(0, this.#limit);
  }
}

async function ask(context: ClientContext, decisionId: string): Promise<StuckDecision> {
  try {
    return { decisionId, why: await why(context, decisionId), error: null };
  } catch (error) {
    if (!hasCode(error)) throw error;
    return { decisionId, why: null, error: error.code };
  }
}

function waits(tree: CauseTree, { stage, waitingFor, latest }: Wanted): boolean {
  if (waitingFor !== undefined && ![...tree.waiting, ...tree.failing].some(({ what }) => what === waitingFor))
    return false;
  if (tree.stage === 'closed') return tree.failing.length > 0;
  if (stage !== undefined && tree.stage !== stage) return false;
  return tree.since === null || instant(tree.since) <= latest;
}

/** What cannot be told comes first: that is the reason to look at it. */
function orderOf(tree: CauseTree | null, by: 'age' | 'deadline'): number {
  if (tree === null) return 0;
  if (by === 'age') return tree.since === null ? 0 : instant(tree.since);
  const end = tree.next.find(({ what }) => what.endsWith(ENDS));
  return end === undefined ? Number.POSITIVE_INFINITY : instant(end.at);
}

/** How `why` says that something ends by itself. */
const ENDS = ' runs out';
