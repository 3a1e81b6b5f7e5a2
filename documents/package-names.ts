/**
 * What a name of a package would have to be, where it is not; undefined where it may stand. `..` and an empty name lead
 * elsewhere; a backslash does so on Windows; control characters forge lines of whatever lists the package; half of a
 * surrogate pair has no bytes.
 */
export function packageNameProblem(name: string): string | undefined {
  if (name === '') return 'a name between two slashes';
  if (name === '.' || name === '..') return 'a name that leads nowhere else';
  if (!name.isWellFormed()) return 'a name that is UTF-8';
  return /[\p{Cc}\\]/u.test(name) ? 'a name without control characters and backslashes' : undefined;
}

/**
 * One text for all paths that some system takes for the same: without regard to case, and to composed or decomposed
 * letters (UAX 15). Coarser than Unicode's case folding and never finer, for every letter: `ẞ`, `ß` and `ss` are one, as
 * are the long `ſ` and `s`. Lower case comes first as well, because `ẞ` is an upper case without way back.
 */
export function otherSystemsName(path: string): string {
  return path.normalize('NFC').toLowerCase().toUpperCase().toLowerCase().normalize('NFC');
}
