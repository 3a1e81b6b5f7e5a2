/** One decision, as far as what it rests on goes, out of a pack that was verified. */
export interface Rooted {
  readonly decisionId: string;
  readonly target: string;
  readonly candidate: string;
  /** What the candidate was made of: parents, teachers, data. It hands that on. */
  readonly madeOf: readonly string[];
  /** All that the decision rests on, what the candidate was made of among it. */
  readonly restsOn: readonly string[];
  /** Ids of the keys whose signatures count in it. */
  readonly keys: readonly string[];
}

/**
 * - `is`: the candidate itself is revoked;
 * - `descends`: it was made, by however many steps, of something that is, or that such a key signed for;
 * - `signed`: a key that is revoked signed what counts in the decision, or in another about the same candidate;
 * - `rests`: its evaluation data or what its rollback restores is affected; that is not handed on.
 */
export type Relation = 'is' | 'descends' | 'signed' | 'rests';

export interface Affected {
  readonly decisionId: string;
  readonly target: string;
  readonly candidate: string;
  readonly relation: Relation;
  /** From what is revoked to the candidate, both included; for `rests` to what the decision rests on. */
  readonly by: readonly string[];
}

/**
 * Every decision that a revocation touches, with the shortest way to it, in the order in which they were given (R90).
 *
 * @param revoked digests of candidates, parents or data, and ids of keys.
 */
export function affectedBy(decisions: readonly Rooted[], revoked: ReadonlySet<string>): readonly Affected[] {
  const ways = descent(decisions, revoked);
  return decisions.flatMap((one): Affected[] => {
    const found = relationOf(one, ways, revoked);
    const { decisionId, target, candidate } = one;
    return found === null ? [] : [{ decisionId, target, candidate, ...found }];
  });
}

type Ways = ReadonlyMap<string, readonly string[]>;

function relationOf(
  { candidate, madeOf, restsOn, keys }: Rooted,
  ways: Ways,
  revoked: ReadonlySet<string>,
): Pick<Affected, 'relation' | 'by'> | null {
  if (revoked.has(candidate)) return { relation: 'is', by: [candidate] };
  const key = keys.find((id) => revoked.has(id));
  if (key !== undefined) return { relation: 'signed', by: [key, candidate] };
  const way = ways.get(candidate);
  // A way of one step from a key: another decision about this candidate counts what it signed.
  if (way !== undefined)
    return { relation: way.length === 2 && !madeOf.includes(way[0] ?? '') ? 'signed' : 'descends', by: way };
  const [nearest] = restsOn
    .map((digest) => ways.get(digest))
    .filter((found) => found !== undefined)
    .toSorted(byLength);
  return nearest === undefined ? null : { relation: 'rests', by: nearest };
}

const byLength = (a: readonly string[], b: readonly string[]): number => a.length - b.length;

/** The shortest way from what is revoked to each digest that descends from it; breadth first, so a circle ends. */
function descent(decisions: readonly Rooted[], revoked: ReadonlySet<string>): Ways {
  const children = new Map<string, Set<string>>();
  for (const { candidate, madeOf, keys } of decisions) {
    for (const parent of [...madeOf, ...keys]) {
      children.set(parent, (children.get(parent) ?? new Set()).add(candidate));
    }
  }
  const ways = new Map<string, readonly string[]>([...revoked].sort().map((digest) => [digest, [digest]]));
  for (const [at, way] of ways) {
    for (const child of children.get(at) ?? []) if (!ways.has(child)) ways.set(child, [...way, child]);
  }
  return ways;
}
