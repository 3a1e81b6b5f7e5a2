import { digestBytes, type Envelope, readJson } from '../../core/canon/index.ts';
import { hasCode } from '../../core/errors.ts';
import type { Timestamp } from '../../core/domain/vocabulary.ts';
import { authenticate } from '../../documents/authenticate.ts';
import { checkEndorsements } from '../../documents/endorsement.ts';
import { type IncidentEvidence, readIncidentEvidence } from '../../documents/incident-evidence.ts';
import { indexRoster } from '../../documents/roster-reader.ts';
import { type ReadStatement, readStatement } from '../../documents/statements.ts';
import type { TrustIndex } from '../../documents/trust-index.ts';
import { readEndorsements } from '../endorsed-file.ts';
import { CliError } from '../errors.ts';
import { readInput } from '../files.ts';
import { readRosterFile } from '../roster-file.ts';

/** A manifest, and the statement about it that lies beside. Nobody's word yet: see {@link checkSigned}. */
export interface CaptureFile {
  readonly evidence: IncidentEvidence;
  readonly digest: string;
  readonly statement: ReadStatement<'capture'>;
}

/** `INC-2041.json` has `INC-2041.signature.json`. */
export function signaturePath(path: string): string {
  return `${path.replace(/\.json$/, '')}.signature.json`;
}

export function signatureText(envelope: Envelope): string {
  return `${JSON.stringify(envelope, null, 2)}\n`;
}

/** @throws CliError `file.unreadable`; CanonError, DocumentError as `readIncidentEvidence` and `readStatement`. */
export function readCapture(path: string): CaptureFile {
  const bytes = readInput(path);
  const statement = readStatement(readJson(readInput(signaturePath(path))), 'capture');
  return { evidence: readIncidentEvidence(bytes), digest: digestBytes(bytes), statement };
}

export interface Vouching {
  readonly trust: TrustIndex;
  readonly origin: string;
  readonly tenant: string;
  /** Roster, with its endorsements beside it. */
  readonly roster: string;
  readonly at: Timestamp;
}

/**
 * Whether whoever the manifest names has signed exactly this manifest, with a key that an endorsed roster gave them at
 * the time at which they say that they signed.
 *
 * @returns what does not hold; null where it does.
 * @throws CliError `file.unreadable`.
 */
export function checkSigned(capture: CaptureFile, { trust, origin, tenant, roster, at }: Vouching): CliError | null {
  const { evidence, digest, statement: read } = capture;
  const { statement } = read;
  const said: readonly (readonly [member: string, expected: string, got: string])[] = [
    ['manifest', digest, statement.manifest],
    ['incident', evidence.incident, statement.incident],
    ['signer', evidence.captured_by, statement.signer],
    ['origin', evidence.origin, statement.origin],
    ['tenant', evidence.tenant, statement.tenant],
  ];
  for (const [member, expected, got] of said) {
    if (expected !== got) return unsigned('the signature is of another capture', `$.payload.${member}`, expected, got);
  }
  const file = readRosterFile(roster);
  const { serial, predecessor } = file.roster;
  const { endorsements } = readEndorsements(roster, file.digest);
  const given = endorsements.map((each) => readStatement(each, 'endorsement'));
  try {
    checkEndorsements({
      trust,
      kind: 'roster',
      tenant,
      document: file.digest,
      serial,
      predecessor: predecessor as 'GENESIS',
      endorsements: given,
      at,
    });
    authenticate(read, indexRoster(file.roster), { origin, tenant, at: statement.signed_at });
  } catch (error) {
    if (!hasCode(error)) throw error;
    return unsigned(`${error.code}: ${error.message}`, error.path, error.expected, error.got);
  }
  if (begunBefore(evidence.ended_at, statement.signed_at)) return null;
  return unsigned('it was signed before it ended', '$.payload.signed_at', evidence.ended_at, statement.signed_at);
}

function begunBefore(ended: Timestamp, signed: Timestamp): boolean {
  return ended <= signed;
}

function unsigned(message: string, path: string, expected: string, got: string): CliError {
  return new CliError('incident.unsigned', { message, path, expected, got });
}
