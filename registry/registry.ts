import { z } from 'zod';
import { canonicalBytes, type Digest, digestBytes, type Envelope, parseDigest, readCanonical } from '../core/canon/index.ts';
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
import { readPolicy } from '../documents/policy-reader.ts';
import { digest, name, serial } from '../documents/primitives.ts';
import type { Ledger } from '../ledger/index.ts';
import type { DocumentStore } from '../store/index.ts';

export const REGISTRY_ERROR_CODES = [
  /** Nothing of this kind was ever published for the tenant. */
  'registry.empty',
  /** The serial or version stands already, with another document: a version, once used, never changes (R26). */
  'registry.bound',
  /** The document does not follow the one in force. */
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
   * publication again is no error. Nothing is bound unless the endorsements hold and it follows the one in force.
   *
   * @throws RegistryError, DocumentError, PolicyError, LedgerError, StoreError
   */
  publish(kind: 'policy' | 'roster', document: Uint8Array, endorsements: readonly Envelope[], at: Timestamp): Promise<EndorsedReference>;
  /** The policy of the highest serial, its endorsements checked as of `at`. @throws `registry.empty`, … */
  policyInForce(at: Timestamp): Promise<InForcePolicy>;
  rosterInForce(at: Timestamp): Promise<InForceRoster>;
  /** A roster that was published once, in force or not. @throws `registry.empty` where it never was */
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
    return endorsed(kind, readPublication(await store.get(parseDigest(found.publication))), at);
  }

  async function endorsed(kind: 'policy' | 'roster', publication: Publication, at: Timestamp): Promise<EndorsedReference> {
    const { document, serial } = publication;
    const { predecessor } = kind === 'policy' ? await policies.get(document) : (await rosters.get(document)).roster;
    const envelopes = await Promise.all(publication.endorsements.map((one) => store.get(parseDigest(one))));
    const endorsements = envelopes.map((bytes) => readStatement(parse(bytes), 'endorsement'));
    const counting = checkEndorsements({ trust, kind, tenant, document, serial, predecessor, endorsements, at });
    return { serial, digest: document, endorsements: counting };
  }

  return {
    async publish(kind, document, envelopes, at) {
      const read = kind === 'policy' ? readPolicy(document) : rosterOf(document, trust).roster;
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
      const counting = checkEndorsements({ trust, kind, tenant, document: documentDigest, serial, predecessor, endorsements, at });
      await refuseUnlessFollows(kind, documentDigest, serial, predecessor);

      await store.put(document);
      for (const envelope of envelopes) await store.put(canonicalBytes(envelope));
      const kept = { _type: PUBLICATION_TYPE, kind, tenant, serial, document: documentDigest, endorsements: counting };
      const publication = await store.put(canonicalBytes(kept));
      if (read._type === 'application/vnd.countersign.policy.v1+json') {
        await bind(`policy-version-${tenantSlug(tenant)}`, read.version, documentDigest);
      }
      await bind(registryName(kind, tenant), `${serial}`, publication);
      return { serial, digest: documentDigest, endorsements: counting };
    },
    async policyInForce(at) {
      const reference = await inForce('policy', at);
      return { document: await policies.get(reference.digest), reference };
    },
    async rosterInForce(at) {
      const reference = await inForce('roster', at);
      return { index: await rosters.get(reference.digest), reference };
    },
    async rosterOnceInForce(document, at) {
      const bindings = await ledger.bindings(registryName('roster', tenant));
      for (const bound of bindings.values()) {
        const publication = readPublication(await store.get(parseDigest(bound)));
        if (publication.document !== document) continue;
        return { index: await rosters.get(document), reference: await endorsed('roster', publication, at) };
      }
      throw neverPublished('roster', document);
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
    const { document: known } = readPublication(await store.get(parseDigest(before.publication)));
    if (known === document) return;
    if (serial <= before.serial) throw succession(kind, '$.serial', `more than ${before.serial}`, `${serial}`);
    if (predecessor !== known) throw succession(kind, '$.predecessor', known, predecessor);
  }

  async function bind(registry: string, key: string, value: string): Promise<void> {
    const binding = await ledger.bind(registry, key, value);
    if (binding.value === value) return;
    throw new RegistryError('registry.bound', {
      message: `${registry} has ${key} bound to another document already`,
      path: `$.${registry}`,
      expected: binding.value,
      got: value,
    });
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

function succession(kind: string, path: string, expected: string, got: string): RegistryError {
  return new RegistryError('registry.succession', {
    message: `the ${kind} does not follow the one in force`,
    path,
    expected,
    got,
  });
}

