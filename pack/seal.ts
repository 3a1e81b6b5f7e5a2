import * as z from 'zod';
import {
  canonicalBytes,
  type Digest,
  digestBytes,
  digestHex,
  type Envelope,
  IN_TOTO_PAYLOAD_TYPE,
  IN_TOTO_STATEMENT_TYPE,
  type JsonObject,
  type ParsedEnvelope,
  parseDigest,
  type PrivateKey,
  readCanonical,
  readEnvelope,
  signEnvelope,
} from '../core/canon/index.ts';
import type { Outcome } from '../core/domain/vocabulary.ts';
import { hasCode } from '../core/errors.ts';
import { readShape } from '../documents/read-document.ts';
import { asJson, asPackError, PACK_MAX_BYTES, type PackCore, readCore } from './core.ts';
import { PackError } from './errors.ts';
import { memberOf } from './reachable.ts';

/**
 * The seal: the core as the predicate of an in-toto Statement about the candidate, in a DSSE envelope, in a Sigstore
 * bundle with a public-key hint, so that existing tools can check signature and type. See docs/spec/audit-pack.md.
 */

export const BUNDLE_MEDIA_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json';

/** Of decisions under which something was cleared. */
export const DECISION_PREDICATE_TYPE = 'https://countersign.example/promotion-decision/v1';
/** Of decisions that ended before anything was cleared: a tool that checks only the type is not fooled (ruling 19). */
export const REFUSAL_PREDICATE_TYPE = 'https://countersign.example/promotion-refusal/v1';

export type PredicateType = typeof DECISION_PREDICATE_TYPE | typeof REFUSAL_PREDICATE_TYPE;

/** Ruling 19. */
export function predicateTypeOf(outcome: Outcome): PredicateType {
  switch (outcome) {
    case 'executed':
    case 'execution_failed':
    case 'unconfirmed':
      return DECISION_PREDICATE_TYPE;
    case 'denied':
    case 'no_op':
    case 'expired':
    case 'cancelled':
      return REFUSAL_PREDICATE_TYPE;
  }
}

export interface Subject {
  /** `name@version` of the candidate. */
  readonly name: string;
  readonly digest: { readonly sha256: string };
}

export interface InTotoStatement {
  readonly _type: typeof IN_TOTO_STATEMENT_TYPE;
  readonly subject: readonly [Subject];
  readonly predicateType: PredicateType;
  readonly predicate: PackCore;
}

export interface Bundle {
  readonly mediaType: typeof BUNDLE_MEDIA_TYPE;
  readonly verificationMaterial: {
    readonly publicKey: {
      /** Key id of the seal key: it selects a key of the reader's trust file, and proves nothing. */
      readonly hint: string;
    };
    /** None. There all the same: the Python and JavaScript readers of the format demand it. */
    readonly tlogEntries: readonly [];
  };
  /**
   * As `core/canon` signs it, but with an empty `keyid`: DSSE libraries compare it with the OpenSSH fingerprint of the
   * key they were given, and pass over a signature that names anything else. The hint selects the key.
   */
  readonly dsseEnvelope: Omit<Envelope, 'signatures'> & {
    readonly signatures: readonly [{ readonly keyid: ''; readonly sig: string }];
  };
}

/** The in-toto Statement of a core. Its subject is what the first event says was the candidate. */
export function sealedStatement(core: PackCore): InTotoStatement {
  return {
    _type: IN_TOTO_STATEMENT_TYPE,
    subject: [subjectOf(core)],
    predicateType: predicateTypeOf(core.outcome),
    predicate: core,
  };
}

/** Canonical bytes of the sealed bundle: what is stored, exported and read. Deterministic: the same core, the same bytes. */
export function sealPack(core: PackCore, key: PrivateKey): Uint8Array {
  const { payloadType, payload, signatures } = signEnvelope(IN_TOTO_PAYLOAD_TYPE, asJson(sealedStatement(core)), key);
  const bundle: Bundle = {
    mediaType: BUNDLE_MEDIA_TYPE,
    verificationMaterial: { publicKey: { hint: key.publicKey.keyId }, tlogEntries: [] },
    dsseEnvelope: { payloadType, payload, signatures: [{ keyid: '', sig: signatures[0].sig }] },
  };
  return canonicalBytes(bundle);
}

const bundleSchema = z.strictObject({
  mediaType: z.literal(BUNDLE_MEDIA_TYPE),
  verificationMaterial: z.strictObject({
    publicKey: z.strictObject({ hint: z.string().max(200) }),
    tlogEntries: z.tuple([]),
  }),
  dsseEnvelope: z.strictObject({
    payloadType: z.literal(IN_TOTO_PAYLOAD_TYPE),
    payload: z.string(),
    signatures: z.tuple([z.strictObject({ keyid: z.literal(''), sig: z.string().max(200) })]),
  }),
});

/** A bundle whose form has been read. THE SEAL IS NOT VERIFIED. */
export interface ParsedBundle {
  readonly envelope: ParsedEnvelope;
  /** Key id of the key that is said to have sealed. */
  readonly hint: Digest;
  /** The pack's identity: digest of the envelope's payload. */
  readonly digest: Digest;
}

