import { parseDigest, readCanonical } from '../../core/canon/index.ts';
import type { AdmittedBy } from '../../core/domain/events.ts';
import { hasCode } from '../../core/errors.ts';
import { type Policy, readStatement, tenantOf, type TrustFile } from '../../documents/index.ts';
import { verifyEndorsement } from '../../documents/endorsement.ts';
import { isInForce } from '../../documents/window.ts';
import { coreOf } from '../../pack/index.ts';
import { createSuccession, type PublishedPolicy } from '../../registry/index.ts';
import type { DocumentStore } from '../../store/index.ts';
import { approversOf } from './releases.ts';

/** One policy of the line, and what is proven of how it came to be in force. */
export interface ProvenPolicy {
  readonly serial: number;
  readonly version: string;
  readonly digest: string;
  /** Holders of policy keys whose endorsement verifies. */
  readonly endorsed_by: readonly string[];
  /** The decision that let it in; null where the policy before asks for none, or at the line's genesis. */
  readonly admitted: AdmittedBy | null;
  /** Who approved that: ids and roles out of the verified pack. */
  readonly approved: readonly string[];
  /** The line begins here: the first policy of all, or the one that the trust file names. */
  readonly genesis: boolean;
  /** Why the link does not hold; null where it does. */
  readonly wrong: string | null;
}

/**
 * From the policy in force down to the genesis of its line: the endorsements of each verified under the caller's own trust
 * file, and the pack of the decision that let it in, wherever the policy before asks for one.
 */
export async function provePolicies(
  line: readonly PublishedPolicy[],
  store: Pick<DocumentStore, 'get'>,
  trust: TrustFile,
  tenant: string,
): Promise<readonly ProvenPolicy[]> {
  const byDigest = new Map<string, Policy>(line.map(({ document, reference }) => [reference.digest, document]));
  const before = async ({ predecessor }: Policy): Promise<Policy | null> => {
    if (predecessor === 'GENESIS') return null;
    const found = byDigest.get(predecessor);
    if (found === undefined) throw new TypeError('a line holds every predecessor');
    return found;
  };
  const succession = createSuccession({ store, trust, tenant, before });
  const { policy_genesis: genesis, policy_threshold: threshold = 1 } = tenantOf(trust, tenant) ?? {};
  const proven: ProvenPolicy[] = [];
  for (const published of line) {
    const { document, reference } = published;
    const { digest, serial, admitted } = reference;
    const endorsed_by = await endorsersOf(published, store, trust);
    let approved: readonly string[] = [];
    let wrong =
      endorsed_by.length < threshold ? `endorsed by ${endorsed_by.length} holders, and it takes ${threshold}` : null;
    try {
      await succession.confirm({ policy: document, digest }, admitted);
      if (admitted !== undefined && digest !== genesis)
        approved = approversOf(coreOf(await store.get(parseDigest(admitted.pack))));
    } catch (error) {
      if (!hasCode(error)) throw error;
      wrong ??= error.message;
    }
    const isGenesis = digest === genesis || document.predecessor === 'GENESIS';
    if (isGenesis && genesis !== undefined && digest !== genesis)
      wrong ??= `the line does not go through ${genesis}, at which the trust file has it begin`;
    const { version } = document;
    proven.push({
      serial,
      version,
      digest,
      endorsed_by,
      admitted: digest === genesis ? null : (admitted ?? null),
      approved,
      genesis: isGenesis,
      wrong,
    });
    if (isGenesis) break;
  }
  return proven;
}

/** By keys that the trust file names, in force when their holders say that they signed. */
async function endorsersOf(
  { document, reference }: PublishedPolicy,
  store: Pick<DocumentStore, 'get'>,
  trust: TrustFile,
): Promise<readonly string[]> {
  const { origin, tenant, serial, predecessor } = document;
  const endorsed = { kind: 'policy', use: 'policy', origin, tenant, document: reference.digest, serial } as const;
  const holders = new Set<string>();
  for (const digest of reference.endorsements) {
    try {
      const read = readStatement(readCanonical(await store.get(parseDigest(digest))), 'endorsement');
      const signed = verifyEndorsement(trust, { ...endorsed, predecessor }, read, '$');
      if (signed !== undefined && isInForce(signed.window, read.statement.signed_at)) holders.add(signed.holder);
    } catch (error) {
      // One that does not verify counts for nobody; the others may.
      if (!hasCode(error)) throw error;
    }
  }
  return [...holders].sort();
}
