import { canonicalize, type JsonObject, type JsonValue } from '../core/canon/index.ts';

/** One thing in which two policies differ. */
export interface PolicyDifference {
  /** `$.gates[TEAM-003].reason`: entries of tables by their id, since an entry that is put in moves all behind it. */
  readonly path: string;
  /** Canonical JSON; null where it is not there. */
  readonly before: string | null;
  readonly after: string | null;
}

/**
 * What the next policy changes, as its approvers read it: by the ids of targets, actions, gates, factors and routes. Where
 * the order of a table is another, it is told as well: the first route whose condition holds is taken.
 */
export function policyDifferences(before: JsonValue, after: JsonValue, path = '$'): readonly PolicyDifference[] {
  if (canonicalize(before) === canonicalize(after)) return [];
  if (isObject(before) && isObject(after))
    return ofEntries(new Map(Object.entries(before)), new Map(Object.entries(after)), (member) => `${path}.${member}`);
  const left = tableOf(before);
  const right = tableOf(after);
  if (left === null || right === null) return [difference(path, before, after)];
  const ids = [[...left.keys()], [...right.keys()]] as const;
  const moved = ids[0].join('\n') === ids[1].join('\n') ? [] : [difference(`${path}[*].id`, ids[0], ids[1])];
  return [...moved, ...ofEntries(left, right, (id) => `${path}[${id}]`)];
}

type Entries = ReadonlyMap<string, JsonValue>;

function ofEntries(before: Entries, after: Entries, pathOf: (name: string) => string): readonly PolicyDifference[] {
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((name) => {
    const [left, right] = [before.get(name), after.get(name)];
    return left === undefined || right === undefined
      ? [difference(pathOf(name), left, right)]
      : policyDifferences(left, right, pathOf(name));
  });
}

function difference(path: string, before: JsonValue | undefined, after: JsonValue | undefined): PolicyDifference {
  const text = (value: JsonValue | undefined): string | null => (value === undefined ? null : canonicalize(value));
  return { path, before: text(before), after: text(after) };
}

/** A list of entries that have an id each, by id and in its order; null for any other value. */
function tableOf(value: JsonValue): Entries | null {
  if (!Array.isArray(value) || value.length === 0) return null;
  const entries = (value as readonly JsonValue[]).map((entry): [string, JsonValue] | null => {
    const id = isObject(entry) ? entry['id'] : undefined;
    return typeof id === 'string' ? [id, entry] : null;
  });
  return entries.every((entry) => entry !== null) ? new Map(entries) : null;
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
