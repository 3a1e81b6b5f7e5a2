import { type Digest, type Envelope, parseDigest, publicKeyFromBase64 } from '../core/canon/index.ts';
import type { Timestamp } from '../core/domain/vocabulary.ts';
import { BREAKGLASS, type Grant, ROSTER_TYPE, type Roster, type RosterKey } from '../documents/roster.ts';
import { readStatement } from '../documents/statements.ts';
import { CliError } from './errors.ts';

/** Edits of a roster, as pure functions: a roster in, the next one out. Whether it holds is for `readRoster`. */

export function emptyRoster(origin: string, tenant: string, at: Timestamp): Roster {
  return {
    _type: ROSTER_TYPE,
    origin,
    tenant,
    serial: 1,
    predecessor: 'GENESIS',
    issued_at: at,
    persons: [],
    workloads: [],
  };
}

/** The roster that may be edited: itself while it is a draft, its successor once it was published (R26). */
export function editable(roster: Roster, published: boolean, document: Digest, at: Timestamp): Roster {
  if (!published) return { ...roster, issued_at: at };
  return { ...roster, serial: roster.serial + 1, predecessor: document, issued_at: at };
}

/** A key as the roster has it, from its proof of possession: for overrides alone, or for everything else. @throws as `readStatement`. */
export function keyFromProof(
  proof: Envelope,
  at: Timestamp,
  breakglass = false,
): { readonly actorId: string; readonly key: RosterKey } {
  const { statement, parsed } = readStatement(proof, 'possession');
  const key: RosterKey = {
    scheme: 'ed25519',
    public_key: statement.public_key,
    valid_from: at,
    valid_until: null,
    ...(breakglass ? { use: BREAKGLASS } : {}),
    proof: { ...parsed.envelope, signatures: [parsed.envelope.signatures[0]] },
  };
  return { actorId: statement.signer, key };
}

export interface GrantInput {
  readonly role: string;
  /** All, where it is empty. */
  readonly environments: readonly string[];
  readonly actions: readonly string[];
  readonly until: Timestamp | null;
}

export function grantOf({ role, environments, actions, until }: GrantInput, at: Timestamp): Grant {
  return {
    role,
    environments: environments.length === 0 ? '*' : ([...environments] as Exclude<Grant['environments'], '*'>),
    actions: actions.length === 0 ? '*' : [...actions],
    valid_from: at,
    valid_until: until,
  };
}

export function addPerson(roster: Roster, actorId: string, keys: RosterKey[], grants: Grant[]): Roster {
  refuseKnown(roster, actorId);
  return { ...roster, persons: [...roster.persons, { actor_id: actorId, keys, grants }] };
}

export interface WorkloadInput {
  readonly actorId: string;
  readonly title: string;
  readonly controlledBy: readonly string[];
  readonly keys: RosterKey[];
  readonly grants: Grant[];
}

export function addWorkload(roster: Roster, { actorId, title, controlledBy, keys, grants }: WorkloadInput): Roster {
  refuseKnown(roster, actorId);
  const workload = { actor_id: actorId, title, controlled_by: [...controlledBy], keys, grants };
  return { ...roster, workloads: [...roster.workloads, workload] };
}

export function addKey(roster: Roster, actorId: string, key: RosterKey): Roster {
  return edit(roster, actorId, (actor) => ({ ...actor, keys: [...actor.keys, key] }));
}

export function addGrant(roster: Roster, actorId: string, grant: Grant): Roster {
  return edit(roster, actorId, (actor) => ({ ...actor, grants: [...actor.grants, grant] }));
}

/** A key ends now; one that was to begin later, or begins this very instant, was never in force and is taken out. */
export function revokeKey(roster: Roster, actorId: string, keyId: string, at: Timestamp): Roster {
  const revoked = parseDigest(keyId, '--key-id');
  return edit(roster, actorId, (actor) => {
    const idOf = (key: RosterKey): string => publicKeyFromBase64(key.public_key).keyId;
    if (!actor.keys.some((key) => idOf(key) === revoked)) {
      throw new CliError('roster.unknown_key', {
        message: `${actorId} has no such key`,
        path: '--key-id',
        expected: actor.keys.map(idOf).join(', ') || 'none, as the actor has no key',
        got: keyId,
      });
    }
    const keys = actor.keys.flatMap((key) => {
      if (idOf(key) !== revoked) return [key];
      return key.valid_from >= at ? [] : [{ ...key, valid_until: at }];
    });
    return { ...actor, keys };
  });
}

type Actor = { actor_id: string; keys: RosterKey[]; grants: Grant[] };

function edit(roster: Roster, actorId: string, change: <A extends Actor>(actor: A) => A): Roster {
  const known = [...roster.persons, ...roster.workloads].some((actor) => actor.actor_id === actorId);
  if (!known) {
    throw new CliError('roster.unknown_actor', {
      message: 'the roster has no such actor; see countersign roster add-person',
      path: '--actor',
      expected: 'an actor of the roster',
      got: actorId,
    });
  }
  const apply = <A extends Actor>(actor: A): A => (actor.actor_id === actorId ? change(actor) : actor);
  return { ...roster, persons: roster.persons.map(apply), workloads: roster.workloads.map(apply) };
}

function refuseKnown(roster: Roster, actorId: string): void {
  if (![...roster.persons, ...roster.workloads].some((actor) => actor.actor_id === actorId)) return;
  const message = 'the roster has this actor already; see countersign roster add-key and grant';
  throw new CliError('roster.actor_exists', { message, path: '--actor', expected: 'a new actor id', got: actorId });
}
