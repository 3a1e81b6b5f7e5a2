import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { z } from 'zod';
import {
  canonicalBytes,
  type Digest,
  type Envelope,
  type JsonValue,
  type PrivateKey,
  readJson,
} from '../core/canon/index.ts';
import type { Timestamp } from '../core/domain/vocabulary.ts';
import type { Policy } from '../documents/policy.ts';
import { digest } from '../documents/primitives.ts';
import { readShape } from '../documents/read-document.ts';
import type { Roster } from '../documents/roster.ts';
import { readStatement } from '../documents/statements.ts';
import { useForEndorsing } from '../documents/authenticate.ts';
import type { PublishedKind } from '../documents/endorsement.ts';
import type { Standing } from '../documents/standing.ts';
import { findTrustKey, type TrustIndex } from '../documents/trust-index.ts';
import { endorsement } from '../founding/index.ts';
import { CliError } from './errors.ts';
import { readInput, replaceFile } from './files.ts';

/** The endorsements of a policy, roster or standing, in a file beside it. */
export interface Endorsements {
  /** Digest of the document's canonical bytes. */
  readonly document: Digest;
  /** True once it was published from here: from then on an edit begins the next serial. */
  readonly published: boolean;
  readonly endorsements: readonly Envelope[];
}

const schema = z.strictObject({ document: digest, published: z.boolean(), endorsements: z.array(z.unknown()).max(64) });

/** `roster/roster.json` has `roster/roster.endorsements.json`. */
export function endorsementsPath(documentPath: string): string {
  return `${documentPath.replace(/\.(json|yaml|yml)$/, '')}.endorsements.json`;
}

/** Those of exactly this document; none where the file is not there, or speaks of an earlier draft. */
export function readEndorsements(documentPath: string, document: Digest): Endorsements {
  const path = endorsementsPath(documentPath);
  const none: Endorsements = { document, published: false, endorsements: [] };
  if (!existsSync(path)) return none;
  const read = readShape(schema, readJson(readInput(path)));
  if (read.document !== document) return none;
  const endorsements = read.endorsements.map(
    (each, at) => readStatement(each, 'endorsement', `$.endorsements[${at}]`).parsed.envelope,
  );
  return { document, published: read.published, endorsements };
}

export function writeEndorsements(documentPath: string, endorsements: Endorsements): void {
  replaceFile(endorsementsPath(documentPath), endorsementsText(endorsements));
}

export function endorsementsText(endorsements: Endorsements): string {
  return `${JSON.stringify(endorsements, null, 2)}\n`;
}

/**
 * Signs a document as one of its endorsers. The trust file must name the key for that: a signature that will count for
 * nothing is refused here, not at publication.
 *
 * @throws CliError `endorsement.foreign_key` where the key is none that the trust file names for this use.
 */
export function endorse(
  kind: PublishedKind,
  document: Policy | Roster | Standing,
  key: PrivateKey,
  trust: TrustIndex,
  at: Timestamp,
): { readonly envelope: Envelope; readonly holder: string } {
  const { origin, tenant } = document;
  const use = useForEndorsing(kind);
  const found = findTrustKey(trust, use, key.publicKey.keyId, tenant);
  if (found === undefined) {
    throw new CliError('endorsement.foreign_key', {
      message: `the trust file does not name this key for ${kind} documents, so its signature would count for nothing`,
      path: '--key',
      expected: `a ${use} key of the trust file`,
      got: key.publicKey.keyId,
    });
  }
  const { holder } = found.entry;
  const random = (length: number): Uint8Array => Uint8Array.from(randomBytes(length));
  return { envelope: endorsement({ origin, tenant, at, random }, kind, document, holder, key), holder };
}

/** The endorsements with one more; a holder's second signature takes the place of the first. */
export function withEndorsement(before: Endorsements, envelope: Envelope): Endorsements {
  const signer = (each: Envelope): string => readStatement(each, 'endorsement').statement.signer;
  const kept = before.endorsements.filter((each) => signer(each) !== signer(envelope));
  return { ...before, endorsements: [...kept, envelope] };
}

export function canonical(value: unknown): Uint8Array {
  return canonicalBytes(value as JsonValue);
}
