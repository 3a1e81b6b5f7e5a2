import * as z from 'zod';
import {
  canonicalBytes,
  type Digest,
  digestBytes,
  digestJson,
  type Envelope,
  type JsonObject,
  type JsonValue,
  readCanonical,
  toBase64,
  verifyChain,
} from '../core/canon/index.ts';
import { type DecisionEvent, outcomeOf } from '../core/domain/events.ts';
import { OUTCOMES, type Outcome, type Timestamp } from '../core/domain/vocabulary.ts';
import { hasCode } from '../core/errors.ts';
import { digest, name, timestampText } from '../documents/primitives.ts';
import { readDocument } from '../documents/read-document.ts';
import { PackError, type PackErrorCode } from './errors.ts';
import { memberOf, type Reachable, reachable } from './reachable.ts';

/**
 * The sealed core of an audit pack: the chain, and everything it rests on. Nothing in it is a summary; what people
 * read (`view.ts`) derives from it. See docs/spec/audit-pack.md.
 */

export const AUDIT_PACK_TYPE = 'application/vnd.countersign.audit-pack.v1+json';

export const CONFORMANCE_TARGETS = ['L7GS-C1', 'L7GS-C2', 'L7GS-C3'] as const;
/** Level that the exporter claims. The verifier reports the one it reached, whatever stands here (ruling 14). */
export type ConformanceTarget = (typeof CONFORMANCE_TARGETS)[number];

/** Largest core, clearance pack or bundle that is read, in bytes. */
export const PACK_MAX_BYTES = 64 * 1024 * 1024;

export interface EmbeddedDocument {
  /** The document's own `_type`. */
  readonly media_type: string;
  /** Of its canonical bytes. */
  readonly size: number;
  readonly content: JsonObject;
}

/** What audit pack and clearance pack share: a chain with what it rests on. */
export interface PackedChain {
  readonly origin: string;
  readonly tenant: string;
  readonly decision_id: string;
  readonly hash_algorithm: 'sha256';
  readonly head: { readonly sequence: number; readonly hash: string };
  readonly events: readonly DecisionEvent[];
  /** By statement digest. */
  readonly statements: Readonly<Record<string, Envelope>>;
  /** By digest of the canonical bytes. */
  readonly documents: Readonly<Record<string, EmbeddedDocument>>;
  /** Sealed bundles of earlier decisions, base64, by digest of their bytes; left out where there is none. */
  readonly packs?: Readonly<Record<string, string>>;
}

export interface PackCore extends PackedChain {
  readonly _type: typeof AUDIT_PACK_TYPE;
  readonly standard: {
    readonly name: 'L7GS';
    readonly version: '1.0';
    readonly conformance_target: ConformanceTarget;
  };
  readonly outcome: Outcome;
  /** Of the chain's head (ruling 5); a proof of the pack's own digest lies beside the bundle, never in it. */
  readonly anchor: { readonly type: 'none' };
  /** The exporter's claim, fixed when the pack was sealed, so that a second export has the same bytes (R102). */
  readonly export: { readonly exported_at: Timestamp; readonly exported_by: string };
}

export interface CoreInput {
  readonly events: readonly DecisionEvent[];
  /** By statement digest. */
  readonly statements: ReadonlyMap<string, Envelope>;
  /** Canonical bytes by digest. */
  readonly documents: ReadonlyMap<string, Uint8Array>;
  /** Bytes of sealed bundles by digest. */
  readonly packs?: ReadonlyMap<string, Uint8Array>;
  readonly conformanceTarget: ConformanceTarget;
  readonly exportedAt: Timestamp;
  readonly exportedBy: string;
}

/**
 * The core of a closed decision. Refuses what would not verify for want of completeness: a chain that does not hold,
 * and a statement or document that is missing, foreign or not its digest.
 *
 * @throws PackError `pack.chain`, `pack.not_closed`, `pack.statement_missing`, `pack.document_missing`,
 *   `pack.linked_missing`, `pack.foreign`, `pack.digest`.
 */
export function buildCore(input: CoreInput): PackCore {
  const { events, conformanceTarget, exportedAt, exportedBy } = input;
  const chain = packChain(events, input, reachable(events));
  return {
    _type: AUDIT_PACK_TYPE,
    standard: { name: 'L7GS', version: '1.0', conformance_target: conformanceTarget },
    ...chain,
    outcome: closedOutcome(events),
    anchor: { type: 'none' },
    export: { exported_at: exportedAt, exported_by: exportedBy },
  };
}

/** Chain, statements and documents, checked to be whole. @throws PackError as {@link buildCore}. */
export function packChain(
  events: readonly DecisionEvent[],
  { statements, documents, packs = new Map() }: Pick<CoreInput, 'statements' | 'documents' | 'packs'>,
  named: Reachable,
): PackedChain {
  const [finding] = verifyChain(asJson(events) as readonly JsonObject[]);
  if (finding) {
    const { code, path, expected, got } = finding;
    throw new PackError('pack.chain', { message: `the chain does not hold (${code})`, path, expected, got });
  }
  const [first] = events;
  const last = events.at(-1);
  if (first?.event_type !== 'decision.requested' || last === undefined) {
    throw new PackError('pack.chain', {
      message: 'the chain of a decision begins with its request',
      path: '$[0].event_type',
      expected: 'decision.requested',
      got: first?.event_type ?? 'nothing',
    });
  }
  refuseIncomplete('statement', statements.keys(), named.statements, named.optionalStatements);
  refuseIncomplete('document', documents.keys(), named.documents, named.optionalDocuments);
  refuseIncomplete('linked', packs.keys(), named.packs, []);
  return {
    origin: first.origin,
    tenant: first.tenant,
    decision_id: first.decision_id,
    hash_algorithm: 'sha256',
    head: { sequence: last.sequence, hash: last.integrity_hash },
    events,
    statements: Object.fromEntries([...statements].map(([key, envelope]) => [key, checkedStatement(key, envelope)])),
    documents: Object.fromEntries([...documents].map(([key, bytes]) => [key, embedded(key, bytes)])),
    ...(packs.size === 0
      ? {}
      : { packs: Object.fromEntries([...packs].map(([key, bytes]) => [key, enclosed(key, bytes)])) }),
  };
}

