import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { TimeoutFailure, WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/common';
import { type Digest, type Disclosure, type Envelope } from '../core/canon/index.ts';
import type { AddendumResult } from '../core/contracts/activities.ts';
import type { SubmitResult } from '../core/contracts/messages.ts';
import { addendumWorkflowId, SIGNALS, UPDATES, WORKFLOWS, workflowIdOf } from '../core/contracts/names.ts';
import { SUBMITTED_KINDS } from '../core/domain/statements.ts';
import { hasCode } from '../core/errors.ts';
import { readStatement } from '../documents/index.ts';
import type { ClientContext } from './context.ts';
import { ClientError } from './errors.ts';
import { asClientError, call, notFound } from './failures.ts';
import { state } from './queries.ts';

/** An answer of the service: recorded as accepted or as refused, and acknowledged either way. */
export type Submitted = SubmitResult & {
  readonly verdict: 'accepted' | 'refused';
  /** Id of the addendum where the statement came after the decision had closed (ruling 9), else null. */
  readonly addendum: string | null;
};

/**
 * Submits a signed statement and waits for its answer. The statement digest is the Update's id, so a repeated call is
 * the same Update and gets the same answer. What comes after the decision's end opens its linked addendum.
 *
 * @throws ClientError `submit.discarded` (`serverCode` says why), `decision.not_found`, `worker.silent`, `temporal.*`;
 *   CanonError and DocumentError where the envelope is no statement of a kind that decisions take.
 */
export async function submit(
  context: ClientContext,
  decisionId: string,
  envelope: Envelope,
  disclosures: readonly Disclosure[] = [],
): Promise<Submitted> {
  const { digest, parsed, statement } = readStatement(envelope, SUBMITTED_KINDS);
  if (statement.decision_id !== decisionId) {
    throw discarded(decisionId, 'statement.decision', `it is about ${statement.decision_id}`);
  }
  await context.disclosures.putDisclosures(decisionId, digest, disclosures);
  const handle = context.temporal.workflow.getHandle(workflowIdOf(decisionId));
  const answer = await answered(context, decisionId, handle, digest, parsed.envelope);
  if (answer === undefined || (answer.verdict === 'discarded' && answer.code === 'decision.closed')) {
    return openAddendum(
      context,
      decisionId,
      digest,
      parsed.envelope,
      answer !== undefined || (await isKnown(context, decisionId)),
    );
  }
  if (answer.verdict === 'discarded') throw discarded(decisionId, answer.code ?? '', answer.detail ?? '');
  return { ...answer, verdict: answer.verdict, addendum: null };
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

/** The Update's answer; undefined where the decision has closed (or is unknown) and never answered this statement. */
async function answered(
  context: ClientContext,
  decisionId: string,
  handle: WorkflowHandle,
  digest: Digest,
  envelope: Envelope,
): Promise<SubmitResult | undefined> {
  try {
    return await context.temporal.withDeadline(Date.now() + context.callTimeoutMs, () =>
      handle.executeUpdate<SubmitResult, [Envelope]>(UPDATES.submit, { updateId: digest, args: [envelope] }),
    );
  } catch (error) {
    if (!endedMeanwhile(error)) throw asClientError(error, context, decisionId);
  }
  // Closed. It may be this very statement that closed it, with its answer lost on the way.
  try {
    return await context.temporal.withDeadline(Date.now() + context.callTimeoutMs, () =>
      handle.getUpdateHandle<SubmitResult>(digest).result(),
    );
  } catch (error) {
    if (endedMeanwhile(error)) return undefined;
    throw asClientError(error, context, decisionId);
  }
}

/** True where the workflow is closed, or closed before it had answered this Update. */
function endedMeanwhile(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof WorkflowNotFoundError) return true;
    if ((at as { type?: unknown }).type === 'AcceptedUpdateCompletedWorkflow') return true;
  }
  return false;
}

/** False where Temporal has no such decision: there never was one, or its retention has passed and the ledger has it. */
async function isKnown(context: ClientContext, decisionId: string): Promise<boolean> {
  try {
    await state(context, decisionId);
    return true;
  } catch (error) {
    if (hasCode(error, 'decision.not_found')) return false;
    throw error;
  }
}

/** How long the ledger may take to say whether it knows a decision that Temporal does not, in milliseconds. */
const UNKNOWN_TIMEOUT_MS = 5_000;

async function openAddendum(
  context: ClientContext,
  decisionId: string,
  digest: Digest,
  envelope: Envelope,
  known: boolean,
): Promise<Submitted> {
  const { workflow } = context.temporal;
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
    addendum: result.addendumId,
  };
}

function discarded(decisionId: string, serverCode: string, detail: string): ClientError {
  const message = `the statement was not taken (${serverCode}): ${detail}`;
  return new ClientError('submit.discarded', { message, path: decisionId, serverCode });
}
