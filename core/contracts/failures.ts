import { CountersignError } from '../errors.ts';

/**
 * Codes with which workflows and activities answer, beyond those of the rooms they call: as the type of a failure, as
 * the code of a discarded statement, or as a trouble that `why` shows.
 */
export const SERVICE_CODES = [
  /** The decision has ended, and its pack or its place in a release history is not there yet: an addendum waits for it. */
  'addendum.awaited',
  /** Something failed without a code of its own; the worker's log has it. */
  'activity.failed',
  /** A stranger's workflow called what only the service's own may call. */
  'activity.not_local',
  /** An activity did not answer in its time. */
  'activity.timeout',
  /** Temporal's cancel was asked for. It bears no signature, and ends nothing. */
  'cancel.unsigned',
  /** An addendum was asked for, to a decision that is open or unknown. */
  'decision.not_closed',
  /** The decision's chain was tampered with: nothing goes on. */
  'decision.quarantined',
  /** What the evidence names is not where the service may look, or is still being measured: nothing is routed until then. */
  'evidence.awaited',
  /** Something else stands in the ledger than this decision wrote. */
  'ledger.differs',
  /** The ledger shows no clearance where the workflow saw one. */
  'ledger.not_cleared',
  /** An event stands in the ledger that no command of this decision leads to. */
  'ledger.undecided',
  /** Whoever carries notices did not take one. */
  'notice.not_carried',
  /** Nobody is told of an event of this kind, or there is none at this place. */
  'notice.no_event',
  /** The ledger does not end where the workflow does, so nothing is sealed. */
  'pack.head_differs',
  /** The request statement never reached the store. */
  'request.never_came',
  /** The trust file demands a standing, and there is none that speaks now: nothing is routed until there is. */
  'standing.awaited',
  /** So many statements were refused that further ones are only counted. */
  'statement.too_many_refused',
] as const;
export type ServiceCode = (typeof SERVICE_CODES)[number];

/** Reaches the workflow as a failure of this type. */
export class ServiceError extends CountersignError<ServiceCode> {
  override readonly name = 'ServiceError';
}
