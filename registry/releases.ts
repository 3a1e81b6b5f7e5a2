import { canonicalBytes, digestBytes, parseDigest } from '../core/canon/index.ts';
import type { Timestamp } from '../core/domain/vocabulary.ts';
import { readReleaseRecord, RELEASE_RECORD_TYPE, type ReleaseRecord } from '../documents/index.ts';
import type { Ledger } from '../ledger/index.ts';
import { RegistryError } from './errors.ts';
import type { LetOut } from './let-out.ts';
import { tenantRegistry } from './names.ts';
import type { RegistryDependencies } from './registry.ts';
import { countsFrom, inOrderOfTime, isBackout, isLater, newestSince } from './release-order.ts';

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
   * Notes that a decision is about to be sealed, and its release to be recorded: whoever finds the pack later knows that
   * something may be left to do. @throws LedgerError
   */
  due(release: Pick<LetOut, 'decision_id' | 'target'>): Promise<void>;
  /** Whether a release was due and stands in no history; false for a decision of before there was one. @throws as {@link history} */
  owed(decisionId: string): Promise<boolean>;
  /**
   * Appends it, or finds it again: a decision stands once, however often it is recorded.
   *
   * @throws LedgerError, StoreError
   */
  record(release: LetOut): Promise<Release>;
  /**
   * The newest decision, or backout, that has moved the target on since what this one let out: it stands after it, or was
   * cleared after it. An attempt to undo the same decision that nobody knows to have come about has not.
   *
   * @throws as {@link history}
   */
  overtaking(target: string, undone: Undone): Promise<Release | null>;
  /** From the first link to the last, each held to the one before it. @throws RegistryError `registry.bound` for a link that is not what it must be */
  history(target: string): Promise<readonly Release[]>;
}

export interface Undone {
  readonly decision_id: string;
  readonly cleared_at: Timestamp;
}

/** So many links are looked back through: a claim is decided within two seconds, or not at all. */
const LOOKED_BACK = 100;

function overtakenBy(newest: Release | null): Pick<ReleaseRecord, 'overtaken_by'> {
  if (newest === null) return {};
  const { record } = newest;
  return { overtaken_by: { decision_id: record.decision_id, changed_at: countsFrom(record) } };
}

interface ReleasesDependencies extends Omit<RegistryDependencies, 'ledger'> {
  readonly ledger: Pick<Ledger, 'bind' | 'binding'>;
}

