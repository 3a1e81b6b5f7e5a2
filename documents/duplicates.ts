import type { Problem } from './errors.ts';

/** A problem for each value that stands earlier in the list as well. */
export function duplicates(entries: readonly { readonly path: string; readonly value: string }[]): Problem[] {
  const first = new Map<string, string>();
  return entries.flatMap(({ path, value }): Problem[] => {
    const earlier = first.get(value);
    if (earlier !== undefined) return [{ path, expected: `another than at ${earlier}`, got: value }];
    first.set(value, path);
    return [];
  });
}
