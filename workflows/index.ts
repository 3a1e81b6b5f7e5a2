export { decisionAddendum } from './decision-addendum.ts';
export { ledgerPatrol } from './ledger-patrol.ts';
export { promotionDecision } from './promotion-decision.ts';
