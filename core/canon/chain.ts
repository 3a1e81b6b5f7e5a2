import { type Digest, digestBytes, digestJson } from './digest.ts';
import { CanonError, type CanonErrorCode } from './errors.ts';
import { excerpt } from './json-path.ts';
import type { JsonObject } from './json-value.ts';
import { canonicalize, canonicalizeBoth } from './json-write.ts';
import { ownMember } from './own-member.ts';
import { utf8Bytes } from './utf8.ts';
import { uuidFromDigest } from './uuid.ts';

/** `previous_hash` of a chain's first event (R3). */
export const GENESIS = 'GENESIS';

export type PreviousHash = Digest | typeof GENESIS;

export type LinkedEvent<Body extends JsonObject = JsonObject> = Body & {
  readonly previous_hash: PreviousHash;
  readonly integrity_hash: Digest;
};

export type ChainFindingCode = Extract<CanonErrorCode, `chain.${string}`>;

/** One thing that does not hold. `expected` and `got` are for people; `got` may quote attacker-controlled text, cut short. */
export interface ChainFinding {
  readonly code: ChainFindingCode;
  /** The place in the chain, from 1, whatever the event itself says; 0 where the chain as a whole is meant. */
  readonly sequence: number;
  /** JSON path from the array of events: `$[2].previous_hash`. */
  readonly path: string;
  readonly expected: string;
  readonly got: string;
}

/**
 * Ruling 2: SHA-256 of the canonical JSON of the event without `integrity_hash`.
 *
 * @throws CanonError `chain.reserved_member` when that member is there, `json.*` as `canonicalize` does.
 */
export function integrityHash(eventWithoutHash: JsonObject): Digest {
  refuseMember(eventWithoutHash, 'integrity_hash');
  return digestJson(eventWithoutHash);
}

/** An event as it is stored, and the hash that it ought to bear, in one walk. @throws CanonError `json.*` as `canonicalize` does. */
export function hashedBytes(event: JsonObject): { readonly bytes: Uint8Array; readonly hash: Digest } {
  const { whole, without } = canonicalizeBoth(event, 'integrity_hash');
  return { bytes: utf8Bytes(whole), hash: digestBytes(utf8Bytes(without)) };
}

/**
 * Id of the event at a place in a chain: a UUID (version 8, RFC 9562) of the digest of
 * `{_type, decision_id, sequence, previous_hash}`. Derived, so that a retry writes the same id, and anybody can check it.
 */
export function eventIdOf(decisionId: string, sequence: number, previousHash: PreviousHash): string {
  const place = { decision_id: decisionId, sequence, previous_hash: previousHash };
  return uuidFromDigest(digestJson({ _type: 'application/vnd.countersign.event-id.v1+json', ...place }));
}

/**
 * The event that stands after the one whose hash is `previousHash`.
 *
 * @param body every member but `previous_hash` and `integrity_hash`.
 * @throws CanonError `chain.reserved_member` when `body` has one of them, `json.*` as `canonicalize` does.
 */
export function linkEvent<Body extends JsonObject>(body: Body, previousHash: PreviousHash): LinkedEvent<Body> {
  refuseMember(body, 'previous_hash');
  refuseMember(body, 'integrity_hash');
  // Written once as it came, so that the copy below cannot turn an instance or a getter into plain data.
  canonicalize(body);
  const linked = { ...body, previous_hash: previousHash };
  return { ...linked, integrity_hash: digestJson(linked) };
}

/**
 * Everything that is wrong with a chain; nothing where it holds. It gathers, and throws on no input: events are
 * parsed JSON that someone else wrote, and a report must name every fault.
 *
 * What it cannot see: a tail that was cut off, or a chain written anew from some event on. Whoever can do that has
 * broken no hash; a signed or anchored head shows it (R6).
 */
