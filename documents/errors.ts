import { CountersignError, type ErrorDetail, hasCode } from '../core/errors.ts';

/** Every code this room answers with. What the bytes themselves are wrong about is a `CanonError` (`json.*`, `key.*`, …). */
export const DOCUMENT_ERROR_CODES = [
  // Any document.
  /** The `_type`, or an envelope's payload type, is not the one that was asked for. */
  'document.type',
  /** Members are missing, foreign or out of bounds; `problems` has them all. */
  'document.shape',
  /** A moving name (`latest`, a branch, a range) stands where a digest or a version belongs (R56). */
  'document.floating_name',
  /** Another installation's document. */
  'document.origin',
  /** Another tenant's document, or a tenant that the trust file does not know. */
  'document.tenant',

  // Roster.
  /** Two entries bear one actor id (ruling 6: one person is one id). */
  'roster.duplicate_actor',
  /** One public key stands twice, in the roster or in roster and trust file (ruling 6). */
  'roster.key_reused',
  /** A key's proof of possession is not that key's signature over this actor, origin and tenant. */
  'roster.possession',
  /** A workload is controlled by someone who is no person of this roster. */
  'roster.unknown_controller',
  /** A key or grant ends before it begins. */
  'roster.window',

  // Trust file.
  /** One public key stands twice, under one use or two. */
  'trust.key_reused',
  /** A threshold asks for more holders than there are, so nothing could ever be endorsed. */
  'trust.threshold',
  /** A tenant stands twice, a key names a tenant that is not there, or a governance key names one at all. */
  'trust.tenant',
  /** A key ends before it begins. */
  'trust.window',
  /** A trust file that does not follow the one in force: other origin, lower serial, other predecessor. */
  'trust.succession',

  // Standing.
  /** It speaks for longer than a standing may, or ends before it begins; or a freeze of it does. */
  'standing.window',

  // Endorsements of a policy, roster, standing or trust document.
  /** Too few distinct holders and keys endorsed it. */
  'endorsement.threshold',
  /** The signing key is not named for this use and tenant, or belongs to another holder. */
  'endorsement.key',
  /** It endorses something else: another document, kind, serial or predecessor. */
  'endorsement.mismatch',
  /** The signature does not verify under the named key. */
  'endorsement.signature',
  /** The document is older than the trust file still accepts. */
  'endorsement.serial',

  // Evidence.
  /** Demanded sections or items are missing; `problems` has them all. A policy matter, not a malformed packet. */
  'evidence.incomplete',
  /** The packet, its candidate section, its statement and the request do not speak of the same thing. */
  'evidence.subject',
  /** Some of it is older than the policy lets it be; `problems` has it all. */
  'evidence.stale',
  /** The packet contradicts itself, e.g. a scorecard says passed and its value misses its threshold. */
  'evidence.contradiction',

  // Evaluation cards.
  /** The policy has the evaluator's card read, and the packet names none. */
  'card.missing',
  /** What the packet names as such is no evaluation card. */
  'card.unreadable',
  /** The packet says something else than the card; `problems` has every place. */
  'card.differs',
  /** The evaluation was made under another policy than the one that is asked for. */
  'card.policy',

  // Manifests of candidates.
  /** A manifest breaks its rules, or says other things than request and packet; `problems` has them all. */
  'manifest.invalid',
  /** What is named as a manifest is no document. */
  'manifest.unreadable',
  /** A manifest does not carry what those of its parents pass on; `problems` has all of it. */
  'inheritance.broken',

  // Statements and their signers.
  /** A kind of statement that this reader, or this kind of signer, has nothing to do with. */
  'statement.kind',
  /** Bound to another decision. */
  'statement.decision',
  /** The signer is no entry of the roster. */
  'statement.signer_unknown',
  /** The key id is none of the roster's, or none of the trust file's for this use and tenant. */
  'statement.key_unknown',
  /** The key is someone else's than the signer's. */
  'statement.key_owner',
  'statement.key_use',
  /** The key was not in force when the statement was admitted. */
  'statement.key_window',
  /** The signature does not verify under the signer's key. */
  'statement.signature',
  /** Signed more than five minutes after it was admitted, by the signer's own word. */
  'statement.from_the_future',
  /** Signed at or after the end that it sets itself. */
  'statement.lifetime',
] as const;

