import { z } from 'zod';
import {
  canonicalBytes,
  type Digest,
  digestBytes,
  type Envelope,
  parseDigest,
  readCanonical,
} from '../core/canon/index.ts';
import type { AdmittedBy, EndorsedReference } from '../core/domain/events.ts';
import type { Timestamp } from '../core/domain/vocabulary.ts';
import {
  checkEndorsements,
  checkKeysApart,
  DocumentError,
  indexRoster,
  type Policy,
  PUBLISHED_KINDS,
  type PublishedKind,
  readDocument,
  readRoster,
  readStanding,
  readStatement,
  type ReadStatement,
  type RosterIndex,
  soleSignerOf,
  speaksAt,
  type Standing,
  tenantOf,
  type TrustFile,
  withoutKeys,
} from '../documents/index.ts';
import { POLICY_TYPE } from '../documents/policy.ts';
import { STANDING_TYPE } from '../documents/standing.ts';
import { readPolicy } from '../documents/policy-reader.ts';
import { decisionId, digest, name, serial } from '../documents/primitives.ts';
import { hasCode } from '../core/errors.ts';
import { compilePolicy, type DigestedPolicy } from '../evaluation/index.ts';
import type { Ledger } from '../ledger/index.ts';
import { type DocumentStore, ParsedDocuments, StoreError } from '../store/index.ts';
import { RegistryError } from './errors.ts';
import { createFreezes, type Freezes } from './freezes.ts';
import { tenantRegistry } from './names.ts';
import { createSuccession } from './succession.ts';

const PUBLICATION_TYPE = 'application/vnd.countersign.publication.v1+json';

/** What a serial is bound to: the document and the endorsements it was published with. */
const publicationSchema = z.strictObject({
  _type: z.literal(PUBLICATION_TYPE),
  kind: z.enum(PUBLISHED_KINDS),
  tenant: name,
  serial,
  document: digest,
  endorsements: z.array(digest).min(1).max(64),
  /** With a policy whose predecessor asks for it: the decision that let it in, and its sealed pack. */
  admitted: z.strictObject({ decision_id: decisionId, pack: digest }).exactOptional(),
});

/** A policy as it was published, in force by now or not any more. */
export interface PublishedPolicy {
  readonly document: Policy;
  readonly reference: EndorsedReference;
}

export interface InForcePolicy extends PublishedPolicy {
  /** Who alone endorsed it; null where several did. */
  readonly soleSigner: string | null;
}

export interface InForceRoster {
  /** Without the keys that the standing revokes. */
  readonly index: RosterIndex;
  readonly reference: EndorsedReference;
  /** Who alone endorsed it; null where several did. */
  readonly soleSigner: string | null;
}

export interface InForceStanding {
  readonly document: Standing;
  readonly reference: EndorsedReference;
}

/** What counts now, of one and the same standing. */
export interface InForce {
  /** Null where governance has said nothing yet: then the highest serials count. It may have ended. */
  readonly standing: InForceStanding | null;
  readonly policy: InForcePolicy;
  readonly roster: InForceRoster;
}

