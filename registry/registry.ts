import { z } from 'zod';
import {
  canonicalBytes,
  type Digest,
  digestBytes,
  type Envelope,
  parseDigest,
  readCanonical,
} from '../core/canon/index.ts';
import { CountersignError, type ErrorDetail } from '../core/errors.ts';
import type { EndorsedReference } from '../core/domain/events.ts';
import type { Timestamp } from '../core/domain/vocabulary.ts';
import {
  checkEndorsements,
  checkKeysApart,
  indexRoster,
  type Policy,
  readDocument,
  readRoster,
  readStatement,
  type RosterIndex,
  type TrustFile,
} from '../documents/index.ts';
import { POLICY_TYPE } from '../documents/policy.ts';
import { readPolicy } from '../documents/policy-reader.ts';
import { digest, name, serial } from '../documents/primitives.ts';
import { compilePolicy } from '../evaluation/index.ts';
import type { Ledger } from '../ledger/index.ts';
import type { DocumentStore } from '../store/index.ts';

export const REGISTRY_ERROR_CODES = [
  /** Nothing of this kind was ever published for the tenant. */
  'registry.empty',
  /** The serial or version stands already, with another document: a version, once used, never changes (R26). */
  'registry.bound',
  /** The document does not follow the one in force, or another one follows it already. */
  'registry.succession',
  /** Another tenant or installation than the registry's. */
  'registry.tenant',
] as const;
export type RegistryErrorCode = (typeof REGISTRY_ERROR_CODES)[number];

export class RegistryError extends CountersignError<RegistryErrorCode> {
  constructor(code: RegistryErrorCode, detail: ErrorDetail) {
    super(code, detail);
    this.name = 'RegistryError';
  }
}

const PUBLICATION_TYPE = 'application/vnd.countersign.publication.v1+json';

/** What a serial is bound to: the document and the endorsements it was published with. */
const publicationSchema = z.strictObject({
  _type: z.literal(PUBLICATION_TYPE),
  kind: z.enum(['policy', 'roster']),
  tenant: name,
  serial,
  document: digest,
  endorsements: z.array(digest).min(1).max(64),
});

export interface InForcePolicy {
  readonly document: Policy;
  readonly reference: EndorsedReference;
}

export interface InForceRoster {
  readonly index: RosterIndex;
  readonly reference: EndorsedReference;
}

export interface Registry {
  /**
   * Publishes an endorsed document: stored by digest, its serial (and a policy's version) bound for good. The same
   * document again is no error, and completes a publication that was cut off; it stands with the endorsements that it
   * was first published with. Nothing is bound unless the endorsements hold and it follows the one in force.
   * A policy that does not compile, or whose records may not fit an event, is refused.
   *
   * @throws RegistryError, DocumentError, PolicyError, LedgerError, StoreError
   */
  publish(
    kind: 'policy' | 'roster',
    document: Uint8Array,
    endorsements: readonly Envelope[],
    at: Timestamp,
  ): Promise<EndorsedReference>;
  /** The policy of the highest serial, its endorsements checked as of `at`. @throws `registry.empty`, … */
  policyInForce(at: Timestamp): Promise<InForcePolicy>;
  rosterInForce(at: Timestamp): Promise<InForceRoster>;
  /** A policy that was published once, in force or not. @throws `registry.empty` where it never was */
  policyOnceInForce(document: string, at: Timestamp): Promise<InForcePolicy>;
  rosterOnceInForce(document: string, at: Timestamp): Promise<InForceRoster>;
  /** A document that was in force once, by digest. */
  policy(document: string): Promise<Policy>;
  roster(document: string): Promise<RosterIndex>;
}

export interface RegistryDependencies {
  readonly ledger: Ledger;
  readonly store: DocumentStore;
  readonly trust: TrustFile;
  readonly tenant: string;
}

