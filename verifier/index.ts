export { type AddendumInput, type AddendumReport, verifyAddendum } from './addendum.ts';
export { type BackoutInput, type BackoutReport, verifyBackout } from './backout.ts';
export {
  type Answers,
  answersOf,
  countedHolders,
  countedOverrides,
  renderTimeline,
  type TimelineEntry,
} from './answers.ts';
export { type ClearanceInput, type ClearanceReport, verifyClearance } from './clearance.ts';
export {
  type Finding,
  type FindingFamily,
  familyOf,
  meaningOf,
  VERIFIER_CODES,
  type VerifierCode,
} from './findings.ts';
export { folderFindings } from './folder.ts';
export { LEVELS, type Level } from './levels.ts';
export type { OwnGovernance } from './own-governance.ts';
export { type Proven, proven } from './proven.ts';
export {
  type Demands,
  type EvidenceVerdict,
  exitCode,
  type Report,
  renderFinding,
  renderReport,
  type TrustUsed,
} from './report.ts';
export { type VerifyInput, verify } from './verify.ts';
