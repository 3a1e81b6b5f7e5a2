import { type InForceFacts, NAMED_REVOKED, type Obstacle, type Revocation } from '../core/domain/commands.ts';
import type { EndorsedReference } from '../core/domain/events.ts';
import type { RequestStatement } from '../core/domain/statements.ts';
import type { Timestamp } from '../core/domain/vocabulary.ts';
import type { Ancestry } from '../documents/ancestry.ts';
import type { EvidencePacket } from '../documents/evidence.ts';
import { speaksAt, type Standing } from '../documents/standing.ts';
import type { ReadStatement } from '../documents/statements.ts';
import type { Matter } from './admission.ts';
import { ancestorsIn } from './ancestry.ts';
import type { BasisDocument } from './basis.ts';
import type { Denial } from './errors.ts';
import { frozenAt, releaseOf } from './freezes.ts';
import { revokedBy } from './revoked.ts';
import { isRollback } from './linked.ts';
import { changedSince, foundAgain, type LookedAgain } from './resolved.ts';

/**
 * What governance's word of the moment means for one decision (ruling 18, R62). Service, verifier and executor call
 * these with what each of them holds.
 */

export interface InForceStanding {
  readonly document: Standing;
  readonly reference: EndorsedReference;
}

/**
 * Digests of what a candidate is, was made of and goes back to, and of the waivers that it is asked with: when one of them
 * is revoked, the decision stops (R90).
 */
export function restsOn(
  { candidate, waivers = [] }: Pick<RequestStatement, 'candidate' | 'waivers'>,
  packet: EvidencePacket | null,
): readonly string[] {
  const named = new Set([candidate.digest, ...waivers, ...(packet === null ? [] : namedIn(packet))]);
  return [...named].sort();
}

/** Once a packet: a chain may have hundreds of claims, and a packet thousands of parents. */
const NAMED = new WeakMap<EvidencePacket, readonly string[]>();

function namedIn(packet: EvidencePacket): readonly string[] {
  const known = NAMED.get(packet);
  if (known !== undefined) return known;
  const { evaluation, rollback } = packet.sections;
  const named = [
    ...madeOf(packet),
    ...(evaluation?.data_manifest ? [evaluation.data_manifest.digest] : []),
    ...(rollback?.target ? [rollback.target] : []),
  ];
  NAMED.set(packet, named);
  return named;
}

/** Digests of what a candidate was made of, which it hands on to whatever is made of it: parents, teachers, data. */
export function madeOf({ sections: { lineage } }: EvidencePacket): readonly string[] {
  return [
    ...(lineage?.parents ?? []).map(({ digest }) => digest),
    ...(lineage?.teacher_models ?? []).map(({ digest }) => digest),
    ...(lineage?.data_sources ?? []).map(({ digest }) => digest),
  ];
}

/** What says on what a decision rests, beside its request. */
export interface Grounds {
  /** Null where there is none that can be read. */
  readonly packet: EvidencePacket | null;
  /** What stands further back; null or left out where the policy has nobody's ancestry read. */
  readonly ancestry?: Ancestry | null;
}

/** What of all that a standing revokes, sorted; looked up from the smaller side. */
export function revokedOf(
  document: Standing,
  { candidate, waivers = [] }: Pick<RequestStatement, 'candidate' | 'waivers'>,
  { packet, ancestry }: Grounds,
): readonly string[] {
  const { digests } = revokedBy(document);
  if (digests.size === 0) return [];
  const named = [
    candidate.digest,
    ...waivers,
    ...(packet === null ? [] : namedIn(packet)),
    ...(ancestry ? ancestorsIn(ancestry) : []),
  ];
  return [...new Set(named.filter((digest) => digests.has(digest)))].sort();
}

/** What governance says when a decision is evaluated, or claimed. */
export interface StandingAt {
  readonly inForce: InForceStanding | null;
  /** Whether the trust file demands one. */
  readonly demanded: boolean;
}

/** Of an installation that has none, and of evaluations that are no decisions: cases, simulations. */
export const NO_STANDING: StandingAt = { inForce: null, demanded: false };

interface ToRoute {
  readonly at: Timestamp;
  readonly request: RequestStatement;
  readonly packet: EvidencePacket;
  readonly ancestry?: Ancestry | null;
  readonly policy: { readonly reference: EndorsedReference };
  readonly roster: { readonly reference: EndorsedReference };
  /** With a decision that is evaluated anew. */
  readonly before?: Pick<BasisDocument, 'policy'>;
  readonly standing: StandingAt;
}

