import { randomBytes } from 'node:crypto';
import {
  digestBytes,
  type JsonValue,
  type PrivateKey,
  privateKeyToPem,
  publicKeyToPem,
} from '../../core/canon/index.ts';
import type { Timestamp } from '../../core/domain/vocabulary.ts';
import { readRoster } from '../../documents/roster-reader.ts';
import { readStanding } from '../../documents/standing.ts';
import { KEY_USES, type KeyUse } from '../../documents/trust.ts';
import { readTrustFile } from '../../documents/trust-reader.ts';
import { compilePolicyYaml } from '../../evaluation/policy-program.ts';
import { type EndorsedDocument, found, type House, type PersonWish, type WorkloadWish } from '../../founding/index.ts';
import { endorsementsText } from '../endorsed-file.ts';
import { starterPolicy } from './starter-policy.ts';

export interface StartInput {
  /** YAML; its origin and tenant become the installation's. */
  readonly policyText: string;
  readonly persons: readonly PersonWish[];
  readonly workloads: readonly WorkloadWish[];
  /** How long the first standing speaks, in seconds. Left out: none is made, and none demanded. */
  readonly standingLifeS?: number;
  readonly at: Timestamp;
}

export interface StarterInput {
  readonly origin: string;
  readonly tenant: string;
  readonly persons: readonly { readonly actorId: string; readonly roles: readonly string[] }[];
  /** Workload that executes; the first person controls it. */
  readonly executor: string;
  readonly at: Timestamp;
}

/** A start under the starter policy. @throws as `makeStart`. */
export function starter({ origin, tenant, persons, executor, at }: StarterInput): StartInput {
  return {
    policyText: starterPolicy({ origin, tenant, issuedAt: at, executor }),
    persons: persons.map(({ actorId, roles }) => ({ actorId, grants: roles.map((role) => ({ role })) })),
    workloads: [
      {
        actorId: executor,
        title: 'Executes what was cleared',
        controlledBy: persons.slice(0, 1).map(({ actorId }) => actorId),
        grants: [],
      },
    ],
    at,
  };
}

/** A file of a fresh start, by its path in the folder. */
export interface StartFile {
  readonly path: string;
  readonly content: string | Uint8Array;
  /** Private: mode 0600. */
  readonly secret: boolean;
}

export interface Start {
  readonly origin: string;
  readonly tenant: string;
  readonly files: readonly StartFile[];
  readonly trustDigest: string;
  readonly policyDigest: string;
  readonly rosterDigest: string;
  /** End of the first standing; null where none was made. */
  readonly standingUntil: Timestamp | null;
  /** Roles that the policy asks for and nobody holds. */
  readonly unfilled: readonly string[];
  /** Executors that the policy's targets name and the roster does not have. */
  readonly absent: readonly string[];
}

/** Keys that a worker needs; the others stay with the people who govern. */
const SERVICE_USES: readonly KeyUse[] = ['permit', 'acknowledgement', 'seal'];

/**
 * Everything a small team begins with, made in memory and read back by the same readers that will judge it later;
 * whoever calls writes it, or nothing. One holder a use: who has more people names more in the next trust file.
 *
 * @throws DocumentError, PolicyError where a name is none.
 */
export function makeStart({ policyText, persons, workloads, standingLifeS, at }: StartInput): Start {
  const { policy } = compilePolicyYaml(policyText);
  const { origin, tenant } = policy;
  const house = found({
    origin,
    tenant,
    persons,
    workloads,
    holders: Object.fromEntries(KEY_USES.map((use) => [use, [holderOf(use)]])) as Record<KeyUse, [string]>,
    policy,
    ...(standingLifeS === undefined ? {} : { standingLifeS }),
    at,
    random: (length) => Uint8Array.from(randomBytes(length)),
  });
  const { digest: trustDigest } = readTrustFile(house.trustFile);
  readRoster(house.roster.bytes);
  const held = new Set(persons.flatMap(({ grants }) => grants.map(({ role }) => role)));
  const executors = new Set(policy.targets.flatMap((target) => target.executors));
  const present = new Set([...persons, ...workloads].map(({ actorId }) => actorId));
  const asked = new Set(policy.routes.flatMap(({ slots }) => slots.map(({ role }) => role)));
  return {
    origin,
    tenant,
    files: [
      open('countersign.json', `${JSON.stringify(configuration(origin, tenant), null, 2)}\n`),
      open('.gitignore', 'keys/\ngovernance-keys/\nservice-keys/\nstore/\ndisclosures/\n.countersign/\n'),
      open('trust/trust.json', house.trustFile),
      ...KEY_USES.map((use) => open(`trust/${holderOf(use)}.pem`, publicKeyToPem(keyFor(house, use).publicKey))),
      open('policy/policy.yaml', policyText),
      open('policy/policy.endorsements.json', endorsed(house.policy)),
      open('roster/roster.json', house.roster.bytes),
      open('roster/roster.endorsements.json', endorsed(house.roster)),
      ...standingFiles(house),
      ...KEY_USES.map((use) => {
        const folder = SERVICE_USES.includes(use) ? 'service-keys' : 'governance-keys';
        return secret(`${folder}/${use}.pem`, privateKeyToPem(keyFor(house, use)));
      }),
      secret('service-keys/mac.key', house.macKey),
      ...[...house.actorKeys].map(([actorId, key]) => secret(`keys/${actorId}.pem`, privateKeyToPem(key))),
      ...[...house.breakglassKeys].map(([actorId, key]) =>
        secret(`keys/${actorId}.breakglass.pem`, privateKeyToPem(key)),
      ),
    ],
    trustDigest,
    policyDigest: digestBytes(house.policy.bytes),
    rosterDigest: digestBytes(house.roster.bytes),
    standingUntil: house.standing && readStanding(house.standing.bytes).not_after,
    unfilled: [...asked].filter((role) => !held.has(role)),
    absent: [...executors].filter((actorId) => !present.has(actorId)),
  };
}

function standingFiles({ standing }: House): readonly StartFile[] {
  if (standing === null) return [];
  return [
    open('standing/standing.json', standing.bytes),
    open('standing/standing.endorsements.json', endorsed(standing)),
  ];
}

function configuration(origin: string, tenant: string): JsonValue {
  return {
    origin,
    tenant,
    trust: 'trust/trust.json',
    store: 'store',
    disclosures: 'disclosures',
    keys: 'keys',
    roster: 'roster/roster.json',
    policy: 'policy/policy.yaml',
    standing: 'standing/standing.json',
    service_keys: 'service-keys',
    temporal: { address: '127.0.0.1:7233', namespace: 'default' },
    redis: { url_env: 'REDIS_URL' },
  };
}

function holderOf(use: KeyUse): string {
  return `${use}-1`;
}

function keyFor({ holderKeys }: House, use: KeyUse): PrivateKey {
  const key = holderKeys.get(use)?.get(holderOf(use));
  if (key === undefined) throw new TypeError(`no key was made for ${use}`);
  return key;
}

function endorsed({ bytes, endorsements }: EndorsedDocument): string {
  return endorsementsText({ document: digestBytes(bytes), published: false, endorsements });
}

function open(path: string, content: string | Uint8Array): StartFile {
  return { path, content, secret: false };
}

function secret(path: string, content: string | Uint8Array): StartFile {
  return { path, content, secret: true };
}
