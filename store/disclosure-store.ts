import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import {
  canonicalBytes,
  type Digest,
  type Disclosure,
  digestBytes,
  digestHex,
  parseDigest,
  readCanonical,
  readDisclosure,
} from '../core/canon/index.ts';
import { DEFAULT_MAX_DOCUMENT_BYTES, requireDigest, requireMaxBytes } from './document-store.ts';
import {
  ensureDirectory,
  ensureRoot,
  isFolder,
  listFolder,
  readRegularFile,
  removeFile,
  writeDurably,
} from './durable-file.ts';
import { StoreError, tooLarge } from './errors.ts';

/** Disclosures by the digest of the statement or document whose commitments they open. */
export type DisclosuresByOwner = ReadonlyMap<Digest, readonly Disclosure[]>;

/**
 * Salts and free text beside the sealed core (ruling 15), by decision. Taking one away touches no signature and no
 * proof: that is what the store is for.
 *
 * Authenticity. None. Readers check each disclosure against the commitment in its owner, and drop what does not open one.
 *
 * Durability. A resolved call means fsynced. Each put is one file and stands whole or not at all. A crash inside
 * `removeDisclosures` may leave some of them in place, and never takes one that was to stay: repeat the call.
 *
 * Concurrency. Puts may run at once, from any number of processes. A removal is meant to run alone for its decision;
 * a put of the same text that runs meanwhile may bring it back.
 *
 * Idempotency. Putting the same disclosures again, alone or among others, adds nothing.
 *
 * Errors: `store.bad_disclosures`, `store.bad_digest`, `store.too_large`, `store.not_a_file`, `store.unavailable`.
 */
export interface DisclosureStore {
  /** Adds `disclosures` of `owner` to those of the decision. An empty list is no error. */
  putDisclosures(decisionId: string, owner: Digest, disclosures: readonly Disclosure[]): Promise<void>;

  /** All that stand, owners in order of digest, each disclosure once; empty for an unknown decision. */
  getDisclosures(decisionId: string): Promise<DisclosuresByOwner>;

  /** Removes those for which `predicate` is true, and says how many that were. */
  removeDisclosures(decisionId: string, predicate: (owner: Digest, disclosure: Disclosure) => boolean): Promise<number>;
}

export interface DisclosureStoreOptions {
  /** Made if missing, mode 0700; not the folder of a document store. */
  readonly directory: string;
  /** Largest file of disclosures, in bytes; 64 MiB unless given. */
  readonly maxBytes?: number;
}

const DRAFTS = '.drafts';
const FILE_NAME = /^([0-9a-f]{64})\.[0-9a-f]{64}\.json$/;

/**
 * One folder a decision, named by the SHA-256 of its id (no id can name a path, and two that differ in case stay two);
 * in it one file a put, `<owner>.<content>.json`: a canonical JSON array of `{salt, path, value}`.
 */
export function createDisclosureStore({
  directory,
  maxBytes = DEFAULT_MAX_DOCUMENT_BYTES,
}: DisclosureStoreOptions): DisclosureStore {
  requireMaxBytes(maxBytes);
  return new DirectoryDisclosureStore(resolve(directory), maxBytes);
}

interface StoredFile {
  readonly name: string;
  readonly owner: Digest;
  readonly disclosures: readonly Disclosure[];
}

class DirectoryDisclosureStore implements DisclosureStore {
  readonly #root: string;
  readonly #maxBytes: number;

  constructor(root: string, maxBytes: number) {
    this.#root = root;
    this.#maxBytes = maxBytes;
  }

