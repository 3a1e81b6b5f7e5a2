import type { Timestamp } from '../core/domain/vocabulary.ts';
import type { ReleaseRecord } from '../documents/index.ts';
import type { Release, Undone } from './releases.ts';

/** From when on a link counts: one whose executor never said when, from its clearance, since from there on nobody knows. */
export function countsFrom({ changed_at, cleared_at }: ReleaseRecord): Timestamp {
  return changed_at ?? cleared_at;
}

/** A backout is recorded once there is a service again, and may come after what was let out since. */
export function isBackout({ undone_pack }: ReleaseRecord): boolean {
  return undone_pack !== undefined;
}

/**
 * Links as the target went through them: by number, but a backout before whatever counts from later than it, and behind it
 * whatever counts from earlier, where its executor has said when.
 */
export function inOrderOfTime(releases: readonly Release[]): readonly Release[] {
  const ordered: Release[] = [];
  for (const release of releases) {
    let place = ordered.length;
    while (place > 0 && goesBefore(release.record, (ordered[place - 1] as Release).record)) place -= 1;
    ordered.splice(place, 0, release);
  }
  return ordered;
}

/** Two decisions go by number: which of them came first is for no executor to say. */
function goesBefore(record: ReleaseRecord, other: ReleaseRecord): boolean {
  if (countsFrom(other) <= countsFrom(record)) return false;
  return isBackout(record) || (isBackout(other) && record.changed_at !== null);
}

/** An attempt to undo that nobody knows to have come about. */
function triesTo(undone: string, { undoes, outcome }: ReleaseRecord): boolean {
  return undoes === undone && outcome !== 'executed';
}

/** Whether it was let out after the clearance of what is undone. */
export function isLater(record: ReleaseRecord, { cleared_at }: Undone): boolean {
  return (isBackout(record) ? countsFrom(record) : record.cleared_at) > cleared_at;
}

/**
 * Of some successive links, the newest that has moved the target on since what is undone: it stands after that, or was
 * cleared after it.
 */
export function newestSince(links: readonly Release[], undone: Undone): Release | null {
  const own = links.findIndex(({ record }) => record.decision_id === undone.decision_id);
  const since = links.filter(({ record }, place) => {
    if (record.decision_id === undone.decision_id || triesTo(undone.decision_id, record)) return false;
    // One of before there was a history stands nowhere in it: only what was cleared later speaks against it.
    return isLater(record, undone) || (own !== -1 && place > own && !isBackout(record));
  });
  return inOrderOfTime(since).at(-1) ?? null;
}
