import { randomBytes } from 'node:crypto';
import { Client, type Connection } from '@temporalio/client';
import type { Disclosure, Envelope } from '../core/canon/index.ts';
import type { DecisionView } from '../core/contracts/messages.ts';
import { TASK_QUEUE } from '../core/contracts/names.ts';
import { type Timestamp, timestamp } from '../core/domain/vocabulary.ts';
import type { CauseTree } from '../core/domain/why.ts';
import type { TrustFile } from '../documents/index.ts';
import type { DisclosureStore, DocumentStore } from '../store/index.ts';
import { type Brief, brief } from './brief.ts';
import { connect, type TemporalOptions } from './connection.ts';
import type { ClientContext } from './context.ts';
import { type ExportedPack, exportPack } from './export.ts';
import { Gate } from './gate.ts';
import { type Opened, type OpenRequest, open, openSigned } from './open.ts';
import {
  extend,
  type ExtendOptions,
  handOver,
  type HandOverOptions,
  nudge,
  type OperationOptions,
  reassign,
  type ReassignOptions,
} from './operations.ts';
import { type Recovered, recover, type StandingDecision } from './recover.ts';
import { reevaluate, type ReevaluateOptions } from './reevaluate.ts';
import { state } from './state.ts';
import { type ReceiptContent, type SignedStatement, type Signer, signReceipt } from './statements.ts';
import { listStuck, type StuckDecision, type StuckOptions } from './stuck.ts';
import { type Submitted, signalSubmit, submit } from './submit.ts';
import {
  abstain,
  type ApproveOptions,
  approve,
  breakGlass,
  type BreakGlassOptions,
  cancel,
  claim,
  settle,
  type SettleOptions,
  delegate,
  type DelegateOptions,
  prepareClaim,
  type ReasonedVerdict,
  reject,
  type ReviewOptions,
  review,
  revoke,
} from './verdicts.ts';
import { tellStanding, type Told } from './tell.ts';
import { type WaitOptions, wait } from './wait.ts';
import { why } from './why.ts';

export type ClientOptions = TemporalSource & {
  readonly store: DocumentStore;
  readonly disclosures: DisclosureStore;
  /** Name of the installation, as the trust file has it. */
  readonly origin: string;
  readonly tenant: string;
  readonly taskQueue?: string;
  /** Every acknowledgement must then be there and hold under it; without one only their content is checked. */
  readonly trust?: TrustFile;
  /** How long one call may take, in milliseconds; 30,000 unless given. */
  readonly callTimeoutMs?: number;
  /** The caller's clock; the system's unless given. */
  readonly now?: () => Timestamp;
  /** So many random bytes, for nonces and salts; the system's unless given. */
  readonly random?: (bytes: number) => Uint8Array;
};

export type TemporalSource =
  /** Connects at once, and closes with the client. */
  | { readonly temporal: TemporalOptions }
  /**
   * A connection of the caller's, which stays the caller's to close. Its own retries must let RESOURCE_EXHAUSTED pass,
   * or a statement waits behind ten unanswered Updates without falling back to the signal.
   */
  | { readonly connection: Connection; readonly namespace: string };

/**
 * What orchestrators, approvers and executors do with decisions. Each method's errors are `ClientError`s, or errors of
 * what the caller gave (`CanonError`, `DocumentError`, `StoreError`); every one has a stable `code`.
 */
export interface CountersignClient {
  open(request: OpenRequest): Promise<Opened>;
  openSigned(envelope: Envelope, disclosures?: readonly Disclosure[]): Promise<Opened>;
  state(decisionId: string): Promise<DecisionView>;
  why(decisionId: string): Promise<CauseTree>;
  wait(decisionId: string, options: WaitOptions): Promise<DecisionView>;
  brief(decisionId: string): Promise<Brief>;
  approve(decisionId: string, by: Signer, options: ApproveOptions): Promise<Submitted>;
  reject(decisionId: string, by: Signer, options: ReasonedVerdict): Promise<Submitted>;
  abstain(decisionId: string, by: Signer, options: ReasonedVerdict): Promise<Submitted>;
  /** With a break-glass key: past the people who are missing, for a while, to be reviewed afterwards. */
  breakGlass(decisionId: string, by: Signer, options: BreakGlassOptions): Promise<Submitted>;
  /** The review of a closed decision in which glass was broken, as its addendum. */
  review(decisionId: string, by: Signer, options: ReviewOptions): Promise<Submitted>;
  /** Says of a condition of an approval that it was done, or not kept. */
  settle(decisionId: string, by: Signer, options: SettleOptions): Promise<Submitted>;
  /** Lets one other person approve in the signer's place, in one role. */
  delegate(decisionId: string, by: Signer, options: DelegateOptions): Promise<Submitted>;
  /** Has a routed decision evaluated anew, under what is in force and speaks for it now. */
  reevaluate(decisionId: string, by: Signer, options?: ReevaluateOptions): Promise<Submitted>;
  /** Has everybody who is waited for asked once more: for operators of the policy, and for whoever asked. */
  nudge(decisionId: string, by: Signer, options: OperationOptions): Promise<Submitted>;
  /** Moves the decision deadline, as far as the policy lets its operators. */
  extend(decisionId: string, by: Signer, options: ExtendOptions): Promise<Submitted>;
  /** Has one person asked instead of another, by an operator. */
  reassign(decisionId: string, by: Signer, options: ReassignOptions): Promise<Submitted>;
  /** Has somebody else asked instead of the signer. */
  handOver(decisionId: string, by: Signer, options: HandOverOptions): Promise<Submitted>;
  /** Takes back the signer's own approval, override or delegation, until clearance. */
  revoke(decisionId: string, by: Signer, options: { readonly reason: string }): Promise<Submitted>;
  cancel(decisionId: string, by: Signer, options: { readonly reason: string }): Promise<Submitted>;
  /** Signs a claim without sending it, for callers that must be able to send the same one again. */
  prepareClaim(decisionId: string, by: Signer): Promise<SignedStatement>;
  claim(decisionId: string, by: Signer): Promise<Submitted>;
  /** Signs a receipt without sending it, for the same reason. */
  prepareReceipt(by: Signer, content: ReceiptContent): SignedStatement;
  confirm(by: Signer, content: ReceiptContent): Promise<Submitted>;
  submit(decisionId: string, envelope: Envelope, disclosures?: readonly Disclosure[]): Promise<Submitted>;
  signalSubmit(decisionId: string, envelope: Envelope, disclosures?: readonly Disclosure[]): Promise<void>;
  listStuck(options: StuckOptions): Promise<readonly StuckDecision[]>;
  /** Tells every open decision that governance has spoken: each looks for itself whether it rests on what is revoked. */
  tellStanding(): Promise<Told>;
  export(decisionId: string): Promise<ExportedPack>;
  /** For operators: whether a decision that the ledger holds has a workflow; `start` gives it one where it has none. */
  recover(standing: StandingDecision, options: { readonly start: boolean }): Promise<Recovered>;
  close(): Promise<void>;
}