/** Which policy and roster a tenant has in force. Serials only rise, and what a serial names never changes. */
export function createRegistry({ ledger, store, trust, tenant }: RegistryDependencies): Registry {
  const policies = new Cache((document) => store.get(document).then(readPolicy));
  const rosters = new Cache((document) => store.get(document).then((bytes) => rosterOf(bytes, trust)));

  /** A binding that names a publication of another serial would bring an old document back into force. */
  async function publicationOf(kind: 'policy' | 'roster', bound: string, digest: string): Promise<Publication> {
    const publication = readPublication(await store.get(parseDigest(digest)));
    if (`${publication.serial}` === bound && publication.kind === kind && publication.tenant === tenant)
      return publication;
    throw new RegistryError('registry.bound', {
      message: `the ${kind} bound to a serial is another one`,
      path: `$.${registryName(kind, tenant)}`,
      expected: `the ${kind} of ${tenant} with serial ${bound}`,
      got: `the ${publication.kind} of ${publication.tenant} with serial ${publication.serial}`,
    });
  }

  async function onceInForce(kind: 'policy' | 'roster', document: string, at: Timestamp): Promise<EndorsedReference> {
    const bindings = await ledger.bindings(registryName(kind, tenant));
    for (const [bound, digest] of bindings) {
      const publication = await publicationOf(kind, bound, digest);
      if (publication.document === document) return endorsed(kind, publication, at);
    }
    throw neverPublished(kind, document);
  }

  function neverPublished(kind: string, expected: string): RegistryError {
    const message = `no such ${kind} was ever published for the tenant ${tenant}; see countersign ${kind} publish`;
    return new RegistryError('registry.empty', { message, expected });
  }

  async function current(kind: 'policy' | 'roster'): Promise<{ serial: number; publication: string } | undefined> {
    const bindings = await ledger.bindings(registryName(kind, tenant));
    const serials = [...bindings.keys()].map(Number);
    const highest = Math.max(0, ...serials);
    const publication = bindings.get(`${highest}`);
    return publication === undefined ? undefined : { serial: highest, publication };
  }

  async function inForce(kind: 'policy' | 'roster', at: Timestamp): Promise<EndorsedReference> {
    const found = await current(kind);
    if (found === undefined) throw neverPublished(kind, `a published ${kind}`);
    return endorsed(kind, await publicationOf(kind, `${found.serial}`, found.publication), at);
  }

  async function endorsed(
    kind: 'policy' | 'roster',
    publication: Publication,
    at: Timestamp,
  ): Promise<EndorsedReference> {
    const { document, serial } = publication;
    const { predecessor } = kind === 'policy' ? await policies.get(document) : (await rosters.get(document)).roster;
    const envelopes = await Promise.all(publication.endorsements.map((one) => store.get(parseDigest(one))));
    const endorsements = envelopes.map((bytes) => readStatement(parse(bytes), 'endorsement'));
    const counting = checkEndorsements({ trust, kind, tenant, document, serial, predecessor, endorsements, at });
    return { serial, digest: document, endorsements: counting };
  }

  return {
    async publish(kind, document, envelopes, at) {
      const read = kind === 'policy' ? compilePolicy(readPolicy(document)).policy : rosterOf(document, trust).roster;
      if (read.tenant !== tenant || read.origin !== trust.trust.origin) {
        throw new RegistryError('registry.tenant', {
          message: `the ${kind} belongs to another tenant or installation`,
          path: '$.tenant',
          expected: `${trust.trust.origin} / ${tenant}`,
          got: `${read.origin} / ${read.tenant}`,
        });
      }
      const documentDigest = digestBytes(document);
      const endorsements = envelopes.map((envelope) => readStatement(envelope, 'endorsement'));
      const { serial, predecessor } = read;
      const counting = checkEndorsements({
        trust,
        kind,
        tenant,
        document: documentDigest,
        serial,
        predecessor,
        endorsements,
        at,
      });
      await refuseUnlessFollows(kind, documentDigest, serial, predecessor);

      await store.put(document);
      for (const envelope of envelopes) await store.put(canonicalBytes(envelope));
      const kept = { _type: PUBLICATION_TYPE, kind, tenant, serial, document: documentDigest, endorsements: counting };
      const version = read._type === POLICY_TYPE ? read.version : null;
      if (version !== null) await refuseIfVersionBound(version, documentDigest);
      const publication = await bindSuccessor(kind, predecessor, documentDigest, await store.put(canonicalBytes(kept)));
      const reference = await endorsed(kind, await publicationOf(kind, `${serial}`, publication), at);
      if (version !== null) await bind(versionRegistry(tenant), version, documentDigest);
      await bind(registryName(kind, tenant), `${serial}`, publication);
      return reference;
    },
    async policyInForce(at) {
      const reference = await inForce('policy', at);
      return { document: await policies.get(reference.digest), reference };
    },
    async rosterInForce(at) {
      const reference = await inForce('roster', at);
      return { index: await rosters.get(reference.digest), reference };
    },
    async policyOnceInForce(document, at) {
      return { document: await policies.get(document), reference: await onceInForce('policy', document, at) };
    },
    async rosterOnceInForce(document, at) {
      return { index: await rosters.get(document), reference: await onceInForce('roster', document, at) };
    },
    policy: (document) => policies.get(document),
    roster: (document) => rosters.get(document),
  };

  async function refuseUnlessFollows(
    kind: 'policy' | 'roster',
    document: Digest,
    serial: number,
    predecessor: string,
  ): Promise<void> {
    const before = await current(kind);
    if (before === undefined) {
      if (predecessor === 'GENESIS') return;
      throw succession(kind, '$.predecessor', 'GENESIS, as it is the first', predecessor);
    }
    const { document: known } = await publicationOf(kind, `${before.serial}`, before.publication);
    if (known === document) return;
    if (serial <= before.serial) throw succession(kind, '$.serial', `more than ${before.serial}`, `${serial}`);
    if (predecessor !== known) throw succession(kind, '$.predecessor', known, predecessor);
  }

  /** Before anything is bound: a successor whose version is taken could never be completed, and nothing else follow. */
  async function refuseIfVersionBound(version: string, document: Digest): Promise<void> {
    const bound = (await ledger.bindings(versionRegistry(tenant))).get(version);
    if (bound !== undefined && bound !== document)
      throw boundAlready(versionRegistry(tenant), version, bound, document);
  }

  /**
   * Of two publications that follow the same document, both endorsed, one stands: whoever is bound as the successor.
   *
   * @returns the publication that stands: the first one of this document
   */
  async function bindSuccessor(
    kind: 'policy' | 'roster',
    predecessor: string,
    document: Digest,
    publication: Digest,
  ): Promise<string> {
    const { value } = await ledger.bind(successorRegistry(kind, tenant), predecessor, publication);
    if (value === publication) return value;
    const standing = readPublication(await store.get(parseDigest(value)));
    if (standing.document === document) return value;
    throw succession(kind, '$.predecessor', `a ${kind} after ${predecessor} other than ${standing.document}`, document);
  }

  async function bind(registry: string, key: string, value: string): Promise<void> {
    const binding = await ledger.bind(registry, key, value);
    if (binding.value === value) return;
    throw boundAlready(registry, key, binding.value, value);
  }
}

