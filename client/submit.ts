import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { TimeoutFailure, WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/common';
import { type Digest, type Disclosure, type Envelope } from '../core/canon/index.ts';
import type { AddendumResult } from '../core/contracts/activities.ts';
import type { SubmitResult } from '../core/contracts/messages.ts';
import { addendumWorkflowId, SIGNALS, UPDATES, WORKFLOWS, workflowIdOf } from '../core/contracts/names.ts';
import { SUBMITTED_KINDS } from '../core/domain/statements.ts';
import { readStatement } from '../documents/index.ts';
import { checkAnswer } from './answer.ts';
import type { ClientContext } from './context.ts';
import { ClientError } from './errors.ts';
import { asClientError, call, interrupted, notFound } from './failures.ts';
import { type LatestRun, latestRun, reasonOfStop } from './latest-run.ts';
import { sealedAnswer } from './sealed-answer.ts';
import { executeUpdate } from './update.ts';

/**
 * An answer of the service: recorded as accepted or as refused, and acknowledged either way. Without acknowledgement
 * where only the sealed pack still says what the decision answered.
 */
export type Submitted = SubmitResult & {
  readonly verdict: 'accepted' | 'refused';
  /** Id of the addendum where the statement came after the decision had closed (ruling 9), else null. */
  readonly addendum: string | null;
};

/**
 * Submits a signed statement and waits for its answer. The statement digest is the Update's id, so a repeated call is
 * the same Update and gets the same answer. What comes after the decision's end opens its linked addendum. Where too
 * many Updates wait already it is sent again until there is room or the call's time is out.
 *
 * @throws ClientError `submit.discarded` (`serverCode` says why), `submit.answer`, `decision.interrupted`,
 *   `decision.not_found`, `worker.silent`, `temporal.*`;
 *   CanonError and DocumentError where the envelope is no statement of a kind that decisions take.
 */
export async function submit(
  context: ClientContext,
  decisionId: string,
  envelope: Envelope,
  disclosures: readonly Disclosure[] = [],
): Promise<Submitted> {
  const { digest, kind, parsed, statement } = readStatement(envelope, SUBMITTED_KINDS);
  if (statement.decision_id !== decisionId) {
    throw discarded(decisionId, 'statement.decision', `it is about ${statement.decision_id}`);
  }
  await context.disclosures.putDisclosures(decisionId, digest, disclosures);
  // What says that its executor went back has no place in the decision: an Update would answer it for good.
  const own =
    kind === 'backout' ? refuseOpen(context, decisionId) : answered(context, decisionId, digest, parsed.envelope);
  const answer = (await own) ?? (await openAddendum(context, decisionId, digest, parsed.envelope));
  const { verdict } = answer;
  if (verdict === 'discarded') throw discarded(decisionId, answer.code ?? '', answer.detail ?? '');
  checkAnswer(context, { decisionId, statement: digest, answer });
  return { ...answer, verdict };
}

/**
 * While the decision waits for its receipt, that comes first: the same envelope is taken once it has ended.
 *
 * @throws ClientError `decision.open`.
 */
async function refuseOpen(context: ClientContext, decisionId: string): Promise<undefined> {
  const run = await latestRun(context, decisionId);
  const stage = run?.shown?.view?.stage ?? 'closed';
  if (run?.state !== 'running' || stage === 'closed') return undefined;
  throw new ClientError('decision.open', {
    message: 'the decision has not ended; what was run under its permit is confirmed first, then send this again',
    path: decisionId,
    expected: 'a closed decision',
    got: stage,
  });
}

/** Sends the statement and waits for nothing: `state` shows what became of it (ruling 16). */
export async function signalSubmit(
  context: ClientContext,
  decisionId: string,
  envelope: Envelope,
  disclosures: readonly Disclosure[] = [],
): Promise<void> {
  const { digest, parsed } = readStatement(envelope, SUBMITTED_KINDS);
  await context.disclosures.putDisclosures(decisionId, digest, disclosures);
  const handle = context.temporal.workflow.getHandle(workflowIdOf(decisionId));
  await call(context, () => handle.signal(SIGNALS.submit, parsed.envelope), decisionId);
}

/**
 * The decision's own answer; undefined where it has closed (or is unknown to Temporal) and never answered this statement.
 *
 * @throws ClientError `decision.interrupted`.
 */
async function answered(
  context: ClientContext,
  decisionId: string,
  digest: Digest,
  envelope: Envelope,
): Promise<SubmitResult | undefined> {
  const handle = context.temporal.workflow.getHandle(workflowIdOf(decisionId));
  const end = Date.now() + context.callTimeoutMs;
  for (;;) {
    const answer = await ofRun(context, decisionId, handle, digest, envelope, end);
    if (answer !== undefined)
      return answer.code === 'decision.closed' && answer.verdict === 'discarded' ? undefined : answer;
    const run = await latestRun(context, decisionId);
    if (run === undefined) return undefined;
    if (run.state === 'completed') return sealedAnswer(context, decisionId, digest);
    if (run.state === 'stopped') return refuseInterrupted(context, decisionId, run);
    // It was continued in a fresh run, or opened again, between the two questions.
  }
}

/** What the present run answers to the Update; undefined where it has ended without an answer. */
async function ofRun(
  context: ClientContext,
  decisionId: string,
  handle: WorkflowHandle,
  digest: Digest,
  envelope: Envelope,
  end: number,
): Promise<SubmitResult | undefined> {
  try {
    return await executeUpdate<SubmitResult>(context, handle, {
      name: UPDATES.submit,
      id: digest,
      args: [envelope],
      end,
    });
  } catch (error) {
    if (!endedMeanwhile(error)) throw asClientError(error, context, decisionId);
  }
  // Closed. It may be this very statement that closed it, with its answer lost on the way.
  try {
    return await context.temporal.withDeadline(end, () => handle.getUpdateHandle<SubmitResult>(digest).result());
  } catch (error) {
    if (endedMeanwhile(error)) return undefined;
    throw asClientError(error, context, decisionId);
  }
}

/** A stopped workflow whose decision had closed takes addenda; one whose request was refused never was a decision. */
async function refuseInterrupted(context: ClientContext, decisionId: string, run: LatestRun): Promise<undefined> {
  const stage = run.shown?.view?.stage ?? 'empty';
  if (stage === 'closed' || (stage === 'empty' && run.status === 'failed')) return undefined;
  throw interrupted(decisionId, run.status, await reasonOfStop(context, decisionId, run));
}

/** True where the workflow is closed, or closed before it had answered this Update. */
function endedMeanwhile(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof WorkflowNotFoundError) return true;
    if ((at as { type?: unknown }).type === 'AcceptedUpdateCompletedWorkflow') return true;
  }
  return false;
}

