import type { Miss } from '../core/domain/events.ts';

/**
 * Why a decision is denied before any route is taken. `decision.denied` carries the code; docs/spec/routing-and-basis.md
 * says what each means. In the order in which they are looked for.
 */
export const DENIAL_CODES = [
  'policy.not_in_force',
  'policy.unusable',
  'action.unknown',
  'target.unknown',
  'requester.unknown',
  'requester.role_not_held',
  'creator.unknown',
  'duty.apart',
  'evidence.mismatch',
  'evidence.subject',
  'evidence.incomplete',
  'evidence.not_yet_valid',
  'evidence.stale',
  'card.missing',
  'card.unreadable',
  'card.differs',
  'card.policy',
  'card.signer',
  'card.role',
  'card.not_independent',
  'manifest.unreadable',
  'manifest.invalid',
  'inheritance.broken',
  'standing.missing',
  'standing.ended',
  'standing.other',
  'candidate.revoked',
  'waiver.not_authentic',
  'waiver.other',
  'waiver.not_permitted',
  'waiver.repeated',
  'waiver.role_not_held',
  'waiver.involved',
  'waiver.owner',
  'waiver.too_long',
  'waiver.expired',
  'rollback.target',
  'rollback.not_yet_valid',
  'rollback.stale',
  'linked.action',
  'linked.unknown',
  'linked.too_deep',
  'linked.not_cleared',
  'linked.target',
  'linked.candidate',
  'ladder.no_stage',
  'ladder.no_rollback',
  'ladder.no_exposure',
  'ladder.no_predecessor',
  'ladder.candidate',
  'ladder.order',
  'ladder.target',
  'ladder.not_executed',
  'ladder.dimensions',
  'evidence.unresolved',
  'evidence.differs',
  'viability.quarantine',
  'viability.input_missing',
  'viability.unit_differs',
  'viability.no_op_reserve',
  'viability.no_op_threshold',
  'gate.denied',
  'route.unusable',
  'route.none',
  'viability.review_not_routed',
  'route.below_floor',
  'duty.conflict',
  'route.impossible',
] as const;
export type DenialCode = (typeof DENIAL_CODES)[number];

export interface Denial {
  readonly code: DenialCode;
  /** Made from ids, counts and times only, never from free text. */
  readonly detail: string;
  /** Where the evidence falls short, every place of it; left out where that is not the reason. */
  readonly misses?: readonly Miss[];
}

export function denialAt(code: DenialCode, detail: string, paths: readonly string[]): Denial {
  return { code, detail, misses: paths.map((path) => ({ code, path })) };
}
