export { fromBase64, toBase64 } from './base64.ts';
export {
  eventIdOf,
  type ChainFinding,
  type ChainFindingCode,
  GENESIS,
  hashedBytes,
  integrityHash,
  type LinkedEvent,
  linkEvent,
  type PreviousHash,
  verifyChain,
} from './chain.ts';
export { checkDisclosure, commit, type Disclosure, readDisclosure } from './commitment.ts';
export { type Digest, digestBytes, digestHex, digestJson, isDigest, parseDigest } from './digest.ts';
export {
  type Envelope,
  IN_TOTO_PAYLOAD_TYPE,
  IN_TOTO_STATEMENT_TYPE,
  type ParsedEnvelope,
  pae,
  readEnvelope,
  signEnvelope,
  verifyEnvelope,
} from './dsse.ts';
export { CANON_ERROR_CODES, CanonError, type CanonErrorCode } from './errors.ts';
export { fromHex, toHex } from './hex.ts';
export { childPath, excerpt } from './json-path.ts';
export { DEFAULT_MAX_BYTES, type ReadLimits, readCanonical, readJson } from './json-read.ts';
export type { JsonObject, JsonValue } from './json-value.ts';
export { canonicalBytes, canonicalize, MAX_DEPTH } from './json-write.ts';
export {
  loadPublicKey,
  type PrivateKey,
  type PublicKey,
  privateKeyFromPem,
  privateKeyFromSeed,
  privateKeyToPem,
  publicKeyFromBase64,
  publicKeyFromPem,
  publicKeyToBase64,
  publicKeyToPem,
  signBytes,
  verifyBytes,
} from './keys.ts';
export { uuidFromDigest } from './uuid.ts';
