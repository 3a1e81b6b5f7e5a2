export { decisionAddendum } from './decision-addendum.ts';
export { promotionDecision } from './promotion-decision.ts';