const DEFAULT_CALL_TIMEOUT_MS = 30_000;

/** @throws ClientError `temporal.unreachable`, `temporal.refused`. */
export async function createClient(options: ClientOptions): Promise<CountersignClient> {
  const { client, address, close } = await temporalOf(options);
  const context: ClientContext = {
    temporal: client,
    address,
    store: options.store,
    disclosures: options.disclosures,
    origin: options.origin,
    tenant: options.tenant,
    taskQueue: options.taskQueue ?? TASK_QUEUE,
    trust: options.trust ?? null,
    now: options.now ?? (() => timestamp(Date.now())),
    random: options.random ?? ((bytes) => Uint8Array.from(randomBytes(bytes))),
    callTimeoutMs: options.callTimeoutMs ?? DEFAULT_CALL_TIMEOUT_MS,
    gate: new Gate(),
  };
  return {
    open: (request) => open(context, request),
    openSigned: (envelope, disclosures) => openSigned(context, envelope, disclosures),
    state: (decisionId) => state(context, decisionId),
    why: (decisionId) => why(context, decisionId),
    wait: (decisionId, wanted) => wait(context, decisionId, wanted),
    brief: (decisionId) => brief(context, decisionId),
    approve: (decisionId, by, given) => approve(context, decisionId, by, given),
    reject: (decisionId, by, given) => reject(context, decisionId, by, given),
    abstain: (decisionId, by, given) => abstain(context, decisionId, by, given),
    breakGlass: (decisionId, by, given) => breakGlass(context, decisionId, by, given),
    review: (decisionId, by, given) => review(context, decisionId, by, given),
    settle: (decisionId, by, given) => settle(context, decisionId, by, given),
    delegate: (decisionId, by, given) => delegate(context, decisionId, by, given),
    reevaluate: (decisionId, by, given) => reevaluate(context, decisionId, by, given),
    nudge: (decisionId, by, given) => nudge(context, decisionId, by, given),
    extend: (decisionId, by, given) => extend(context, decisionId, by, given),
    reassign: (decisionId, by, given) => reassign(context, decisionId, by, given),
    handOver: (decisionId, by, given) => handOver(context, decisionId, by, given),
    revoke: (decisionId, by, given) => revoke(context, decisionId, by, given),
    cancel: (decisionId, by, given) => cancel(context, decisionId, by, given),
    prepareClaim: (decisionId, by) => prepareClaim(context, decisionId, by),
    claim: (decisionId, by) => claim(context, decisionId, by),
    prepareReceipt: (by, content) => signReceipt(by, content, context),
    confirm: (by, content) => submit(context, content.decision_id, signReceipt(by, content, context).envelope),
    submit: (decisionId, envelope, disclosures) => submit(context, decisionId, envelope, disclosures),
    signalSubmit: (decisionId, envelope, disclosures) => signalSubmit(context, decisionId, envelope, disclosures),
    listStuck: (wanted) => listStuck(context, wanted),
    tellStanding: () => tellStanding(context),
    export: (decisionId) => exportPack(context, decisionId),
    recover: (standing, { start }) => recover(context, standing, start),
    close,
  };
}

async function temporalOf(
  source: TemporalSource,
): Promise<{ client: Client; address: string; close: () => Promise<void> }> {
  if ('temporal' in source) return { ...(await connect(source.temporal)), address: source.temporal.address };
  const { connection, namespace } = source;
  return {
    client: new Client({ connection, namespace }),
    address: connection.options.address,
    close: async () => undefined,
  };
}
