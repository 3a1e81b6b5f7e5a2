import type { Recorded } from '../core/contracts/activities.ts';
import type { Timestamp } from '../core/domain/vocabulary.ts';
import { demandsStanding } from '../documents/index.ts';
import type { StandingAt } from '../evaluation/index.ts';
import type { InForcePolicy, InForceRoster, InForceStanding } from '../registry/index.ts';
import type { Dependencies } from './dependencies.ts';

/** What counts now; or what a stored batch was decided under, and then nothing that was published since is looked at. */
export interface Counting {
  readonly standing: StandingAt;
  readonly policy: InForcePolicy;
  readonly roster: InForceRoster;
}

/** For an evaluation. */
export async function countingAt(dependencies: Dependencies, at: Timestamp, recorded?: Recorded): Promise<Counting> {
  const { registry, trust, tenant } = dependencies;
  if (recorded === undefined) {
    const { standing, policy, roster } = await registry.inForce(at);
    return { standing: { inForce: standing, demanded: demandsStanding(trust, tenant, at) }, policy, roster };
  }
  const [policy, governing] = await Promise.all([
    recorded.policy ? registry.policyOnceInForce(recorded.policy, at) : registry.policyInForce(at),
    governingAt(dependencies, at, recorded),
  ]);
  return { policy, ...governing };
}

/** For a claim, and whatever else needs no policy. */
export async function governingAt(
  { registry, trust, tenant }: Dependencies,
  at: Timestamp,
  recorded?: Recorded,
): Promise<Omit<Counting, 'policy'>> {
  if (recorded === undefined) {
    const { standing, roster } = await registry.governing(at);
    return { standing: { inForce: standing, demanded: demandsStanding(trust, tenant, at) }, roster };
  }
  const standing = recorded.standing ? await registry.standingOnceInForce(recorded.standing, at) : null;
  // What the trust file of the day demanded shows in what was decided.
  const demanded = recorded.demanded === true;
  return { standing: { inForce: standing, demanded }, roster: await recordedRoster(registry, at, recorded, standing) };
}

async function recordedRoster(
  registry: Dependencies['registry'],
  at: Timestamp,
  { roster }: Recorded,
  standing: InForceStanding | null,
): Promise<InForceRoster> {
  if (!roster) return registry.rosterInForce(at);
  return registry.rosterOnceInForce(roster, at, standing?.document.revoked_keys);
}
