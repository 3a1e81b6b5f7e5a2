import { CountersignError, type ErrorDetail } from '../core/errors.ts';

/** Every code the client answers with. Codes of documents, statements and stores pass through as they are. */
export const CLIENT_ERROR_CODES = [
  /** Nothing answers at Temporal's address. */
  'temporal.unreachable',
  /** Temporal answers, and refuses: namespace, credentials, a name it does not know. */
  'temporal.refused',
  /** Temporal took the call, and no worker answered it in time. The call may still take effect: repeat it. */
  'worker.silent',
  /** No such decision, as far as Temporal and the ledger know. */
  'decision.not_found',
  /** The decision's workflow was terminated, timed out or failed before its end: open it again, and it goes on. */
  'decision.interrupted',
  /** The idempotency key was used with another request (R20). */
  'decision.conflict',
  /** The decision has not been routed, so there is nothing to approve, reject or claim. */
  'decision.not_routed',
  /** The decision has not closed, and takes no addendum before it has. */
  'decision.open',
  /** The audit pack has not been sealed. */
  'decision.not_sealed',
  /** The policy knows no such action, or no such target. */
  'action.unknown',
  'target.unknown',
  /** A waiver is of another candidate, action, target or policy than the request. */
  'waiver.other',
  /** The service did not take the request; `serverCode` says why. */
  'request.refused',
  /** The statement did not authenticate, so nothing was recorded of it by name; `serverCode` says why. */
  'submit.discarded',
  /** The answer is about another statement, or its acknowledgement does not say the same or does not hold. */
  'submit.answer',
  /** The signer holds none of the roles that are asked for. */
  'approval.no_role',
  /** The policy lets nobody break glass. */
  'override.none',
  /** No approval has such a condition, or several have. */
  'condition.none',
  /** Nobody of that name has delegated to the signer here. */
  'delegation.none',
  /** The policy lets nobody delegate. */
  'delegation.not_allowed',
  /** None, or several, of the signer's roles could be delegated. */
  'delegation.role',
  /** The policy names no operators. */
  'operation.not_allowed',
  /** The signer holds no role of the policy's operators. */
  'operation.no_role',
  /** In none of the route's roles, or in several, could both sign. */
  'reassignment.which_role',
  /** The signer has no approval here that could be taken back: it expired, was revoked, or never was. */
  'approval.none_lives',
  /** What was waited for did not come in time. */
  'wait.timeout',
  /** A signed acknowledgement does not answer the statement it came for. */
  'acknowledgement.mismatch',
] as const;

export type ClientErrorCode = (typeof CLIENT_ERROR_CODES)[number];

export class ClientError extends CountersignError<ClientErrorCode> {
  /** The service's own code, where it has said one. */
  readonly serverCode: string | null;

  constructor(
    code: ClientErrorCode,
    detail: ErrorDetail & { readonly serverCode?: string | undefined },
    options?: { cause?: unknown },
  ) {
    super(code, detail, options);
    this.name = 'ClientError';
    this.serverCode = detail.serverCode ?? null;
  }
}
