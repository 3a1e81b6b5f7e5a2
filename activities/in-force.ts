import type { Recorded } from '../core/contracts/activities.ts';
import type { Timestamp } from '../core/domain/vocabulary.ts';
import { demandsStanding } from '../documents/index.ts';
import type { StandingAt } from '../evaluation/index.ts';
import type { InForcePolicy, InForceRoster, InForceStanding, Registry } from '../registry/index.ts';
import type { Dependencies } from './dependencies.ts';

/** What counts now, or what a stored batch was decided under. */
export interface Counting {
  readonly standing: StandingAt;
  readonly policy: InForcePolicy;
  readonly roster: InForceRoster;
}

export async function countingAt(
  { registry, trust, tenant }: Dependencies,
  at: Timestamp,
  recorded?: Recorded,
): Promise<Counting> {
  const demanded = demandsStanding(trust, tenant, at);
  if (recorded === undefined) {
    const { standing, policy, roster } = await registry.inForce(at);
    return { standing: { inForce: standing, demanded }, policy, roster };
  }
  const inForce = await recordedStanding(registry, at, recorded);
  const [policy, roster] = await Promise.all([
    recorded.policy ? registry.policyOnceInForce(recorded.policy, at) : registry.policyInForce(at),
    recordedRoster(registry, at, recorded, inForce),
  ]);
  return { standing: { inForce, demanded }, policy, roster };
}

/** {@link countingAt} for what needs no policy. */
export async function rosterAt(registry: Registry, at: Timestamp, recorded?: Recorded): Promise<InForceRoster> {
  if (recorded === undefined) return registry.rosterInForce(at);
  return recordedRoster(registry, at, recorded, await recordedStanding(registry, at, recorded));
}

async function recordedStanding(
  registry: Registry,
  at: Timestamp,
  { standing }: Recorded,
): Promise<InForceStanding | null> {
  return standing ? registry.standingOnceInForce(standing, at) : null;
}

async function recordedRoster(
  registry: Registry,
  at: Timestamp,
  { roster }: Recorded,
  standing: InForceStanding | null,
): Promise<InForceRoster> {
  if (!roster) return registry.rosterInForce(at);
  return registry.rosterOnceInForce(roster, at, standing?.document.revoked_keys);
}
