export { ADDENDUM_TYPE, type Addendum, buildAddendum, readAddendum, sealAddendum } from './addendum.ts';
export {
  buildClearancePack,
  CLEARANCE_PACK_TYPE,
  type ClearanceInput,
  type ClearancePack,
  clearanceBytes,
  clearanceDigest,
  readClearancePack,
} from './clearance.ts';
export { askedLast } from './asked.ts';
export {
  AUDIT_PACK_TYPE,
  buildCore,
  CONFORMANCE_TARGETS,
  type ConformanceTarget,
  type CoreInput,
  coreBytes,
  type EmbeddedDocument,
  PACK_MAX_BYTES,
  type PackCore,
  type PackedChain,
  readCore,
} from './core.ts';
export { packsBehind } from './depth.ts';
export {
  type CommittedText,
  committedTexts,
  DISCLOSURES_TYPE,
  type Disclosures,
  disclosuresBytes,
  disclosuresFor,
  type OwnedDisclosure,
  openTexts,
  type Redaction,
  readDisclosures,
  redact,
} from './disclosures.ts';
export { PACK_ERROR_CODES, PackError, type PackErrorCode } from './errors.ts';
export { type SourceNames, VOCABULARY_MAPPING } from './mapping.ts';
export { memberOf, type Reachable, reachable } from './reachable.ts';
export {
  BUNDLE_MEDIA_TYPE,
  type Bundle,
  coreOf,
  DECISION_PREDICATE_TYPE,
  type InTotoStatement,
  openStatement,
  type ParsedBundle,
  type PredicateType,
  predicateTypeOf,
  REFUSAL_PREDICATE_TYPE,
  readBundle,
  type Subject,
  sealedStatement,
  sealPack,
} from './seal.ts';
export { buildView, packIdOf, VERIFICATION_METHOD, VIEW_NOTES, viewBytes } from './view.ts';
