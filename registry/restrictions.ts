import { z } from 'zod';
import {
  CanonError,
  canonicalBytes,
  type Digest,
  type Envelope,
  parseDigest,
  readCanonical,
} from '../core/canon/index.ts';
import type { Timestamp } from '../core/domain/vocabulary.ts';
import {
  authenticate,
  DocumentError,
  INTEGRITY_OFFICER,
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
  readonly document: Restriction;
}

/** A tenant one of whose chains was tampered with clears nothing, until an integrity officer has judged it (ruling 12). */
export interface Restrictions {
  /** Restricts the tenant. The first finding of a decision stands, whoever finds it again. @throws LedgerError, StoreError */
  enter(finding: Finding): Promise<Digest>;
  /** Those that nobody has lifted, by digest. */
  inForce(): Promise<readonly StandingRestriction[]>;
  /** One that was entered once, by digest. @throws `registry.empty` where it never was */
  once(restriction: string): Promise<StandingRestriction>;
  /**
   * Lifts what the statement names, whoever lifted a part of it before.
   *
   * @returns digests of the restrictions that it ends
   * @throws DocumentError `statement.*`; RegistryError `registry.officer`, `registry.empty`
   */
  lift(lifting: Envelope, at: Timestamp): Promise<readonly Digest[]>;
}

export interface RestrictionDependencies extends RegistryDependencies {
  readonly registry: Registry;
}

export function createRestrictions({ ledger, store, trust, tenant, registry }: RestrictionDependencies): Restrictions {
  const entered = tenantRegistry('restriction', tenant);
  const lifted = tenantRegistry('restriction-lifted', tenant);
  const believed = new Set<string>();
  const load = async (digest: string): Promise<StandingRestriction> => {
    const parsed = parseDigest(digest);
    return { digest: parsed, document: readRestriction(await store.get(parsed)) };
  };

  async function all(): Promise<readonly string[]> {
    return [...(await ledger.bindings(entered)).values()].sort();
  }

  async function once(restriction: string): Promise<StandingRestriction> {
    if ((await all()).includes(restriction)) return load(restriction);
    const message = `the tenant ${tenant} was never restricted for this; see countersign restriction list`;
    throw new RegistryError('registry.empty', {
      message,
      path: '$.restrictions',
      expected: 'a restriction',
      got: restriction,
    });
  }

  /** @throws DocumentError `statement.*`; RegistryError `registry.officer` */
  function demandOfficer(read: ReadStatement<'lifting'>, index: RosterIndex, at: Timestamp): void {
    const { actorId, kind } = authenticate(read, index, { origin: trust.trust.origin, tenant, at });
    const roles = rolesAt(index, actorId, { environment: 'production', action: '*', at });
    const serves = trust.trust.keys.some(({ use, holder }) => SERVICE_USES.includes(use) && holder === actorId);
    if (kind !== 'person' || !roles.includes(INTEGRITY_OFFICER) || serves) throw notAnOfficer(actorId);
  }

  /**
   * Whoever writes in the ledger could bind an end that no officer signed. So the statement is believed, under the roster
   * of its day, and not the binding.
   */
  async function isLifted(restriction: string, recorded: string): Promise<boolean> {
    const key = `${restriction} ${recorded}`;
    if (believed.has(key)) return true;
    try {
      const { lifting, roster, at } = readDocument(liftedSchema, LIFTED_TYPE, await store.get(parseDigest(recorded)));
      const read = readStatement(readCanonical(await store.get(parseDigest(lifting))), 'lifting');
      if (!read.statement.restrictions.includes(restriction)) return false;
      demandOfficer(read, (await registry.rosterOnceInForce(roster, at)).index, at);
      believed.add(key);
      return true;
    } catch (error) {
      // What is no lifting by an officer lifts nothing; a store that is away is no word about that.
      if (error instanceof DocumentError || error instanceof RegistryError || error instanceof CanonError) return false;
      throw error;
    }
  }

  return {
    async enter({ decisionId, code, head, at }) {
      const document: Restriction = {
        _type: RESTRICTION_TYPE,
        origin: trust.trust.origin,
        tenant,
        decision_id: decisionId,
        code,
        head,
        found_at: at,
      };
      const digest = await store.put(canonicalBytes(document));
      return parseDigest((await ledger.bind(entered, decisionId, digest)).value);
    },
    async inForce() {
      const over = await ledger.bindings(lifted);
      const standing: string[] = [];
      for (const restriction of await all()) {
        const record = over.get(restriction);
        if (record === undefined || !(await isLifted(restriction, record))) standing.push(restriction);
      }
      return Promise.all(standing.map(load));
    },
    once,
    async lift(envelope, at) {
      const read = readStatement(envelope, 'lifting');
      const { index, reference } = await registry.rosterInForce(at);
      demandOfficer(read, index, at);
      const restrictions = await Promise.all(read.statement.restrictions.map(once));
      const lifting = await store.put(canonicalBytes(read.parsed.envelope));
      const record: Lifted = { _type: LIFTED_TYPE, tenant, lifting, roster: reference.digest, at };
      const recorded = await store.put(canonicalBytes(record));
      for (const { digest } of restrictions) await ledger.bind(lifted, digest, recorded);
      return restrictions.map(({ digest }) => digest);
    },
  };
}

const LIFTED_TYPE = 'application/vnd.countersign.lifted.v1+json';

/** What a restriction that was lifted is bound to: by which statement, and under which roster that was judged. */
const liftedSchema = z.strictObject({
  _type: z.literal(LIFTED_TYPE),
  tenant: name,
  lifting: digest,
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
