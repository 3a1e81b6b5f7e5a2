export { addendumIdFor, closedDecision } from './addendum.ts';
export { ancestorsIn, type Lines, linesOf } from './ancestry.ts';
export { deficiencyText, deficiencyUnder } from './blocked.ts';
export { BASIS_TYPE, type BasisDocument, basisDocument } from './basis.ts';
export { BRIEF_TYPE, type BriefDocument, type BriefFacts, briefDocument } from './brief.ts';
export { type AdmittedCard, admitCard } from './card.ts';
export { DENIAL_CODES, type Denial, type DenialCode } from './errors.ts';
export { type EvaluationInput, type EvaluationResult, evaluate, type UnderRoster } from './evaluate.ts';
export { CLOCK_SKEW_S } from './evidence.ts';
export { missesText } from './misses.ts';
export { DEEPEST, isRollback, type LinkedDecision, linkedDecision } from './linked.ts';
export { leastApprovers } from './floors.ts';
export { compilePolicy, compilePolicyYaml, type PolicyProgram } from './policy-program.ts';
export {
  asksForDecision,
  checkSuccession,
  type DigestedPolicy,
  SUCCESSION_REFUSALS,
  type SuccessionRefusal,
  type SuccessionRefusalCode,
} from './succession.ts';
export { type Notice, noticeOf } from './recipients.ts';
export { type LookedAgain, type Sought, soughtOf } from './resolved.ts';
export { asAsked, reevaluate, type ReevaluationInput, type ReevaluationResult } from './reevaluation.ts';
export { renderBrief } from './render-brief.ts';
export { bandOf, NOTE_ABOVE_HIGH, scoreOf } from './risk.ts';
export {
  admitStatement,
  namesStops,
  stopsFor,
  dutiesOfKey,
  inForceFacts,
  type Matter,
  matterOf,
  permitFacts,
  requestFacts,
  type SubmittedRead,
} from './admission.ts';
export { recordedZones, type Zones } from './zones.ts';
export { dutiesOf, type Origins } from './duties.ts';
export {
  type Grounds,
  type InForceStanding,
  NO_STANDING,
  obstacleOf,
  restsOn,
  revocationBy,
  type StandingAt,
  standingFacts,
  type Word,
} from './standing.ts';
export { type GivenWaiver, givenWaivers } from './waivers.ts';
