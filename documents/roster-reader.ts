import { CanonError, type Digest, type PublicKey, publicKeyFromBase64, verifyEnvelope } from '../core/canon/index.ts';
import type { Timestamp } from '../core/domain/vocabulary.ts';
import { duplicates } from './duplicates.ts';
import { DocumentError, type Problem, refuseAll } from './errors.ts';
import { readDocument } from './read-document.ts';
import { type Grant, ROSTER_TYPE, type Roster, type RosterKey, rosterSchema } from './roster.ts';
import { coversScope } from './scope.ts';
import { readStatement } from './statements.ts';
import { isInForce } from './window.ts';

/** Largest roster, in bytes: some 50,000 persons with a key and a few grants each. */
export const ROSTER_MAX_BYTES = 64 * 1024 * 1024;

export interface RosterReading {
  /**
   * `all` (unless told): every key is loaded and every proof of possession verified, about 2.5 ms a key, so 25 s for
   * 10,000. `on_use`: {@link keyOf} does it for each key before anything is believed for it; for rosters whose digest
   * was read with `all` before.
   */
  readonly proofs?: 'all' | 'on_use';
}

/**
 * Reads a roster from its canonical bytes. Whether it counts is for its endorsements: see `checkEndorsements`.
 *
 * @throws CanonError `json.*`; `key.*` with the path of the key.
 * @throws DocumentError `document.type`, `document.shape`, `document.floating_name`, then `roster.duplicate_actor`,
 *   `roster.key_reused`, `roster.unknown_controller`, `roster.window`, each with all its places, then `roster.possession`.
 */
export function readRoster(bytes: Uint8Array, { proofs = 'all' }: RosterReading = {}): Roster {
  const roster = readDocument(rosterSchema, ROSTER_TYPE, bytes, '$', { maxBytes: ROSTER_MAX_BYTES });
  const actors = actorsOf(roster);
  refuseAll(
    'roster.duplicate_actor',
    'an actor id stands twice',
    duplicates(actors.map(({ actorId, path }) => ({ path: `${path}.actor_id`, value: actorId }))),
  );
  const keys = actors.flatMap((actor) =>
    actor.keys.map((entry, at) => ({ actor, entry, path: `${actor.path}.keys[${at}]` })),
  );
  // One spelling of base64 a key, so equal texts are equal keys.
  refuseAll(
    'roster.key_reused',
    'a public key stands twice',
    duplicates(keys.map(({ entry, path }) => ({ path: `${path}.public_key`, value: entry.public_key }))),
  );
  refuseAll(
    'roster.unknown_controller',
    'a workload is controlled by someone who is no person here',
    strangers(roster),
  );
  refuseAll('roster.window', 'a window ends before it begins', actors.flatMap(emptyWindows));
  if (proofs === 'all') for (const { actor, entry, path } of keys) proveKey(roster, actor.actorId, entry, path);
  return roster;
}

/** An entry of the roster, person or workload. */
export interface RosterActor {
  readonly actorId: string;
  readonly kind: 'person' | 'workload';
  readonly keys: readonly RosterKey[];
  readonly grants: readonly Grant[];
  /** Persons behind it: itself, or those who control it. Sorted. */
  readonly persons: readonly string[];
  /** JSON path of the entry. */
  readonly path: string;
}

/** A key of the roster, loaded, with its possession proven. */
export interface RosterKeyHolder {
  readonly actorId: string;
  readonly kind: 'person' | 'workload';
  readonly key: PublicKey;
}

/** A roster arranged for look-ups. Build it once a roster: some 40 ms for 10,000 persons. */
export interface RosterIndex {
  readonly roster: Roster;
  readonly actors: ReadonlyMap<string, RosterActor>;
  readonly keys: ReadonlyMap<string, IndexedKey>;
  /** Persons by the roles of their grants, whatever their scope. */
  readonly personsByRole: ReadonlyMap<string, readonly RosterActor[]>;
}

