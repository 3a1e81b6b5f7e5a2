import { z } from 'zod';
import {
  CanonError,
  canonicalBytes,
  type Digest,
  type Envelope,
  parseDigest,
  readCanonical,
  readJson,
} from '../core/canon/index.ts';
import { packRegistryOf } from '../core/contracts/names.ts';
import { hasCode } from '../core/errors.ts';
import type { Timestamp } from '../core/domain/vocabulary.ts';
import {
  authenticate,
  DocumentError,
  INTEGRITY_OFFICER,
  isDecisionId,
  isRestrictionCode,
  type ReadStatement,
  readDocument,
  readRestriction,
  readStatement,
  RESTRICTION_TYPE,
  type Restriction,
  type RestrictionCode,
  type RosterIndex,
  rolesAt,
} from '../documents/index.ts';
import { digest, name, timestampText } from '../documents/primitives.ts';
import { memberOf } from '../pack/index.ts';
import type { Registry, RegistryDependencies } from './registry.ts';
import { RegistryError } from './errors.ts';
import { tenantRegistry } from './names.ts';

/** What was found wrong with one decision's chain. */
export interface Finding {
  readonly decisionId: string;
  readonly code: RestrictionCode;
  readonly head: Restriction['head'];
  readonly at: Timestamp;
}

export interface StandingRestriction {
  readonly digest: Digest;
  /** Null where it can be read no more: what was bound once restricts all the same. */
  readonly document: Restriction | null;
}

/** A tenant one of whose chains was tampered with clears nothing, until an integrity officer has judged it (ruling 12). */
export interface Restrictions {
  /**
   * Restricts the tenant. The first finding of a decision stands, whoever finds it again.
   *
   * @throws LedgerError, StoreError; DocumentError `document.shape` for what is no decision's id
   */
  enter(finding: Finding): Promise<Digest>;
  /**
   * The same for what a read of any chain has failed with, where the chain is this tenant's. Other tenants may have chains
   * in the same ledger, under sealing keys of their own; and whoever names a decision could name one of theirs.
   *
   * @returns whether the tenant is restricted for it
   * @throws LedgerError, StoreError; nothing is entered by whoever cannot read what governs the tenant
   */
  found(finding: Omit<Finding, 'code' | 'head'> & { readonly code: string }): Promise<boolean>;
  /** Those that nobody has lifted, by digest. */
  inForce(): Promise<readonly StandingRestriction[]>;
  /** Digest of the first of them, which is all that a claim has to know; null where there is none. */
  restricting(): Promise<Digest | null>;
  /** Digest of one that was entered once. @throws `registry.empty` where it never was */
  once(restriction: string): Promise<Digest>;
  /**
   * Lifts what the statement names, whoever lifted a part of it before.
   *
   * @returns digests of the restrictions that it ends
   * @throws DocumentError `statement.*`; RegistryError `registry.officer`, `registry.empty`; `registry.bound` where
   *   something else stands in its place
   */
  lift(lifting: Envelope, at: Timestamp): Promise<readonly Digest[]>;
}

export interface RestrictionDependencies extends RegistryDependencies {
  readonly registry: Registry;
}

