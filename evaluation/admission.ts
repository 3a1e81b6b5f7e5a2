import type { AdmittedStatement, InForceFacts, PermitFacts, SignerFacts } from '../core/domain/commands.ts';
import type { OpenFacts } from '../core/contracts/activities.ts';
import type { EndorsedReference } from '../core/domain/events.ts';
import {
  type EvaluationStatement,
  type RequestStatement,
  SUBMITTED_KINDS,
  type SubmittedKind,
} from '../core/domain/statements.ts';
import { DUTIES, type Duty, type Timestamp } from '../core/domain/vocabulary.ts';
import {
  authenticate,
  DocumentError,
  type EvidencePacket,
  type Policy,
  type ReadStatement,
  type RosterIndex,
  rolesAt,
} from '../documents/index.ts';
import { dutiesOf, type Origins } from './duties.ts';
import type { UnderRoster } from './evaluate.ts';

/**
 * From a statement to the facts that `decide` needs. The service calls these on what arrives, and the verifier on what
 * the pack holds: the same functions, so that neither can know something the other does not.
 */

/** The decision a statement is about. */
export interface Matter {
  readonly decisionId: string;
  readonly request: RequestStatement;
  /** From the policy's target table; `production` where it names none (ruling 13). */
  readonly environment: string;
  readonly origins: Origins;
  /** Key ids under which the request, the evidence statement the evaluation card and the waivers were signed. */
  readonly keys: {
    readonly requester: string;
    readonly evidenceAuthor: string | null;
    readonly evaluator: string | null;
    readonly waiverAuthors: readonly string[];
  };
}

export type SubmittedRead = Extract<ReadStatement, { kind: SubmittedKind }>;

type Read<K extends ReadStatement['kind']> = Extract<ReadStatement, { kind: K }>;

/**
 * The matter of a request.
 *
 * @param policy the policy the request names, null where it cannot be read
 * @param evidence the evidence statement it names, null where it cannot be read
 * @param card the evaluation card that its packet names; null where none is read, or it cannot be
 * @param waivers the waivers it names, as far as they can be read
 */
export function matterOf(
  { statement: request, keyId }: Read<'request'>,
  policy: Policy | null,
  evidence: Read<'evidence'> | null,
  card: { readonly statement: Pick<EvaluationStatement, 'signer'>; readonly keyId: string } | null,
  waivers: readonly Read<'waiver'>[],
): Matter {
  const target = policy?.targets.find(({ id }) => id === request.target);
  return {
    decisionId: request.decision_id,
    request,
    environment: target?.environment ?? 'production',
    origins: {
      requester: request.signer,
      creators: request.creators,
      evidenceAuthor: evidence?.statement.signer ?? null,
      evaluator: card?.statement.signer ?? null,
      waiverAuthors: waivers.map(({ statement }) => statement.signer),
    },
    keys: {
      requester: keyId,
      evidenceAuthor: evidence?.keyId ?? null,
      evaluator: card?.keyId ?? null,
      waiverAuthors: waivers.map((waiver) => waiver.keyId),
    },
  };
}

/** What the first event says of the request. @param roster the one in force at opening */
export function requestFacts(
  { statement, digest }: Extract<ReadStatement, { kind: 'request' }>,
  roster: EndorsedReference,
): OpenFacts {
  const { origin, tenant, role, action, target, candidate, creators, evidence, policy, context, summary } = statement;
  const { linked, waivers } = statement;
  return {
    requester: statement.signer,
    request: {
      origin,
      tenant,
      request: digest,
      actor_role: role,
      action,
      target,
      candidate,
      creators,
      evidence,
      policy_version: policy.version,
      policy_digest: policy.digest,
      context,
      summary,
      roster,
      ...(linked === undefined ? {} : { linked }),
      ...(waivers === undefined ? {} : { waivers }),
    },
  };
}

/**
 * Facts of a submitted statement whose signature verifies under a key of `roster` that is in force at `at`.
 *
 * @param roster the one frozen at routing; before routing, the one in force
 * @throws DocumentError `statement.*`, `document.origin`, `document.tenant`: not authenticated, so it is counted, and
 *   never becomes an event of its own
 */
export function admitStatement(
  read: ReadStatement,
  roster: RosterIndex,
  matter: Matter,
  at: Timestamp,
): AdmittedStatement {
  const submitted = asSubmitted(read);
  const { request, decisionId } = matter;
  const { origin, tenant } = request;
  const { kind, actorId } = authenticate(submitted, roster, { origin, tenant, decisionId, at });
  return {
    digest: submitted.digest,
    statement: submitted.statement,
    signer: {
      kind,
      roles: rolesAt(roster, actorId, scopeOf(matter, at)),
      duties: allDuties(dutiesOf(actorId, matter.origins, roster), dutiesOfKey(submitted.keyId, matter)),
    },
    ...(submitted.kind === 'override' ? { owner: factsOf(submitted.statement.owner, roster, matter) } : {}),
    ...(submitted.kind === 'delegation' ? { delegate: factsOf(submitted.statement.delegate, roster, matter) } : {}),
    ...(submitted.kind === 'reassignment'
      ? {
          from: holderFacts(submitted.statement.from, roster, matter, at),
          to: holderFacts(submitted.statement.to, roster, matter, at),
        }
      : {}),
  };
}

