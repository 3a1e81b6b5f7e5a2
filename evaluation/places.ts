import type { DocumentError } from '../documents/errors.ts';
import { DENIAL_CODES, type Denial, type DenialCode } from './errors.ts';

/**
 * What is wrong with a document, as a denial says it: how much of the gravest kind, and where, and every miss; paths alone,
 * since an event is for ever.
 *
 * @param otherwise code of what no denial is called after
 * @param shown how a path is told, where it may hold somebody's free text
 */
export function denialOf(
  error: DocumentError,
  otherwise: DenialCode,
  shown: (path: string) => string = (path) => path,
): Denial {
  const codeOf = (code: string): DenialCode => DENIAL_CODES.find((known) => known === code) ?? otherwise;
  const gravest = error.problems.filter(({ code }) => code === undefined);
  const places = [...new Set(gravest.map(({ path }) => shown(path)))];
  const more = places.length > 10 ? ` and ${places.length - 10} more` : '';
  return {
    code: codeOf(error.code),
    detail: `${gravest.length} problems, at ${places.slice(0, 10).join(', ')}${more}`,
    misses: error.problems.map(({ path, code = error.code }) => ({ code: codeOf(code), path: shown(path) })),
  };
}
