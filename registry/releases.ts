import { canonicalBytes, digestBytes, parseDigest } from '../core/canon/index.ts';
import { readReleaseRecord, RELEASE_RECORD_TYPE, type ReleaseRecord } from '../documents/index.ts';
import type { Ledger } from '../ledger/index.ts';
import { RegistryError } from './errors.ts';
import { tenantRegistry } from './names.ts';
import type { RegistryDependencies } from './registry.ts';

/** What a decision let out. Its place in the history of its target is for {@link Releases}. */
export type LetOut = Omit<ReleaseRecord, '_type' | 'origin' | 'tenant' | 'number' | 'previous' | 'previous_candidate'>;

export interface Release {
  /** Digest of the record. */
  readonly digest: string;
  readonly record: ReleaseRecord;
}

/**
 * Histories of a tenant's targets, append-only: each link is bound once and for good, so that of two decisions that end
 * at the same moment one comes first, for everybody (R89).
 */
export interface Releases {
  /**
   * Appends it, or finds it again: a decision stands once, however often it is recorded.
   *
   * @throws LedgerError, StoreError
   */
  record(release: LetOut): Promise<Release>;
  /** The last link; null where the target was never changed. @throws RegistryError `registry.bound` for a link that is not what it must be */
  last(target: string): Promise<Release | null>;
  /** From the first link to the last, each held to the one before it. @throws as {@link last} */
  history(target: string): Promise<readonly Release[]>;
}

interface ReleasesDependencies extends Omit<RegistryDependencies, 'ledger'> {
  readonly ledger: Pick<Ledger, 'bind' | 'binding'>;
}

export function createReleases({ ledger, store, trust, tenant }: ReleasesDependencies): Releases {
  const links = tenantRegistry('release', tenant);
  const places = tenantRegistry('release-place', tenant);
  const { origin } = trust.trust;

  const key = (target: string, number: number): string => `${target}/${number}`;

  async function linkAt(target: string, number: number): Promise<Release | null> {
    const digest = await ledger.binding(links, key(target, number));
    if (digest === undefined) return null;
    const record = readReleaseRecord(await store.get(parseDigest(digest)));
    const place = `${record.origin} ${record.tenant} ${record.target} ${record.number}`;
    const expected = `${origin} ${tenant} ${target} ${number}`;
    if (place === expected) return { digest, record };
    throw new RegistryError('registry.bound', {
      message: 'what is bound in a release history is not its link',
      path: `$.${links}`,
      expected,
      got: place,
    });
  }

  /** Links are dense: the last is found by doubling, then halving, and no history is ever read whole for it. */
  async function lastNumber(target: string): Promise<number> {
    const isThere = async (number: number): Promise<boolean> =>
      (await ledger.binding(links, key(target, number))) !== undefined;
    let beyond = 1;
    while (await isThere(beyond)) beyond *= 2;
    let there = Math.floor(beyond / 2);
    while (beyond - there > 1) {
      const middle = Math.floor((there + beyond) / 2);
      if (await isThere(middle)) there = middle;
      else beyond = middle;
    }
    return there;
  }

  /** What a target was known to run after this link. */
  function runsAfter(release: Release | null): string | null {
    if (release === null) return null;
    const { outcome, candidate } = release.record;
    return outcome === 'executed' ? candidate.digest : null;
  }

  return {
    async record(letOut) {
      const { target, decision_id: decisionId } = letOut;
      for (let attempt = 1; ; attempt += 1) {
        // Where it tries to stand is bound first: whoever comes back after a crash tries the same place.
        const wanted = `${(await lastNumber(target)) + 1}`;
        const number = Number((await ledger.bind(places, `${decisionId}/${attempt}`, wanted)).value);
        const before = number === 1 ? null : await linkAt(target, number - 1);
        const record: ReleaseRecord = {
          _type: RELEASE_RECORD_TYPE,
          origin,
          tenant,
          ...letOut,
          number,
          previous: before?.digest ?? 'GENESIS',
          previous_candidate: runsAfter(before),
        };
        const bytes = canonicalBytes(record);
        await store.put(bytes);
        const digest = digestBytes(bytes);
        // Commit point: before it nobody sees the link, after it nobody else has the place.
        const { value } = await ledger.bind(links, key(target, number), digest);
        if (value === digest) return { digest, record };
      }
    },
    async last(target) {
      const number = await lastNumber(target);
      return number === 0 ? null : linkAt(target, number);
    },
    async history(target) {
      const releases: Release[] = [];
      for (let number = 1; ; number += 1) {
        const release = await linkAt(target, number);
        if (release === null) return releases;
        const previous = releases.at(-1)?.digest ?? 'GENESIS';
        if (release.record.previous !== previous) {
          throw new RegistryError('registry.bound', {
            message: 'a link of a release history does not follow the one before it',
            path: `$.${links}.${key(target, number)}`,
            expected: previous,
            got: release.record.previous,
          });
        }
        releases.push(release);
      }
    },
  };
}
