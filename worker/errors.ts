import { CountersignError } from '../core/errors.ts';

/** Why a worker does not start or is not ready, beyond what ledger, trust file and keys answer with. */
export const WORKER_ERROR_CODES = [
  /** A variable or a key file is missing or wrong, or the trust file does not name a key. */
  'worker.configuration',
  /** Nothing answers at Temporal's address. */
  'temporal.unreachable',
  /** It does not poll yet, or not any more. */
  'worker.not_running',
] as const;
export type WorkerErrorCode = (typeof WORKER_ERROR_CODES)[number];

export class WorkerError extends CountersignError<WorkerErrorCode> {
  override readonly name = 'WorkerError';
}