  async putDisclosures(decisionId: string, owner: Digest, disclosures: readonly Disclosure[]): Promise<void> {
    requireDigest(owner);
    const bytes = encode(disclosures);
    if (bytes.length > this.#maxBytes) throw tooLarge('', this.#maxBytes, bytes.length);
    if (disclosures.length === 0) return;
    await this.#write(decisionId, owner, bytes);
  }

  async getDisclosures(decisionId: string): Promise<DisclosuresByOwner> {
    const byOwner = new Map<Digest, Disclosure[]>();
    const seen = new Set<string>();
    for (const { owner, disclosures } of await this.#files(decisionId)) {
      const standing = byOwner.get(owner) ?? [];
      byOwner.set(owner, standing);
      for (const disclosure of disclosures) {
        const identity = `${owner} ${digestBytes(canonicalBytes(disclosure))}`;
        if (seen.has(identity)) continue;
        seen.add(identity);
        standing.push(disclosure);
      }
    }
    return byOwner;
  }

  async removeDisclosures(
    decisionId: string,
    predicate: (owner: Digest, disclosure: Disclosure) => boolean,
  ): Promise<number> {
    const removed = new Set<string>();
    for (const { name, owner, disclosures } of await this.#files(decisionId)) {
      const gone = disclosures.filter((disclosure) => predicate(owner, disclosure));
      if (gone.length === 0) continue;
      const kept = disclosures.filter((disclosure) => !gone.includes(disclosure));
      // What stays is written before what goes is removed: a crash in between loses no disclosure.
      if (kept.length > 0) await this.#write(decisionId, owner, encode(kept));
      await removeFile(this.#folder(decisionId), name);
      for (const disclosure of gone) removed.add(`${owner} ${digestBytes(canonicalBytes(disclosure))}`);
    }
    return removed.size;
  }

  async #write(decisionId: string, owner: Digest, bytes: Uint8Array): Promise<void> {
    await ensureRoot(this.#root);
    const folder = await ensureDirectory(this.#root, folderName(decisionId));
    const drafts = await ensureDirectory(this.#root, DRAFTS);
    const name = `${digestHex(owner)}.${digestHex(digestBytes(bytes))}.json`;
    await writeDurably(folder, name, drafts, bytes);
  }

  async #files(decisionId: string): Promise<StoredFile[]> {
    const folder = this.#folder(decisionId);
    if (!(await isFolder(this.#root, folderName(decisionId)))) return [];
    const files: StoredFile[] = [];
    for (const name of (await listFolder(folder, folderName(decisionId))).sort()) {
      const match = FILE_NAME.exec(name);
      if (match === null) continue;
      const bytes = await readRegularFile(join(folder, name), name, this.#maxBytes);
      // Undefined: removed between the listing and the reading.
      if (bytes === undefined) continue;
      const owner = parseDigest(`sha256:${match[1]}`);
      files.push({ name, owner, disclosures: decode(bytes, name, this.#maxBytes) });
    }
    return files;
  }

  #folder(decisionId: string): string {
    return join(this.#root, folderName(decisionId));
  }
}

function folderName(decisionId: string): string {
  return createHash('sha256').update(decisionId, 'utf8').digest('hex');
}

function encode(disclosures: readonly Disclosure[]): Uint8Array {
  try {
    return canonicalBytes(disclosures.map((disclosure, index) => readDisclosure(disclosure, `$[${index}]`)));
  } catch (error) {
    throw badDisclosures(error, '');
  }
}

function decode(bytes: Uint8Array, name: string, maxBytes: number): Disclosure[] {
  try {
    const value = readCanonical(bytes, { maxBytes });
    if (!Array.isArray(value)) throw new Error('not an array');
    return value.map((item, index) => readDisclosure(item, `$[${index}]`));
  } catch (error) {
    throw badDisclosures(error, name);
  }
}

/** Says where, and nothing of what: the text is what may have to be forgotten. */
function badDisclosures(error: unknown, name: string): StoreError {
  const { code, path } = error as { code?: unknown; path?: unknown };
  return new StoreError('store.bad_disclosures', {
    message: 'these are no disclosures',
    path: [name, typeof path === 'string' ? path : ''].filter((part) => part !== '').join(' '),
    expected: 'an array of {salt, path, value}',
    got: typeof code === 'string' ? code : 'something else',
  });
}
