import { BANDS } from '../../core/domain/vocabulary.ts';
import type { Situation } from './situations.ts';

const MOST_NAMED = 8;

/** Actions, targets and bands of some situations in few words, such as `a, b on x (low, medium)`; one text a group. */
export function compact(situations: readonly Situation[]): readonly string[] {
  const groups = situations.map(({ actions, targets, band }) => ({ actions, targets, bands: [band] }));
  const byBand = merged(groups, ({ actions, targets }) => [actions, targets]);
  const byAction = merged(byBand, ({ targets, bands }) => [targets, bands]);
  const byTarget = merged(byAction, ({ actions, bands }) => [actions, bands]);
  return byTarget.map(({ actions, targets, bands }) => {
    const inOrder = BANDS.filter((band) => bands.includes(band));
    return `${named(actions)} on ${named(targets)} (${inOrder.join(', ')})`;
  });
}

/** A list in words, cut where it is long. */
export function named(names: readonly string[]): string {
  const more = names.length - MOST_NAMED;
  return more > 0 ? `${names.slice(0, MOST_NAMED).join(', ')} and ${more} more` : names.join(', ');
}

interface Group {
  readonly actions: readonly string[];
  readonly targets: readonly string[];
  readonly bands: readonly Situation['band'][];
}

function merged(groups: readonly Group[], same: (group: Group) => unknown): readonly Group[] {
  const byKey = new Map<string, Group>();
  for (const group of groups) {
    const key = JSON.stringify(same(group));
    const known = byKey.get(key);
    byKey.set(key, known ? union(known, group) : group);
  }
  return [...byKey.values()];
}

function union(a: Group, b: Group): Group {
  return {
    actions: [...new Set([...a.actions, ...b.actions])],
    targets: [...new Set([...a.targets, ...b.targets])],
    bands: [...new Set([...a.bands, ...b.bands])],
  };
}