interface IndexedKey {
  readonly actor: RosterActor;
  readonly entry: RosterKey;
  /** Loads the key and verifies its proof, the first time it is asked. @throws as readRoster. */
  readonly load: () => PublicKey;
}

/** Where and when a role is asked for. */
export interface Scope {
  readonly environment: string;
  /** Action class id, as the request names it. */
  readonly action: string;
  readonly at: Timestamp;
}

/** @param roster what {@link readRoster} returned. */
export function indexRoster(roster: Roster): RosterIndex {
  const actors = new Map<string, RosterActor>();
  const keys = new Map<string, IndexedKey>();
  const personsByRole = new Map<string, RosterActor[]>();
  for (const actor of actorsOf(roster)) {
    actors.set(actor.actorId, actor);
    for (const [at, entry] of actor.keys.entries()) {
      // The proof names the key's id, so that 10,000 keys need not be loaded to be found; `load` holds it to that.
      const keyId = entry.proof.signatures[0].keyid;
      let loaded: PublicKey | undefined;
      const load = (): PublicKey => {
        loaded ??= proveKey(roster, actor.actorId, entry, `${actor.path}.keys[${at}]`);
        return loaded;
      };
      // A second key under one id can only be a forgery of one of the two; both fail to load, or the first counts.
      if (!keys.has(keyId)) keys.set(keyId, { actor, entry, load });
    }
    if (actor.kind !== 'person') continue;
    for (const role of new Set(actor.grants.map((grant) => grant.role))) {
      const persons = personsByRole.get(role);
      if (persons === undefined) personsByRole.set(role, [actor]);
      else persons.push(actor);
    }
  }
  return { roster, actors, keys, personsByRole };
}

/**
 * Who holds the key of this id, where it is in force at `at`.
 *
 * @throws CanonError `key.*` and DocumentError `roster.possession` for a roster that was read with proofs `on_use`.
 */
export function keyOf(index: RosterIndex, keyId: Digest, at: Timestamp): RosterKeyHolder | undefined {
  const found = index.keys.get(keyId);
  if (found === undefined || !isInForce(found.entry, at)) return undefined;
  return { actorId: found.actor.actorId, kind: found.actor.kind, key: found.load() };
}

/** The same roster without keys that have been revoked since: nobody signs with them, and whoever has no other signs nothing. */
export function withoutKeys(index: RosterIndex, revoked: readonly string[]): RosterIndex {
  if (revoked.length === 0) return index;
  const known = REDUCED.get(index)?.get(revoked);
  if (known !== undefined) return known;
  const reduced = reduce(index, revoked);
  const all = REDUCED.get(index) ?? new WeakMap<readonly string[], RosterIndex>();
  REDUCED.set(index, all.set(revoked, reduced));
  return reduced;
}

/** By roster, then by the very list: one standing stands behind many claims, and a roster has thousands of entries. */
const REDUCED = new WeakMap<RosterIndex, WeakMap<readonly string[], RosterIndex>>();

function reduce(index: RosterIndex, revoked: readonly string[]): RosterIndex {
  const gone = new Set(revoked);
  const stays = ({ proof }: RosterKey): boolean => !gone.has(proof.signatures[0].keyid);
  const actor = (entry: RosterActor): RosterActor => ({ ...entry, keys: entry.keys.filter(stays) });
  return {
    roster: index.roster,
    actors: new Map([...index.actors].map(([id, entry]) => [id, actor(entry)])),
    keys: new Map([...index.keys].filter(([keyId]) => !gone.has(keyId))),
    personsByRole: new Map([...index.personsByRole].map(([role, persons]) => [role, persons.map(actor)])),
  };
}

/** Roles that the actor holds in this scope, sorted; none for an actor that the roster does not know. */
export function rolesAt(index: RosterIndex, actorId: string, scope: Scope): string[] {
  const grants = index.actors.get(actorId)?.grants ?? [];
  return [...new Set(grants.filter((grant) => covers(grant, scope)).map((grant) => grant.role))].sort();
}

