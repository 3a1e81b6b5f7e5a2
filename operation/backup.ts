import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { type Digest, digestBytes, parseDigest } from '../core/canon/index.ts';
import { packRegistryOf } from '../core/contracts/names.ts';
import { hasCode } from '../core/errors.ts';
import { chainDocument, headOf, LedgerError } from '../ledger/index.ts';
import { publicationRegistries } from '../registry/index.ts';
import { ensureRoot, syncDirectory, writeDurably } from '../store/index.ts';
import { OperationError } from './errors.ts';
import { backupStores, copyDisclosures, digestOfDisclosures, type Holdings } from './holdings.ts';
import {
  type BackedUpDecision,
  BACKUP_TYPE,
  type Damage,
  MANIFEST_FILE,
  type Manifest,
  manifestBytes,
} from './manifest.ts';
import { several } from './several.ts';

export interface Backup {
  readonly manifest: Manifest;
  /** To be kept elsewhere: it names every byte of the backup. */
  readonly digest: Digest;
}

/**
 * Copies ledger and store into a new folder while decisions go on. What comes first and last makes it consistent,
 * without anything being stopped:
 *
 * 1. of each decision its pack's binding, then its chain: a bound pack means a chain that has ended;
 * 2. then the publications: whichever policy or roster a copied chain names was published before it;
 * 3. then the documents, which are stored before anything names them, and never taken away;
 * 4. then the disclosures.
 *
 * Each chain is verified under its seals while it is read. What is damaged is left out and listed: a decision in
 * quarantine must not keep the others from being copied. The binding of its pack is kept, for it shows an end. The folder appears whole or not at all.
 *
 * @param now the caller's clock
 * @throws OperationError `backup.exists`; LedgerError, StoreError
 */
export async function backUp(holdings: Holdings, out: string, now: () => string): Promise<Backup> {
  const folder = resolve(out);
  if (existsSync(folder)) {
    throw new OperationError('backup.exists', {
      message: 'a backup is not written over anything',
      path: folder,
      expected: 'a folder that is not there yet',
    });
  }
  const draft = join(dirname(folder), `.${basename(folder)}.${process.pid}.partial`);
  await ensureRoot(draft);
  const damaged: Damage[] = [];
  const began_at = now();
  const { chains, packs } = await copyChains(holdings, draft, damaged);
  const bindings = [...(await copyPublications(holdings)), ...packs];
  const documents = await copyDocuments(holdings, draft, damaged);
  const decisions = await copyAllDisclosures(holdings, draft, chains, damaged);
  const manifest: Manifest = {
    _type: BACKUP_TYPE,
    tenant: holdings.tenant,
    began_at,
    ended_at: now(),
    decisions,
    bindings,
    documents,
    damaged: damaged.sort((a, b) => (`${a.what} ${a.id}` < `${b.what} ${b.id}` ? -1 : 1)),
  };
  const bytes = manifestBytes(manifest);
  await writeDurably(draft, MANIFEST_FILE, draft, bytes);
  // Commit point. A crash before it leaves a draft, whose name begins with a dot, and which may be deleted.
  await rename(draft, folder);
  await syncDirectory(dirname(folder));
  return { manifest, digest: digestBytes(bytes) };
}

type Chain = Omit<BackedUpDecision, 'disclosures'>;

async function copyChains({ ledger }: Holdings, draft: string, damaged: Damage[]) {
  const { chains } = backupStores(draft);
  const copied: Chain[] = [];
  const packs: Manifest['bindings'] = [];
  await several(ledger.decisions(), async (decision_id) => {
    const registry = packRegistryOf(decision_id);
    let pack: string | null = null;
    try {
      pack = (await ledger.sealedBinding(registry, decision_id)) ?? null;
      const batches = await ledger.readSealed(decision_id);
      if (batches.length === 0 && pack !== null) throw chainGone(decision_id);
      // Indexed, and its first append never came.
      if (batches.length === 0) return;
      const { sequence, hash } = headOf(batches);
      const chain = await chains.put(chainDocument(decision_id, batches));
      copied.push({ decision_id, chain, head: { sequence, hash: parseDigest(hash) }, pack });
    } catch (error) {
      damaged.push(damage('chain', decision_id, error));
      if (pack !== null) packs.push({ registry, key: decision_id, stored: pack });
    }
  });
  return {
    chains: copied.sort((a, b) => (a.decision_id < b.decision_id ? -1 : 1)),
    packs: packs.sort((a, b) => (a.key < b.key ? -1 : 1)),
  };
}

function chainGone(decisionId: string): LedgerError {
  return new LedgerError('ledger.corrupt', {
    message: 'a pack is bound, and no chain stands',
    path: decisionId,
    expected: 'a chain that has ended',
    got: 'none',
  });
}

async function copyPublications({ ledger, tenant }: Holdings): Promise<Manifest['bindings']> {
  const bindings: Manifest['bindings'] = [];
  for (const registry of publicationRegistries(tenant)) {
    for (const [key, stored] of await ledger.sealedBindings(registry)) bindings.push({ registry, key, stored });
  }
  return bindings;
}

async function copyDocuments({ store }: Holdings, draft: string, damaged: Damage[]): Promise<Digest[]> {
  const { documents } = backupStores(draft);
  const copied: Digest[] = [];
  await several(store.list(), async (digest) => {
    try {
      copied.push(await documents.put(await store.get(digest)));
    } catch (error) {
      damaged.push(damage('document', digest, error));
    }
  });
  return copied.sort();
}

async function copyAllDisclosures(
  { disclosures }: Holdings,
  draft: string,
  chains: readonly Chain[],
  damaged: Damage[],
): Promise<BackedUpDecision[]> {
  const copies = backupStores(draft).disclosures;
  const decisions: BackedUpDecision[] = [];
  for (const chain of chains) {
    try {
      await copyDisclosures(disclosures, copies, chain.decision_id);
    } catch (error) {
      damaged.push(damage('disclosures', chain.decision_id, error));
    }
    const copied = digestOfDisclosures(await copies.getDisclosures(chain.decision_id));
    decisions.push({ ...chain, disclosures: copied });
  }
  return decisions;
}

/** What is wrong with one part alone; a server or disk that is away fails the whole. */
const OF_ONE_PART: ReadonlySet<string> = new Set([
  'ledger.corrupt',
  'ledger.mac',
  'ledger.archive',
  'store.digest_mismatch',
  'store.not_found',
  'store.not_a_file',
  'store.too_large',
  'store.bad_disclosures',
]);

function damage(what: Damage['what'], id: string, error: unknown): Damage {
  if (hasCode(error) && OF_ONE_PART.has(error.code)) return { what, id, code: error.code };
  throw error;
}
