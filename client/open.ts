import { WithStartWorkflowOperation } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  canonicalBytes,
  type Digest,
  type Disclosure,
  digestBytes,
  type Envelope,
  parseDigest,
  readCanonical,
} from '../core/canon/index.ts';
import type { Carried, PromotionDecisionInput, PromotionDecisionResult } from '../core/contracts/activities.ts';
import type { DecisionView } from '../core/contracts/messages.ts';
import { UPDATES, WORKFLOWS, workflowIdOf } from '../core/contracts/names.ts';
import { compare } from '../core/domain/replay.ts';
import type { RequestStatement } from '../core/domain/statements.ts';
import { hasCode } from '../core/errors.ts';
import {
  checkEvidenceStatement,
  checkSubject,
  decisionIdFor,
  demandEvidence,
  DocumentError,
  type EvidencePacket,
  type Policy,
  readEvidencePacket,
  readPolicy,
  readStatement,
} from '../documents/index.ts';
import type { ClientContext } from './context.ts';
import { ClientError, type ClientErrorCode } from './errors.ts';
import { latestRun } from './latest-run.ts';
import { reasonOf, state, viewOf } from './state.ts';
import { type RequestContent, type SignedStatement, type Signer, signRequest } from './statements.ts';
import { executeUpdate } from './update.ts';

export interface OpenRequest extends RequestContent {
  readonly requester: Signer;
  /** Canonical bytes of the evidence packet. */
  readonly packet: Uint8Array;
  /** Its author's signed statement. */
  readonly evidenceStatement: Envelope;
  /** Canonical bytes of the policy that `policy` names; taken from the store unless given. */
  readonly policyDocument?: Uint8Array;
  /** What opens the packet's own commitments, for those who may read them. */
  readonly packetDisclosures?: readonly Disclosure[];
}

export interface Opened {
  readonly decisionId: string;
  /** Statement digest of the request that the decision stands on. */
  readonly request: Digest;
  /** False where this very request had been opened before, unless its workflow had been stopped. */
  readonly started: boolean;
  readonly view: DecisionView;
}

/**
 * Opens a decision. Everything is checked before anything is written; documents and disclosures are stored before the
 * workflow is started. Safe to repeat: the same requester and idempotency key lead to the same decision (R20), and a
 * request that differs in substance is a conflict. A decision whose workflow was stopped is started again with the
 * request it stands on, and goes on where the ledger has it.
 *
 * @returns once the decision is routed or closed, or cannot go on for now: see `view.stage`.
 * @throws ClientError `decision.conflict`, `action.unknown`, `target.unknown`, `request.refused`, `temporal.*`, `worker.silent`; DocumentError, PolicyError and
 *   CanonError for what the caller gave; StoreError.
 */
export async function open(context: ClientContext, request: OpenRequest): Promise<Opened> {
  const { requester, packet, evidenceStatement, policyDocument, packetDisclosures = [], ...content } = request;
  const { origin, tenant } = context;
  const evidence = { packet: digestBytes(packet), statement: readStatement(evidenceStatement, 'evidence').digest };
  const decisionId = decisionIdFor({
    origin,
    tenant,
    requester: requester.actorId,
    idempotencyKey: content.idempotencyKey,
  });

  /** The decision that stands under this key, where it stands on this very request in substance. */
  const asStanding = async ({ request, stoppedRun }: Standing): Promise<Opened> => {
    await refuseOther(context, decisionId, request, { ...content, requester: requester.actorId, evidence });
    return stoppedRun === null ? settled(context, decisionId, request) : goOn(context, decisionId, request, stoppedRun);
  };

  const standing = await existing(context, decisionId);
  if (standing !== undefined) return asStanding(standing);

  const signed = signRequest(requester, { ...content, evidence }, context);
  await checkRequest(context, { packet, evidenceStatement, policyDocument, content });
  await context.store.put(packet);
  await context.store.put(canonicalBytes(evidenceStatement));
  await context.disclosures.putDisclosures(decisionId, evidence.packet, packetDisclosures);
  try {
    const started = await start(context, signed);
    // Another process with the same key was faster.
    return started.other === null ? started.opened : await asStanding({ request: started.other, stoppedRun: null });
  } catch (error) {
    const request = requestInLedger(error);
    if (request === undefined) throw error;
    return asStanding({ request, stoppedRun: FORGOTTEN });
  }
}

/** In place of the id of a run that Temporal no longer has. */
const FORGOTTEN = 'forgotten';

/**
 * The request that the ledger has under this key, where the service refused another one for it: Temporal has forgotten
 * the decision (its retention passed, or it was restored from an older copy), and the ledger has not.
 */
