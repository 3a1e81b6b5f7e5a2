import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Digest, digestBytes, parseDigest } from '../core/canon/index.ts';
import { packRegistryOf } from '../core/contracts/names.ts';
import { hasCode } from '../core/errors.ts';
import { chainDocument, EMPTY_HEAD, type Head, headOf, readChainDocument } from '../ledger/index.ts';
import { publicationRegistries } from '../registry/index.ts';
import { OperationError } from './errors.ts';
import { backupStores, copyDisclosures, digestOfDisclosures, type Holdings } from './holdings.ts';
import { type BackedUpDecision, type Damage, MANIFEST_FILE, type Manifest, readManifest } from './manifest.ts';
import { several } from './several.ts';

export interface RestoreOptions {
  /** Digest of the manifest, where it was kept apart from the backup. */
  readonly manifest?: Digest | undefined;
  /** Restores a backup although it names damaged chains; their decisions can be neither read nor begun anew. */
  readonly withoutDamaged?: boolean | undefined;
}

/**
 * Brings a backup back into an empty ledger, and into a store that may hold documents already. The whole backup is
 * verified before anything is written, and everything that was written is read back afterwards. No worker may run
 * meanwhile. A restore that was cut off is repeated into a ledger that was emptied again.
 *
 * What the backup lacks comes first: an idempotency key whose decision was executed, and left out, must never be free
 * again. Documents come before whatever names them, and a decision's pack last, so that a crash leaves nothing that
 * speaks of what is not there.
 *
 * @throws OperationError, LedgerError, StoreError
 */
export async function restore(
  holdings: Holdings,
  folder: string,
  { manifest: expected, withoutDamaged = false }: RestoreOptions = {},
): Promise<Manifest> {
  const manifest = openManifest(resolve(folder), holdings.tenant, expected);
  if (!withoutDamaged) refuseIncomplete(manifest);
  await requireEmpty(holdings);
  await verifyBackup(holdings, folder, manifest);
  await write(holdings, folder, manifest);
  await verifyRestored(holdings, manifest);
  return manifest;
}

function openManifest(folder: string, tenant: string, expected: Digest | undefined): Manifest {
  const path = join(folder, MANIFEST_FILE);
  const refuse = (message: string, wanted: string, got: string): OperationError =>
    new OperationError('backup.manifest', { message, path, expected: wanted, got });
  let bytes: Uint8Array;
  let manifest: Manifest;
  try {
    bytes = new Uint8Array(readFileSync(path));
    manifest = readManifest(bytes);
  } catch (error) {
    const { code } = error as { code?: unknown };
    throw refuse('the manifest cannot be read', 'a backup', typeof code === 'string' ? code : 'something else');
  }
  const digest = digestBytes(bytes);
  if (expected !== undefined && digest !== expected) throw refuse('this is another backup', expected, digest);
  if (manifest.tenant !== tenant) throw refuse('this is the backup of another tenant', tenant, manifest.tenant);
  return manifest;
}

function refuseIncomplete({ damaged }: Manifest): void {
  const chains = damagedChains(damaged);
  if (chains.length === 0) return;
  throw new OperationError('restore.incomplete', {
    message: 'chains were damaged when the backup was made, and are not in it; nothing was restored',
    expected: 'a backup of every chain, or an operator who goes without these',
    got: chains.map(({ id, code }) => `${id} (${code})`).join(', '),
  });
}

function damagedChains(damaged: readonly Damage[]): readonly Damage[] {
  return damaged.filter(({ what }) => what === 'chain');
}

async function requireEmpty({ ledger, tenant }: Holdings): Promise<void> {
  const refuse = (got: string): OperationError =>
    new OperationError('restore.not_empty', {
      message: 'the ledger holds something already; nothing was restored',
      expected: 'an empty ledger, and no worker at it',
      got,
    });
  for await (const decisionId of ledger.decisions()) throw refuse(`decision ${decisionId}`);
  for (const registry of publicationRegistries(tenant)) {
    if ((await ledger.sealedBindings(registry)).size > 0) throw refuse(`bindings of ${registry}`);
  }
}

