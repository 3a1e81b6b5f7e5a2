import { join } from 'node:path';
import { canonicalBytes, type Digest, digestBytes } from '../core/canon/index.ts';
import type { Ledger, LedgerCopy } from '../ledger/index.ts';
import {
  createDirectoryStore,
  createDisclosureStore,
  type DisclosuresByOwner,
  type DisclosureStore,
  type DocumentStore,
} from '../store/index.ts';

/** Everything that an installation's decisions are made of. */
export interface Holdings {
  readonly ledger: Ledger & LedgerCopy;
  readonly store: DocumentStore;
  readonly disclosures: DisclosureStore;
  readonly tenant: string;
}

/** A backup's folder as stores: chains and documents by digest, disclosures by decision. */
export function backupStores(folder: string) {
  return {
    chains: createDirectoryStore({ directory: join(folder, 'chains') }),
    documents: createDirectoryStore({ directory: join(folder, 'documents') }),
    disclosures: createDisclosureStore({ directory: join(folder, 'disclosures') }),
  };
}

/** Null where a decision has none. */
export function digestOfDisclosures(disclosures: DisclosuresByOwner): Digest | null {
  const listed = [...disclosures].map(([owner, opened]) => ({
    owner,
    disclosures: opened.map((disclosure) => digestBytes(canonicalBytes(disclosure))).sort(),
  }));
  return listed.length === 0 ? null : digestBytes(canonicalBytes(listed));
}

export async function copyDisclosures(from: DisclosureStore, to: DisclosureStore, decisionId: string): Promise<void> {
  for (const [owner, disclosures] of await from.getDisclosures(decisionId)) {
    await to.putDisclosures(decisionId, owner, disclosures);
  }
}
