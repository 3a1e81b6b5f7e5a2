import { type Envelope, parseDigest } from '../core/canon/index.ts';
import type { DecisionEvent } from '../core/domain/events.ts';
import type { Reachable } from '../pack/index.ts';
import type { Dependencies } from './dependencies.ts';
import { unlessMissing } from './matter.ts';
import { loadStatement } from './stored.ts';

/** A decision's whole chain; its seals, links and hashes are verified by the ledger on reading. */
export async function readChain({ ledger }: Dependencies, decisionId: string): Promise<readonly DecisionEvent[]> {
  const batches = await ledger.read(decisionId);
  return batches.flatMap((batch) => batch.events) as unknown as readonly DecisionEvent[];
}

export interface Gathered {
  readonly statements: ReadonlyMap<string, Envelope>;
  readonly documents: ReadonlyMap<string, Uint8Array>;
}

/** Everything a chain rests on, from the store. @throws StoreError `store.not_found` for what must be there */
export async function gather({ store }: Dependencies, named: Reachable): Promise<Gathered> {
  const statements = new Map<string, Envelope>();
  const documents = new Map<string, Uint8Array>();
  for (const digest of named.statements) statements.set(digest, (await loadStatement(store, digest)).parsed.envelope);
  for (const digest of named.documents) documents.set(digest, await store.get(parseDigest(digest)));
  for (const digest of named.optionalStatements) {
    const read = await unlessMissing(loadStatement(store, digest));
    if (read !== null) statements.set(digest, read.parsed.envelope);
  }
  for (const digest of named.optionalDocuments) {
    const bytes = await unlessMissing(store.get(parseDigest(digest)));
    if (bytes !== null) documents.set(digest, bytes);
  }
  return { statements, documents };
}