/**
 * Reads a bundle's form: its own canonical bytes, strict base64, one signature, a hint and no other key material.
 *
 * @throws PackError `pack.carries_trust`, `pack.shape`; CanonError `json.*`, `base64.malformed`, `envelope.*`.
 */
export function readBundle(bytes: Uint8Array): ParsedBundle {
  const value = readCanonical(bytes, { maxBytes: 2 * PACK_MAX_BYTES });
  refuseKeyMaterial(value);
  let bundle: z.output<typeof bundleSchema>;
  try {
    bundle = readShape(bundleSchema, value);
  } catch (error) {
    if (!hasCode(error)) throw error;
    throw asPackError('pack.shape', error);
  }
  const hint = parseDigest(bundle.verificationMaterial.publicKey.hint, '$.verificationMaterial.publicKey.hint');
  const { payloadType, payload, signatures } = bundle.dsseEnvelope;
  const named = { payloadType, payload, signatures: [{ keyid: hint, sig: signatures[0].sig }] };
  const envelope = readEnvelope(named, '$.dsseEnvelope', { maxBytes: PACK_MAX_BYTES });
  return { envelope, hint, digest: digestBytes(envelope.payloadBytes) };
}

/**
 * The core in a bundle's payload, and whether the in-toto Statement around it says the same.
 *
 * @throws PackError `pack.shape`, `pack.statement`.
 */
export function openStatement(payload: unknown, path = '$.dsseEnvelope.payload'): PackCore {
  const statement = readStatementShape(payload, path);
  const core = readCore(statement.predicate, `${path}.predicate`);
  const expected = predicateTypeOf(core.outcome);
  if (statement.predicateType !== expected) {
    throw new PackError('pack.statement', {
      message: 'the predicate type does not go with the outcome',
      path: `${path}.predicateType`,
      expected,
      got: statement.predicateType,
    });
  }
  const subject = subjectOf(core);
  const [got] = statement.subject;
  if (got?.name !== subject.name || got.digest.sha256 !== subject.digest.sha256) {
    throw new PackError('pack.statement', {
      message: 'the subject is not the candidate of the first event',
      path: `${path}.subject[0]`,
      expected: `${subject.name} sha256:${subject.digest.sha256}`,
      got: `${got?.name} sha256:${got?.digest.sha256}`,
    });
  }
  return core;
}

/**
 * The core in a bundle's bytes. NEITHER SEAL NOR CHAIN IS VERIFIED: for bytes that have been, or that this service sealed.
 *
 * @throws PackError, CanonError as {@link readBundle} and {@link openStatement}.
 */
export function coreOf(bundle: Uint8Array): PackCore {
  return openStatement(readBundle(bundle).envelope.payload);
}

const statementSchema = z.strictObject({
  _type: z.literal(IN_TOTO_STATEMENT_TYPE),
  subject: z.tuple([
    z.strictObject({
      name: z.string().max(300),
      digest: z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
    }),
  ]),
  predicateType: z.string().max(200),
  predicate: z.record(z.string(), z.unknown()),
});

function readStatementShape(payload: unknown, path: string): z.output<typeof statementSchema> {
  try {
    return readShape(statementSchema, payload, path);
  } catch (error) {
    if (!hasCode(error)) throw error;
    throw asPackError('pack.shape', error);
  }
}

/** @throws PackError `pack.statement` where the first event names no candidate. */
function subjectOf(core: PackCore): Subject {
  const candidate = memberOf(core.events[0], 'candidate');
  const [name, version, digest] = ['name', 'version', 'digest'].map((member) => memberOf(candidate, member));
  if (typeof name !== 'string' || typeof version !== 'string' || typeof digest !== 'string') {
    throw new PackError('pack.statement', {
      message: 'the first event names no candidate',
      path: '$.events[0].candidate',
      expected: 'name, version and digest',
      got: 'something else',
    });
  }
  return {
    name: `${name}@${version}`,
    digest: { sha256: digestHex(parseDigest(digest, '$.events[0].candidate.digest')) },
  };
}

/** The format allows certificates and raw keys here. A key that travels with what it verifies proves nothing. */
function refuseKeyMaterial(bundle: unknown): void {
  const material = memberOf(bundle, 'verificationMaterial');
  const members = typeof material === 'object' && material !== null ? Object.keys(material) : [];
  const publicKey = (memberOf(material, 'publicKey') ?? {}) as JsonObject;
  const inKey = typeof publicKey === 'object' ? Object.keys(publicKey).map((key) => `publicKey.${key}`) : [];
  const carried = [...members, ...inKey].find((member) => /certificate|rawBytes/i.test(member));
  if (carried === undefined) return;
  throw new PackError('pack.carries_trust', {
    message: 'the bundle brings key material of its own',
    path: `$.verificationMaterial.${carried}`,
    expected: 'a hint that selects a key of the trust file',
    got: carried,
  });
}