/** Documents by digest never change, so what was read once stays read; a few of each are kept. */
class Cache<T> {
  readonly #entries = new Map<string, Promise<T>>();
  readonly #load: (document: Digest) => Promise<T>;

  constructor(load: (document: Digest) => Promise<T>) {
    this.#load = load;
  }

  get(document: string): Promise<T> {
    const held = this.#entries.get(document);
    if (held !== undefined) return held;
    const loading = this.#load(parseDigest(document));
    this.#entries.set(document, loading);
    loading.catch(() => this.#entries.delete(document));
    if (this.#entries.size > 16) {
      const oldest = this.#entries.keys().next().value;
      if (oldest !== undefined) this.#entries.delete(oldest);
    }
    return loading;
  }
}

function rosterOf(bytes: Uint8Array, trust: TrustFile): RosterIndex {
  const index = indexRoster(readRoster(bytes));
  checkKeysApart(trust, index);
  return index;
}

type Publication = z.infer<typeof publicationSchema>;

function readPublication(bytes: Uint8Array): Publication {
  return readDocument(publicationSchema, PUBLICATION_TYPE, bytes);
}

function parse(bytes: Uint8Array): unknown {
  return readCanonical(bytes);
}

/** Registry names allow lower-case letters, digits and hyphens; tenants allow more, so a digest stands for them. */
function tenantSlug(tenant: string): string {
  return digestBytes(new TextEncoder().encode(tenant)).slice('sha256:'.length, 'sha256:'.length + 32);
}

function registryName(kind: 'policy' | 'roster', tenant: string): string {
  return `${kind}-${tenantSlug(tenant)}`;
}

function versionRegistry(tenant: string): string {
  return `policy-version-${tenantSlug(tenant)}`;
}

function successorRegistry(kind: 'policy' | 'roster', tenant: string): string {
  return `${kind}-next-${tenantSlug(tenant)}`;
}

/**
 * The ledger's registries that a tenant's publications are bound in: what a backup has to hold. In the opposite order
 * of binding, so that whoever copies them in this one finds, with every serial, its version and its succession.
 */
export function publicationRegistries(tenant: string): readonly string[] {
  return [
    registryName('policy', tenant),
    registryName('roster', tenant),
    versionRegistry(tenant),
    successorRegistry('policy', tenant),
    successorRegistry('roster', tenant),
  ];
}

function boundAlready(registry: string, key: string, expected: string, got: string): RegistryError {
  const message = `${registry} has ${key} bound to another document already`;
  return new RegistryError('registry.bound', { message, path: `$.${registry}`, expected, got });
}

function succession(kind: string, path: string, expected: string, got: string): RegistryError {
  return new RegistryError('registry.succession', {
    message: `the ${kind} does not follow the one in force`,
    path,
    expected,
    got,
  });
}
