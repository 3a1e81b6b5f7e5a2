import type { Body } from '../core/domain/commands.ts';
import type { AuthorityRouted, PolicyEvaluated, Projection, ViabilityRecord } from '../core/domain/events.ts';
import type { EvidencePacket } from '../documents/evidence.ts';
import type { Policy, PolicyAction, PolicyRoute } from '../documents/policy.ts';
import type { Denial } from './errors.ts';
import { decideViability, quantityText, type ViabilityInput } from './viability.ts';

/** Where the viability rules meet a decision: before risk and route. Pure, so that the verifier does the same again. */

/** Failed gates that an event names. */
const NAMED_GATES = 16;

/** What `policy.evaluated` says of it; nothing where the policy has no such rules for the action. */
export function viabilityMember(
  { viability: rules }: Policy,
  { id }: PolicyAction,
  { sections, viability: projected }: EvidencePacket,
): { readonly viability?: ViabilityRecord } {
  if (rules === undefined || !rules.actions.includes(id)) return {};
  const { hard_gates: gates = [], permission_diff: permissions = null } = sections.safety_and_security ?? {};
  const failed = gates.filter(({ passed }) => !passed).map((gate) => gate.id);
  const input: ViabilityInput = {
    // An empty list says nothing of any invariant.
    failed_gates: gates.length === 0 ? null : failed.sort().slice(0, NAMED_GATES),
    permissions_added: permissions && permissions.added.length,
    projected_reserve: recorded(projected?.projected_reserve),
    minimum_reserve: rules.minimum_reserve,
    score: recorded(projected?.score),
    change_threshold: rules.change_threshold,
  };
  const governance_roles = rules.governance_roles.toSorted();
  return { viability: { verdict: decideViability(input).verdict, ...input, governance_roles } };
}

type Projected = NonNullable<NonNullable<EvidencePacket['viability']>['score']>;

function recorded(projected: Projected | null | undefined): Projection | null {
  if (!projected) return null;
  const { value, unit, source, computed_from } = projected;
  return { value, unit, source, computed_from: computed_from.digest };
}

/** What ends the decision at once; undefined where it goes on. */
export function viabilityDenial({ viability }: Body<PolicyEvaluated>): Denial | undefined {
  if (viability === undefined) return undefined;
  const { projected_reserve, minimum_reserve, score, change_threshold } = viability;
  const reserve = `projected reserve ${quantityText(projected_reserve)}, minimum ${quantityText(minimum_reserve)}`;
  const scored = `score ${quantityText(score)}, change threshold ${quantityText(change_threshold)}`;
  const decided = decideViability(viability);
  switch (decided.verdict) {
    case 'quarantine':
      return {
        code: 'viability.quarantine',
        detail: `hard gates failed: ${(viability.failed_gates ?? []).join(', ')}`,
      };
    case 'no_op':
      return decided.rule === 'reserve'
        ? { code: 'viability.no_op_reserve', detail: reserve }
        : { code: 'viability.no_op_threshold', detail: scored };
    case null:
      return 'missing' in decided
        ? { code: 'viability.input_missing', detail: `the packet does not say: ${decided.missing.join(', ')}` }
        : { code: 'viability.unit_differs', detail: decided.otherUnit === 'score' ? scored : reserve };
    case 'require_separate_governance_review':
    case 'propose_shadow_release':
      return undefined;
  }
}

/** An expansion of permissions is approved by those whom the policy names for it, or by nobody. */
export function checkReview(
  { viability }: Body<PolicyEvaluated>,
  { id, slots }: Pick<PolicyRoute, 'id' | 'slots'>,
): Denial | undefined {
  if (viability?.verdict !== 'require_separate_governance_review') return undefined;
  const unasked = viability.governance_roles.filter((role) => !slots.some((slot) => slot.role === role));
  if (unasked.length === 0) return undefined;
  const detail = `${viability.permissions_added} permissions added, and route ${id} asks for no ${unasked.join(', ')}`;
  return { code: 'viability.review_not_routed', detail };
}

/** An override would waive the very people whose review the expansion needs, so there is none. */
export function breakglassMember(
  { breakglass, succession }: Policy,
  { id }: Pick<PolicyAction, 'id'>,
  { viability }: Body<PolicyEvaluated>,
): Pick<Body<AuthorityRouted>, 'breakglass'> {
  // What an override lets through ends with the hour; the next policy would stay (R61).
  if (succession?.action === id) return {};
  if (breakglass === undefined || viability?.verdict === 'require_separate_governance_review') return {};
  return { breakglass };
}
