import { isGrpcServiceError, ServiceError, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { GRPC } from './grpc-status.ts';

/**
 * True where the server refuses an Update since its workflow has too many: in flight, until some are answered, or in
 * all, until it goes on in a fresh run. Other limits have the same status, so the words count (tried on 1.32).
 */
export function tooManyUpdates(error: unknown): boolean {
  const grpc = error instanceof ServiceError ? error.cause : error;
  return isGrpcServiceError(grpc) && isUpdateLimit(grpc);
}

export function isUpdateLimit({ code, details }: { readonly code: number; readonly details: string }): boolean {
  if (Number(code) === GRPC.resourceExhausted && /in-flight updates/iu.test(details)) return true;
  const isLimit = Number(code) === GRPC.resourceExhausted || Number(code) === GRPC.failedPrecondition;
  return isLimit && /total number of distinct updates/iu.test(details);
}

/**
 * True where the server itself gave an Update up, since a worker completed its task without a word about it: a worker
 * that was killed, or had more at once than it could take. The decision never heard of it, so it is sent again.
 */
export function wasUnprocessed(error: unknown): boolean {
  if (!(error instanceof WorkflowUpdateFailedError)) return false;
  return error.cause instanceof ApplicationFailure && error.cause.type === 'UnprocessedUpdate';
}
