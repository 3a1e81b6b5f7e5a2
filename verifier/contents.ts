import { canonicalBytes, type Digest, digestBytes, fromBase64, isDigest } from '../core/canon/index.ts';
import type { StatementKind } from '../core/domain/statements.ts';
import {
  type Ancestry,
  type EvidencePacket,
  indexRoster,
  type Policy,
  type ReadStatement,
  readAncestry,
  type Restriction,
  readEvidencePacket,
  readRestriction,
  readRoster,
  readStanding,
  readStatement,
  type RosterIndex,
  type Standing,
} from '../documents/index.ts';
import { readPolicy } from '../documents/policy-reader.ts';
import type { PackedChain, Reachable } from '../pack/index.ts';
import type { Findings } from './findings.ts';
import { textIn } from './shapes.ts';

/**
 * Statements and documents of a pack, opened: each is what its digest names. Who signed a statement, and whether a
 * policy or roster counts, is checked where it is relied on.
 */
export interface Contents {
  readonly statement: <K extends StatementKind>(digest: unknown, kind: K | readonly K[]) => ReadStatement<K> | null;
  /** The document's own content, once for each kind of reading. */
  readonly policy: (digest: unknown) => Policy | null;
  readonly roster: (digest: unknown) => RosterIndex | null;
  readonly standing: (digest: unknown) => Standing | null;
  readonly restriction: (digest: unknown) => Restriction | null;
  readonly packet: (digest: unknown) => EvidencePacket | null;
  readonly ancestry: (digest: unknown) => Ancestry | null;
  /** Canonical bytes, for whoever reads them with rules of its own. */
  readonly bytes: (digest: unknown) => Uint8Array | null;
  /** Bytes of the sealed bundle of an earlier decision. */
  readonly bundle: (digest: unknown) => Uint8Array | null;
}

export function openContents(pack: PackedChain, named: Reachable, findings: Findings): Contents {
  checkComplete(pack, named, findings);
  const statements = openStatements(pack, findings);
  const documents = openDocuments(pack, findings);
  const bundles = openBundles(pack, findings);

  const reader = <T>(read: (bytes: Uint8Array) => T): ((digest: unknown) => T | null) => {
    const known = new Map<string, T | null>();
    return (digest) => {
      if (!isDigest(digest)) return null;
      const bytes = documents.get(digest);
      if (bytes === undefined) return null;
      const before = known.get(digest);
      if (before !== undefined) return before;
      const value = attempt(
        () => read(bytes),
        (error) => findings.refused('document.unreadable', error, undefined, `$.documents["${digest}"].content`),
      );
      known.set(digest, value);
      return value;
    };
  };

  return {
    statement: (digest, kind) => {
      const read = typeof digest === 'string' ? statements.get(digest) : undefined;
      const kinds: readonly StatementKind[] = [kind].flat();
      return read && kinds.includes(read.kind) ? (read as never) : null;
    },
    policy: reader(readPolicy),
    // Proofs of possession are verified for every key that is used; the others vouch for nothing here.
    roster: reader((bytes) => indexRoster(readRoster(bytes, { proofs: 'on_use' }))),
    standing: reader(readStanding),
    restriction: reader(readRestriction),
    packet: reader(readEvidencePacket),
    ancestry: reader(readAncestry),
    bytes: (digest) => (isDigest(digest) ? (documents.get(digest) ?? null) : null),
    bundle: (digest) => (typeof digest === 'string' ? bundles.get(digest) : undefined) ?? null,
  };
}

/** Everything that events name, and nothing else: what nobody asked for could only confuse another reader. */
function checkComplete({ statements, documents, packs = {} }: PackedChain, named: Reachable, findings: Findings): void {
  const parts = [
    {
      where: '$.statements',
      given: Object.keys(statements),
      required: named.statements,
      optional: named.optionalStatements,
    },
    {
      where: '$.documents',
      given: Object.keys(documents),
      required: named.documents,
      optional: named.optionalDocuments,
    },
    { where: '$.packs', given: Object.keys(packs), required: named.packs, optional: [] },
  ];
  for (const { where, given, required, optional } of parts) {
    for (const digest of required) {
      if (!given.includes(digest))
        findings.add('pack.incomplete', {
          path: `${where}["${digest}"]`,
          expected: 'what an event names',
          got: 'nothing',
        });
    }
    const known = new Set([...required, ...optional]);
    for (const digest of given) {
      if (!known.has(digest))
        findings.add('pack.foreign', { path: `${where}["${digest}"]`, expected: 'what events name', got: digest });
    }
  }
}

function openStatements({ statements }: PackedChain, findings: Findings): ReadonlyMap<string, ReadStatement> {
  const opened = new Map<string, ReadStatement>();
  for (const [key, envelope] of Object.entries(statements)) {
    const path = `$.statements["${key}"]`;
    const read = attempt(
      () => readStatement(envelope, undefined, path),
      (error) => findings.refused('statement.unreadable', error),
    );
    if (read === null) continue;
    // The digest is of the one spelling that was read, signature and all: an envelope written anew is another one.
    if (read.digest === key) opened.set(key, read);
    else findings.add('statement.digest', { path, expected: key, got: read.digest });
  }
  return opened;
}

function openDocuments({ documents }: PackedChain, findings: Findings): ReadonlyMap<string, Uint8Array> {
  const opened = new Map<string, Uint8Array>();
  for (const [key, { media_type, size, content }] of Object.entries(documents)) {
    const path = `$.documents["${key}"]`;
    const bytes = canonicalBytes(content);
    const digest: Digest = digestBytes(bytes);
    const type = textIn(content, '_type') ?? 'nothing';
    if (digest !== key) findings.add('document.digest', { path, expected: key, got: digest });
    else if (type !== media_type)
      findings.add('document.digest', { path: `${path}.media_type`, expected: type, got: media_type });
    else if (bytes.length !== size)
      findings.add('document.digest', { path: `${path}.size`, expected: `${bytes.length}`, got: `${size}` });
    else opened.set(key, bytes);
  }
  return opened;
}

function openBundles({ packs = {} }: PackedChain, findings: Findings): ReadonlyMap<string, Uint8Array> {
  const opened = new Map<string, Uint8Array>();
  for (const [key, text] of Object.entries(packs)) {
    const path = `$.packs["${key}"]`;
    const bytes = attempt(
      () => fromBase64(text, path),
      (error) => findings.refused('linked.pack', error),
    );
    if (bytes === null) continue;
    const digest = digestBytes(bytes);
    if (digest === key) opened.set(key, bytes);
    else findings.add('linked.pack', { path, expected: key, got: digest });
  }
  return opened;
}

function attempt<T>(action: () => T, refused: (error: unknown) => void): T | null {
  try {
    return action();
  } catch (error) {
    refused(error);
    return null;
  }
}
