import { parseDigest } from '../core/canon/index.ts';
import type { DocumentStore } from './document-store.ts';

export interface ParsedDocumentsOptions {
  /** How many to hold; 16 unless given. What was asked for longest ago goes first. */
  readonly documents?: number;
  /** Bytes above which a document is read again each time; no bound unless given. */
  readonly bytesEach?: number;
}

/** Documents by digest never change, so what was read once stays read; a few are held, and nothing that could not be read. */
export class ParsedDocuments<T> {
  // Insertion order is order of use: whatever is used is taken out and put in again.
  readonly #held = new Map<string, Promise<T>>();
  readonly #store: Pick<DocumentStore, 'get'>;
  readonly #read: (bytes: Uint8Array) => T;
  readonly #most: Required<ParsedDocumentsOptions>;

  constructor(
    store: Pick<DocumentStore, 'get'>,
    read: (bytes: Uint8Array) => T,
    { documents = 16, bytesEach = Number.POSITIVE_INFINITY }: ParsedDocumentsOptions = {},
  ) {
    this.#store = store;
    this.#read = read;
    this.#most = { documents, bytesEach };
  }

  /** @throws StoreError, CanonError `digest.*`; whatever the reader throws */
  get(document: string): Promise<T> {
    const held = this.#held.get(document);
    const reading = held ?? this.#load(document);
    this.#held.delete(document);
    this.#held.set(document, reading);
    if (held === undefined) reading.catch(() => this.#held.delete(document));
    const [oldest] = this.#held.keys();
    if (this.#held.size > this.#most.documents && oldest !== undefined) this.#held.delete(oldest);
    return reading;
  }

  async #load(document: string): Promise<T> {
    const bytes = await this.#store.get(parseDigest(document));
    if (bytes.length > this.#most.bytesEach) this.#held.delete(document);
    return this.#read(bytes);
  }
}