export type DocumentErrorCode = (typeof DOCUMENT_ERROR_CODES)[number];

/** One thing that is wrong, and where. */
export interface Problem {
  /** JSON path, e.g. `$.persons[3].keys[0].public_key`. */
  readonly path: string;
  readonly expected: string;
  /** At most a short excerpt of the input. */
  readonly got: string;
  /** Of a problem of another kind than the error that lists it. */
  readonly code?: string;
}

/** How many problems a message spells out; a hostile document could otherwise fill a log. `problems` has them all. */
const SPELLED_OUT = 100;

/** A document that is refused. `path`, `expected` and `got` are those of the first problem. */
export class DocumentError extends CountersignError<DocumentErrorCode> {
  readonly problems: readonly Problem[];
  /** What is wrong, without the places. */
  readonly what: string;

  constructor(
    code: DocumentErrorCode,
    message: string,
    problems: readonly [Problem, ...Problem[]],
    options?: { cause?: unknown },
  ) {
    super(code, detailOf(message, problems), options);
    this.name = 'DocumentError';
    this.problems = problems;
    this.what = message;
  }
}

/** Throws `code` with all of `problems`; returns where there are none. */
export function refuseAll(code: DocumentErrorCode, message: string, problems: readonly Problem[]): void {
  const [first, ...rest] = problems;
  if (first !== undefined) throw new DocumentError(code, message, [first, ...rest]);
}

/**
 * Makes every check, and throws what all of them found as one error: code and message are the first one's, and a problem of
 * another kind bears its own code. Whoever mends a document then learns once what is wrong with it; what two checks ask for
 * is told once.
 *
 * @returns what the checks return, in their order
 * @throws DocumentError; what the first one found, alone, where that is no `DocumentError`
 */
export function refuseTogether<const Results extends readonly unknown[]>(
  checks: {
    readonly [Index in keyof Results]: () => Results[Index];
  },
): Results {
  const found: CountersignError[] = [];
  const results = checks.map((check) => {
    try {
      return check();
    } catch (error) {
      if (!hasCode(error)) throw error;
      found.push(error);
      return undefined;
    }
  });
  const [first] = found;
  if (first === undefined) return results as unknown as Results;
  if (!(first instanceof DocumentError) || found.length === 1) throw first;
  const told = new Set<string>();
  const [problem, ...others] = found.flatMap((error): Problem[] => {
    const fresh = problemsOf(error).filter(({ code, path, got }) => !told.has(`${code} ${path} ${got}`));
    for (const { code, path, got } of fresh) told.add(`${code} ${path} ${got}`);
    return fresh.map(({ code, ...place }) => (code === first.code ? place : { ...place, code }));
  });
  throw problem === undefined ? first : new DocumentError(first.code, first.what, [problem, ...others]);
}

function problemsOf(error: CountersignError): Required<Problem>[] {
  const { code, path, expected, got } = error;
  const problems: readonly Problem[] = error instanceof DocumentError ? error.problems : [{ path, expected, got }];
  return problems.map((problem) => ({ code, ...problem }));
}

function detailOf(message: string, problems: readonly [Problem, ...Problem[]]): ErrorDetail {
  const [first, ...rest] = problems;
  if (rest.length === 0) return { message, ...first };
  const listed = rest.slice(0, SPELLED_OUT - 1).map(({ code, path, expected, got }) => {
    return `${code === undefined ? '' : `${code} at `}${path} (expected ${expected}; got ${got})`;
  });
  const unlisted = rest.length - listed.length;
  const more = unlisted > 0 ? `, and ${unlisted} more` : '';
  const own = problems.filter(({ code }) => code === undefined).length;
  const besides = own === problems.length ? '' : ` and ${problems.length - own} of other kinds`;
  return { ...first, message: `${message} in ${own} places${besides}, also at ${listed.join(', ')}${more}` };
}
