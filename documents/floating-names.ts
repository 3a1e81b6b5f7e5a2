/**
 * "No approval should reference a floating name like latest" (S0, R56): what was approved must not come to mean
 * something else. Which names float cannot be listed (every branch does), so versions are held to forms that pin.
 */

export const VERSION_RULE = 'expected an exact version (1.2.3, 2026.02.24), a full commit hash or a digest';
export const DIGEST_RULE = 'expected sha256: and 64 lower-case hex digits';

/** Three or four numbers, so that neither `v1` nor `1.2` (moving tags both), then pre-release and build. */
const NUMBERED = /^v?\d{1,9}[.-]\d{1,9}[.-]\d{1,9}(?:[.-]\d{1,9})?(?:-([0-9A-Za-z.-]+))?(?:\+([0-9A-Za-z.-]+))?$/;
/** SHA-1 or SHA-256 of a commit, whole: short ones become ambiguous. */
const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const DIGEST = /^sha(?:256:[0-9a-f]{64}|384:[0-9a-f]{96}|512:[0-9a-f]{128})$/;
/** Words that mean "whatever is newest", also in the tail of a version: `1.2.3-SNAPSHOT` is rebuilt under its name. */
const MOVING = new Set(
  'latest stable main master head trunk develop dev current default edge nightly snapshot next tip newest x'.split(' '),
);

/** True where `text` may come to name something else: `latest`, `HEAD`, a branch, `^1.2`, `1.x`, `*`, `v1`, nothing. */
export function floatingVersion(text: string): boolean {
  if (COMMIT.test(text) || DIGEST.test(text)) return false;
  const numbered = NUMBERED.exec(text);
  if (numbered === null) return true;
  const tail = [numbered[1], numbered[2]].filter((part) => part !== undefined).join('.');
  return tail.split(/[.-]/).some((word) => MOVING.has(word.toLowerCase()));
}

/** Of a text that is no digest: true where it is a name rather than a misspelt hash, so that the refusal says which. */
export function floatingDigest(text: string): boolean {
  return !/^(?:[A-Za-z0-9]+:)?[0-9A-Fa-f]{32,}$/.test(text) && !/^sha\d+:/.test(text);
}

/** Of a location: true where its tag, reference or last segment is a moving word (`…/app:latest`, `…/tree/main`). */
export function floatingLocation(uri: string): boolean {
  const last = uri.split(/[?#]/, 1)[0]?.replace(/\/+$/, '').split(/[/:@]/).at(-1) ?? '';
  return MOVING.has(last.toLowerCase());
}
