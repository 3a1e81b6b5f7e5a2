import { CanonError, type Digest, type PublicKey, verifyEnvelope } from '../core/canon/index.ts';
import type { EndorsedKind } from '../core/domain/statements.ts';
import type { DigestText, Timestamp } from '../core/domain/vocabulary.ts';
import { useForEndorsing } from './authenticate.ts';
import { DocumentError, type Problem, refuseAll } from './errors.ts';
import type { ReadStatement } from './statements.ts';
import { findTrustKey, type TrustIndex, tenantOf } from './trust-index.ts';
import type { KeyUse, TrustTenant } from './trust.ts';
import { begunAt, isInForce } from './window.ts';

/** Documents of a tenant of which one version at a time is in force. */
export const PUBLISHED_KINDS = ['policy', 'roster', 'standing'] as const;
export type PublishedKind = (typeof PUBLISHED_KINDS)[number];

/** The document whose endorsements are counted, and by what. */
export interface EndorsementCheck {
  readonly trust: TrustIndex;
  readonly kind: PublishedKind;
  readonly tenant: string;
  /** Digest of its canonical form, computed by the caller. */
  readonly document: DigestText;
  /** As the document itself says. */
  readonly serial: number;
  readonly predecessor: DigestText | 'GENESIS';
  /** Read, not yet verified. */
  readonly endorsements: readonly ReadStatement[];
  /** When the document is relied on; the keys must be in force then. */
  readonly at: Timestamp;
}

/**
 * Checks that enough holders endorsed exactly this policy, roster or standing: distinct holders with distinct keys, in force at
 * `at`. Endorsements by keys whose window is over are passed over; anything that was never right is refused, so that a
 * document cannot carry signatures that look like more than they are.
 *
 * @returns the statement digests of the endorsements that count, sorted: one a holder.
 * @throws DocumentError `document.tenant` (not in the trust file), `endorsement.serial` (below the trust file's
 *   minimum), `statement.kind`, `endorsement.mismatch`, `endorsement.key`, `endorsement.signature`,
 *   `endorsement.threshold`.
 */
export function checkEndorsements(check: EndorsementCheck): Digest[] {
  const { trust, kind, tenant, serial } = check;
  const entry = tenantOf(trust, tenant);
  if (entry === undefined) {
    const problem = { path: '$.tenant', expected: 'a tenant of the trust file', got: tenant };
    throw new DocumentError('document.tenant', 'the trust file does not know this tenant', [problem]);
  }
  const { threshold, minimum } = demandOf(kind, trust, entry);
  const use = useForEndorsing(kind);
  if (serial < minimum) {
    const problem = { path: '$.serial', expected: `at least ${minimum}`, got: `${serial}` };
    throw new DocumentError('endorsement.serial', `the ${kind} is older than the trust file still accepts`, [problem]);
  }
  const late: Problem[] = [];
  const counting = check.endorsements.flatMap((endorsement, position) => {
    const path = `$.endorsements[${position}]`;
    const signed = verifyEndorsement(trust, { ...check, origin: trust.trust.origin, use }, endorsement, path);
    if (signed === undefined) {
      const problem = {
        path: `${path}.signatures[0].keyid`,
        expected: `a ${use} key of the trust file`,
        got: endorsement.keyId,
      };
      throw new DocumentError('endorsement.key', 'the key is none that may endorse this', [problem]);
    }
    // The signer's own word: what was endorsed after it was relied on was not endorsed then.
    if (!begunAt(endorsement.statement.signed_at, check.at)) {
      const got = endorsement.statement.signed_at;
      late.push({ path: `${path}.payload.signed_at`, expected: `at most five minutes after ${check.at}`, got });
      return [];
    }
    if (isInForce(signed.window, check.at)) return [signed];
    late.push({
      path: `${path}.signatures[0].keyid`,
      expected: `a key in force at ${check.at}`,
      got: endorsement.keyId,
    });
    return [];
  });
  return demandThreshold(counting, threshold, late);
}

