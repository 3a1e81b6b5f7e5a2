import type { BarredPerson } from '../core/domain/statements.ts';
import { type Band, DUTIES, type Duty, ORIGIN_DUTIES } from '../core/domain/vocabulary.ts';
import type { Policy } from '../documents/policy.ts';
import { personsBehind, type RosterIndex } from '../documents/roster-reader.ts';
import { dutiesUnder, type Origins } from './duties.ts';

/**
 * Everybody who may fill no slot here, whatever the band and the policy (ruling 7): sorted by id. A duty under any of
 * the rosters bars: who controlled the workload when it asked could otherwise hand the control on, and approve.
 *
 * @param rosters the one in force at opening, and the one that the evaluation freezes
 * @param soleSigners who alone endorsed the policy, and the roster that the evaluation freezes
 * @param before whom an earlier routing has barred, under rosters that are neither by now
 */
export function barredBy(
  origins: Origins,
  rosters: readonly [opening: RosterIndex, frozen: RosterIndex],
  soleSigners: SoleSigners,
  before: readonly BarredPerson[] = [],
): readonly BarredPerson[] {
  const { requester, creators, evidenceAuthor, evaluator, waiverAuthors } = origins;
  const vouching = [evidenceAuthor, evaluator].filter((actor) => actor !== null);
  const named = [requester, ...creators, ...vouching, ...waiverAuthors];
  const behind = rosters.flatMap((roster) => named.flatMap((actor) => personsBehind(roster, actor)));
  const alone = [soleSigners.policy, soleSigners.roster].filter((actor) => actor !== null);
  const earlier = before.flatMap(({ actor_id, duties }) => {
    // Of a policy and a roster that others endorse by now, nobody is the only signer any more.
    const had = duties.filter((duty) => ORIGIN_DUTIES.some((origin) => origin === duty));
    return had.length === 0 ? [] : [{ actor_id, had }];
  });
  const bearers = [
    ...new Set([
      ...named,
      ...behind,
      ...alone.filter((actor) => rosters[1].actors.has(actor)),
      ...earlier.map(({ actor_id }) => actor_id),
    ]),
  ].sort();
  return bearers.map((actor_id) => {
    const had = earlier.find((one) => one.actor_id === actor_id)?.had ?? [];
    const signed: Duty[] = [
      ...(actor_id === soleSigners.policy ? (['policy_signer'] as const) : []),
      ...(actor_id === soleSigners.roster ? (['roster_signer'] as const) : []),
    ];
    const found = new Set([...dutiesUnder(actor_id, origins, rosters), ...had, ...signed]);
    return { actor_id, duties: DUTIES.filter((duty) => found.has(duty)) };
  });
}

/** Actor ids of who endorsed each alone; null where several did, so that nobody decides alone what is asked and of whom. */
export interface SoleSigners {
  readonly policy: string | null;
  readonly roster: string | null;
}

/**
 * Those who bear two of the three duties that ruling 7 keeps apart: to have asked, to have made the candidate, to have
 * vouched for the evidence. None where the policy lets them coincide in this band.
 */
export function dutyConflicts(barred: readonly BarredPerson[], band: Band, policy: Policy): readonly BarredPerson[] {
  // The policy's reader refuses any other band; here it holds for a policy that came by another way.
  if (band === 'low' && policy.duties.may_coincide_in.includes(band)) return [];
  // Nobody is both the requester and in control of it, so two of these are two of the three. Whom an evaluator must not be
  // is for the card, in every band; whoever vouches for the packet may be.
  return barred.filter(({ duties }) => {
    const kept = duties.filter((duty) => duty !== 'evaluator' && ORIGIN_DUTIES.some((origin) => origin === duty));
    return kept.length > 1;
  });
}
