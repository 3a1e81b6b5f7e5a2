import { type Envelope, parseDigest, readCanonical } from '../core/canon/index.ts';
import type { DecisionEvent } from '../core/domain/events.ts';
import { DocumentError } from '../documents/index.ts';
import { asDecisionEvents } from '../ledger/index.ts';
import { memberOf, type Reachable } from '../pack/index.ts';
import type { Dependencies } from './dependencies.ts';
import { unlessUnreadable } from './matter.ts';
import { loadStatement } from './stored.ts';

/** A decision's whole chain; its seals, links and hashes are verified by the ledger on reading. */
export async function readChain({ ledger }: Dependencies, decisionId: string): Promise<readonly DecisionEvent[]> {
  const batches = await ledger.read(decisionId);
  return batches.flatMap((batch) => asDecisionEvents(batch.events));
}

export interface Gathered {
  readonly statements: ReadonlyMap<string, Envelope>;
  readonly documents: ReadonlyMap<string, Uint8Array>;
  readonly packs: ReadonlyMap<string, Uint8Array>;
}

/** Everything a chain rests on, from the store. @throws StoreError `store.not_found` for what must be there */
export async function gather({ store }: Dependencies, named: Reachable): Promise<Gathered> {
  const statements = new Map<string, Envelope>();
  const documents = new Map<string, Uint8Array>();
  for (const digest of named.statements) statements.set(digest, (await loadStatement(store, digest)).parsed.envelope);
  for (const digest of named.documents) documents.set(digest, await store.get(parseDigest(digest)));
  for (const digest of named.optionalStatements) {
    const read = await unlessUnreadable(loadStatement(store, digest));
    if (read !== null) statements.set(digest, read.parsed.envelope);
  }
  for (const digest of named.optionalDocuments) {
    const bytes = await unlessUnreadable(store.get(parseDigest(digest)).then(asDocument));
    if (bytes !== null) documents.set(digest, bytes);
  }
  const packs = new Map<string, Uint8Array>();
  for (const digest of named.packs) packs.set(digest, await store.get(parseDigest(digest)));
  return { statements, documents, packs };
}

/** What a request names may turn out to be anything; only what says what it is can lie in a pack. */
export function asDocument(bytes: Uint8Array): Uint8Array {
  const type = memberOf(readCanonical(bytes), '_type');
  if (typeof type === 'string') return bytes;
  const problem = { path: '$._type', expected: 'a document type', got: 'nothing' };
  throw new DocumentError('document.type', 'this is no document', [problem]);
}