/** How many endorsements a kind of document needs, and the least serial that still counts. */
function demandOf(
  kind: PublishedKind,
  { trust }: TrustIndex,
  tenant: TrustTenant,
): { readonly threshold: number; readonly minimum: number } {
  switch (kind) {
    case 'policy':
      return { threshold: tenant.policy_threshold, minimum: tenant.minimum_policy_serial };
    case 'roster':
      return { threshold: tenant.roster_threshold, minimum: tenant.minimum_roster_serial };
    case 'standing':
      return { threshold: trust.governance_threshold, minimum: tenant.standing?.minimum_serial ?? 1 };
  }
}

/** Who alone signed what counts of a document's endorsements; null where several people did. */
export function soleSignerOf(endorsements: readonly ReadStatement<'endorsement'>[]): string | null {
  const signers = new Set(endorsements.map(({ statement }) => statement.signer));
  const [only] = signers;
  return signers.size === 1 && only !== undefined ? only : null;
}

/** What an endorsement must say to be one of this document. */
export interface EndorsedDocument {
  readonly kind: EndorsedKind;
  readonly use: KeyUse;
  readonly origin: string;
  readonly tenant: string;
  readonly document: DigestText;
  readonly serial: number;
  readonly predecessor: DigestText | 'GENESIS';
}

export interface VerifiedEndorsement {
  readonly digest: Digest;
  readonly holder: string;
  readonly key: PublicKey;
  readonly window: { readonly valid_from: Timestamp; readonly valid_until: Timestamp | null };
}

/** Verifies one endorsement; undefined where its key is none of the trust file's for this use and tenant. */
export function verifyEndorsement(
  trust: TrustIndex,
  document: EndorsedDocument,
  endorsement: ReadStatement,
  path: string,
): VerifiedEndorsement | undefined {
  if (endorsement.kind !== 'endorsement') {
    const problem = { path: `${path}.payloadType`, expected: 'endorsement', got: endorsement.kind };
    throw new DocumentError('statement.kind', 'this is no endorsement', [problem]);
  }
  const { statement, parsed, keyId, digest } = endorsement;
  const expected = {
    origin: document.origin,
    tenant: document.tenant,
    document_kind: document.kind,
    document: document.document,
    serial: document.serial,
    predecessor: document.predecessor,
  };
  const differences = Object.entries(expected).flatMap(([member, value]): Problem[] => {
    const got = statement[member as keyof typeof expected];
    return got === value ? [] : [{ path: `${path}.payload.${member}`, expected: `${value}`, got: `${got}` }];
  });
  refuseAll('endorsement.mismatch', 'the endorsement is of something else', differences);
  const found = findTrustKey(trust, document.use, keyId, document.kind === 'trust' ? null : document.tenant);
  if (found === undefined) return undefined;
  if (found.entry.holder !== statement.signer) {
    const problem = { path: `${path}.payload.signer`, expected: found.entry.holder, got: statement.signer };
    throw new DocumentError('endorsement.key', "the key is someone else's", [problem]);
  }
  try {
    verifyEnvelope(parsed, found.key, path);
  } catch (cause) {
    if (!(cause instanceof CanonError)) throw cause;
    const problem = { path: cause.path, expected: cause.expected, got: cause.got };
    throw new DocumentError(
      'endorsement.signature',
      'the endorsement is not signed by the key that it names',
      [problem],
      { cause },
    );
  }
  return { digest, holder: found.entry.holder, key: found.key, window: found.entry };
}

/**
 * One endorsement a holder counts, however many they signed and with however many keys; and keys stand once in a trust
 * file, so distinct holders are distinct key bytes. The first digest by order is kept, so that every reader keeps the
 * same one.
 */
export function demandThreshold(
  verified: readonly VerifiedEndorsement[],
  threshold: number,
  passedOver: readonly Problem[] = [],
): Digest[] {
  const byHolder = new Map<string, Digest>();
  for (const { holder, digest } of verified) {
    const known = byHolder.get(holder);
    if (known === undefined || digest < known) byHolder.set(holder, digest);
  }
  if (byHolder.size < threshold) {
    const problem = { path: '$.endorsements', expected: `${threshold} distinct holders`, got: `${byHolder.size}` };
    throw new DocumentError('endorsement.threshold', 'too few holders endorsed the document', [problem, ...passedOver]);
  }
  return [...byHolder.values()].sort();
}
