import { isGrpcServiceError, ServiceError } from '@temporalio/client';

const RESOURCE_EXHAUSTED = 8;

/**
 * True where the server refuses an Update since too many of its workflow are in flight. Its status is that of every
 * exceeded limit, so the words count (tried on 1.32).
 */
export function tooManyUpdates(error: unknown): boolean {
  const grpc = error instanceof ServiceError ? error.cause : error;
  return isGrpcServiceError(grpc) && isUpdateLimit(grpc);
}

export function isUpdateLimit({ code, details }: { readonly code: number; readonly details: string }): boolean {
  return Number(code) === RESOURCE_EXHAUSTED && /in-flight updates/iu.test(details);
}
