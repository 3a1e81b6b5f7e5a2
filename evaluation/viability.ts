import type { Quantity, ViabilityRecord } from '../core/domain/events.ts';
import type { ViabilityVerdict } from '../core/domain/vocabulary.ts';

/** ModelBreeder's viability `decide` (R86): whether a change is worth proposing, before anybody is asked to approve it. */

/** All that the rules read; the record of the event is this and the verdict, so that whoever has it can decide again. */
export type ViabilityInput = Omit<ViabilityRecord, 'verdict' | 'governance_roles'>;

const INPUTS = ['failed_gates', 'permissions_added', 'projected_reserve', 'score'] as const;

export type Viability =
  | { readonly verdict: Exclude<ViabilityVerdict, 'no_op'> }
  | { readonly verdict: 'no_op'; readonly rule: 'reserve' | 'threshold' }
  /** Not to be told, and so not viable. */
  | { readonly verdict: null; readonly missing: readonly (typeof INPUTS)[number][] }
  | { readonly verdict: null; readonly otherUnit: 'projected_reserve' | 'score' };

/**
 * The rules, in exactly this order; the first that applies is the verdict. A failed hard invariant quarantines whatever
 * else is known. Nothing further is said of a candidate of which an input is missing: an expansion of its permissions
 * must not lead past what nobody knows.
 */
export function decideViability(input: ViabilityInput): Viability {
  const { failed_gates, permissions_added, projected_reserve, minimum_reserve, score, change_threshold } = input;
  if (failed_gates !== null && failed_gates.length > 0) return { verdict: 'quarantine' };
  if (failed_gates === null || permissions_added === null || projected_reserve === null || score === null) {
    return { verdict: null, missing: INPUTS.filter((name) => input[name] === null) };
  }
  if (projected_reserve.unit !== minimum_reserve.unit) return { verdict: null, otherUnit: 'projected_reserve' };
  if (score.unit !== change_threshold.unit) return { verdict: null, otherUnit: 'score' };
  if (permissions_added > 0) return { verdict: 'require_separate_governance_review' };
  if (projected_reserve.value < minimum_reserve.value) return { verdict: 'no_op', rule: 'reserve' };
  if (score.value <= change_threshold.value) return { verdict: 'no_op', rule: 'threshold' };
  return { verdict: 'propose_shadow_release' };
}

/** Verdict, reserve and score, each as a person reads it. */
export function viabilityText(record: ViabilityRecord): readonly [verdict: string, reserve: string, score: string] {
  const { projected_reserve, minimum_reserve, score, change_threshold } = record;
  return [
    `${record.verdict ?? 'not to be told'}${reasonText(record)}`,
    `reserve ${quantityText(projected_reserve)} of at least ${quantityText(minimum_reserve)}`,
    `score ${quantityText(score)}, to be above ${quantityText(change_threshold)}`,
  ];
}

function reasonText({ verdict, failed_gates, permissions_added, governance_roles }: ViabilityRecord): string {
  if (verdict === 'quarantine') return `: ${(failed_gates ?? []).join(', ')} failed`;
  if (verdict !== 'require_separate_governance_review') return '';
  return `: ${permissions_added} permissions added, for ${governance_roles.join(' and ')} to review`;
}

export function quantityText(quantity: Quantity | null): string {
  return quantity === null ? 'not given' : `${quantity.value} ${quantity.unit}`;
}