export function createReleases({ ledger, store, trust, tenant }: ReleasesDependencies): Releases {
  const links = tenantRegistry('release', tenant);
  const places = tenantRegistry('release-place', tenant);
  const dues = tenantRegistry('release-due', tenant);
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

  /** Where each history ended when it was looked at last. */
  const lastKnown = new Map<string, number>();

  /**
   * Links are dense: the last is found by doubling, then halving, and no history is ever read whole for it. Looked for
   * from where it ended last, which costs two questions instead of eighteen among five hundred links.
   */
  async function lastNumber(target: string): Promise<number> {
    const isThere = async (number: number): Promise<boolean> =>
      (await ledger.binding(links, key(target, number))) !== undefined;
    const known = lastKnown.get(target) ?? 0;
    // One that is gone was taken back by an older copy.
    let there = known > 0 && (await isThere(known)) ? known : 0;
    let step = 1;
    for (; await isThere(there + step); step *= 2) there += step;
    for (let beyond = there + step; beyond - there > 1; ) {
      const middle = Math.floor((there + beyond) / 2);
      if (await isThere(middle)) there = middle;
      else beyond = middle;
    }
    lastKnown.set(target, there);
    return there;
  }

  /** What a target was known to run after this link; one that others had overtaken by then changes nothing of that. */
  function runsAfter(release: Release | null): string | null {
    if (release === null) return null;
    const { outcome, candidate, overtaken_by: by, previous_candidate: before } = release.record;
    if (by !== undefined && by.changed_at > countsFrom(release.record)) return before;
    return outcome === 'executed' ? candidate.digest : null;
  }

  /** The newest link before this place that has moved the target on: looked for back to the one that is undone. */
  async function newestBefore(
    number: number,
    undone: Undone,
    link: (number: number) => Promise<Release | null>,
  ): Promise<Release | null> {
    const since: Release[] = [];
    let recorded = false;
    for (let at = number - 1; at > 0 && at >= number - LOOKED_BACK; at -= 1) {
      const release = await link(at);
      if (release === null) break;
      const { record } = release;
      if (recorded && !isLater(record, undone) && !isBackout(record)) break;
      recorded ||= record.decision_id === undone.decision_id;
      since.unshift(release);
    }
    return newestSince(since, undone);
  }

  /** Who stands before this link and counts from later; with a backout also who had moved the target on since what it undoes. */
  async function overtakenAt(
    release: Release,
    link: (number: number) => Promise<Release | null>,
  ): Promise<Pick<ReleaseRecord, 'overtaken_by'>> {
    const { number, undoes, undone_pack: pack, cleared_at } = release.record;
    const last = inOrderOfTime([...(await windowBefore(number, link)), release]).at(-1);
    if (last !== undefined && last !== release) return overtakenBy(last);
    if (pack === undefined || undoes === undefined) return {};
    return overtakenBy(await newestBefore(number, { decision_id: undoes, cleared_at }, link));
  }

  /** Links before this place, back to a decision that nobody had overtaken: what stands before that is before it in time too. */
  async function windowBefore(
    number: number,
    link: (number: number) => Promise<Release | null>,
  ): Promise<readonly Release[]> {
    const window: Release[] = [];
    for (let at = number - 1; at > 0 && at >= number - LOOKED_BACK; at -= 1) {
      const release = await link(at);
      if (release === null) break;
      window.unshift(release);
      if (!isBackout(release.record) && release.record.overtaken_by === undefined) break;
    }
    return window;
  }

  /** The decision's own link, in one of the places that it has taken. */
  async function ownLink(target: string, decisionId: string): Promise<Release | null> {
    for (let attempt = 1; ; attempt += 1) {
      const place = await ledger.binding(places, `${decisionId}/${attempt}`);
      if (place === undefined) return null;
      const link = await linkAt(target, Number(place));
      if (link?.record.decision_id === decisionId) return link;
    }
  }

  /** Whether a link had been overtaken is said by the links before it, and by nobody else. */
  async function refuseOtherOrder(release: Release, before: readonly Release[]): Promise<void> {
    const { record } = release;
    const { overtaken_by: found } = await overtakenAt(release, async (at) => before[at - 1] ?? null);
    const text = (by: ReleaseRecord['overtaken_by']): string =>
      by === undefined ? 'overtaken by nobody' : `overtaken by ${by.decision_id} at ${by.changed_at}`;
    if (text(record.overtaken_by) === text(found)) return;
    throw new RegistryError('registry.bound', {
      message: 'a link of a release history does not say of its order what the links before it do',
      path: `$.${links}.${key(record.target, record.number)}`,
      expected: text(found),
      got: text(record.overtaken_by),
    });
  }

  return {
    async due({ decision_id: decisionId, target }) {
      await ledger.bind(dues, decisionId, target);
    },
    async owed(decisionId) {
      const target = await ledger.binding(dues, decisionId);
      return target !== undefined && (await ownLink(target, decisionId)) === null;
    },
    async record(letOut) {
      const { target, decision_id: decisionId } = letOut;
      // Whatever else is sealed of it by now: an older copy of its chain was restored, or another version records.
      const own = await ownLink(target, decisionId);
      if (own !== null) return own;
      for (let attempt = 1; ; attempt += 1) {
        // Where it tries to stand is bound first: whoever comes back after a crash tries the same place.
        const wanted = `${(await lastNumber(target)) + 1}`;
        const number = Number((await ledger.bind(places, `${decisionId}/${attempt}`, wanted)).value);
        const before = number === 1 ? null : await linkAt(target, number - 1);
        // A place of before an older copy was restored: links after a gap would be no history.
        if (number > 1 && before === null) continue;
        const record: ReleaseRecord = {
          _type: RELEASE_RECORD_TYPE,
          origin,
          tenant,
          ...letOut,
          number,
          previous: before?.digest ?? 'GENESIS',
          previous_candidate: runsAfter(before),
        };
        const overtaken = await overtakenAt({ digest: '', record }, (at) => linkAt(target, at));
        const release = { ...record, ...overtaken };
        const bytes = canonicalBytes(release);
        await store.put(bytes);
        const digest = digestBytes(bytes);
        // Commit point: before it nobody sees the link, after it nobody else has the place.
        const { value } = await ledger.bind(links, key(target, number), digest);
        if (value !== digest) continue;
        lastKnown.set(target, number);
        return { digest, record: release };
      }
    },
    async overtaking(target, undone) {
      return newestBefore((await lastNumber(target)) + 1, undone, (at) => linkAt(target, at));
    },
    async history(target) {
      const releases: Release[] = [];
      for (let number = 1; ; number += 1) {
        const release = await linkAt(target, number);
        if (release === null) return releases;
        const before = releases.at(-1) ?? null;
        const { previous, previous_candidate: ran } = release.record;
        const expected = `${before?.digest ?? 'GENESIS'}, after which ${runsAfter(before)} runs`;
        const got = `${previous}, after which ${ran} runs`;
        if (got !== expected) {
          throw new RegistryError('registry.bound', {
            message: 'a link of a release history does not follow the one before it',
            path: `$.${links}.${key(target, number)}`,
            expected,
            got,
          });
        }
        await refuseOtherOrder(release, releases);
        releases.push(release);
      }
    },
  };
}
