import { CountersignError, type ErrorDetail } from '../core/errors.ts';

/** Every code the ledger answers with. */
export const LEDGER_ERROR_CODES = [
  /** The store did not confirm; `reason` says why, `outcome` whether the write may stand all the same. */
  'ledger.unavailable',
  /** The store answers, but "acknowledged" would not mean "on disk". Nothing is appended until it does. */
  'ledger.durability',
  /** The credentials are refused, may do too little, or may do too much (delete, trim, flush, overwrite). */
  'ledger.permissions',
  /** The batch given to append does not continue the given head, or is not made of linked canonical events. */
  'ledger.not_a_batch',
  /** A decision id, registry, key or value that the ledger takes no name from. */
  'ledger.bad_name',
  /** What is stored cannot be a chain this ledger wrote: unreadable entry, wrong id, gap, broken hash. */
  'ledger.corrupt',
  /** What is stored is well formed, but carries no seal by a key of the workers. */
  'ledger.mac',
  /** The chain has ended and was archived; nothing is appended to it any more. */
  'ledger.archived',
  /** The document of an archived chain cannot be had from the store, or is not the one that the stub names. */
  'ledger.archive',
  /** The chain does not end where it did when it was read; nothing was changed. */
  'ledger.moved',
  /** The options given to the factory cannot work. */
  'ledger.configuration',
] as const;

export type LedgerErrorCode = (typeof LEDGER_ERROR_CODES)[number];

/** Why a store did not confirm. */
export const UNAVAILABLE_REASONS = [
  'unreachable',
  'timeout',
  'cut',
  'closed',
  'loading',
  'read_only',
  'out_of_memory',
  'disk',
  'busy',
  'too_few_replicas',
  'cluster',
  'refused',
] as const;

export type UnavailableReason = (typeof UNAVAILABLE_REASONS)[number];

/**
 * What a failed write left behind. `unknown`: it may stand, so the caller repeats the same append and is told
 * `appended` or `exists`. Failed reads are `not_stored`.
 */
export type WriteOutcome = 'not_stored' | 'unknown';

/**
 * Messages, fields and causes carry no password, no key and no command arguments: the driver's own errors do
 * (a failed AUTH carries its password), so they are never attached as `cause`.
 */
export class LedgerError extends CountersignError<LedgerErrorCode> {
  readonly reason: UnavailableReason | undefined;
  readonly outcome: WriteOutcome;

  constructor(
    code: LedgerErrorCode,
    detail: ErrorDetail & { readonly reason?: UnavailableReason; readonly outcome?: WriteOutcome },
    options?: { cause?: unknown },
  ) {
    super(code, detail, options);
    this.name = 'LedgerError';
    this.reason = detail.reason;
    this.outcome = detail.outcome ?? 'not_stored';
  }
}

export function unavailable(reason: UnavailableReason, message: string, outcome: WriteOutcome): LedgerError {
  return new LedgerError('ledger.unavailable', {
    message,
    expected: 'a ledger that confirms',
    got: outcome === 'unknown' ? `${reason}, outcome unknown` : reason,
    reason,
    outcome,
  });
}
