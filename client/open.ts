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
import { MEMO, UPDATES, WORKFLOWS, workflowIdOf } from '../core/contracts/names.ts';
import { compare } from '../core/domain/replay.ts';
import { LINK_RELATIONS, type Link, type LinkRelation, type RequestStatement } from '../core/domain/statements.ts';
import { hasCode } from '../core/errors.ts';
import {
  cardNamed,
  checkCard,
  checkEvidencePacket,
  checkEvidenceStatement,
  checkManifests,
  checksOf,
  checkSubject,
  decisionIdFor,
  demandEvidence,
  DocumentError,
  type EvidencePacket,
  type Manifests,
  manifestsNamed,
  parseEvidencePacket,
  type Policy,
  readPolicy,
  type ReadStatement,
  readStatement,
  refuseTogether,
} from '../documents/index.ts';
import type { ClientContext } from './context.ts';
import { ClientError, type ClientErrorCode } from './errors.ts';
import { type LatestRun, latestRun } from './latest-run.ts';
import { reasonOf, settledView, state, viewOf } from './state.ts';
import { type RequestContent, type SignedStatement, type Signer, signRequest } from './statements.ts';

/** A signed waiver, with what opens its reason, for those who may read it. */
export interface SignedWaiver {
  readonly envelope: Envelope;
  readonly disclosures?: readonly Disclosure[];
}

