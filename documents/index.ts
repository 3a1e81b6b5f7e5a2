export { type Ancestry, ANCESTRY_TYPE, readAncestry } from './ancestry.ts';
export { readAnchors } from './anchors.ts';
export {
  type Admission,
  type AuthenticatedActor,
  type AuthenticatedService,
  authenticate,
  authenticateService,
  ROSTER_SIGNED_KINDS,
  type RosterSignedKind,
  useForEndorsing,
} from './authenticate.ts';
export {
  CANDIDATE_KINDS,
  CANDIDATE_MANIFEST_MAX_BYTES,
  CANDIDATE_MANIFEST_TYPE,
  type CandidateManifest,
  candidateManifestSchema,
  readCandidateManifest,
} from './candidate-manifest.ts';
export {
  checkEndorsements,
  type EndorsementCheck,
  PUBLISHED_KINDS,
  type PublishedKind,
  soleSignerOf,
} from './endorsement.ts';
export { DOCUMENT_ERROR_CODES, DocumentError, type DocumentErrorCode, type Problem, refuseTogether } from './errors.ts';
export {
  checkEvidencePacket,
  checkEvidenceStatement,
  checkSubject,
  demandEvidence,
  EVIDENCE_PACKET_TYPE,
  type EvidencePacket,
  type EvidenceReferenceByDigest,
  evidenceSchema,
  missingSubjects,
  LIFECYCLE_STATES,
  missingEvidence,
  parseEvidencePacket,
  ROLLBACK_COVERAGE,
  ROLLBACK_PARTS,
  readEvidencePacket,
  type Scorecard,
  STOP_ACTIONS,
} from './evidence.ts';
export { floatingVersion } from './floating-names.ts';
export { cardNamed, cardProblems, checkCard } from './evaluation-card.ts';
export { type ItemAge } from './freshness.ts';
export { checkInheritance, inheritanceProblems } from './inheritance.ts';
export { type Checked, checkManifests, checksOf, type Manifests, manifestsNamed } from './manifests.ts';
export { checkManifest, type Claimed, manifestProblems } from './manifest-rules.ts';
export {
  BREAKGLASS_LONGEST_S,
  EVIDENCE_CHECKS,
  DELEGATION_LONGEST_S,
  EVIDENCE_SECTIONS,
  type EvidenceCheck,
  type EvidenceSection,
  POLICY_TYPE,
  type Policy,
  type PolicyAction,
  type PolicyFactor,
  type PolicyGate,
  type PolicyRoute,
  type PolicyTarget,
  policySchema,
} from './policy.ts';
export { POLICY_ERROR_CODES, PolicyError, type PolicyErrorCode, type PolicyProblem } from './policy-errors.ts';
export { policyDigest, policyFromYaml, policyProblems, readPolicy } from './policy-reader.ts';
export { readDocument, readShape } from './read-document.ts';
export {
  RELEASE_RECORD_TYPE,
  type ReleaseRecord,
  readReleaseRecord,
} from './release-record.ts';
export {
  INTEGRITY_OFFICER,
  isDecisionId,
  isRestrictionCode,
  readRestriction,
  RESTRICTION_TYPE,
  type Restriction,
  type RestrictionCode,
} from './restriction.ts';
export {
  BREAKGLASS,
  type Grant,
  type Person,
  ROSTER_TYPE,
  type Roster,
  type RosterKey,
  rosterSchema,
  type Workload,
} from './roster.ts';
export {
  holdersOf,
  indexRoster,
  keyOf,
  personsBehind,
  ROSTER_MAX_BYTES,
  type RosterActor,
  type RosterIndex,
  type RosterKeyHolder,
  type RosterReading,
  readRoster,
  rolesAt,
  type Scope,
  withoutKeys,
} from './roster-reader.ts';
export { coversScope } from './scope.ts';
export {
  type RecoveryPlan,
  readStanding,
  speaksAt,
  STANDING_LONGEST_S,
  STANDING_TYPE,
  type Standing,
} from './standing.ts';
export {
  type DecisionKey,
  decisionIdFor,
  FREEZE_LONGEST_S,
  type ReadStatement,
  readStatement,
  STATEMENT_MAX_BYTES,
  type StatementOf,
  signStatement,
  statementSchemas,
  WAIVERS_AT_ONCE,
} from './statements.ts';
export {
  KEY_USES,
  type KeyUse,
  TRUST_TYPE,
  type Trust,
  type TrustKey,
  type TrustTenant,
  trustSchema,
} from './trust.ts';
export {
  demandsStanding,
  indexTrust,
  type LoadedTrustKey,
  type TrustIndex,
  tenantOf,
  trustKey,
  trustKeys,
} from './trust-index.ts';
export { checkKeysApart, checkSuccession, readTrustFile, type TrustFile } from './trust-reader.ts';
export { begunAt, CLOCK_TOLERANCE_MS, isInForce, type Window } from './window.ts';