/** How long the ledger may take to say whether it knows a decision that Temporal does not, in milliseconds. */
const UNKNOWN_TIMEOUT_MS = 5_000;

async function openAddendum(
  context: ClientContext,
  decisionId: string,
  digest: Digest,
  envelope: Envelope,
): Promise<SubmitResult> {
  const { workflow } = context.temporal;
  // There never was one, or its retention has passed and the ledger has it.
  const known = (await latestRun(context, decisionId)) !== undefined;
  const workflowId = addendumWorkflowId(decisionId, digest);
  const result = await call(
    context,
    async () => {
      try {
        await workflow.start(WORKFLOWS.decisionAddendum, {
          workflowId,
          taskQueue: context.taskQueue,
          args: [{ decisionId, envelope }],
          // The same statement has one addendum, whoever sends it how often; only one that failed is tried again.
          workflowIdConflictPolicy: 'USE_EXISTING',
          workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
          // An addendum to a decision that never was must not wait for it.
          ...(known ? {} : { workflowExecutionTimeout: UNKNOWN_TIMEOUT_MS }),
        });
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      }
      try {
        return (await workflow.getHandle(workflowId).result()) as AddendumResult;
      } catch (error) {
        if (!known && error instanceof WorkflowFailedError && error.cause instanceof TimeoutFailure)
          throw notFound(decisionId, error);
        throw error;
      }
    },
    decisionId,
  );
  if (result.acknowledgement === null) throw discarded(decisionId, result.code ?? '', 'the addendum did not take it');
  return {
    statement: digest,
    verdict: result.accepted ? 'accepted' : 'refused',
    code: result.code,
    detail: null,
    acknowledgement: result.acknowledgement,
    permit: null,
    clearance: null,
    addendum: result.addendumId === '' ? null : result.addendumId,
  };
}

function discarded(decisionId: string, serverCode: string, detail: string): ClientError {
  const message = `the statement was not taken (${serverCode}): ${detail}`;
  return new ClientError('submit.discarded', { message, path: decisionId, serverCode });
}
