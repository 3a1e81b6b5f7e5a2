import { CLIENT_ERROR_CODES, type ClientErrorCode } from '../../client/index.ts';
import { CANON_ERROR_CODES } from '../../core/canon/index.ts';
import { hasCode } from '../../core/errors.ts';
import { DOCUMENT_ERROR_CODES } from '../../documents/errors.ts';
import { POLICY_ERROR_CODES } from '../../documents/policy-errors.ts';
import { LEDGER_ERROR_CODES } from '../../ledger/errors.ts';
import { PACK_ERROR_CODES } from '../../pack/errors.ts';
import { STORE_ERROR_CODES } from '../../store/errors.ts';

/**
 * What the caller knows when an operation is over, in the manner of Jepsen. `ok`: the service answered, and what it
 * acknowledged stands. `fail`: it did not happen, and never will. `unknown`: it may have happened, or may yet.
 */
export const OUTCOMES = ['ok', 'fail', 'unknown'] as const;
export type OperationOutcome = (typeof OUTCOMES)[number];

/**
 * Codes of the client after which the call may have had an effect, or may yet have one. The client's others, and those
 * of documents and stores, are thrown before anything is sent, or say that nothing was recorded.
 */
const MAYBE_DONE: readonly ClientErrorCode[] = [
  'temporal.unreachable',
  'temporal.refused',
  'worker.silent',
  'decision.interrupted',
  'submit.answer',
  'wait.timeout',
  'acknowledgement.mismatch',
];

/** Everything that a caller may be answered with; a code outside of it is a failure that is not loud. */
export const CLOSED_CODES: ReadonlySet<string> = new Set<string>([
  ...CLIENT_ERROR_CODES,
  ...CANON_ERROR_CODES,
  ...DOCUMENT_ERROR_CODES,
  ...POLICY_ERROR_CODES,
  ...LEDGER_ERROR_CODES,
  ...PACK_ERROR_CODES,
  ...STORE_ERROR_CODES,
]);

export interface FailedOutcome {
  readonly outcome: Exclude<OperationOutcome, 'ok'>;
  /** Null where the error carries none: the checker calls that silent. */
  readonly code: string | null;
  readonly detail: string;
}

export function outcomeOfError(error: unknown): FailedOutcome {
  const detail = error instanceof Error ? error.message : String(error);
  if (!hasCode(error)) return { outcome: 'unknown', code: null, detail };
  const isOpen = (MAYBE_DONE as readonly string[]).includes(error.code) || !CLOSED_CODES.has(error.code);
  return { outcome: isOpen ? 'unknown' : 'fail', code: error.code, detail };
}
