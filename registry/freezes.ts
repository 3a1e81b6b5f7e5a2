import { canonicalBytes, type Digest, type Envelope, parseDigest, readCanonical } from '../core/canon/index.ts';
import type { Timestamp } from '../core/domain/vocabulary.ts';
import { authenticateService, begunAt, DocumentError, type ReadStatement, readStatement } from '../documents/index.ts';
import { RegistryError } from './errors.ts';
import { tenantRegistry } from './names.ts';
import type { RegistryDependencies } from './registry.ts';

type Freeze = ReadStatement<'freeze'>;

/** Emergency freezes of a tenant (R62). They only stop, so one key is enough; a standing ends them before their time. */
export interface Freezes {
  /** Puts an emergency freeze in force: stored and bound for good. @returns its statement digest. @throws as `publish` */
  publishFreeze(freeze: Envelope, at: Timestamp): Promise<Digest>;
  /** Those that have not run out. One whose key the trust file names no more stops nothing. */
  freezesAt(at: Timestamp): Promise<readonly Freeze[]>;
  /** Statement digests of those that have run out. */
  endedFreezes(at: Timestamp): Promise<readonly string[]>;
  /** One that was published, by digest, whether it has run out or not. */
  freeze(statement: string): Promise<Freeze>;
}

export function createFreezes({ ledger, store, trust, tenant }: RegistryDependencies): Freezes {
  const bound = tenantRegistry('freeze', tenant);

  /** @throws DocumentError where no emergency key that was in force at `at` signed it. */
  function authenticateFreeze(read: Freeze, at: Timestamp): void {
    authenticateService(read, trust, 'emergency', { origin: trust.trust.origin, tenant, at });
  }

  function isAuthentic(read: Freeze): boolean {
    try {
      authenticateFreeze(read, read.statement.signed_at);
      return true;
    } catch (error) {
      if (error instanceof DocumentError) return false;
      throw error;
    }
  }

  async function load(statement: string): Promise<Freeze> {
    return readStatement(readCanonical(await store.get(parseDigest(statement))), 'freeze');
  }

  return {
    async publishFreeze(envelope, at) {
      const read = readStatement(envelope, 'freeze');
      const { signed_at, until } = read.statement;
      authenticateFreeze(read, signed_at);
      if (until <= at || !begunAt(signed_at, at)) throw silentFreeze(at, signed_at, until);
      // A key that has ended meanwhile could date its freezes back.
      authenticateFreeze(read, at);
      await store.put(canonicalBytes(read.parsed.envelope));
      // Bound to its end, so that those which are over are never read again.
      await ledger.bind(bound, read.digest, until);
      return read.digest;
    },
    async freezesAt(at) {
      const lasting = [...(await ledger.bindings(bound))].filter(([, until]) => at < until);
      const read = await Promise.all(lasting.map(([digest]) => load(digest)));
      return read.filter(({ statement }) => at < statement.until).filter(isAuthentic);
    },
    async endedFreezes(at) {
      return [...(await ledger.bindings(bound))].filter(([, until]) => until <= at).map(([digest]) => digest);
    },
    async freeze(statement) {
      const read = await load(statement);
      authenticateFreeze(read, read.statement.signed_at);
      return read;
    },
  };
}

function silentFreeze(at: Timestamp, signedAt: Timestamp, until: Timestamp): RegistryError {
  const over = until <= at;
  return new RegistryError('registry.silent', {
    message: `the freeze would stop nothing: it is ${over ? 'over already' : 'of the future'}`,
    path: over ? '$.payload.until' : '$.payload.signed_at',
    expected: over ? `after ${at}` : `at most five minutes after ${at}`,
    got: over ? until : signedAt,
  });
}