/** Canonical bytes of the core: what the seal signs is the in-toto statement around them. */
export function coreBytes(core: PackCore): Uint8Array {
  return canonicalBytes(core);
}

const head = z.strictObject({ sequence: z.int().min(1), hash: digest });

/** Shape only. Events, envelopes and contents are opened one by one, so that a report can name each that is wrong. */
export const packedChainShape = {
  origin: name,
  tenant: name,
  decision_id: z.string().max(200),
  hash_algorithm: z.literal('sha256'),
  head,
  events: z.array(z.record(z.string(), z.unknown())).min(1).max(100_000),
  statements: z.record(digest, z.unknown()),
  documents: z.record(
    digest,
    z.strictObject({
      media_type: z.string().max(200),
      size: z.int().min(2),
      content: z.record(z.string(), z.unknown()),
    }),
  ),
  packs: z.record(digest, z.string()).exactOptional(),
};

const coreSchema = z.strictObject({
  _type: z.literal(AUDIT_PACK_TYPE),
  standard: z.strictObject({
    name: z.literal('L7GS'),
    version: z.literal('1.0'),
    conformance_target: z.enum(CONFORMANCE_TARGETS),
  }),
  ...packedChainShape,
  outcome: z.enum(OUTCOMES),
  anchor: z.strictObject({ type: z.literal('none') }),
  export: z.strictObject({ exported_at: timestampText, exported_by: name }),
});

/**
 * Reads a core's outline. NOTHING IN IT IS VERIFIED: events, statements and documents are whatever the pack says until
 * the verifier has recomputed and replayed them; the types of their members are not even checked here.
 *
 * @throws PackError `pack.shape`.
 */
export function readCore(value: unknown, path = '$'): PackCore {
  return readOutline(coreSchema, AUDIT_PACK_TYPE, value, path) as unknown as PackCore;
}

/** {@link readDocument} with this room's error. */
export function readOutline<Schema extends z.ZodType>(
  schema: Schema,
  type: string,
  value: unknown,
  path: string,
): z.output<Schema> {
  try {
    return readDocument(schema, type, value, path);
  } catch (error) {
    throw asPackError('pack.shape', error);
  }
}

export function asPackError(code: PackErrorCode, error: unknown): PackError {
  if (!hasCode(error)) throw error;
  const { message, path, expected, got } = error;
  return new PackError(code, { message: message.slice(0, 400), path, expected, got }, { cause: error });
}

/** Plain data by its type's own word; `canonicalize` is the gate that holds it to that. */
export function asJson(value: unknown): JsonValue {
  return value as JsonValue;
}

function closedOutcome(events: readonly DecisionEvent[]): Outcome {
  const outcomes = events.map(outcomeOf);
  const outcome = outcomes.at(-1);
  const early = outcomes.findIndex((each) => each !== undefined);
  if (outcome !== undefined && early === events.length - 1) return outcome;
  throw new PackError('pack.not_closed', {
    message: 'an audit pack is built of a decision that has ended',
    path: `$[${events.length - 1}].event_type`,
    expected: 'one ending event, the last',
    got: early === -1 ? 'none' : `one at sequence ${early + 1} of ${events.length}`,
  });
}

function refuseIncomplete(
  what: 'statement' | 'document' | 'linked',
  given: Iterable<string>,
  required: readonly string[],
  optional: readonly string[],
): void {
  const there = new Set(given);
  const missing = required.filter((key) => !there.has(key));
  if (missing.length > 0) {
    throw new PackError(`pack.${what}_missing`, {
      message: `events name ${missing.length} ${what}(s) that are not there`,
      expected: missing.join(', '),
      got: 'nothing',
    });
  }
  const named = new Set([...required, ...optional]);
  const foreign = [...there].filter((key) => !named.has(key));
  if (foreign.length > 0) {
    throw new PackError('pack.foreign', {
      message: `no event names this ${what}`,
      expected: `the ${what}s that events name, and nothing else`,
      got: foreign.join(', '),
    });
  }
}

function checkedStatement(key: string, envelope: Envelope): Envelope {
  const own = digestJson(envelope);
  if (own !== key) throw notItsDigest('statement', key, own);
  return envelope;
}

function embedded(key: string, bytes: Uint8Array): EmbeddedDocument {
  const own = digestBytes(bytes);
  if (own !== key) throw notItsDigest('document', key, own);
  const content = readCanonical(bytes, { maxBytes: PACK_MAX_BYTES });
  const type = memberOf(content, '_type');
  if (typeof type !== 'string') {
    throw new PackError('pack.shape', {
      message: 'a document in a pack says what it is',
      path: `$.documents[${JSON.stringify(key)}]._type`,
      expected: 'a document type',
      got: 'nothing',
    });
  }
  return { media_type: type, size: bytes.length, content: content as JsonObject };
}

/** A bundle has no `_type` of ours, and its key material is none of this pack's: it travels as the bytes it is. */
function enclosed(key: string, bytes: Uint8Array): string {
  const own = digestBytes(bytes);
  if (own !== key) throw notItsDigest('linked pack', key, own);
  return toBase64(bytes);
}

function notItsDigest(what: string, expected: string, got: Digest): PackError {
  return new PackError('pack.digest', { message: `the ${what} is not the one its digest names`, expected, got });
}
