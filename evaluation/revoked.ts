import type { Standing } from '../documents/standing.ts';

interface Revoked {
  readonly keys: ReadonlySet<string>;
  readonly digests: ReadonlySet<string>;
}

/** Once a standing: without it, a hundred refused claims under 10,000 revocations took a verifier 14 s instead of 0.3. */
const REVOKED = new WeakMap<Standing, Revoked>();

export function revokedBy(document: Standing): Revoked {
  const known = REVOKED.get(document);
  if (known !== undefined) return known;
  const revoked = { keys: new Set(document.revoked_keys), digests: new Set(document.revoked_digests) };
  REVOKED.set(document, revoked);
  return revoked;
}
