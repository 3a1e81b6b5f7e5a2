export { REGISTRY_ERROR_CODES, RegistryError, type RegistryErrorCode } from './errors.ts';
export type { Freezes } from './freezes.ts';
export {
  createRegistry,
  type InForce,
  type InForcePolicy,
  type InForceRoster,
  type InForceStanding,
  type PublishedPolicy,
  type Registry,
  type RegistryDependencies,
  stagePolicy,
} from './registry.ts';
export { publicationRegistries } from './names.ts';
export { backedOut, type LetOut, letOut } from './let-out.ts';
export { inOrderOfTime } from './release-order.ts';
export { createReleases, type Release, type Releases } from './releases.ts';
export { createRestrictions, type Finding, type Restrictions, type StandingRestriction } from './restrictions.ts';
export { createSuccession, type Succession } from './succession.ts';
export { createReviews, type OwedReview, type Reviews } from './reviews.ts';