/** Stop conditions that an approval's conditions may name, where one does; nothing else of the packet is looked at. */
export function stopsFor(read: ReadStatement, packet: EvidencePacket | null): Pick<AdmittedStatement, 'stops'> {
  if (!namesStops(read)) return {};
  return { stops: packet?.sections.release_plan?.stop_conditions?.map(({ metric }) => metric) ?? [] };
}

export function namesStops(read: ReadStatement): boolean {
  return read.kind === 'approval' && read.statement.conditions?.some(({ stops }) => stops !== undefined) === true;
}

/** What is known of an actor whom a statement names. */
function factsOf(
  actorId: string,
  roster: RosterIndex,
  { origins }: Matter,
): NonNullable<AdmittedStatement['owner']> | null {
  const known = roster.actors.get(actorId);
  return known === undefined ? null : { kind: known.kind, duties: dutiesOf(actorId, origins, roster) };
}

/** The same, with the roles that they hold here and now. */
function holderFacts(actorId: string, roster: RosterIndex, matter: Matter, at: Timestamp): SignerFacts | null {
  const known = factsOf(actorId, roster, matter);
  return known && { ...known, roles: rolesAt(roster, actorId, scopeOf(matter, at)) };
}

/**
 * Duties of whoever holds a key: the key that signed the request asks for no second person, whatever id it stands under
 * by now. Thresholds count persons, then distinct key bytes.
 */
export function dutiesOfKey(keyId: string, { keys }: Matter): Duty[] {
  return DUTIES.filter(
    (duty) =>
      (duty === 'requester' && keyId === keys.requester) ||
      (duty === 'evidence_author' && keyId === keys.evidenceAuthor) ||
      (duty === 'evaluator' && keyId === keys.evaluator) ||
      (duty === 'waiver_author' && keys.waiverAuthors.includes(keyId)),
  );
}

function allDuties(...lists: readonly (readonly Duty[])[]): Duty[] {
  return DUTIES.filter((duty) => lists.some((list) => list.includes(duty)));
}

/**
 * What a claim finds in the roster in force: approvers, executor, whoever broke glass, delegators and their delegates count
 * no more where they are no longer what they were.
 */
export function inForceFacts(
  claim: ReadStatement,
  approvals: readonly ReadStatement[],
  roster: UnderRoster,
  matter: Matter,
  at: Timestamp,
): InForceFacts {
  return {
    roster: roster.reference,
    ineligible: ineligibleIn(approvals, roster, matter, at),
    executorEligible: standsIn(claim, roster.index, matter, at),
  };
}

/** Statement digests of those whose signers are no longer what they were under this roster, sorted. */
export function ineligibleIn(
  approvals: readonly ReadStatement[],
  { index, soleSigner = null }: UnderRoster,
  matter: Matter,
  at: Timestamp,
): readonly string[] {
  const ineligible = approvals.filter(
    (approval) => !standsIn(approval, index, matter, at) || isOnWordOf(approval, soleSigner),
  );
  return ineligible.map(({ digest }) => digest).sort();
}

/** Whoever alone says who people are fills no slot under that word, nor does anybody in their place or they in another's. */
function isOnWordOf({ kind, statement }: ReadStatement, soleSigner: string | null): boolean {
  if (kind !== 'approval' && kind !== 'override' && kind !== 'delegation') return false;
  return statement.signer === soleSigner || ('delegate' in statement && statement.delegate === soleSigner);
}

export function permitFacts({ statement, digest }: Extract<ReadStatement, { kind: 'permit' }>): PermitFacts {
  return { digest, claim: statement.claim, cleared: statement.cleared };
}

/** The signer's key is still theirs, and they still hold every role they offered or gave to another. */
function standsIn(read: ReadStatement, roster: RosterIndex, matter: Matter, at: Timestamp): boolean {
  const { origin, tenant } = matter.request;
  let kind: SignerFacts['kind'];
  try {
    ({ kind } = authenticate(read, roster, { origin, tenant, decisionId: matter.decisionId, at }));
  } catch (error) {
    if (error instanceof DocumentError) return false;
    throw error;
  }
  if (read.kind !== 'approval' && read.kind !== 'override' && read.kind !== 'delegation') return true;
  const held = rolesAt(roster, read.statement.signer, scopeOf(matter, at));
  const duties = dutiesOf(read.statement.signer, matter.origins, roster);
  const barred = allDuties(duties, dutiesOfKey(read.keyId, matter)).length > 0;
  if (read.kind === 'delegation' && !mayStandIn(read.statement.delegate, roster, matter)) return false;
  // In somebody's place it takes no role of one's own: whoever delegated has to hold it.
  if (read.kind === 'approval' && read.statement.delegation !== undefined) return !barred && kind === 'person';
  const offered = read.kind === 'approval' ? read.statement.roles : [read.statement.role];
  return !barred && offered.every((role) => held.includes(role));
}

function mayStandIn(delegate: string, roster: RosterIndex, matter: Matter): boolean {
  const known = factsOf(delegate, roster, matter);
  return known?.kind === 'person' && known.duties.length === 0;
}

function scopeOf(
  { environment, request }: Matter,
  at: Timestamp,
): { environment: string; action: string; at: Timestamp } {
  return { environment, action: request.action, at };
}

function asSubmitted(read: ReadStatement): SubmittedRead {
  if (SUBMITTED_KINDS.some((kind) => kind === read.kind)) return read as SubmittedRead;
  const problem = { path: '$.payloadType', expected: `one of ${SUBMITTED_KINDS.join(', ')}`, got: read.kind };
  throw new DocumentError('statement.kind', 'a statement of this kind is not submitted to a decision', [problem]);
}
