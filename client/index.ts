// What an orchestrator, an approver's tool or an executor imports, whole: with the stores, keys and documents that the
// client is given, since no other room can be reached from outside.
export { type AcknowledgementCheck, checkAcknowledgement } from './acknowledgement.ts';
export { type Brief, type CheckedText } from './brief.ts';
export { type ClientOptions, type CountersignClient, createClient, type TemporalSource } from './client.ts';
export { connect, type TemporalOptions } from './connection.ts';
export { CLIENT_ERROR_CODES, ClientError, type ClientErrorCode } from './errors.ts';
export type { ExportedPack } from './export.ts';
export type { Opened, OpenRequest, SignedWaiver } from './open.ts';
export type { ExtendOptions, HandOverOptions, OperationOptions, ReassignOptions } from './operations.ts';
export type { Recovered, StandingDecision } from './recover.ts';
export type { ReevaluateOptions } from './reevaluate.ts';
export {
  type ReceiptContent,
  type RequestContent,
  type RoutedFacts,
  type SignedStatement,
  type Signer,
  type Surroundings,
  signAbstention,
  signApproval,
  signCancellation,
  signClaim,
  signCondition,
  signDelegation,
  signEvaluation,
  signEvidence,
  signExtension,
  signNudge,
  signOverride,
  signReassignment,
  signReceipt,
  signReevaluation,
  signRejection,
  signRequest,
  signReview,
  signRevocation,
  signWaiver,
} from './statements.ts';
export type { StuckDecision, StuckOptions } from './stuck.ts';
export type { Submitted } from './submit.ts';
export type { Told } from './tell.ts';
export type {
  ApproveOptions,
  BreakGlassOptions,
  DelegateOptions,
  ReasonedVerdict,
  ReviewOptions,
  SettleOptions,
  VerdictOptions,
} from './verdicts.ts';
export { WAIT_GOALS, type WaitGoal, type WaitOptions } from './wait.ts';
export {
  canonicalBytes,
  type Digest,
  digestBytes,
  type Disclosure,
  type Envelope,
  type PrivateKey,
  privateKeyFromPem,
} from '../core/canon/index.ts';
export type { DecisionView } from '../core/contracts/messages.ts';
export type { CauseTree } from '../core/domain/why.ts';
export { CountersignError, hasCode } from '../core/errors.ts';
export { readTrustFile, type TrustFile } from '../documents/index.ts';
export {
  createDirectoryStore,
  createDisclosureStore,
  type DisclosureStore,
  type DocumentStore,
} from '../store/index.ts';
