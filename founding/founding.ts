import {
  canonicalBytes,
  digestBytes,
  digestJson,
  type Envelope,
  type PrivateKey,
  privateKeyFromSeed,
  publicKeyToBase64,
  toBase64,
} from '../core/canon/index.ts';
import {
  type EndorsedKind,
  type EndorsementStatement,
  type PossessionStatement,
  statementType,
} from '../core/domain/statements.ts';
import type { Timestamp } from '../core/domain/vocabulary.ts';
import { nextStanding } from './governance.ts';
import {
  BREAKGLASS,
  type Grant,
  type KeyUse,
  type Policy,
  type PublishedKind,
  ROSTER_TYPE,
  type Roster,
  type Standing,
  signStatement,
  TRUST_TYPE,
  type Trust,
  useForEndorsing,
} from '../documents/index.ts';

/**
 * The first documents of an installation: keys, trust file, roster and policy, each endorsed by those who stand for it.
 * Pure: random bytes and the clock come in. What is real about them is decided by who holds the keys afterwards.
 */

export interface GrantWish {
  readonly role: string;
  /** Everywhere unless given. */
  readonly environments?: Grant['environments'];
  readonly actions?: Grant['actions'];
}

export interface PersonWish {
  readonly actorId: string;
  readonly grants: readonly GrantWish[];
}

export interface WorkloadWish extends PersonWish {
  readonly title: string;
  readonly controlledBy: readonly string[];
}

export interface HouseWish {
  readonly origin: string;
  readonly tenant: string;
  readonly persons: readonly PersonWish[];
  readonly workloads: readonly WorkloadWish[];
  /** Holders of the keys that the trust file names; thresholds are a majority of each. */
  readonly holders: Readonly<Record<Exclude<KeyUse, 'witness'>, readonly string[]>> & {
    readonly witness?: readonly string[];
  };
  /** The first policy; its origin and tenant must be these. */
  readonly policy: Policy;
  /** How long the first standing speaks, in seconds. Left out: there is none, and the trust file demands none. */
  readonly standingLifeS?: number;
  readonly at: Timestamp;
  /** So many random bytes. */
  readonly random: (length: number) => Uint8Array;
}

export interface EndorsedDocument {
  /** Canonical bytes. */
  readonly bytes: Uint8Array;
  readonly endorsements: readonly Envelope[];
}

export interface House {
  /** Signing key of every person and workload, by actor id. */
  readonly actorKeys: ReadonlyMap<string, PrivateKey>;
  /** Second key, for overrides alone, of every person in the role that the policy lets break glass. */
  readonly breakglassKeys: ReadonlyMap<string, PrivateKey>;
  /** Signing key of every holder in the trust file, by use, then holder. */
  readonly holderKeys: ReadonlyMap<KeyUse, ReadonlyMap<string, PrivateKey>>;
  readonly trust: Trust;
  /** `trust.json`: the document with its governance endorsements. */
  readonly trustFile: Uint8Array;
  readonly roster: EndorsedDocument;
  readonly policy: EndorsedDocument;
  /** Null where none was wished for. */
  readonly standing: EndorsedDocument | null;
  /** 32 bytes with which workers seal batches in the ledger. */
  readonly macKey: Uint8Array;
}

export function found(wish: HouseWish): House {
  const actors = [...wish.persons, ...wish.workloads].map(({ actorId }) => actorId);
  const actorKeys = new Map(actors.map((actorId) => [actorId, newKey(wish)]));
  const holderKeys = new Map(
    (Object.keys(wish.holders) as KeyUse[]).map((use) => [
      use,
      new Map((wish.holders[use] ?? []).map((holder) => [holder, newKey(wish)])),
    ]),
  );
  const glass = wish.policy.breakglass?.role;
  const breakglassKeys = new Map(
    wish.persons
      .filter(({ grants }) => grants.some(({ role }) => role === glass))
      .map(({ actorId }) => [actorId, newKey(wish)]),
  );
  const trust = trustOf(wish, holderKeys);
  const roster = rosterOf(wish, actorKeys, breakglassKeys);
  const endorse = (kind: EndorsedKind, document: Trust | Roster | Policy | Standing): Envelope[] =>
    [...(holderKeys.get(useForEndorsing(kind)) ?? [])].map(([holder, key]) =>
      endorsement(wish, kind, document, holder, key),
    );
  const endorsed = (kind: EndorsedKind, document: Roster | Policy | Standing): EndorsedDocument => ({
    bytes: canonicalBytes(document),
    endorsements: endorse(kind, document),
  });
  const standing = firstStanding(wish, roster);
  return {
    actorKeys,
    breakglassKeys,
    holderKeys,
    trust,
    trustFile: canonicalBytes({ trust, endorsements: endorse('trust', trust) }),
    roster: endorsed('roster', roster),
    policy: endorsed('policy', wish.policy),
    standing: standing && endorsed('standing', standing),
    macKey: wish.random(32),
  };
}

