import { canonicalBytes, type Envelope, parseDigest, readCanonical } from '../core/canon/index.ts';
import type { StatementKind } from '../core/domain/statements.ts';
import { type ReadStatement, readStatement } from '../documents/index.ts';
import type { DocumentStore } from '../store/index.ts';

/** Statements live in the store as the canonical bytes of their envelope, so a statement's digest is its name there. */
export async function loadStatement<K extends StatementKind>(
  store: DocumentStore,
  digest: string,
  kind: K,
): Promise<Extract<ReadStatement, { kind: K }>>;
export async function loadStatement(store: DocumentStore, digest: string): Promise<ReadStatement>;
export async function loadStatement(
  store: DocumentStore,
  digest: string,
  kind?: StatementKind,
): Promise<ReadStatement> {
  const envelope = readCanonical(await store.get(parseDigest(digest)));
  return kind === undefined ? readStatement(envelope) : readStatement(envelope, kind);
}

export function storeStatement(store: DocumentStore, envelope: Envelope): Promise<string> {
  return store.put(canonicalBytes(envelope));
}
