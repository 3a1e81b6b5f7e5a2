import { join, resolve } from 'node:path';
import { type Digest, digestBytes, digestHex, parseDigest } from '../core/canon/index.ts';
import { hasCode } from '../core/errors.ts';
import {
  DEFAULT_MAX_DOCUMENT_BYTES,
  type DocumentStore,
  requireDigest,
  requireMatch,
  requireMaxBytes,
} from './document-store.ts';
import {
  ensureDirectory,
  ensureRoot,
  isFolder,
  isRegularFile,
  listFolder,
  readRegularFile,
  syncDirectory,
  tryFile,
  writeDurably,
} from './durable-file.ts';
import { StoreError, tooLarge } from './errors.ts';

export interface DirectoryStoreOptions {
  /** Made if missing, mode 0700. It must be the store's own: nothing else is expected in it. */
  readonly directory: string;
  /** Largest document, in bytes; 64 MiB unless given. */
  readonly maxBytes?: number;
}

/** Drafts before their rename. No digest begins with a dot, so nothing here can be asked for. */
const DRAFTS = '.drafts';

/**
 * Documents as files, `aa/<64 hex digits>` with `aa` the first two of them, mode 0600.
 *
 * Drafts that a crash left behind stay in `.drafts` and are never read; they may be deleted while nothing writes.
 */
export function createDirectoryStore({
  directory,
  maxBytes = DEFAULT_MAX_DOCUMENT_BYTES,
}: DirectoryStoreOptions): DocumentStore {
  requireMaxBytes(maxBytes);
  return new DirectoryStore(resolve(directory), maxBytes);
}

/**
 * Writes, reads and removes a draft: rejects with the `StoreError` that a document would meet there.
 */
export async function checkDirectoryStore({ directory }: Pick<DirectoryStoreOptions, 'directory'>): Promise<void> {
  const root = resolve(directory);
  await ensureRoot(root);
  await tryFile(await ensureDirectory(root, DRAFTS));
}

class DirectoryStore implements DocumentStore {
  readonly #root: string;
  readonly #maxBytes: number;
  /** Folders of which the making was fsynced: each costs three fsyncs, once. */
  readonly #durable = new Set<string>();

  constructor(root: string, maxBytes: number) {
    this.#root = root;
    this.#maxBytes = maxBytes;
  }

  async put(bytes: Uint8Array): Promise<Digest> {
    if (bytes.length > this.#maxBytes) throw tooLarge('', this.#maxBytes, bytes.length);
    // What is hashed is what is written, whatever the caller does with his buffer meanwhile.
    const document = Uint8Array.from(bytes);
    const digest = digestBytes(document);
    const { folder, name } = place(digest);
    const directory = await this.#folder(folder);
    if (await this.#stands(directory, digest)) {
      // Perhaps put by someone whose own fsync of the folder is still to come.
      await syncDirectory(directory);
      return digest;
    }
    const drafts = await this.#folder(DRAFTS);
    await writeDurably(directory, name, drafts, document);
    return digest;
  }

  async get(digest: Digest): Promise<Uint8Array> {
    requireDigest(digest);
    const bytes = await this.#read(digest);
    if (bytes === undefined) {
      const message = 'no such document';
      throw new StoreError('store.not_found', { message, expected: digest, got: 'nothing of that name' });
    }
    requireMatch(digest, bytes);
    return bytes;
  }

  async has(digest: Digest): Promise<boolean> {
    requireDigest(digest);
    const { folder, name } = place(digest);
    if (!(await isFolder(this.#root, folder))) return false;
    return isRegularFile(join(this.#root, folder, name), `${folder}/${name}`);
  }

  async *list(): AsyncIterable<Digest> {
    for (const folder of await listFolder(this.#root, '.')) {
      // A folder that is no share of the digests is not the store's: its disclosures may lie there.
      if (!/^[0-9a-f]{2}$/.test(folder) || !(await isFolder(this.#root, folder))) continue;
      for (const name of await listFolder(join(this.#root, folder), folder)) {
        if (/^[0-9a-f]{64}$/.test(name) && name.startsWith(folder)) yield parseDigest(`sha256:${name}`);
      }
    }
  }

  /** The folder, made unless it stands; made again where somebody took it away meanwhile. */
  async #folder(name: string): Promise<string> {
    if (this.#durable.has(name) && (await isFolder(this.#root, name))) return join(this.#root, name);
    await ensureRoot(this.#root);
    const directory = await ensureDirectory(this.#root, name);
    this.#durable.add(name);
    return directory;
  }

  async #read(digest: Digest): Promise<Uint8Array | undefined> {
    const { folder, name } = place(digest);
    if (!(await isFolder(this.#root, folder))) return undefined;
    return readRegularFile(join(this.#root, folder, name), `${folder}/${name}`, this.#maxBytes);
  }

  /** False also for damaged bytes, which `put` then replaces. @param directory a real folder of the store's, as found just now */
  async #stands(directory: string, digest: Digest): Promise<boolean> {
    const { folder, name } = place(digest);
    try {
      const bytes = await readRegularFile(join(directory, name), `${folder}/${name}`, this.#maxBytes);
      return bytes !== undefined && digestBytes(bytes) === digest;
    } catch (error) {
      if (hasCode(error, 'store.too_large')) return false;
      throw error;
    }
  }
}

function place(digest: Digest): { folder: string; name: string } {
  const name = digestHex(digest);
  return { folder: name.slice(0, 2), name };
}