/** The next roster, policy or standing, endorsed by all its holders. */
export function endorseNext(
  house: House,
  kind: PublishedKind,
  document: Roster | Policy | Standing,
  surroundings: Pick<HouseWish, 'origin' | 'tenant' | 'at' | 'random'>,
): EndorsedDocument {
  const keys = house.holderKeys.get(useForEndorsing(kind)) ?? new Map<string, PrivateKey>();
  const endorsements = [...keys].map(([holder, key]) => endorsement(surroundings, kind, document, holder, key));
  return { bytes: canonicalBytes(document), endorsements };
}

type Surroundings = Pick<HouseWish, 'origin' | 'tenant' | 'at' | 'random'>;

/** One holder's signature over a trust, roster, policy or standing document. */
export function endorsement(
  { origin, tenant, at, random }: Surroundings,
  kind: EndorsedKind,
  document: Trust | Roster | Policy | Standing,
  holder: string,
  key: PrivateKey,
): Envelope {
  const statement: EndorsementStatement = {
    _type: statementType('endorsement'),
    origin,
    // A trust document belongs to no one tenant; its endorsements bear the origin in the tenant's place.
    tenant: kind === 'trust' ? origin : tenant,
    signer: holder,
    signed_at: at,
    nonce: toBase64(random(16)),
    document_kind: kind,
    document: digestJson(document),
    serial: document.serial,
    predecessor: document.predecessor as EndorsementStatement['predecessor'],
  };
  return signStatement(statement, key);
}

/** A roster entry for a key, with the proof that its private half is held. */
export function rosterKey(
  { origin, tenant, at, random }: Surroundings,
  actorId: string,
  key: PrivateKey,
): Roster['persons'][number]['keys'][number] {
  const public_key = publicKeyToBase64(key.publicKey);
  const statement: PossessionStatement = {
    _type: statementType('possession'),
    origin,
    tenant,
    signer: actorId,
    signed_at: at,
    nonce: toBase64(random(16)),
    public_key,
  };
  const { payloadType, payload, signatures } = signStatement(statement, key);
  const [{ keyid, sig }] = signatures;
  return {
    scheme: 'ed25519',
    public_key,
    valid_from: at,
    valid_until: null,
    proof: { payloadType, payload, signatures: [{ keyid, sig }] },
  };
}

function firstStanding({ origin, tenant, policy, standingLifeS, at }: HouseWish, roster: Roster): Standing | null {
  if (standingLifeS === undefined) return null;
  const named = ({ serial }: Policy | Roster, digest: string) => ({ serial, digest });
  const before = {
    origin,
    tenant,
    policy: named(policy, digestJson(policy)),
    roster: named(roster, digestJson(roster)),
  };
  return nextStanding(before, { lifeS: standingLifeS }, at);
}

function trustOf(wish: HouseWish, holderKeys: House['holderKeys']): Trust {
  const { origin, tenant, at, holders } = wish;
  return {
    _type: TRUST_TYPE,
    origin,
    serial: 1,
    predecessor: 'GENESIS',
    issued_at: at,
    governance_threshold: majority(holders.governance),
    tenants: [
      {
        tenant,
        policy_threshold: majority(holders.policy),
        roster_threshold: majority(holders.roster),
        minimum_policy_serial: 1,
        minimum_roster_serial: 1,
        minimum_approvers: { low: 0, medium: 0, high: 1, critical: 2 },
        ...(wish.standingLifeS === undefined ? {} : { standing: { minimum_serial: 1, demanded_from: at } }),
      },
    ],
    keys: [...holderKeys].flatMap(([use, keys]) =>
      [...keys].map(([holder, key]) => ({
        use,
        holder,
        tenant: use === 'governance' ? null : tenant,
        scheme: 'ed25519' as const,
        public_key: publicKeyToBase64(key.publicKey),
        pem: `${holder}.pem`,
        valid_from: at,
        valid_until: null,
      })),
    ),
  };
}

function rosterOf(wish: HouseWish, keys: House['actorKeys'], breakglassKeys: House['breakglassKeys']): Roster {
  const entry = ({ actorId, grants }: PersonWish) => {
    const key = keys.get(actorId);
    const glass = breakglassKeys.get(actorId);
    return {
      actor_id: actorId,
      keys: [
        ...(key ? [rosterKey(wish, actorId, key)] : []),
        ...(glass ? [{ ...rosterKey(wish, actorId, glass), use: BREAKGLASS } as const] : []),
      ],
      grants: grants.map(({ role, environments = '*', actions = '*' }) => {
        return { role, environments, actions, valid_from: wish.at, valid_until: null };
      }),
    };
  };
  return {
    _type: ROSTER_TYPE,
    origin: wish.origin,
    tenant: wish.tenant,
    serial: 1,
    predecessor: 'GENESIS',
    issued_at: wish.at,
    persons: wish.persons.map(entry),
    workloads: wish.workloads.map((workload) => {
      return { ...entry(workload), title: workload.title, controlled_by: [...workload.controlledBy] };
    }),
  };
}

function newKey({ random }: Pick<HouseWish, 'random'>): PrivateKey {
  return privateKeyFromSeed(random(32));
}

function majority(holders: readonly string[]): number {
  return Math.floor(holders.length / 2) + 1;
}

/** Digest of an endorsed document. */
export function documentDigest({ bytes }: EndorsedDocument): string {
  return digestBytes(bytes);
}
