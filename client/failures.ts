import {
  isGrpcServiceError,
  QueryNotRegisteredError,
  QueryRejectedError,
  ServiceError,
  WorkflowFailedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import {
  ApplicationFailure,
  CancelledFailure,
  NamespaceNotFoundError,
  TerminatedFailure,
  TimeoutFailure,
} from '@temporalio/common';
import { hasCode } from '../core/errors.ts';
import type { ClientContext } from './context.ts';
import { ClientError } from './errors.ts';
import { GRPC } from './grpc-status.ts';
import { sentenceOf } from './sentence.ts';
import { tooManyUpdates, wasUnprocessed } from './update-limits.ts';

type Where = Pick<ClientContext, 'address' | 'callTimeoutMs' | 'taskQueue'>;

/**
 * Runs one call under the client's deadline; what Temporal throws becomes a {@link ClientError}, here and nowhere else.
 * Errors that carry a code of this project pass through.
 */
export async function call<T>(context: ClientContext, run: () => Promise<T>, decisionId?: string): Promise<T> {
  try {
    return await context.temporal.withDeadline(Date.now() + context.callTimeoutMs, run);
  } catch (error) {
    throw asClientError(error, context, decisionId);
  }
}

/** The one mapping from what the SDK throws to what callers switch over. */
export function asClientError(error: unknown, where: Where, decisionId = ''): unknown {
  if (hasCode(error)) return error;
  if (error instanceof WorkflowNotFoundError) return notFound(decisionId, error);
  if (error instanceof NamespaceNotFoundError) return refused(where, `no namespace ${error.namespace}`, error);
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return silent(where, error);
  if (error instanceof QueryNotRegisteredError || error instanceof QueryRejectedError)
    return refused(where, error.message, error);
  // It waited for its turn until the time was out.
  if (tooManyUpdates(error) || wasUnprocessed(error)) return silent(where, error);
  if (error instanceof WorkflowFailedError) {
    const how = stopOf(error.cause);
    if (how !== undefined) return interrupted(decisionId, how, error.cause?.message ?? '', error);
  }
  if (error instanceof WorkflowUpdateFailedError || error instanceof WorkflowFailedError) {
    return ofService(error.cause, decisionId, error);
  }
  const grpc = error instanceof ServiceError ? error.cause : error;
  if (!isGrpcServiceError(grpc)) return error;
  const { code, details } = grpc;
  switch (Number(code)) {
    case GRPC.unavailable:
      return unreachable(where, error);
    case GRPC.deadlineExceeded:
    // A query without a worker: "no poller seen for task queue recently".
    case GRPC.failedPrecondition:
      return silent(where, error);
    case GRPC.notFound:
      return notFound(decisionId, error);
    default:
      return refused(where, details, error);
  }
}

/** How a workflow was stopped from outside; undefined where its own code ended it. */
function stopOf(cause: unknown): string | undefined {
  if (cause instanceof TerminatedFailure) return 'terminated';
  if (cause instanceof TimeoutFailure) return 'timed out';
  return cause instanceof CancelledFailure ? 'canceled' : undefined;
}

/** A failure of workflow code: its type is the service's own code. */
function ofService(cause: unknown, decisionId: string, error: unknown): ClientError {
  const failure = applicationFailure(cause);
  const serverCode = failure?.type ?? undefined;
  // An addendum was asked for, and the ledger has no such decision either.
  if (serverCode === 'decision.not_closed') return notFound(decisionId, error);
  const place = placeOf(failure?.details?.[0], decisionId);
  const told = failure?.message ?? (cause instanceof Error ? cause.message : 'the decision ended without a result');
  const message = sentenceOf({ code: serverCode ?? '', message: told, ...place });
  const code = serverCode === 'decision.conflict' ? 'decision.conflict' : 'request.refused';
  return new ClientError(code, { message, ...place, serverCode }, { cause: error });
}

/** Where the service's failure says that it is; the decision where it does not. */
function placeOf(details: unknown, decisionId: string): { path: string; expected: string; got: string } {
  const given = (typeof details === 'object' && details !== null ? details : {}) as Readonly<Record<string, unknown>>;
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  return { path: text(given['path']) || decisionId, expected: text(given['expected']), got: text(given['got']) };
}

/** The innermost failure with a type: an activity's failure wraps the one that says why. */
function applicationFailure(cause: unknown): ApplicationFailure | undefined {
  let found: ApplicationFailure | undefined;
  for (let at = cause; at instanceof Error; at = at.cause) if (at instanceof ApplicationFailure && at.type) found = at;
  return found;
}

export function unreachable({ address }: Pick<Where, 'address'>, cause: unknown): ClientError {
  return new ClientError(
    'temporal.unreachable',
    {
      message:
        'Temporal does not answer; is it running, and is TEMPORAL_ADDRESS (or temporal.address of the configuration) right?',
      path: address,
      expected: 'a Temporal server',
      got: 'no connection',
    },
    { cause },
  );
}

export function silent({ callTimeoutMs, taskQueue }: Where, cause?: unknown): ClientError {
  return new ClientError(
    'worker.silent',
    {
      message: `no worker answered; is one polling the task queue ${taskQueue}? Repeating the call is safe`,
      path: taskQueue,
      expected: `an answer within ${callTimeoutMs} ms`,
      got: 'none',
    },
    { cause },
  );
}

function refused({ address }: Where, got: string, cause: unknown): ClientError {
  const message = 'Temporal refuses the call; check namespace and credentials';
  return new ClientError('temporal.refused', { message, path: address, got: got.slice(0, 200) }, { cause });
}

export function notFound(decisionId: string, cause?: unknown): ClientError {
  const message =
    'no such decision is known here; check id, tenant and namespace; the pack of one that Temporal has forgotten: countersign export --from-ledger';
  return new ClientError(
    'decision.not_found',
    { message, path: decisionId, expected: 'the id of a decision' },
    { cause },
  );
}

/** The workflow is gone and its decision is not: the ledger has the chain, and whoever opens it again goes on with it. */
export function interrupted(decisionId: string, how: string, reason: string, cause?: unknown): ClientError {
  const said = reason === '' ? '' : ` (${reason})`;
  const message = `its workflow was stopped before the decision had closed${said}; open it again with the same request, then repeat the call`;
  return new ClientError(
    'decision.interrupted',
    { message, path: decisionId, expected: 'a running workflow', got: how },
    { cause },
  );
}
