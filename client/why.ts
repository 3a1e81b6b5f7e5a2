import { setTimeout as sleep } from 'node:timers/promises';
import type { Shown } from '../core/contracts/messages.ts';
import { initialState } from '../core/domain/state.ts';
import { type CauseTree, type Trouble, why as causesOf } from '../core/domain/why.ts';
import type { ClientContext } from './context.ts';
import { notFound } from './failures.ts';
import { type LatestRun, latestRunNow, type PendingTask } from './latest-run.ts';
import { state, stoppedUnseen, viewOf } from './state.ts';

/** After so long a task that still waits is a cause, in milliseconds: a worker that is there has it done by then. */
const TASK_MS = 500;

/**
 * What the decision waits for, from whom, since when, what fails, and what comes next: as its workflow shows it, and
 * what Temporal knows beside that: a task that no worker takes up, or has not finished, and a workflow that was stopped.
 * It needs no worker.
 *
 * @throws ClientError as `state`.
 */
export async function why(context: ClientContext, decisionId: string): Promise<CauseTree> {
  const run = await latestRunNow(context, decisionId);
  if (run === undefined) throw notFound(decisionId);
  switch (run.state) {
    case 'completed': {
      const { stage, status, since, ending } = await viewOf(context, decisionId, run);
      const ended = ending === null ? {} : { ended: ending };
      return { stage, status, since, ...ended, waiting: [], failing: [], next: [] };
    }
    case 'stopped':
      return beside(await shownByStopped(context, decisionId, run), stopped(context, run));
    case 'running':
      return running(context, decisionId, run);
  }
}

async function running(context: ClientContext, decisionId: string, run: LatestRun): Promise<CauseTree> {
  if (run.task === null) return shownBy(context, decisionId, run);
  await sleep(TASK_MS);
  const again = await latestRunNow(context, decisionId);
  if (again?.state !== 'running') return why(context, decisionId);
  const { task, shown } = again;
  // A later attempt is no progress: it waits anew for what the earlier one did not do.
  const moved = task === null || (task.since !== run.task.since && task.attempt === 1);
  if (moved || (shown === null && !again.fresh)) return shownBy(context, decisionId, again);
  return beside(shown === null ? causesOf(initialState(), []) : withEnds(shown), unfinished(context, task));
}

/**
 * What time alone will end of what the decision rests on, each by name: whose signature goes stale first is what somebody
 * who is to hurry has to know.
 */
function withEnds({ view, why: tree }: Shown): CauseTree {
  if (view === null) return tree;
  const { stage, approvals, overrides, delegations = [], permitUntil } = view;
  const pending = stage === 'routed' || stage === 'authorized';
  const lives = [
    ...approvals.map(({ actor_id, expires_at: at }) => ({ at, what: `approval of ${actor_id} runs out` })),
    ...overrides.map(({ actor_id, expires_at: at }) => ({ at, what: `override of ${actor_id} runs out` })),
    ...delegations.map(({ actor_id, expires_at: at }) => ({ at, what: `delegation of ${actor_id} runs out` })),
  ];
  const ends = [
    ...(pending ? lives : []),
    ...(stage === 'cleared' && permitUntil !== undefined ? [{ at: permitUntil, what: 'permit runs out' }] : []),
  ];
  const unnamed = ['approval runs out', 'override runs out', 'delegation runs out'];
  const others = tree.next.filter(({ what }) => ends.length === 0 || !unnamed.includes(what));
  const next = [...others, ...ends].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  return { ...tree, next };
}

async function shownByStopped(context: ClientContext, decisionId: string, run: LatestRun): Promise<CauseTree> {
  if (run.shown === null) return stoppedUnseen(context, decisionId, run);
  return withEnds(run.shown);
}

/** What a run shows. One that has shown nothing is made to, or says why it cannot. */
async function shownBy(context: ClientContext, decisionId: string, { shown }: LatestRun): Promise<CauseTree> {
  if (shown !== null) return withEnds(shown);
  await state(context, decisionId);
  const later = (await latestRunNow(context, decisionId))?.shown ?? null;
  return later === null ? causesOf(initialState(), []) : withEnds(later);
}

function beside(tree: CauseTree, trouble: Trouble): CauseTree {
  return { ...tree, failing: [...tree.failing, trouble] };
}

function unfinished({ taskQueue }: ClientContext, { taken, since, attempt }: PendingTask): Trouble {
  const tries = attempt > 1 ? ` (attempt ${attempt}; the worker's log says why the last one failed)` : '';
  const detail = taken
    ? `a worker has its task and has not finished it yet${tries}`
    : `no worker has taken up its task${tries}; is one polling the task queue ${taskQueue}?`;
  return { what: 'worker', code: 'worker.silent', detail, since, nextTry: null };
}

function stopped({ now }: ClientContext, { status, shown }: LatestRun): Trouble {
  const detail = `its workflow was stopped (${status}) before the decision had closed; open it again with the same request`;
  return { what: 'workflow', code: 'decision.interrupted', detail, since: shown?.why.since ?? now(), nextTry: null };
}
