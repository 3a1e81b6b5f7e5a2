export {
  documentDigest,
  type EndorsedDocument,
  endorsement,
  endorseNext,
  found,
  type GrantWish,
  type House,
  type HouseWish,
  type PersonWish,
  rosterKey,
  type WorkloadWish,
} from './founding.ts';
export {
  type FreezeWish,
  nextStanding,
  type StandingBefore,
  type StandingChanges,
  signAnchor,
  signCapture,
  signFreeze,
  signLifting,
} from './governance.ts';
