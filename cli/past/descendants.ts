import { printable } from '../printable.ts';
import { affectedReport, type AffectedReport } from './affected.ts';
import { wayLine } from './way-line.ts';

/**
 * All that a standing has to revoke besides, so that every verifier sees it and believes nobody: whatever in these packs
 * was made, by however many steps, of what is revoked, or was signed for by the keys.
 *
 * @param revoked digests of this standing and of those before it; of the keys those that are revoked now, since one that
 *   was only rotated out says nothing against what it signed for
 * @throws as `affectedReport`
 */
export function descendantsOf(
  packs: readonly string[],
  trust: string,
  { digests, keys }: { readonly digests: readonly string[]; readonly keys: readonly string[] },
): AffectedReport {
  const nothing: AffectedReport = { affected: [], descendants: [], unverified: [] };
  if (packs.length === 0) return nothing;
  const report = affectedReport(packs, trust, [...digests, ...keys]);
  return { ...report, descendants: report.descendants.filter((digest) => !digests.includes(digest)) };
}

/** Each descendant with its way, for whoever is to sign the standing; and what it may lack. */
export function descendantLines({ affected, descendants, unverified }: AffectedReport): readonly string[] {
  const added = affected.filter(({ candidate }) => descendants.includes(candidate));
  return [
    ...added.map((one) => `revoked with it: ${wayLine(one)}`),
    ...unverified.map((pack) => `does not hold, so its descendants are NOT in the draft: ${pack}`),
  ].map(printable);
}
