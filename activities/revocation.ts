import type { LocalActivities } from '../core/contracts/activities.ts';
import type { Revocation } from '../core/domain/commands.ts';
import { fold } from '../core/domain/evolve.ts';
import type { Asked, DecisionEvent } from '../core/domain/events.ts';
import type { Timestamp } from '../core/domain/vocabulary.ts';
import { type InForceStanding, revocationBy } from '../evaluation/index.ts';
import { loadAncestry } from './ancestry.ts';
import type { Dependencies } from './dependencies.ts';
import { loadMatter } from './matter.ts';
import { loadPacket } from './packets.ts';

/** What governance takes away from under a decision, by the standing in force; or by the one that a stored batch names. */
export function revocation(dependencies: Dependencies): LocalActivities['revocation'] {
  const { registry } = dependencies;
  return async ({ context, recorded }) => {
    const { at, request, asked, ancestry } = context;
    const standing = recorded?.standing
      ? await registry.standingOnceInForce(recorded.standing, at)
      : await registry.standingInForce(at);
    return standing && revokedUnder(dependencies, { request, asked, ancestry }, standing, at);
  };
}

/** The same, of a stored chain; null also of one that waits for nothing any more, or is another tenant's. */
export async function revocationOf(
  dependencies: Dependencies,
  events: readonly DecisionEvent[],
  standing: InForceStanding,
  at: Timestamp,
): Promise<Revocation | null> {
  const state = fold(events);
  if (state.stage !== 'routed' && state.stage !== 'authorized') return null;
  const { origin, tenant, request } = state.requested;
  if (tenant !== dependencies.tenant || origin !== dependencies.trust.trust.origin) return null;
  const about = { request, asked: state.reevaluated?.asked, ancestry: state.routing.ancestry };
  return revokedUnder(dependencies, about, standing, at);
}

interface About {
  /** Statement digest. */
  readonly request: string;
  readonly asked: Asked | undefined;
  /** Digest of the document. */
  readonly ancestry: string | undefined;
}

async function revokedUnder(
  dependencies: Dependencies,
  { request, asked, ancestry }: About,
  standing: InForceStanding,
  at: Timestamp,
): Promise<Revocation | null> {
  const matter = await loadMatter(dependencies, request, asked);
  const packet = await loadPacket(dependencies.store, matter.request.evidence.packet);
  return revocationBy(standing, matter, { packet, ancestry: await loadAncestry(dependencies, ancestry) }, at);
}