export function verifyChain(events: readonly JsonObject[]): ChainFinding[] {
  const given: unknown = events;
  if (!Array.isArray(given)) return [finding('chain.malformed', 0, '$', 'an array of events', excerpt(given))];
  if (given.length === 0) return [finding('chain.empty', 0, '$', 'at least one event', 'none')];
  const walk: Walk = {
    findings: [],
    decisionId: ownMember(given[0], 'decision_id'),
    seen: new Map(),
    previous: undefined,
  };
  for (let index = 0; index < given.length; index += 1) verifyEvent(given[index], index, walk);
  return walk.findings;
}

interface Walk {
  readonly findings: ChainFinding[];
  /** Of the first event: the others must agree with it. */
  readonly decisionId: unknown;
  /** Event id to the place where it stood first. */
  readonly seen: Map<string, number>;
  /** The event before, as it came. */
  previous: unknown;
}

function verifyEvent(event: unknown, index: number, walk: Walk): void {
  const report = (code: ChainFindingCode, member: string, expected: string, got: string): void => {
    walk.findings.push(finding(code, index + 1, `$[${index}]${member}`, expected, got));
  };
  if (typeof event !== 'object' || event === null || Array.isArray(event)) {
    report('chain.event', '', 'an event object', excerpt(event));
  } else {
    verifyHash(event, report);
    verifyPlace(event, index, walk, report);
    verifyIdentity(event, index, walk, report);
  }
  walk.previous = event;
}

type Report = (code: ChainFindingCode, member: string, expected: string, got: string) => void;

function verifyHash(event: object, report: Report): void {
  const stored = ownMember(event, 'integrity_hash');
  try {
    const computed = hashOf(event);
    if (stored !== computed) report('chain.hash', '.integrity_hash', computed, excerpt(stored));
  } catch (error) {
    if (!(error instanceof CanonError)) throw error;
    report('chain.not_hashable', error.path.slice(1), 'plain JSON within the number rule', error.code);
  }
}

function verifyPlace(event: object, index: number, walk: Walk, report: Report): void {
  const sequence = ownMember(event, 'sequence');
  if (sequence !== index + 1) report('chain.sequence', '.sequence', String(index + 1), excerpt(sequence));
  const link = ownMember(event, 'previous_hash');
  if (index === 0) {
    if (link !== GENESIS) report('chain.genesis', '.previous_hash', GENESIS, excerpt(link));
    return;
  }
  // Against the hash that the event before claims; whether the claim is true has been checked there.
  const claimed = ownMember(walk.previous, 'integrity_hash');
  if (link === GENESIS) report('chain.genesis', '.previous_hash', excerpt(claimed), excerpt(link));
  else if (typeof link !== 'string' || link !== claimed) {
    report('chain.previous', '.previous_hash', excerpt(claimed), excerpt(link));
  }
}

function verifyIdentity(event: object, index: number, walk: Walk, report: Report): void {
  const decisionId = ownMember(event, 'decision_id');
  if (!isIdentifier(decisionId)) report('chain.decision', '.decision_id', 'a non-empty string', excerpt(decisionId));
  else if (decisionId !== walk.decisionId) {
    report('chain.decision', '.decision_id', excerpt(walk.decisionId), excerpt(decisionId));
  }
  const eventId = ownMember(event, 'event_id');
  if (!isIdentifier(eventId)) {
    report('chain.event_id', '.event_id', 'a non-empty string', excerpt(eventId));
    return;
  }
  const first = walk.seen.get(eventId);
  if (first === undefined) walk.seen.set(eventId, index + 1);
  else
    report('chain.duplicate_event', '.event_id', 'an id of its own', `${excerpt(eventId)}, which event ${first} has`);
}

function isIdentifier(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function hashOf(event: object): Digest {
  return digestBytes(utf8Bytes(canonicalizeBoth(event, 'integrity_hash').without));
}

function refuseMember(value: JsonObject, name: string): void {
  if (!Object.hasOwn(value, name)) return;
  const message = `${name} is computed here, and must not be given`;
  throw new CanonError('chain.reserved_member', { message, path: `$.${name}`, expected: 'no such member' });
}

function finding(code: ChainFindingCode, sequence: number, path: string, expected: string, got: string): ChainFinding {
  return { code, sequence, path, expected, got };
}
