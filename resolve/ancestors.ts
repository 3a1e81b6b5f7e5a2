import type { LineageRegistry } from '../documents/lineage-registry.ts';
import { ANCESTORS_AT_MOST } from '../documents/ancestry.ts';
import { ResolveError } from './errors.ts';

type Entry = LineageRegistry['entries'][number];

/**
 * All that a package was made of, up to what was made of nothing; sorted, without itself. Every package on the way needs
 * its entry: one without is not a root, but somebody whose parents nobody has recorded, and a revocation behind it would
 * be missed. What is no package, data for one, needs none, and is followed where it has one.
 *
 * @throws ResolveError `resolve.not_found`, `resolve.circular`, `resolve.too_many`
 */
export function ancestorsOf(entries: ReadonlyMap<string, Entry>, of: string): readonly string[] {
  const found = new Set<string>();
  // A package has been gone through once all that it was made of has: whoever is met before that is its own ancestor.
  const open = new Set<string>();
  const done = new Set<string>();
  const way: { readonly digest: string; readonly madeOf: readonly string[]; at: number }[] = [];
  const enter = (digest: string, isPackage: boolean): void => {
    const entry = entries.get(digest);
    if (entry === undefined && isPackage) throw unrecorded(digest);
    if (open.has(digest)) throw circular(digest);
    if (done.has(digest)) return;
    open.add(digest);
    way.push({ digest, madeOf: [...(entry?.parents ?? []), ...(entry?.made_of ?? [])], at: 0 });
  };
  enter(of, true);
  for (let last = way.at(-1); last !== undefined; last = way.at(-1)) {
    const next = last.madeOf[last.at];
    last.at += 1;
    if (next === undefined) {
      open.delete(last.digest);
      done.add(last.digest);
      way.pop();
      continue;
    }
    found.add(next);
    if (found.size > ANCESTORS_AT_MOST) throw tooMany(of);
    enter(next, last.at <= (entries.get(last.digest)?.parents.length ?? 0));
  }
  return [...found].sort();
}

function unrecorded(digest: string): ResolveError {
  const message = `what ${digest} was made of is recorded nowhere`;
  return new ResolveError('resolve.not_found', {
    message,
    expected: 'an entry in the registry of lineages',
    got: 'none',
  });
}

function circular(digest: string): ResolveError {
  const message = `${digest} is its own ancestor in the registry of lineages`;
  return new ResolveError('resolve.circular', { message, expected: 'an end to it', got: 'a circle' });
}

function tooMany(digest: string): ResolveError {
  const message = `${digest} has more ancestors than are looked at`;
  const expected = `at most ${ANCESTORS_AT_MOST}`;
  return new ResolveError('resolve.too_many', { message, expected, got: 'more' });
}
