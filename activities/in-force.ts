import type { Recorded } from '../core/contracts/activities.ts';
import type { Timestamp } from '../core/domain/vocabulary.ts';
import type { InForcePolicy, InForceRoster, Registry } from '../registry/index.ts';

/** The roster in force, or the one that a stored batch was decided under. */
export function rosterAt(registry: Registry, at: Timestamp, recorded?: Recorded): Promise<InForceRoster> {
  return recorded?.roster ? registry.rosterOnceInForce(recorded.roster, at) : registry.rosterInForce(at);
}

/** The policy in force, or the one that a stored batch was decided under. */
export function policyAt(registry: Registry, at: Timestamp, recorded?: Recorded): Promise<InForcePolicy> {
  return recorded?.policy ? registry.policyOnceInForce(recorded.policy, at) : registry.policyInForce(at);
}
