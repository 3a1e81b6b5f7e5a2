import { CountersignError, type ErrorDetail } from '../core/errors.ts';

/** Every reason for which a pack is neither built nor read. What its bytes are wrong about is a `CanonError`. */
export const PACK_ERROR_CODES = [
  /** The chain does not hold: nothing is exported that would not verify. */
  'pack.chain',
  /** The chain does not end in an outcome, or goes on after one. */
  'pack.not_closed',
  /** The chain has no clearance, or goes on after it. */
  'pack.not_cleared',
  /** An event names a statement that was not given. */
  'pack.statement_missing',
  /** An event names a document that was not given. */
  'pack.document_missing',
  /** An event names the sealed pack of an earlier decision that was not given. */
  'pack.linked_missing',
  /** A statement, document or pack that no event names. */
  'pack.foreign',
  /** A statement's or document's own digest is not the one it was given under. */
  'pack.digest',
  /** Not the shape of a core, clearance pack, bundle or disclosures document. */
  'pack.shape',
  /** The bundle's in-toto statement does not say what its core says: subject or predicate type. */
  'pack.statement',
  /** Key material or a certificate stands where only a hint may. */
  'pack.carries_trust',
  /** A disclosure opens nothing that this pack committed to. */
  'pack.disclosure',
  /** A redaction names no text of this decision. */
  'pack.redaction',
] as const;
export type PackErrorCode = (typeof PACK_ERROR_CODES)[number];

export class PackError extends CountersignError<PackErrorCode> {
  constructor(code: PackErrorCode, detail: ErrorDetail, options?: { cause?: unknown }) {
    super(code, detail, options);
    this.name = 'PackError';
  }
}