async function verifyBackup({ ledger }: Holdings, folder: string, manifest: Manifest): Promise<void> {
  const { chains, documents, disclosures } = backupStores(folder);
  for (const decision of manifest.decisions) {
    const { decision_id } = decision;
    await intact(`chain of ${decision_id}`, async () => {
      const batches = readChainDocument(decision_id, await chains.get(parseDigest(decision.chain)));
      ledger.requireSealed(decision_id, batches);
      if (decision.pack !== null) ledger.readSealedBinding(packRegistryOf(decision_id), decision_id, decision.pack);
      const head = headOf(batches);
      return head.sequence === decision.head.sequence && head.hash === decision.head.hash;
    });
    await intact(`disclosures of ${decision_id}`, async () => {
      const found = digestOfDisclosures(await disclosures.getDisclosures(decision_id));
      return found === decision.disclosures;
    });
  }
  for (const { registry, key, stored } of manifest.bindings) {
    await intact(`binding ${key} of ${registry}`, async () => {
      ledger.readSealedBinding(registry, key, stored);
      return true;
    });
  }
  for (const digest of manifest.documents) {
    await intact(`document ${digest}`, async () => (await documents.get(parseDigest(digest))).length >= 0);
  }
}

async function intact(what: string, check: () => Promise<boolean>): Promise<void> {
  const refuse = (got: string): OperationError =>
    new OperationError('backup.damaged', {
      message: 'a part of the backup is not what its manifest says; nothing was restored',
      path: what,
      expected: 'every part, under its digest and its seals',
      got,
    });
  let holds: boolean;
  try {
    holds = await check();
  } catch (error) {
    if (!hasCode(error)) throw error;
    throw refuse(error.code);
  }
  if (!holds) throw refuse('something else');
}

async function write(holdings: Holdings, folder: string, manifest: Manifest): Promise<void> {
  const { ledger, store, disclosures } = holdings;
  const backup = backupStores(folder);
  await several(damagedChains(manifest.damaged), ({ id, code }) => ledger.withhold(id, code));
  await several(manifest.documents, async (digest) => store.put(await backup.documents.get(parseDigest(digest))));
  for (const { decision_id } of manifest.decisions) await copyDisclosures(backup.disclosures, disclosures, decision_id);
  for (const { registry, key, stored } of manifest.bindings) await ledger.bindSealed(registry, key, stored);
  await several(manifest.decisions, (decision) => writeDecision(holdings, folder, decision));
}

async function writeDecision({ ledger }: Holdings, folder: string, decision: BackedUpDecision): Promise<void> {
  const { decision_id, chain, pack } = decision;
  const { chains } = backupStores(folder);
  let head: Head = EMPTY_HEAD;
  for (const batch of readChainDocument(decision_id, await chains.get(parseDigest(chain)))) {
    // What stands there already, perhaps after a lost answer, is found right or wrong on reading back.
    await ledger.appendSealed(decision_id, head, batch);
    head = headOf([batch]);
  }
  if (pack !== null) await ledger.bindSealed(packRegistryOf(decision_id), decision_id, pack);
}

/** Byte for byte: a chain document has every event and every seal. */
async function verifyRestored({ ledger, store }: Holdings, manifest: Manifest): Promise<void> {
  for (const { id } of damagedChains(manifest.damaged)) {
    same(`mark of ${id}`, 'ledger.corrupt', await ledger.readSealed(id).then(() => 'a chain', codeOf));
  }
  for (const { decision_id, chain, pack } of manifest.decisions) {
    const standing = digestBytes(chainDocument(decision_id, await ledger.readSealed(decision_id)));
    const bound = (await ledger.sealedBinding(packRegistryOf(decision_id), decision_id)) ?? null;
    same(`chain of ${decision_id}`, chain, standing);
    same(`pack of ${decision_id}`, String(pack), String(bound));
  }
  for (const { registry, key, stored } of manifest.bindings) {
    same(`binding ${key} of ${registry}`, stored, String(await ledger.sealedBinding(registry, key)));
  }
  for (const digest of manifest.documents) await store.get(parseDigest(digest));
}

function codeOf(error: unknown): string {
  if (hasCode(error)) return error.code;
  throw error;
}

function same(what: string, written: string, standing: string): void {
  if (written === standing) return;
  throw new OperationError('restore.differs', {
    message: 'what was written does not read back as it was; empty the ledger and restore again',
    path: what,
    expected: 'the same bytes',
    got: 'others',
  });
}