/** The actor itself where it is a person, those who control it where it is a workload; sorted; none where unknown. */
export function personsBehind(index: RosterIndex, actorId: string): readonly string[] {
  return index.actors.get(actorId)?.persons ?? [];
}

/** Persons who could approve in this role in this scope: with a grant that covers it and an ordinary key in force. Sorted. */
export function holdersOf(index: RosterIndex, role: string, scope: Scope): string[] {
  return (index.personsByRole.get(role) ?? [])
    .filter(({ grants }) => grants.some((grant) => grant.role === role && covers(grant, scope)))
    .filter(({ keys }) => keys.some((key) => key.use === undefined && isInForce(key, scope.at)))
    .map(({ actorId }) => actorId)
    .sort();
}

function covers(grant: Grant, scope: Scope): boolean {
  return isInForce(grant, scope.at) && coversScope(grant, scope);
}

function actorsOf({ persons, workloads }: Roster): RosterActor[] {
  return [
    ...persons.map(({ actor_id, keys, grants }, at): RosterActor => {
      return { actorId: actor_id, kind: 'person', keys, grants, persons: [actor_id], path: `$.persons[${at}]` };
    }),
    ...workloads.map(({ actor_id, keys, grants, controlled_by }, at): RosterActor => {
      const controllers = [...new Set(controlled_by)].sort();
      return { actorId: actor_id, kind: 'workload', keys, grants, persons: controllers, path: `$.workloads[${at}]` };
    }),
  ];
}

function strangers({ persons, workloads }: Roster): Problem[] {
  const known = new Set(persons.map(({ actor_id }) => actor_id));
  return workloads.flatMap(({ controlled_by }, at) =>
    controlled_by.flatMap((actorId, position) => {
      const path = `$.workloads[${at}].controlled_by[${position}]`;
      return known.has(actorId) ? [] : [{ path, expected: 'a person of this roster', got: actorId }];
    }),
  );
}

function emptyWindows({ keys, grants, path }: RosterActor): Problem[] {
  const members = [
    ...keys.map((entry, at) => ({ entry, where: `${path}.keys[${at}].valid_until` })),
    ...grants.map((entry, at) => ({ entry, where: `${path}.grants[${at}].valid_until` })),
  ];
  return members.flatMap(({ entry: { valid_from, valid_until }, where }) =>
    valid_until === null || valid_from < valid_until
      ? []
      : [{ path: where, expected: `an instant after ${valid_from}`, got: valid_until }],
  );
}

/**
 * Without it, somebody could enter another's key as their own, and so claim that other's statements.
 *
 * @throws CanonError `key.*`. @throws DocumentError `roster.possession`.
 */
function proveKey(roster: Roster, actorId: string, entry: RosterKey, path: string): PublicKey {
  const key = publicKeyFromBase64(entry.public_key, `${path}.public_key`);
  const where = `${path}.proof`;
  try {
    const { statement, parsed } = readStatement(entry.proof, 'possession', where);
    const expected = { origin: roster.origin, tenant: roster.tenant, signer: actorId, public_key: entry.public_key };
    for (const [member, value] of Object.entries(expected)) {
      const got = statement[member as keyof typeof expected];
      if (got === value) continue;
      const problem = { path: `${where}.payload.${member}`, expected: value, got };
      throw new DocumentError('roster.possession', 'the proof of possession is about something else', [problem]);
    }
    verifyEnvelope(parsed, key, where);
  } catch (error) {
    if (error instanceof DocumentError && error.code === 'roster.possession') throw error;
    if (!(error instanceof DocumentError || error instanceof CanonError)) throw error;
    const problem = { path: error.path, expected: error.expected, got: error.got };
    const message = `the proof of possession does not hold (${error.code})`;
    throw new DocumentError('roster.possession', message, [problem], { cause: error });
  }
  return key;
}
