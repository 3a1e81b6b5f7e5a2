import type { DocumentError } from '../documents/errors.ts';

/**
 * How many problems a document has, and where, as a denial says it: paths alone, since an event is for ever.
 *
 * @param shown how a path is told, where it may hold somebody's free text
 */
export function placesOf({ problems }: DocumentError, shown: (path: string) => string = (path) => path): string {
  const places = [...new Set(problems.map(({ path }) => shown(path)))];
  const more = places.length > 10 ? ` and ${places.length - 10} more` : '';
  return `${problems.length} problems, at ${places.slice(0, 10).join(', ')}${more}`;
}
