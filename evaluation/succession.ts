import { type DecisionEvent, outcomeOf } from '../core/domain/events.ts';
import type { DigestText } from '../core/domain/vocabulary.ts';
import type { Policy, PolicySuccession } from '../documents/policy.ts';
import { askedIn } from './linked.ts';

/** Why a decision is none by which a policy follows another. */
export const SUCCESSION_REFUSALS = {
  'succession.tenant': 'the decision is of another tenant',
  'succession.outcome': 'the decision did not end in executed',
  'succession.policy': 'the decision was not made under the policy that would be replaced',
  'succession.place': 'the decision is not about the next policy: its action or target is another',
  'succession.candidate': 'the decision is about another document',
} as const;
export type SuccessionRefusalCode = keyof typeof SUCCESSION_REFUSALS;

export interface SuccessionRefusal {
  readonly code: SuccessionRefusalCode;
  /** JSON path into the decision's pack. */
  readonly path: string;
  readonly expected: string;
  readonly got: string;
}

/** A policy and the digest that the caller computed of it. */
export interface DigestedPolicy {
  readonly policy: Policy;
  readonly digest: DigestText;
}

/** Whether what follows this policy has to have been decided on under it. */
export function asksForDecision(
  before: Policy | null,
  next: DigestText,
  genesis: DigestText | undefined,
): before is Policy & { readonly succession: PolicySuccession } {
  return before?.succession !== undefined && next !== genesis;
}

/**
 * Whether this decision let in exactly `next` as the one that follows `before`: of the same tenant, executed, under
 * `before` as it was asked for last, by the action and at the target that `before` names.
 *
 * @param decision out of a pack that the caller has verified, under a trust file of this origin
 */
export function checkSuccession(
  before: DigestedPolicy & { readonly policy: { readonly succession: PolicySuccession } },
  next: DigestedPolicy,
  decision: { readonly tenant: string; readonly events: readonly DecisionEvent[] },
): SuccessionRefusal | undefined {
  const { events, tenant } = decision;
  const [first] = events;
  const last = events.at(-1);
  const outcome = last === undefined ? undefined : outcomeOf(last);
  if (first?.event_type !== 'decision.requested' || outcome !== 'executed')
    return { code: 'succession.outcome', path: '$.outcome', expected: 'executed', got: outcome ?? 'no end' };
  const { policy: under } = askedIn(first, events);
  const { succession } = before.policy;
  const demands: readonly (readonly [SuccessionRefusalCode, string, string, string])[] = [
    ['succession.tenant', '$.tenant', next.policy.tenant, tenant],
    ['succession.policy', '$.events[0].policy_digest', before.digest, under.digest],
    ['succession.place', '$.events[0].action', succession.action, first.action],
    ['succession.place', '$.events[0].target', succession.target, first.target],
    ['succession.candidate', '$.events[0].candidate.digest', next.digest, first.candidate.digest],
    ['succession.candidate', '$.events[0].candidate.version', next.policy.version, first.candidate.version],
  ];
  for (const [code, path, expected, got] of demands) if (expected !== got) return { code, path, expected, got };
  return undefined;
}
