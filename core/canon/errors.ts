import { CountersignError, type ErrorDetail } from '../errors.ts';

/** Every reason for which this room refuses bytes. Closed: a caller may switch over it exhaustively. */
export const CANON_ERROR_CODES = [
  // A value that cannot be written as canonical JSON (RFC 8785, ruling 2), or a text that cannot be read as such.
  'json.undefined',
  'json.not_finite',
  'json.negative_zero',
  'json.number_range',
  'json.unsupported_type',
  'json.sparse_array',
  'json.array_property',
  'json.to_json',
  'json.accessor',
  'json.hidden_member',
  'json.symbol_key',
  'json.lone_surrogate',
  'json.cycle',
  'json.bad_utf8',
  'json.byte_order_mark',
  'json.duplicate_key',
  'json.syntax',
  'json.too_large',
  'json.too_deep',
  'json.not_canonical',
  'json.limits',
  // Digests and encodings.
  'digest.malformed',
  'base64.malformed',
  'hex.malformed',
  // Keys and signatures (RFC 8032, RFC 8410).
  'key.malformed',
  'key.non_canonical',
  'key.not_on_curve',
  'key.low_order',
  'key.mixed_order',
  'signature.malformed',
  'signature.invalid',
  // Envelopes (DSSE v1).
  'envelope.malformed',
  'envelope.signature_count',
  'envelope.payload_type',
  'envelope.key_id',
  // Commitments (ruling 15).
  'commitment.malformed',
  'commitment.salt',
  'commitment.mismatch',
  // The event chain (ruling 2). `chain.reserved_member` is thrown; the others are findings.
  'chain.reserved_member',
  'chain.malformed',
  'chain.empty',
  'chain.event',
  'chain.not_hashable',
  'chain.hash',
  'chain.genesis',
  'chain.previous',
  'chain.sequence',
  'chain.decision',
  'chain.event_id',
  'chain.duplicate_event',
] as const;

export type CanonErrorCode = (typeof CANON_ERROR_CODES)[number];

/** Bytes, or a value to be turned into bytes, that this room refuses. */
export class CanonError extends CountersignError<CanonErrorCode> {
  constructor(code: CanonErrorCode, detail: ErrorDetail, options?: { cause?: unknown }) {
    super(code, detail, options);
    this.name = 'CanonError';
  }
}
