import type { DecisionEvent, EndorsedReference } from '../core/domain/events.ts';
import type { Timestamp } from '../core/domain/vocabulary.ts';
import { hasCode } from '../core/errors.ts';
import {
  authenticate,
  checkEndorsements,
  checkKeysApart,
  type PublishedKind,
  type ReadStatement,
  type RosterIndex,
  soleSignerOf,
  tenantOf,
  type TrustFile,
  useForEndorsing,
} from '../documents/index.ts';
import { findTrustKey } from '../documents/trust-index.ts';
import { begunAt, isInForce } from '../documents/window.ts';
import type { PackedChain } from '../pack/index.ts';
import type { Contents } from './contents.ts';
import type { EventPlace, Findings, VerifierCode } from './findings.ts';
import { referenceIn } from './shapes.ts';

/** Whether the verifier's owner has any word on this origin and tenant at all. */
export function checkPlace({ origin, tenant }: PackedChain, trust: TrustFile, findings: Findings): boolean {
  const known = origin === trust.trust.origin && tenantOf(trust, tenant) !== undefined;
  if (!known) {
    const expected = `${trust.trust.origin}: ${trust.trust.tenants.map((entry) => entry.tenant).join(', ')}`;
    findings.add('signer.tenant', { path: '$.tenant', expected, got: `${origin}: ${tenant}` });
  }
  return known;
}

export interface Relied {
  readonly kind: PublishedKind;
  readonly reference: EndorsedReference;
  /** When the decision relied on it. */
  readonly at: Timestamp;
  readonly place: EventPlace;
}

/** A policy, roster or standing counts for its endorsements alone, by keys that the trust file names for that use. */
export function checkEndorsed(
  pack: PackedChain,
  { kind, reference, at, place }: Relied,
  contents: Contents,
  trust: TrustFile,
  findings: Findings,
): void {
  const code: VerifierCode = `signer.${kind}`;
  const path = `$.${kind}`;
  const roster = kind === 'roster' ? contents.roster(reference.digest) : null;
  const document = kind === 'roster' ? (roster?.roster ?? null) : contents[kind](reference.digest);
  // What is not there, or cannot be read, has left its finding.
  if (document === null) return;
  if (document.origin !== pack.origin || document.tenant !== pack.tenant) {
    findings.add(
      code,
      { path, expected: `${pack.origin}: ${pack.tenant}`, got: `${document.origin}: ${document.tenant}` },
      place,
    );
  }
  if (document.serial !== reference.serial) {
    findings.add(code, { path: `${path}.serial`, expected: `${document.serial}`, got: `${reference.serial}` }, place);
  }
  try {
    if (roster !== null) checkKeysApart(trust, roster);
    checkEndorsements({
      trust,
      kind,
      tenant: pack.tenant,
      document: reference.digest,
      serial: document.serial,
      predecessor: document.predecessor as 'GENESIS',
      endorsements: reference.endorsements.flatMap((digest) => contents.statement(digest, 'endorsement') ?? []),
      at,
    });
  } catch (error) {
    findings.refused(code, error, place, path);
  }
}

/** Who alone endorsed what an event relied on; null where several did. What is not there has left its finding. */
export function soleSignerIn(reference: EndorsedReference | null, contents: Contents): string | null {
  return soleSignerOf(
    reference?.endorsements.flatMap((digest) => contents.statement(digest, 'endorsement') ?? []) ?? [],
  );
}

/**
 * The same by the endorsements that counted when the event relied on it: a key whose time was over makes nobody a second
 * person, nor does whoever endorsed it afterwards, though the service may name what they have signed.
 */
export function soleEndorserIn(
  event: DecisionEvent | undefined,
  kind: 'policy' | 'roster',
  { contents, trust, tenant }: { readonly contents: Contents; readonly trust: TrustFile; readonly tenant: string },
): string | null {
  const reference = referenceIn(event, kind);
  if (event === undefined || reference === null) return null;
  const counting = reference.endorsements
    .flatMap((digest) => contents.statement(digest, 'endorsement') ?? [])
    .filter(({ keyId, statement }) => {
      const found = findTrustKey(trust, useForEndorsing(kind), keyId, tenant);
      const { timestamp: at } = event;
      return found !== undefined && isInForce(found.entry, at) && begunAt(statement.signed_at, at);
    });
  return soleSignerOf(counting);
}

/** Who signed, under this roster; null, and a finding, where nobody whom the roster knows did. */
export function checkSigner(
  read: ReadStatement,
  roster: RosterIndex,
  pack: PackedChain,
  at: Timestamp,
  place: EventPlace,
  findings: Findings,
): boolean {
  try {
    const { origin, tenant, decision_id: decisionId } = pack;
    authenticate(read, roster, { origin, tenant, decisionId, at });
    return true;
  } catch (error) {
    findings.refused(signerCode(error), error, place, `$.${read.kind}`);
    return false;
  }
}

/** "The evidence is bad" and "you do not know this signer" are kept apart. */
export function signerCode(error: unknown): VerifierCode {
  if (!hasCode(error)) throw error;
  switch (error.code) {
    case 'statement.signature':
      return 'statement.signature';
    case 'statement.kind':
    case 'statement.decision':
    case 'document.origin':
    case 'document.tenant':
      return 'statement.foreign';
    case 'statement.from_the_future':
    case 'statement.lifetime':
      return 'statement.time';
    default:
      return 'signer.unknown';
  }
}
