export { type Artifact, missingArtifacts, referencesOf, writeArtifacts } from './artifacts.ts';
export {
  type GatewayChange,
  gatewayChangeEvidence,
  LESS_SEARCH,
  RATE_LIMITS,
  UNSIGNED_PARTNERS,
  WIDER_SKEW,
} from './gateway-change.ts';
export { modelPromotionEvidence } from './model-promotion.ts';
export { type BuiltEvidence, factsIn, type Occasion } from './packet.ts';