function requestInLedger(error: unknown): Digest | undefined {
  if (!hasCode(error, 'decision.conflict') || error.path !== '$.request') return undefined;
  return error.expected === '' ? undefined : parseDigest(error.expected);
}

/**
 * Opens a decision with a request that was signed before, whose documents are in the store. Two envelopes are the same
 * request only where their digests are the same.
 *
 * @throws as {@link open}.
 */
export async function openSigned(
  context: ClientContext,
  envelope: Envelope,
  disclosures: readonly Disclosure[] = [],
): Promise<Opened> {
  const { statement, digest, parsed } = readStatement(envelope, 'request');
  const decisionId = statement.decision_id;
  const standing = await existing(context, decisionId);
  if (standing !== undefined && standing.request !== digest) throw conflict(decisionId, '', digest, standing.request);
  if (standing?.stoppedRun) return goOn(context, decisionId, digest, standing.stoppedRun);
  if (standing !== undefined) return settled(context, decisionId, digest);
  const started = await start(context, { envelope: parsed.envelope, digest, disclosures, decisionId });
  if (started.other !== null) throw conflict(decisionId, '', digest, started.other);
  return started.opened;
}

interface Standing {
  readonly request: Digest;
  /** Id of the run that was stopped before the decision had ended, or forgotten; null where it goes on or has ended. */
  readonly stoppedRun: string | null;
}

/** The request as it stands in a decision that Temporal knows; undefined where there is none, or where it was refused. */
async function existing(context: ClientContext, decisionId: string): Promise<Standing | undefined> {
  const run = await latestRun(context, decisionId);
  // One that was stopped before it had shown anything has written nothing, or the ledger says what.
  if (run === undefined || (run.state === 'stopped' && !run.shown?.view)) return undefined;
  const { request, stage } = await viewOf(context, decisionId, run);
  if (stage === 'empty' && run.state === 'stopped') return undefined;
  return { request: parseDigest(request), stoppedRun: run.state === 'stopped' ? run.runId : null };
}

/** Starts a stopped decision again with the request it stands on: its workflow takes over the chain from the ledger. */
async function goOn(context: ClientContext, decisionId: string, request: Digest, stoppedRun: string): Promise<Opened> {
  // The stopped run has answered the request's own Update id, and the server would give that answer again.
  const started = await launch(context, decisionId, request, `${updateIdOf(request)}/${stoppedRun}`);
  if (started.other !== null) throw conflict(decisionId, '', request, started.other);
  return started.opened;
}

/** A decision that was started with this request, or the request that another start was faster with. */
type Start = { readonly opened: Opened; readonly other: null } | { readonly other: Digest };

async function start(
  context: ClientContext,
  signed: SignedStatement & { readonly decisionId: string },
): Promise<Start> {
  const { decisionId, digest } = signed;
  await context.disclosures.putDisclosures(decisionId, digest, signed.disclosures);
  await context.store.put(canonicalBytes(signed.envelope));
  return launch(context, decisionId, digest, updateIdOf(digest));
}

/** @param carried what a run goes on from, where the ledger has been read already */
export async function launch(
  context: ClientContext,
  decisionId: string,
  digest: Digest,
  updateId: string,
  carried?: Carried,
): Promise<Start> {
  const input: PromotionDecisionInput = { decisionId, request: digest, ...(carried === undefined ? {} : { carried }) };
  const operation = new WithStartWorkflowOperation(WORKFLOWS.promotionDecision, {
    workflowId: workflowIdOf(decisionId),
    taskQueue: context.taskQueue,
    args: [input],
    workflowIdConflictPolicy: 'FAIL',
    // A request that was refused wrote nothing, so its key is free; a decision that Temporal lost is in the ledger.
    workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
  });
  // Rejected as well where the call below fails; that one is awaited.
  operation.workflowHandle().catch(() => undefined);
  try {
    const view = await context.temporal.withDeadline(Date.now() + context.callTimeoutMs, () =>
      context.temporal.workflow.executeUpdateWithStart<() => Promise<PromotionDecisionResult>, DecisionView, []>(
        UPDATES.opened,
        { startWorkflowOperation: operation, updateId },
      ),
    );
    return { opened: { decisionId, request: digest, started: true, view }, other: null };
  } catch (error) {
    if (!isAlreadyStarted(error)) throw await reasonOf(context, decisionId, error);
    const { request } = await state(context, decisionId);
    if (request !== digest) return { other: parseDigest(request) };
    return { opened: await settled(context, decisionId, digest), other: null };
  }
}

/**
 * An id of the request's own: an Update whose id the server knows is answered even where the start that came with it is
 * refused (tried on 1.32), so two requests must never share one.
 */
export function updateIdOf(request: Digest): string {
  return `${UPDATES.opened}/${request}`;
}

