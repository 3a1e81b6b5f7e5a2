import {
  canonicalBytes,
  type Digest,
  isDigest,
  type JsonObject,
  type JsonValue,
  readCanonical,
} from '../core/canon/index.ts';
import { corrupt, entriesOf, headOf, type ReadBatch, readEntries } from './entries.ts';
import { LedgerError } from './errors.ts';
import type { ArchivedChains, Head, SealedBatch } from './ledger.ts';
import type { Sealer } from './seal.ts';

/** A whole chain as one document, with the seals that stood on its batches: see docs/spec/chain-document.md. */
export const CHAIN_DOCUMENT_TYPE = 'application/vnd.countersign.chain.v1+json';

/** As large as a store takes. */
const MAX_DOCUMENT_BYTES = 64 * 1024 * 1024;

export function chainDocument(decisionId: string, batches: readonly SealedBatch[]): Uint8Array {
  const listed = batches.map(({ commandId, seal, events }) => ({ command_id: commandId, seal, events: [...events] }));
  return canonicalBytes({ _type: CHAIN_DOCUMENT_TYPE, decision_id: decisionId, batches: listed });
}

/**
 * The batches of a chain document, as they stand there: links and seals are for the caller to verify.
 *
 * @throws LedgerError `ledger.corrupt` for what is no chain document of this decision
 */
export function readChainDocument(decisionId: string, bytes: Uint8Array): readonly SealedBatch[] {
  const refuse = (path: string): LedgerError =>
    corrupt(decisionId, 'document', { message: 'this is no chain document of the decision', path });
  let document: JsonValue;
  try {
    document = readCanonical(bytes, { maxBytes: MAX_DOCUMENT_BYTES });
  } catch {
    throw refuse('$');
  }
  const { _type, decision_id, batches } = membersOf(document, '_type batches decision_id', refuse, '$');
  if (_type !== CHAIN_DOCUMENT_TYPE) throw refuse('$._type');
  if (decision_id !== decisionId) throw refuse('$.decision_id');
  if (!Array.isArray(batches)) throw refuse('$.batches');
  return batches.map((value, index) => {
    const path = `$.batches[${index}]`;
    const { command_id, seal, events } = membersOf(value, 'command_id events seal', refuse, path);
    if (typeof command_id !== 'string' || typeof seal !== 'string' || !Array.isArray(events)) throw refuse(path);
    return { commandId: command_id, seal, events: events.map((event) => membersOf(event, undefined, refuse, path)) };
  });
}

/** What stands in the place of a chain that was archived. */
export interface Stub {
  readonly document: Digest;
  readonly head: Head;
}

/** The stub's fields as they are stored: `ledger/lua/archive-1.lua` writes the same. */
export function stubFields(document: Digest, { sequence, hash }: Head, seal: string): ReadonlyMap<string, string> {
  return new Map([
    ['d', document],
    ['s', `${sequence}`],
    ['h', hash],
    ['m', seal],
  ]);
}

/** The one field of the mark that a restore leaves in the place of a chain that its backup had as damaged. */
export const WITHHELD = 'withheld';

export function moved(decisionId: string, { sequence, hash }: Head, got: string): LedgerError {
  return new LedgerError('ledger.moved', {
    message: 'the chain was not archived: it is not the one that was stored',
    path: decisionId,
    expected: `a chain that ends at sequence ${sequence}, ${hash}`,
    got: got.slice(0, 200),
  });
}

/** @param fields as they are stored: untrusted. @throws LedgerError `ledger.corrupt`, `ledger.mac` */
export function readStub(decisionId: string, fields: ReadonlyMap<string, string>, sealer: Sealer): Stub {
  const [document = '', text = '', hash = '', seal = ''] = ['d', 's', 'h', 'm'].map((name) => fields.get(name));
  const sequence = Number(text);
  const withheld = fields.get(WITHHELD);
  if (withheld !== undefined) {
    throw corrupt(decisionId, 'stub', {
      message: 'the chain was damaged when the backup was made that this ledger was restored from',
      expected: 'a chain',
      got: `none, for ${withheld.slice(0, 80)}`,
    });
  }
  if (fields.size !== 4 || !isDigest(document) || !isDigest(hash) || !/^[1-9][0-9]{0,9}$/.test(text)) {
    throw corrupt(decisionId, 'stub', {
      message: 'the key of the chain holds something else',
      expected: 'a stream, or the stub of an archived chain',
    });
  }
  if (!sealer.isStubSealed({ decisionId, document, sequence, hash }, seal)) {
    throw new LedgerError('ledger.mac', {
      message: 'a stub stands in the place of the chain, but no worker’s key sealed it',
      path: `${decisionId}/stub`,
      expected: 'a seal by a key of the workers',
      got: 'none that verifies',
    });
  }
  return { document, head: { sequence, hash } };
}

/** The chain behind a stub, verified as though it stood in its place. @throws LedgerError `ledger.archive`, `ledger.corrupt` */
export async function readArchived(
  decisionId: string,
  { document, head }: Stub,
  archive: ArchivedChains | undefined,
  sealer: Sealer,
): Promise<ReadBatch[]> {
  const batches = readChainDocument(decisionId, await fetchDocument(decisionId, document, archive));
  const read = readEntries(decisionId, entriesOf(batches), sealer);
  const { sequence, hash } = headOf(read);
  if (sequence === head.sequence && hash === head.hash) return read;
  throw corrupt(decisionId, 'document', {
    message: 'the archived chain ends elsewhere than its stub says',
    expected: `sequence ${head.sequence}, ${head.hash}`,
    got: `sequence ${sequence}, ${hash}`,
  });
}

async function fetchDocument(
  decisionId: string,
  document: Digest,
  archive: ArchivedChains | undefined,
): Promise<Uint8Array> {
  const failed = (got: string, cause?: unknown): LedgerError =>
    new LedgerError(
      'ledger.archive',
      {
        message: 'the chain was archived, and its document is not to be had',
        path: decisionId,
        expected: `the document ${document} in the store`,
        got,
      },
      { cause },
    );
  if (archive === undefined) throw failed('a ledger that was given no store');
  try {
    return await archive.get(document);
  } catch (error) {
    const { code } = error as { code?: unknown };
    throw failed(typeof code === 'string' ? code : 'an error', error);
  }
}

function membersOf(
  value: JsonValue,
  names: string | undefined,
  refuse: (path: string) => LedgerError,
  path: string,
): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refuse(path);
  if (names !== undefined && Object.keys(value).sort().join(' ') !== names) throw refuse(path);
  return value as JsonObject;
}