export function createRestrictions({ ledger, store, trust, tenant, registry }: RestrictionDependencies): Restrictions {
  const entered = tenantRegistry('restriction', tenant);
  const lifted = tenantRegistry('restriction-lifted', tenant);
  const believed = new Map<string, readonly string[]>();

  async function all(): Promise<readonly Digest[]> {
    return [...(await ledger.bindings(entered)).values()].sort().map((value) => parseDigest(value));
  }

  /** A restriction that somebody damaged must neither end nor keep others from being judged. */
  async function load(digest: Digest): Promise<StandingRestriction> {
    try {
      return { digest, document: readRestriction(await store.get(digest)) };
    } catch (error) {
      if (hasCode(error) && error.code !== 'store.unavailable') return { digest, document: null };
      throw error;
    }
  }

  /** @throws DocumentError `statement.*`; RegistryError `registry.officer` */
  function demandOfficer(read: ReadStatement<'lifting'>, index: RosterIndex, at: Timestamp): void {
    const { actorId, kind } = authenticate(read, index, { origin: trust.trust.origin, tenant, at });
    const roles = rolesAt(index, actorId, { environment: 'production', action: '*', at });
    // Whoever takes over the service later has judged before without it.
    const serves = trust.trust.keys.some(
      ({ use, holder, valid_from }) => SERVICE_USES.includes(use) && holder === actorId && valid_from <= at,
    );
    if (kind !== 'person' || !roles.includes(INTEGRITY_OFFICER) || serves) throw notAnOfficer(actorId);
  }

  /** What a recorded lifting ends. @throws where no officer of an endorsed roster signed it */
  async function judged(lifting: string, recorded: string): Promise<readonly string[]> {
    const key = `${lifting} ${recorded}`;
    const known = believed.get(key);
    if (known !== undefined) return known;
    const record = readDocument(liftedSchema, LIFTED_TYPE, await store.get(parseDigest(recorded)));
    if (record.tenant !== tenant) throw boundOtherwise(lifting, tenant, record.tenant);
    const read = readStatement(readCanonical(await store.get(parseDigest(lifting))), 'lifting');
    demandOfficer(read, await registry.rosterOncePublished(record.roster, record.at), record.at);
    const { restrictions } = read.statement;
    believed.set(key, restrictions);
    return restrictions;
  }

  /**
   * What a recorded lifting ends; nothing where it does not hold. Whoever can write in the ledger could bind an end that no officer signed; so the
   * statement is believed, under the roster of its day, and not the binding.
   */
  async function endedBy(lifting: string, recorded: string): Promise<readonly string[]> {
    try {
      return await judged(lifting, recorded);
    } catch (error) {
      // What is no lifting by an officer lifts nothing; a store that is away is no word about that.
      if (error instanceof DocumentError || error instanceof RegistryError || error instanceof CanonError) return [];
      if (hasCode(error) && error.code.startsWith('store.') && error.code !== 'store.unavailable') return [];
      throw error;
    }
  }

  async function standing(): Promise<readonly Digest[]> {
    const found = await all();
    if (found.length === 0) return [];
    const over = new Set<string>();
    for (const [lifting, recorded] of await ledger.bindings(lifted)) {
      for (const restriction of await endedBy(lifting, recorded)) over.add(restriction);
    }
    return found.filter((digest) => !over.has(digest));
  }

  async function demandEntered(wanted: readonly string[]): Promise<readonly Digest[]> {
    const known = new Set<string>(await all());
    for (const got of wanted) {
      if (known.has(got)) continue;
      const message = `the tenant ${tenant} was never restricted for this; see countersign restriction list`;
      throw new RegistryError('registry.empty', {
        message,
        path: '$.restrictions',
        expected: 'a restriction',
        got,
      });
    }
    return wanted.map((value) => parseDigest(value));
  }

  /** Its pack is bound under a seal of ours, or it says so, or it says nothing that can be read. */
  async function isOurs(decisionId: string): Promise<boolean> {
    try {
      if ((await ledger.binding(packRegistryOf(decisionId), decisionId)) !== undefined) return true;
    } catch (error) {
      if (!hasCode(error) || !isRestrictionCode(error.code)) throw error;
    }
    const first = await ledger.peek(decisionId);
    if (first === null) return false;
    try {
      const event = readJson(first);
      const [origin, of] = [memberOf(event, 'origin'), memberOf(event, 'tenant')];
      return typeof of !== 'string' || (of === tenant && origin === trust.trust.origin);
    } catch (error) {
      if (hasCode(error)) return true;
      throw error;
    }
  }

  /**
   * Under other keys than the workers' every chain seems not to hold, and what is bound under them no worker can read any
   * more. They are held against what governs the tenant, and against what restricts it already.
   *
   * @throws LedgerError `ledger.corrupt`, `ledger.mac`
   */
  async function demandKeys(): Promise<void> {
    for (const bound of [tenantRegistry('policy', tenant), tenantRegistry('roster', tenant), entered])
      await ledger.bindings(bound);
  }

  async function enter({ decisionId, code, head, at }: Finding): Promise<Digest> {
    const document: Restriction = {
      _type: RESTRICTION_TYPE,
      origin: trust.trust.origin,
      tenant,
      decision_id: decisionId,
      code,
      head,
      found_at: at,
    };
    const bytes = canonicalBytes(document);
    // Before it is bound for good: whatever a ledger's index or a stranger's workflow calls a decision may come here.
    readRestriction(bytes);
    const digest = await store.put(bytes);
    return parseDigest((await ledger.bind(entered, decisionId, digest)).value);
  }

  return {
    enter,
    async found({ decisionId, code, at }) {
      if (!isDecisionId(decisionId) || !isRestrictionCode(code) || !(await isOurs(decisionId))) return false;
      await demandKeys();
      await enter({ decisionId, code, head: null, at });
      return true;
    },
    async inForce() {
      const loaded: StandingRestriction[] = [];
      for (const digest of await standing()) loaded.push(await load(digest));
      return loaded;
    },
    async restricting() {
      return (await standing())[0] ?? null;
    },
    async once(restriction) {
      const [digest] = await demandEntered([restriction]);
      return digest as Digest;
    },
    async lift(envelope, at) {
      const read = readStatement(envelope, 'lifting');
      const { index, reference } = await registry.rosterInForce(at);
      demandOfficer(read, index, at);
      const restrictions = await demandEntered(read.statement.restrictions);
      const lifting = await store.put(canonicalBytes(read.parsed.envelope));
      const record: Lifted = { _type: LIFTED_TYPE, tenant, roster: reference.digest, at };
      const recorded = await store.put(canonicalBytes(record));
      // Each statement is a binding of its own: one that counts no more, or never did, keeps no other from counting.
      const { value } = await ledger.bind(lifted, lifting, recorded);
      if (value !== recorded && (await endedBy(lifting, value)).length === 0)
        throw boundOtherwise(lifting, recorded, value);
      // Read back as every claim will: what does not count must not be called lifted.
      await judged(lifting, value);
      return restrictions;
    },
  };
}

const LIFTED_TYPE = 'application/vnd.countersign.lifted.v1+json';

/** What a lifting is bound to: under which roster, and when, its signer was found to be an officer. */
const liftedSchema = z.strictObject({
  _type: z.literal(LIFTED_TYPE),
  tenant: name,
  roster: digest,
  at: timestampText,
});
type Lifted = z.infer<typeof liftedSchema>;

/** Keys of the service: whoever holds one operates what is to be judged. */
const SERVICE_USES: readonly string[] = ['permit', 'acknowledgement', 'seal'];

function notAnOfficer(got: string): RegistryError {
  return new RegistryError('registry.officer', {
    message: 'only an integrity officer, who holds no key of the service, lifts a restriction',
    path: '$.payload.signer',
    expected: `a person with the role ${INTEGRITY_OFFICER} in production, for every action`,
    got,
  });
}

function boundOtherwise(lifting: string, expected: string, got: string): RegistryError {
  const message = 'something else stands in the place of this lifting, and ends nothing; sign another';
  return new RegistryError('registry.bound', { message, path: lifting, expected, got });
}