/** The view of a decision that had been started, once it is settled; or why its workflow ended without one. */
async function settled(context: ClientContext, decisionId: string, request: Digest): Promise<Opened> {
  const handle = context.temporal.workflow.getHandle(workflowIdOf(decisionId));
  let view = await state(context, decisionId);
  if (view.stage === 'empty' || view.stage === 'requested') {
    try {
      const end = Date.now() + context.callTimeoutMs;
      view = await executeUpdate(context, handle, { name: UPDATES.opened, id: updateIdOf(request), args: [], end });
    } catch (error) {
      throw await reasonOf(context, decisionId, error);
    }
  }
  return { decisionId, request, started: false, view };
}

function isAlreadyStarted(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause)
    if (at instanceof WorkflowExecutionAlreadyStartedError) return true;
  return false;
}

type Substance = Omit<RequestContent, 'summary'> & {
  readonly requester: string;
  readonly evidence: RequestStatement['evidence'];
  readonly summary: string;
};

/** A retry after a lost answer has another nonce, time and salt; all else must be the same. */
async function refuseOther(
  context: ClientContext,
  decisionId: string,
  request: Digest,
  wanted: Substance,
): Promise<void> {
  const { statement } = readStatement(readCanonical(await context.store.get(request)), 'request');
  const disclosed = (await context.disclosures.getDisclosures(decisionId)).get(request) ?? [];
  // A summary that was taken away since then cannot be compared; it is not substance enough to refuse for.
  const summary = disclosed.find(({ path }) => path === '$.summary')?.value ?? wanted.summary;
  const stood = {
    requester: statement.signer,
    role: statement.role,
    action: statement.action,
    target: statement.target,
    candidate: statement.candidate,
    creators: statement.creators,
    evidence: statement.evidence,
    policy: statement.policy,
    context: statement.context,
    summary,
  };
  const { idempotencyKey: _, ...given } = wanted;
  const [difference] = compare('$', stood, given);
  if (difference) throw conflict(decisionId, difference.path, difference.got, difference.expected);
}

function conflict(decisionId: string, path: string, got: string, expected: string): ClientError {
  return new ClientError('decision.conflict', {
    message: `decision ${decisionId} stands under this idempotency key with another request; use another key`,
    path,
    expected,
    got,
  });
}

interface Unchecked {
  readonly packet: Uint8Array;
  readonly evidenceStatement: Envelope;
  readonly policyDocument: Uint8Array | undefined;
  readonly content: RequestContent;
}

/** What the service would find wrong with the documents, found before anything is stored. */
async function checkRequest(
  context: ClientContext,
  { packet, evidenceStatement, policyDocument, content }: Unchecked,
): Promise<void> {
  const read = readEvidencePacket(packet);
  const { statement } = readStatement(evidenceStatement, 'evidence');
  refuseForeign(context, read);
  checkEvidenceStatement(statement, read, digestBytes(packet));
  checkSubject(read, content.candidate);
  const policy = parseDigest(content.policy.digest, '$.policy.digest');
  checkAgainstPolicy(readPolicy(policyDocument ?? (await context.store.get(policy))), content, read);
}

/** @throws DocumentError `document.origin`, `document.tenant`. */
function refuseForeign({ origin, tenant }: ClientContext, packet: EvidencePacket): void {
  const places = [
    ['document.origin', '$.origin', origin, packet.origin],
    ['document.tenant', '$.tenant', tenant, packet.tenant],
  ] as const;
  for (const [code, path, expected, got] of places) {
    if (got !== expected) throw new DocumentError(code, 'the packet belongs elsewhere', [{ path, expected, got }]);
  }
}

/** @throws ClientError `action.unknown`, `target.unknown`; DocumentError `evidence.incomplete`. */
export function checkAgainstPolicy(
  policy: Policy,
  content: Pick<RequestContent, 'action' | 'target'>,
  packet: EvidencePacket,
): void {
  const action = policy.actions.find(({ id }) => id === content.action);
  if (action === undefined) {
    throw unknown('action.unknown', 'action', content.action, policy.actions);
  }
  if (!policy.targets.some(({ id }) => id === content.target)) {
    throw unknown('target.unknown', 'target', content.target, policy.targets);
  }
  demandEvidence(packet, action.evidence);
}

function unknown(
  code: ClientErrorCode,
  member: string,
  got: string,
  known: readonly { readonly id: string }[],
): ClientError {
  const listed = known.slice(0, 20).map(({ id }) => id);
  const expected = `one of ${listed.join(', ')}${known.length > listed.length ? ', …' : ''}`;
  return new ClientError(code, { message: `the policy knows no such ${member}`, path: `$.${member}`, expected, got });
}
