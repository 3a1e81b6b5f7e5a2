import type { DecisionEvent } from '../core/domain/events.ts';
import type { Policy } from '../documents/policy.ts';
import { memberOf, type PackedChain } from '../pack/index.ts';
import { textIn } from './shapes.ts';

export interface WiderRoles {
  /** Roles that some step of the policy's escalation lets in for a role. */
  readonly ever: readonly string[];
  /** Those that were let in before an event of the chain. */
  readonly before: readonly string[];
}

/**
 * Which wider roles may fill a role's positions, by the policy and by the steps that stand in the chain from `since` to
 * `index`. Of what an event says only its place, its time and the number of its step are used.
 */
export function widerRoles(
  policy: Policy,
  { event: routed, since }: { readonly event: DecisionEvent; readonly since: number },
  role: string,
  pack: PackedChain,
  index: number,
): WiderRoles {
  const slots = policy.routes.find(({ id }) => id === memberOf(routed, 'route'))?.slots ?? [];
  const steps = (policy.times.escalation ?? [])
    .map(({ widen }) => widen.filter((one) => slots.some((slot) => slot.role === one.role)))
    .filter((widen) => widen.length > 0)
    .map((widen) => widen.filter((one) => one.role === role).flatMap(({ by }) => by));
  const last = pack.events
    .slice(since, Math.max(since, index))
    .findLast(({ event_type }) => event_type === 'authority.escalated');
  const reached = memberOf(last, 'step');
  const instants = memberOf(routed, 'escalation');
  const due = Array.isArray(instants) && typeof reached === 'number' ? textIn(instants[reached - 1], 'at') : null;
  const come = due !== null && due <= (textIn(last, 'timestamp') ?? '') ? Number(reached) : 0;
  return { ever: steps.flat(), before: steps.slice(0, come).flat() };
}
