import type { BarredPerson } from '../core/domain/statements.ts';
import { type Band, DUTIES } from '../core/domain/vocabulary.ts';
import type { Policy } from '../documents/policy.ts';
import { personsBehind, type RosterIndex } from '../documents/roster-reader.ts';
import { dutiesUnder, type Origins } from './duties.ts';

/**
 * Everybody who may fill no slot here, whatever the band and the policy (ruling 7): sorted by id. A duty under any of
 * the rosters bars: who controlled the workload when it asked could otherwise hand the control on, and approve.
 *
 * @param rosters the one in force at opening, and the one that the evaluation freezes
 * @param before whom an earlier routing has barred, under rosters that are neither by now
 */
export function barredBy(
  origins: Origins,
  rosters: readonly RosterIndex[],
  before: readonly BarredPerson[] = [],
): readonly BarredPerson[] {
  const { requester, creators, evidenceAuthor } = origins;
  const named = [requester, ...creators, ...(evidenceAuthor === null ? [] : [evidenceAuthor])];
  const behind = rosters.flatMap((roster) => named.flatMap((actor) => personsBehind(roster, actor)));
  const bearers = [...new Set([...named, ...behind, ...before.map(({ actor_id }) => actor_id)])].sort();
  return bearers.map((actor_id) => {
    const had = before.find((one) => one.actor_id === actor_id)?.duties ?? [];
    const found = new Set([...dutiesUnder(actor_id, origins, rosters), ...had]);
    return { actor_id, duties: DUTIES.filter((duty) => found.has(duty)) };
  });
}

/**
 * Those who bear two of the three duties that ruling 7 keeps apart: to have asked, to have made the candidate, to have
 * vouched for the evidence. None where the policy lets them coincide in this band.
 */
export function dutyConflicts(barred: readonly BarredPerson[], band: Band, policy: Policy): readonly BarredPerson[] {
  // The policy's reader refuses any other band; here it holds for a policy that came by another way.
  if (band === 'low' && policy.duties.may_coincide_in.includes(band)) return [];
  // Nobody is both the requester and in control of it, so two duties are two of the three.
  return barred.filter((bearer) => bearer.duties.length > 1);
}