export interface OpenRequest extends Omit<RequestContent, 'waivers'> {
  readonly requester: Signer;
  /** Canonical bytes of the evidence packet. */
  readonly packet: Uint8Array;
  /** Its author's signed statement. */
  readonly evidenceStatement: Envelope;
  /** Canonical bytes of the policy that `policy` names; taken from the store unless given. */
  readonly policyDocument?: Uint8Array;
  /** Canonical bytes of the candidate's manifest, and of others that the policy has read; those the store has may be left out. */
  readonly manifests?: readonly Uint8Array[];
  /** The evaluator's signed card, where the policy has it read; one that the store has may be left out. */
  readonly card?: Envelope;
  /** Id of the decision that this one rolls back; its sealed pack is found. In the place of `linked`. */
  readonly undoes?: string;
  /** Id of the decision of the stage before, in the same way. */
  readonly follows?: string;
  /** Signed before, by somebody who may let this candidate past a gate. */
  readonly waivers?: readonly SignedWaiver[];
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
 * @throws ClientError `decision.conflict`, `decision.not_sealed` (the one to be undone), `action.unknown`, `target.unknown`, `waiver.other`, `request.refused`, `temporal.*`, `worker.silent`; DocumentError, PolicyError and
 *   CanonError for what the caller gave; StoreError.
 */
export async function open(context: ClientContext, request: OpenRequest): Promise<Opened> {
  const {
    requester,
    packet,
    evidenceStatement,
    policyDocument,
    manifests = [],
    card,
    packetDisclosures = [],
    waivers: given = [],
    undoes,
    follows,
    ...asked
  } = request;
  const waivers = given.map(readWaiver);
  const content = {
    ...asked,
    ...(await linkMember(context, { undoes, follows })),
    ...(waivers.length === 0 ? {} : { waivers: waivers.map(({ read }) => read.digest).sort() }),
  };
  const { origin, tenant } = context;
  const evidence = { packet: digestBytes(packet), statement: readStatement(evidenceStatement, 'evidence').digest };
  const decisionId = decisionIdFor({
    origin,
    tenant,
    requester: requester.actorId,
    idempotencyKey: content.idempotencyKey,
  });

  /** The decision that stands under this key, where it stands on this very request in substance. */
  const asStanding = async (standing: Digest, take: typeof settled): Promise<Opened> => {
    await refuseOther(context, decisionId, standing, { ...content, requester: requester.actorId, evidence });
    return take(context, decisionId, standing);
  };

  const known = await existing(context, decisionId);
  if (known?.request) return asStanding(known.request, settled);

  const signed = signRequest(requester, { ...content, evidence }, context);
  await checkRequest(context, { packet, evidenceStatement, policyDocument, manifests, card, content });
  for (const { read } of waivers) refuseOtherWaiver(context, read, content);
  if (card !== undefined) await context.store.put(canonicalBytes(card));
  for (const manifest of manifests) await context.store.put(manifest);
  await context.store.put(packet);
  await context.store.put(canonicalBytes(evidenceStatement));
  for (const { read, disclosures } of waivers) {
    await context.store.put(canonicalBytes(read.parsed.envelope));
    await context.disclosures.putDisclosures(decisionId, read.digest, disclosures);
  }
  await context.disclosures.putDisclosures(decisionId, evidence.packet, packetDisclosures);
  try {
    const started = await start(context, signed, known?.stopped ?? null);
    // Another process with the same key was faster.
    return started.other === null ? started.opened : await asStanding(started.other, settled);
  } catch (error) {
    const request = requestInLedger(error);
    if (request === undefined) throw error;
    return asStanding(request, goOn);
  }
}

/** @throws CanonError, DocumentError as `readStatement`. */
function readWaiver({ envelope, disclosures = [] }: SignedWaiver): {
  readonly read: ReadStatement<'waiver'>;
  readonly disclosures: readonly Disclosure[];
} {
  return { read: readStatement(envelope, 'waiver'), disclosures };
}

/**
 * A waiver of something else would deny the decision, and somebody would have to ask again.
 *
 * @throws ClientError `waiver.other`.
 */
function refuseOtherWaiver(
  { origin, tenant }: ClientContext,
  { statement }: ReadStatement<'waiver'>,
  { candidate, action, target, policy }: RequestContent,
): void {
  const bound: readonly (readonly [member: string, expected: string, got: string])[] = [
    ['origin', origin, statement.origin],
    ['tenant', tenant, statement.tenant],
    ['candidate', candidate.digest, statement.candidate],
    ['action', action, statement.action],
    ['target', target, statement.target],
    ['policy', policy.digest, statement.policy],
  ];
  for (const [member, expected, got] of bound) {
    if (got === expected) continue;
    throw new ClientError('waiver.other', {
      message: `the waiver of ${statement.gate} is of another ${member}`,
      path: `$.waivers.${member}`,
      expected,
      got,
    });
  }
}

async function linkMember(
  context: ClientContext,
  earlier: Readonly<Record<LinkRelation, string | undefined>>,
): Promise<{ readonly linked?: Link }> {
  for (const relation of LINK_RELATIONS) {
    const decisionId = earlier[relation];
    if (decisionId !== undefined) return { linked: await linkTo(context, relation, decisionId) };
  }
  return {};
}

async function linkTo(context: ClientContext, relation: LinkRelation, decisionId: string): Promise<Link> {
  const { pack, stage } = await state(context, decisionId);
  if (pack !== null) return { relation, decision_id: decisionId, pack };
  throw new ClientError('decision.not_sealed', {
    message: 'the earlier decision has no sealed pack yet; it has one once it is closed',
    path: `$.${relation}`,
    expected: 'a closed decision',
    got: stage,
  });
}

/**
 * The request that the ledger has under this key, where the service refused another one for it: the decision's
 * workflow was stopped, or Temporal has forgotten it (its retention passed, or it was restored from an older copy), and
 * the ledger has not.
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
  const known = await existing(context, decisionId);
  if (known?.request === digest) return settled(context, decisionId, digest);
  if (known?.request) throw conflict(decisionId, '', digest, known.request);
  const signed = { envelope: parsed.envelope, digest, disclosures, decisionId };
  const started = await start(context, signed, known?.stopped ?? null);
  if (started.other !== null) throw conflict(decisionId, '', digest, started.other);
  return started.opened;
}

/**
 * What Temporal knows under a decision's id: the request of one that goes on or has ended, or a run that was stopped.
 * What that one stood on is for the ledger to say: whoever may start workflows could have made up what it shows.
 */
type Known =
  | { readonly request: Digest; readonly stopped: null }
  | { readonly request: null; readonly stopped: LatestRun };

async function existing(context: ClientContext, decisionId: string): Promise<Known | undefined> {
  const run = await latestRun(context, decisionId);
  if (run === undefined) return undefined;
  if (run.state === 'stopped') return { request: null, stopped: run };
  return { request: parseDigest((await viewOf(context, decisionId, run)).request), stopped: null };
}

/** Starts a decision that the ledger holds again, with the request it stands on: its workflow takes over the chain. */
async function goOn(context: ClientContext, decisionId: string, request: Digest): Promise<Opened> {
  const started = await launch(context, decisionId, request, { after: (await latestRun(context, decisionId)) ?? null });
  if (started.other !== null) throw conflict(decisionId, '', request, started.other);
  return started.opened;
}

/** A decision that was started with this request, or the request that another start was faster with. */
type Start = { readonly opened: Opened; readonly other: null } | { readonly other: Digest };

/** @param after the run under this decision's id that was stopped before */
async function start(
  context: ClientContext,
  signed: SignedStatement & { readonly decisionId: string },
  after: LatestRun | null,
): Promise<Start> {
  const { decisionId, digest } = signed;
  await context.disclosures.putDisclosures(decisionId, digest, signed.disclosures);
  await context.store.put(canonicalBytes(signed.envelope));
  return launch(context, decisionId, digest, { after });
}

export interface Launch {
  /**
   * The run under this decision's id that was stopped before. What it had shown, where that was of the same request, is
   * shown on until the new one knows its chain.
   */
  readonly after: LatestRun | null;
  /** What a run goes on from, where the ledger has been read already. */
  readonly carried?: Carried;
}

export async function launch(
  context: ClientContext,
  decisionId: string,
  digest: Digest,
  { after, carried }: Launch,
): Promise<Start> {
  // The stopped run may have answered the request's own Update id, and the server would give that answer again.
  const updateId = after === null ? updateIdOf(digest) : `${updateIdOf(digest)}/${after.runId}`;
  const shown = after?.shown?.view?.request === digest ? after.shown : null;
  const input: PromotionDecisionInput = { decisionId, request: digest, ...(carried === undefined ? {} : { carried }) };
  const operation = new WithStartWorkflowOperation(WORKFLOWS.promotionDecision, {
    workflowId: workflowIdOf(decisionId),
    taskQueue: context.taskQueue,
    args: [input],
    ...(shown === null ? {} : { memo: { [MEMO]: shown } }),
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
function updateIdOf(request: Digest): string {
  return `${UPDATES.opened}/${request}`;
}

/** The view of a decision that had been started, once it is settled; or why its workflow ended without one. */
async function settled(context: ClientContext, decisionId: string, request: Digest): Promise<Opened> {
  const known = await state(context, decisionId);
  const waits = known.stage === 'empty' || known.stage === 'requested';
  const view = waits ? await settledView(context, decisionId, updateIdOf(request)) : known;
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
    ...(statement.linked === undefined ? {} : { linked: statement.linked }),
    ...(statement.waivers === undefined ? {} : { waivers: statement.waivers }),
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
  readonly manifests: readonly Uint8Array[];
  readonly card: Envelope | undefined;
  readonly content: RequestContent;
}

/** What the service would find wrong with the documents, found before anything is stored, and all of it at once. */
async function checkRequest(
  context: ClientContext,
  { packet, evidenceStatement, policyDocument, manifests, card, content }: Unchecked,
): Promise<void> {
  const read = parseEvidencePacket(packet);
  const { statement } = readStatement(evidenceStatement, 'evidence');
  // What is of elsewhere is held to nothing of here.
  refuseForeign(context, read);
  const policy = parseDigest(content.policy.digest, '$.policy.digest');
  const document = readPolicy(policyDocument ?? (await context.store.get(policy)));
  const asked = { checks: checksOf(document, content.action), candidate: content.candidate, packet: read };
  const [cardRead, manifestsRead] = await Promise.all([
    held(knownCard(context, asked, card)),
    held(knownManifests(context, asked, manifests)),
  ]);
  refuseTogether([
    () => checkEvidencePacket(read),
    () => checkEvidenceStatement(statement, read, digestBytes(packet)),
    () => checkSubject(read, content.candidate),
    () => checkAgainstPolicy(document, content, read),
    () => checkCard({ ...asked, policy: content.policy }, cardRead()),
    () => checkManifests(asked, manifestsRead()),
  ]);
}

/** What comes of it, for whoever asks later: why it cannot be had is told beside what else is wrong. */
async function held<T>(coming: Promise<T>): Promise<() => T> {
  try {
    const value = await coming;
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

/** The evaluation card that the policy has read, as it was given or as the store has it; null where none is named. */
async function knownCard(
  { store }: ClientContext,
  asked: Parameters<typeof cardNamed>[0],
  given: Envelope | undefined,
): Promise<ReadStatement<'evaluation'> | null> {
  if (given !== undefined) return readStatement(given, 'evaluation');
  const named = cardNamed(asked);
  return named === undefined ? null : readStatement(readCanonical(await store.get(parseDigest(named))), 'evaluation');
}

/** The manifests that the policy has read, as they were given or as the store has them. */
async function knownManifests(
  { store }: ClientContext,
  asked: Parameters<typeof manifestsNamed>[0],
  manifests: readonly Uint8Array[],
): Promise<Manifests> {
  const given = new Map<string, Uint8Array>(manifests.map((bytes) => [digestBytes(bytes), bytes]));
  const known = new Map<string, Uint8Array>();
  // The candidate's own names those of its parents.
  for (let missing = manifestsNamed(asked, known); missing.length > 0; ) {
    for (const digest of missing) known.set(digest, given.get(digest) ?? (await store.get(parseDigest(digest))));
    missing = manifestsNamed(asked, known).filter((digest) => !known.has(digest));
  }
  return known;
}

/** @throws DocumentError `document.origin`, `document.tenant`. */
function refuseForeign({ origin, tenant }: ClientContext, packet: EvidencePacket): void {
  const places = [
    ['document.origin', '$.origin', origin, packet.origin],
    ['document.tenant', '$.tenant', tenant, packet.tenant],
  ] as const;
  refuseTogether(
    places.map(([code, path, expected, got]) => () => {
      if (got !== expected) throw new DocumentError(code, 'the packet belongs elsewhere', [{ path, expected, got }]);
    }),
  );
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
  demandEvidence(packet, action.evidence, policy.times);
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