export interface Registry extends Freezes {
  /**
   * Publishes an endorsed document: stored by digest, its serial (and a policy's version) bound for good. The same
   * document again is no error, and completes a publication that was cut off; it stands with the endorsements that it
   * was first published with. Nothing is bound unless the endorsements hold and it follows the one in force.
   * A policy that does not compile, or whose records may not fit an event, is refused; and a standing that names what
   * was never published, or goes back behind what the one before it names. A policy whose predecessor has a `succession` is
   * refused without the sealed pack of the decision that let it in.
   *
   * @param pack bytes of that decision's sealed bundle
   * @throws RegistryError, DocumentError, PolicyError, LedgerError, StoreError
   */
  publish(
    kind: PublishedKind,
    document: Uint8Array,
    endorsements: readonly Envelope[],
    at: Timestamp,
    pack?: Uint8Array,
  ): Promise<EndorsedReference>;
  /**
   * The policy that a standing names, or that of the highest serial, and every one before it, down to the first; whoever
   * endorsed them.
   *
   * @throws RegistryError `registry.empty`, `registry.bound`; StoreError where one of them is gone
   */
  policyLine(): Promise<readonly PublishedPolicy[]>;
  /**
   * The standing of the highest serial, and policy and roster that it names; without one, those of the highest serials.
   *
   * @throws RegistryError `registry.empty`; `registry.unendorsed`, until something that is endorsed follows
   */
  inForce(at: Timestamp): Promise<InForce>;
  /** The same without the policy, which a decision that was routed has already. */
  governing(at: Timestamp): Promise<Omit<InForce, 'policy'>>;
  /** The standing of the highest serial, whoever endorsed it: what the next one follows. */
  lastStanding(): Promise<Standing | null>;
  /** What was published last, whether a standing names it yet or not. @throws `registry.empty`, … */
  newest(kind: 'policy' | 'roster', at: Timestamp): Promise<EndorsedReference>;
  /** {@link inForce} for what needs one of them. @throws `registry.empty`, … */
  policyInForce(at: Timestamp): Promise<InForcePolicy>;
  rosterInForce(at: Timestamp): Promise<InForceRoster>;
  standingInForce(at: Timestamp): Promise<InForceStanding | null>;
  /**
   * A policy that was published once, in force or not, and endorsed then, whatever the trust file says of that by now.
   *
   * @throws RegistryError `registry.empty` where it never was
   */
  policyOnceInForce(document: string, at: Timestamp): Promise<InForcePolicy>;
  /** @param revoked key ids that count no more */
  rosterOnceInForce(document: string, at: Timestamp, revoked?: readonly string[]): Promise<InForceRoster>;
  standingOnceInForce(document: string, at: Timestamp): Promise<InForceStanding>;
  /**
   * A roster that was published once, and endorsed then; its own keys may be others' by now. For statements that were
   * judged under it at `at`.
   *
   * @throws RegistryError `registry.empty` where it never was; DocumentError where its endorsements do not hold at `at`
   */
  rosterOncePublished(document: string, at: Timestamp): Promise<RosterIndex>;
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

/** Which policy, roster and standing a tenant has in force. Serials only rise, and what a serial names never changes. */
export function createRegistry({ ledger, store, trust, tenant }: RegistryDependencies): Registry {
  const policies = new ParsedDocuments(store, readPolicy);
  const rosters = new ParsedDocuments(store, (bytes) => rosterOf(bytes, trust));
  const standings = new ParsedDocuments(store, readStanding);
  const genesis = tenantOf(trust, tenant)?.policy_genesis;
  /** Policies whose line was found to hold. */
  const decidedLines = new Set<string>();
  const successions = createSuccession({ store, trust, tenant, before: predecessorOf });

  /** A binding that names a publication of another serial would bring an old document back into force. */
  async function publicationOf(kind: PublishedKind, bound: string, digest: string): Promise<Publication> {
    const publication = readPublication(await store.get(parseDigest(digest)));
    if (`${publication.serial}` === bound && publication.kind === kind && publication.tenant === tenant)
      return publication;
    throw new RegistryError('registry.bound', {
      message: `the ${kind} bound to a serial is another one`,
      path: `$.${tenantRegistry(kind, tenant)}`,
      expected: `the ${kind} of ${tenant} with serial ${bound}`,
      got: `the ${publication.kind} of ${publication.tenant} with serial ${publication.serial}`,
    });
  }

  async function publicationWith(kind: PublishedKind, document: string): Promise<Publication> {
    const bindings = await ledger.bindings(tenantRegistry(kind, tenant));
    let lost: StoreError | null = null;
    for (const [bound, digest] of bindings) {
      try {
        const publication = await publicationOf(kind, bound, digest);
        if (publication.document === document) return publication;
      } catch (error) {
        // One that is lost says nothing about the others.
        if (!(error instanceof StoreError) || error.code !== 'store.not_found') throw error;
        lost = error;
      }
    }
    throw lost ?? neverPublished(kind, document);
  }

  /** What was decided under it stands, also where the trust file has withdrawn a key of its endorsers since. */
  async function onceInForce(kind: PublishedKind, document: string, at: Timestamp): Promise<EndorsedReference> {
    const publication = await publicationWith(kind, document);
    try {
      return await endorsed(kind, publication, at);
    } catch (error) {
      if (!(error instanceof DocumentError)) throw error;
      return asPublished(publication);
    }
  }

  function neverPublished(kind: string, expected: string): RegistryError {
    const message = `no such ${kind} was ever published for the tenant ${tenant}; see countersign ${kind} publish`;
    return new RegistryError('registry.empty', { message, expected });
  }

  /**
   * Asks for what is bound of these kinds at once, and gives each when it is wanted. They are answered in this order: a
   * standing comes first, since what it names was bound before it.
   */
  function bound(...kinds: readonly PublishedKind[]): Bound {
    const answers = new Map(kinds.map((kind) => [kind, ledger.bindings(tenantRegistry(kind, tenant))]));
    // Whoever wants it is told why it cannot be had.
    for (const answer of answers.values()) answer.catch(() => undefined);
    return (kind) => answers.get(kind) ?? ledger.bindings(tenantRegistry(kind, tenant));
  }

  async function current(
    kind: PublishedKind,
    boundOf: Bound = bound(kind),
  ): Promise<{ serial: number; publication: string } | undefined> {
    const bindings = await boundOf(kind);
    const serials = [...bindings.keys()].map(Number);
    const highest = Math.max(0, ...serials);
    const publication = bindings.get(`${highest}`);
    return publication === undefined ? undefined : { serial: highest, publication };
  }

  async function newest(kind: PublishedKind, at: Timestamp, boundOf?: Bound): Promise<EndorsedReference> {
    const found = await current(kind, boundOf);
    if (found === undefined) throw neverPublished(kind, `a published ${kind}`);
    return endorsedNow(kind, await publicationOf(kind, `${found.serial}`, found.publication), at);
  }

  /** @throws RegistryError `registry.unendorsed`: no statement's fault, and mended by the next publication. */
  async function endorsedNow(kind: PublishedKind, publication: Publication, at: Timestamp): Promise<EndorsedReference> {
    try {
      return await decidedOn(kind, await endorsed(kind, publication, at));
    } catch (cause) {
      if (!(cause instanceof DocumentError)) throw cause;
      const message = `the ${kind} in force, serial ${publication.serial}, is endorsed no more as the trust file demands (${cause.code}); publish the next one`;
      const { expected, got } = cause;
      throw new RegistryError('registry.unendorsed', { message, path: `$.${kind}`, expected, got }, { cause });
    }
  }

  async function endorsed(kind: PublishedKind, publication: Publication, at: Timestamp): Promise<EndorsedReference> {
    const { document, serial } = publication;
    const counting = await countingFor(kind, publication, await documentOf(kind, document), at);
    return { serial, digest: document, endorsements: counting, ...admittedMember(publication) };
  }

  async function decidedOn(kind: PublishedKind, reference: EndorsedReference): Promise<EndorsedReference> {
    if (kind === 'policy') await refuseUndecided(reference.digest);
    return reference;
  }

  /**
   * The whole line, down to its genesis: whoever can bind in the ledger puts nothing in force that was not decided on, and
   * nothing that follows such a one. Walked once a process for each policy, since nothing in it changes.
   *
   * @throws RegistryError `registry.undecided`: no statement's fault, and mended by whoever governs
   */
  async function refuseUndecided(document: string): Promise<void> {
    if (decidedLines.has(document)) return;
    const published = await policyPublications();
    let next: DigestedPolicy | null = { digest: parseDigest(document), policy: await policies.get(document) };
    while (next !== null) {
      const { policy, digest }: DigestedPolicy = next;
      try {
        await successions.confirm(next, await admittedIn(published, next));
        next = digest === genesis ? null : await beforeIn(policy);
      } catch (cause) {
        if (!hasCode(cause) || isAway(cause)) throw cause;
        const message = `the policy of serial ${policy.serial} was not decided on as the one before it asks (${cause.code}), and neither it nor what follows it counts`;
        const { expected, got } = cause;
        throw new RegistryError('registry.undecided', { message, path: '$.policy', expected, got }, { cause });
      }
    }
    decidedLines.add(document);
  }

  /** The decision that let a policy in. One whose publication is lost had none where nobody had asked for any by then. */
  async function admittedIn(
    { byDocument, lost }: Published,
    { policy, digest }: DigestedPolicy,
  ): Promise<AdmittedBy | undefined> {
    const publication = byDocument.get(digest);
    if (publication === undefined && (lost === null || digest === genesis || (await askedBefore(policy))))
      throw lost ?? neverPublished('policy', digest);
    return publication?.admitted;
  }

  async function beforeIn(policy: Policy): Promise<DigestedPolicy | null> {
    const before = await predecessorOf(policy);
    return before && { policy: before, digest: parseDigest(policy.predecessor) };
  }

  /**
   * The policy before this one; null for the first. One that is lost asked for nothing, and nor did any before it, where
   * the ledger has bound none that asks with a lower serial than this one's: what never asked blocks nothing when it is
   * gone. Whoever can only take documents out of the store gets nothing in by that.
   */
  async function predecessorOf(policy: Policy): Promise<Policy | null> {
    if (policy.predecessor === 'GENESIS') return null;
    try {
      return await policies.get(policy.predecessor);
    } catch (error) {
      if (!hasCode(error) || isAway(error) || (await askedBefore(policy))) throw error;
      return null;
    }
  }

  /** Whether a policy with `succession` was ever published under a lower serial. Serials only rise along a line. */
  async function askedBefore({ serial }: Policy): Promise<boolean> {
    const asking = await ledger.bindings(tenantRegistry('policy-asks', tenant));
    return [...asking.keys()].some((bound) => Number(bound) < serial);
  }

  /** @throws RegistryError `succession.*`, and `registry.undecided` of what it would follow */
  async function letIn(policy: Policy, digest: Digest, pack: Uint8Array | undefined): Promise<AdmittedBy | undefined> {
    if (digest !== genesis && (await predecessorOf(policy)) !== null) await refuseUndecided(policy.predecessor);
    return successions.demand({ policy, digest }, pack ?? null);
  }

  /** A policy and every one before it, down to its genesis. @throws RegistryError `registry.empty`; StoreError */
  async function lineFrom(newest: string): Promise<readonly PublishedPolicy[]> {
    const { byDocument, lost } = await policyPublications();
    const line: PublishedPolicy[] = [];
    for (let document = newest; document !== 'GENESIS'; ) {
      const publication = byDocument.get(document);
      if (publication === undefined) throw lost ?? neverPublished('policy', document);
      const policy = await policies.get(document);
      line.push({ document: policy, reference: asPublished(publication) });
      if (document === genesis) break;
      document = policy.predecessor;
    }
    return line;
  }

  /** Digests of the endorsements that count at `at`. @throws DocumentError where they are too few */
  async function countingFor(
    kind: PublishedKind,
    publication: Publication,
    { predecessor }: Pick<RosterIndex['roster'], 'predecessor'>,
    at: Timestamp,
  ): Promise<EndorsedReference['endorsements']> {
    const { document, serial } = publication;
    const endorsements = await endorsementsOf(publication);
    return checkEndorsements({ trust, kind, tenant, document, serial, predecessor, endorsements, at });
  }

  function endorsementsOf({
    endorsements,
  }: Pick<EndorsedReference, 'endorsements'>): Promise<ReadStatement<'endorsement'>[]> {
    return Promise.all(
      endorsements.map(async (one) => readStatement(parse(await store.get(parseDigest(one))), 'endorsement')),
    );
  }

  async function documentOf(kind: PublishedKind, document: string): Promise<Policy | RosterIndex['roster'] | Standing> {
    if (kind === 'policy') return policies.get(document);
    return kind === 'roster' ? (await rosters.get(document)).roster : standings.get(document);
  }

  async function standingNow(at: Timestamp, boundOf?: Bound): Promise<InForceStanding | null> {
    const found = await current('standing', boundOf);
    if (found === undefined) return null;
    const publication = await publicationOf('standing', `${found.serial}`, found.publication);
    const reference = await endorsedNow('standing', publication, at);
    return { document: await standings.get(reference.digest), reference };
  }

  /** What the standing names; without one, what has the highest serial. */
  async function named(
    kind: 'policy' | 'roster',
    standing: InForceStanding | null,
    at: Timestamp,
    boundOf: Bound,
  ): Promise<EndorsedReference> {
    if (standing === null) return newest(kind, at, boundOf);
    const { serial, digest } = standing.document[kind];
    const named = (await boundOf(kind)).get(`${serial}`);
    if (named === undefined) throw neverPublished(kind, digest);
    const publication = await publicationOf(kind, `${serial}`, named);
    if (publication.document !== digest)
      throw boundAlready(tenantRegistry(kind, tenant), `${serial}`, digest, publication.document);
    return endorsedNow(kind, publication, at);
  }

  async function policyUnder(standing: InForceStanding | null, at: Timestamp, boundOf: Bound): Promise<InForcePolicy> {
    return policyOf(await named('policy', standing, at, boundOf));
  }

  async function policyOf(reference: EndorsedReference): Promise<InForcePolicy> {
    const [document, endorsements] = await Promise.all([policies.get(reference.digest), endorsementsOf(reference)]);
    return { document, reference, soleSigner: soleSignerOf(endorsements) };
  }

  async function rosterUnderReference(
    reference: EndorsedReference,
    revoked: readonly string[],
  ): Promise<InForceRoster> {
    const [index, endorsements] = await Promise.all([rosters.get(reference.digest), endorsementsOf(reference)]);
    return { index: withoutKeys(index, revoked), reference, soleSigner: soleSignerOf(endorsements) };
  }

  async function rosterUnder(standing: InForceStanding | null, at: Timestamp, boundOf: Bound): Promise<InForceRoster> {
    const reference = await named('roster', standing, at, boundOf);
    return rosterUnderReference(reference, standing?.document.revoked_keys ?? []);
  }

  return {
    ...createFreezes({ ledger, store, trust, tenant }),
    async publish(kind, document, envelopes, at, pack) {
      const { read, documentDigest, counting } = readEndorsed({ trust, tenant }, kind, document, envelopes, at);
      const { serial, predecessor } = read;
      await refuseUnlessFollows(kind, documentDigest, serial, predecessor);
      // What has its place already is completed, whatever has become of it since: nothing else could follow otherwise.
      const isNew = !(await hasPlace(kind, predecessor, documentDigest));
      if (read._type === STANDING_TYPE && isNew) {
        if (!speaksAt(read, at)) throw silentStanding(read, at);
        await refuseUnlessPublished(read, at);
      }
      const admitted = read._type === POLICY_TYPE && isNew ? await letIn(read, documentDigest, pack) : undefined;

      await keep(store, document, envelopes);
      if (admitted !== undefined && pack !== undefined) await store.put(pack);
      const kept: Publication = {
        _type: PUBLICATION_TYPE,
        kind,
        tenant,
        serial,
        document: documentDigest,
        endorsements: counting,
        ...admittedMember({ admitted }),
      };
      const version = read._type === POLICY_TYPE ? read.version : null;
      if (version !== null) await refuseIfVersionBound(version, documentDigest);
      if (read._type === POLICY_TYPE && read.succession !== undefined)
        await bind(tenantRegistry('policy-asks', tenant), `${serial}`, documentDigest);
      const publication = await bindSuccessor(kind, predecessor, documentDigest, await store.put(canonicalBytes(kept)));
      const stands = await publicationOf(kind, `${serial}`, publication);
      const reference = await endorsed(kind, stands, at);
      if (read._type === POLICY_TYPE)
        await successions.confirm({ policy: read, digest: documentDigest }, stands.admitted);
      if (version !== null) await bind(tenantRegistry('policy-version', tenant), version, documentDigest);
      await bind(tenantRegistry(kind, tenant), `${serial}`, publication);
      return reference;
    },
    async policyLine() {
      const standing = await lastStanding();
      if (standing !== null) return lineFrom(standing.policy.digest);
      const found = await current('policy');
      if (found === undefined) throw neverPublished('policy', 'a published policy');
      return lineFrom((await publicationOf('policy', `${found.serial}`, found.publication)).document);
    },
    newest,
    lastStanding,
    async governing(at) {
      const boundOf = bound('standing', 'roster');
      const standing = await standingNow(at, boundOf);
      return { standing, roster: await rosterUnder(standing, at, boundOf) };
    },
    async inForce(at) {
      const boundOf = bound('standing', 'policy', 'roster');
      const standing = await standingNow(at, boundOf);
      const [policy, roster] = await Promise.all([
        policyUnder(standing, at, boundOf),
        rosterUnder(standing, at, boundOf),
      ]);
      return { standing, policy, roster };
    },
    standingInForce: (at) => standingNow(at),
    async policyInForce(at) {
      const boundOf = bound('standing', 'policy');
      return policyUnder(await standingNow(at, boundOf), at, boundOf);
    },
    async rosterInForce(at) {
      const boundOf = bound('standing', 'roster');
      return rosterUnder(await standingNow(at, boundOf), at, boundOf);
    },
    async standingOnceInForce(document, at) {
      return { document: await standings.get(document), reference: await onceInForce('standing', document, at) };
    },
    async policyOnceInForce(document, at) {
      return policyOf(await onceInForce('policy', document, at));
    },
    async rosterOnceInForce(document, at, revoked = []) {
      return rosterUnderReference(await onceInForce('roster', document, at), revoked);
    },
    async rosterOncePublished(document, at) {
      const publication = await publicationWith('roster', document);
      const index = indexRoster(readRoster(await store.get(parseDigest(publication.document))));
      await countingFor('roster', publication, index.roster, at);
      return index;
    },
    policy: (document) => policies.get(document),
    roster: (document) => rosters.get(document),
  };

  async function refuseUnlessFollows(
    kind: PublishedKind,
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

  /** Whether this very document is bound as the one that follows its predecessor. Where that is lost, it is judged anew. */
  async function hasPlace(kind: PublishedKind, predecessor: string, document: Digest): Promise<boolean> {
    const bound = await ledger.binding(tenantRegistry(`${kind}-next`, tenant), predecessor);
    if (bound === undefined) return false;
    try {
      return readPublication(await store.get(parseDigest(bound))).document === document;
    } catch (error) {
      if (!(error instanceof StoreError) || isAway(error)) throw error;
      return false;
    }
  }

  /**
   * A standing puts nothing in force that was not published, and nothing older than the one before it did. That one is
   * read for its serials alone: its endorsers may have left the trust file since.
   */
  async function refuseUnlessPublished(standing: Standing, at: Timestamp): Promise<void> {
    const before = await lastStanding();
    for (const kind of ['policy', 'roster'] as const) {
      const reference = standing[kind];
      const publication = await publicationWith(kind, reference.digest);
      const { serial } = await endorsed(kind, publication, at);
      if (kind === 'policy') await refuseUndecided(publication.document);
      if (serial !== reference.serial)
        throw succession('standing', `$.${kind}.serial`, `${serial}`, `${reference.serial}`);
      // The first one takes over from the highest serials: decisions on their way have seen those.
      const least = before?.[kind].serial ?? (await current(kind))?.serial ?? 1;
      if (serial < least) throw succession('standing', `$.${kind}.serial`, `at least ${least}`, `${serial}`);
    }
    // Nothing new is decided under these, so whoever endorsed them need not be there any more.
    const { byDocument, lost } = await policyPublications();
    const stranger = standing.accepted_policies.find((digest) => !byDocument.has(digest));
    if (stranger !== undefined) throw lost ?? neverPublished('policy', stranger);
  }

  async function lastStanding(): Promise<Standing | null> {
    const last = await current('standing');
    if (last === undefined) return null;
    return standings.get((await publicationOf('standing', `${last.serial}`, last.publication)).document);
  }

  /** All policies that were ever published. One that is lost says nothing about the others. */
  async function policyPublications(): Promise<Published> {
    const byDocument = new Map<string, Publication>();
    let lost: StoreError | null = null;
    for (const [serial, digest] of await ledger.bindings(tenantRegistry('policy', tenant))) {
      try {
        const publication = await publicationOf('policy', serial, digest);
        byDocument.set(publication.document, publication);
      } catch (error) {
        if (!(error instanceof StoreError) || isAway(error)) throw error;
        lost = error;
      }
    }
    return { byDocument, lost };
  }

  /** Before anything is bound: a successor whose version is taken could never be completed, and nothing else follow. */
  async function refuseIfVersionBound(version: string, document: Digest): Promise<void> {
    const bound = (await ledger.bindings(tenantRegistry('policy-version', tenant))).get(version);
    if (bound !== undefined && bound !== document)
      throw boundAlready(tenantRegistry('policy-version', tenant), version, bound, document);
  }

  /**
   * Of two publications that follow the same document, both endorsed, one stands: whoever is bound as the successor.
   *
   * @returns the publication that stands: the first one of this document
   */
  async function bindSuccessor(
    kind: PublishedKind,
    predecessor: string,
    document: Digest,
    publication: Digest,
  ): Promise<string> {
    const { value } = await ledger.bind(tenantRegistry(`${kind}-next`, tenant), predecessor, publication);
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

/**
 * What publishing a policy checks without the ledger, and keeps: whoever executes the decision on it hands it over with
 * this. It puts nothing in force.
 *
 * @throws as `Registry.publish`, but for its place in the succession
 */
export async function stagePolicy(
  { store, trust, tenant }: Omit<RegistryDependencies, 'ledger'>,
  policy: Uint8Array,
  endorsements: readonly Envelope[],
  at: Timestamp,
): Promise<void> {
  readEndorsed({ trust, tenant }, 'policy', policy, endorsements, at);
  await keep(store, policy, endorsements);
}

/** @throws RegistryError `registry.tenant`; DocumentError `endorsement.*`; as the reader of its kind */
function readEndorsed(
  { trust, tenant }: Pick<RegistryDependencies, 'trust' | 'tenant'>,
  kind: PublishedKind,
  document: Uint8Array,
  envelopes: readonly Envelope[],
  at: Timestamp,
) {
  const read = readPublished(kind, document, trust);
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
  const check = { trust, kind, tenant, document: documentDigest, serial, predecessor, endorsements, at };
  return { read, documentDigest, counting: checkEndorsements(check) };
}

async function keep(store: DocumentStore, document: Uint8Array, envelopes: readonly Envelope[]): Promise<void> {
  await store.put(document);
  for (const envelope of envelopes) await store.put(canonicalBytes(envelope));
}

function readPublished(
  kind: PublishedKind,
  document: Uint8Array,
  trust: TrustFile,
): Policy | RosterIndex['roster'] | Standing {
  switch (kind) {
    case 'policy':
      return compilePolicy(readPolicy(document)).policy;
    case 'roster':
      return rosterOf(document, trust).roster;
    case 'standing':
      return readStanding(document);
  }
}

function rosterOf(bytes: Uint8Array, trust: TrustFile): RosterIndex {
  const index = indexRoster(readRoster(bytes));
  checkKeysApart(trust, index);
  return index;
}

type Publication = z.infer<typeof publicationSchema>;

/** Digests of publications by serial, of a kind. */
type Bound = (kind: PublishedKind) => Promise<ReadonlyMap<string, string>>;

interface Published {
  readonly byDocument: ReadonlyMap<string, Publication>;
  /** Why one of them is not among these; null where all are. */
  readonly lost: StoreError | null;
}

/** Says nothing about the document: the store is away, or the ledger is, or is not to be believed. */
function isAway({ code }: { readonly code: string }): boolean {
  return code === 'store.unavailable' || code.startsWith('ledger.');
}

function readPublication(bytes: Uint8Array): Publication {
  return readDocument(publicationSchema, PUBLICATION_TYPE, bytes);
}

/** As it was bound, whoever of its endorsers counts by now. */
function asPublished(publication: Publication): EndorsedReference {
  const { serial, document: digest, endorsements } = publication;
  return { serial, digest, endorsements, ...admittedMember(publication) };
}

function admittedMember({ admitted }: { readonly admitted?: AdmittedBy | undefined }): {
  readonly admitted?: AdmittedBy;
} {
  return admitted === undefined ? {} : { admitted };
}

function parse(bytes: Uint8Array): unknown {
  return readCanonical(bytes);
}

function silentStanding({ issued_at, not_after }: Standing, at: Timestamp): RegistryError {
  const over = not_after <= at;
  return new RegistryError('registry.silent', {
    message: `the standing would say nothing: it is ${over ? 'over already' : 'of the future'}`,
    path: over ? '$.not_after' : '$.issued_at',
    expected: over ? `after ${at}` : `at most five minutes after ${at}`,
    got: over ? not_after : issued_at,
  });
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