/** Why nothing is routed under this standing; undefined where it speaks for this policy and roster, and against nothing here. */
export function checkStanding(input: ToRoute): Denial | undefined {
  const { at, request, policy, roster, standing } = input;
  if (standing.inForce === null) {
    if (!standing.demanded) return undefined;
    return { code: 'standing.missing', detail: `the trust file demands a standing, and there is none at ${at}` };
  }
  const { document } = standing.inForce;
  if (!speaksAt(document, at))
    return {
      code: 'standing.ended',
      detail: `standing ${document.serial} speaks from ${document.issued_at} to ${document.not_after}, evaluated ${at}`,
    };
  for (const [kind, named, { reference }] of [
    ['policy', document.policy, policy],
    ['roster', document.roster, roster],
  ] as const) {
    if (named.digest === reference.digest && named.serial === reference.serial) continue;
    // A decision that is on its way keeps the policy it was asked under while governance accepts that (R22).
    const asBefore = kind === 'policy' && input.before?.policy.digest === reference.digest;
    if (asBefore && document.accepted_policies.includes(reference.digest)) continue;
    const detail = `standing ${document.serial} names ${kind} ${named.serial} ${named.digest}, evaluated under ${reference.serial} ${reference.digest}`;
    return { code: 'standing.other', detail };
  }
  const revoked = revokedOf(document, request, input);
  if (revoked.length === 0) return undefined;
  return {
    code: 'candidate.revoked',
    detail: `standing ${document.serial} revokes ${revoked.slice(0, 10).join(', ')}`,
  };
}

/** What speaks about clearances at one instant. */
export interface Word extends StandingAt {
  /** Digest of what restricts the tenant; left out where nothing does (ruling 12). */
  readonly restriction?: string | undefined;
  /** Emergency freezes whose signature holds, in any order. */
  readonly freezes: readonly ReadStatement<'freeze'>[];
  /** With a rollback whose target has moved on since: the decision that moved it. */
  readonly overtaken?: string | undefined;
  /** Where the route had something looked for. */
  readonly again?: LookedAgain | undefined;
}

/** The facts of a claim that come from governance, for {@link InForceFacts}. */
export function standingFacts(
  word: Word,
  matter: Matter,
  grounds: Grounds,
  at: Timestamp,
): Pick<InForceFacts, 'standing' | 'obstacle' | 'resolved' | 'recovery'> {
  const { inForce, freezes, again } = word;
  const obstacle = obstacleOf(word, matter, grounds, at);
  // What no freeze keeps needs no plan, and does not end with one.
  const spared = isRollback(matter.request)
    ? undefined
    : frozenAt({ document: inForce?.document ?? null, freezes }, releaseOf(matter), at).recovery;
  return {
    ...(inForce === null ? {} : { standing: { reference: inForce.reference, not_after: inForce.document.not_after } }),
    ...(obstacle === undefined ? {} : { obstacle }),
    ...(obstacle !== undefined || again?.found === undefined ? {} : { resolved: foundAgain(again) }),
    ...(obstacle !== undefined || spared === undefined ? {} : { recovery: spared }),
  };
}

/** What stands in the way of a clearance at `at`, the gravest first; undefined where nothing does. */
export function obstacleOf(
  { inForce, demanded, freezes, restriction, overtaken, again }: Word,
  matter: Matter,
  grounds: Grounds,
  at: Timestamp,
): Obstacle | undefined {
  const goesBack = isRollback(matter.request);
  if (restriction !== undefined && !goesBack) return { code: 'claim.restricted', restriction };
  const document = inForce?.document ?? null;
  if (document === null ? demanded : !speaksAt(document, at)) return { code: 'claim.no_standing' };
  if (document !== null) {
    const { policy } = matter.request;
    const counts = document.policy.digest === policy.digest || document.accepted_policies.includes(policy.digest);
    if (!counts) return { code: 'claim.policy_withdrawn' };
    if (revokedKeys(document, matter).length > 0) return { code: 'claim.key_revoked' };
    if (revokedOf(document, matter.request, grounds).length > 0) return { code: 'claim.candidate_revoked' };
  }
  // Neither freeze nor restriction keeps anybody from going back to what the first decision names (ruling 12).
  if (goesBack) return overtaken === undefined ? undefined : { code: 'claim.overtaken', overtaken };
  const { by } = frozenAt({ document, freezes }, releaseOf(matter), at);
  if (by === undefined) return again && changedSince(again);
  return { code: 'claim.frozen', ...(by.statement === null ? {} : { freeze: by.statement }) };
}

/** Of the keys without which there is no decision: who asked, who vouches for the evidence, who evaluated, and who waived a gate. */
function revokedKeys(
  document: Standing,
  { keys: { requester, evidenceAuthor, evaluator, waiverAuthors } }: Matter,
): readonly string[] {
  const { keys } = revokedBy(document);
  return [requester, evidenceAuthor, evaluator, ...waiverAuthors].flatMap((key) =>
    key !== null && keys.has(key) ? [key] : [],
  );
}

/**
 * What a standing takes away from under a decision, so that no claim on it will be cleared; null where that is nothing,
 * or where the standing does not speak at `at`. What has ended, or is of the future, ends nothing.
 */
export function revocationBy(
  { document, reference }: InForceStanding,
  matter: Matter,
  grounds: Grounds,
  at: Timestamp,
): Revocation | null {
  if (!speaksAt(document, at)) return null;
  const digests = revokedOf(document, matter.request, grounds);
  const revoked = [...new Set([...digests, ...revokedKeys(document, matter)])].sort();
  if (revoked.length === 0) return null;
  const code = digests.length > 0 ? 'candidate.revoked' : 'key.revoked';
  return { code, standing: reference, revoked: revoked.slice(0, NAMED_REVOKED) };
}
