import { personsBehind, type RosterIndex } from '../documents/index.ts';
import { DUTIES, type Duty, ORIGIN_DUTIES } from '../core/domain/vocabulary.ts';

/** Whose hands were on a request before anybody approved it. Actor ids, persons and workloads alike. */
export interface Origins {
  readonly requester: string;
  readonly creators: readonly string[];
  /** Signer of the evidence statement; null where it could not be read. */
  readonly evidenceAuthor: string | null;
  /** Signer of the evaluation card; null where none is read. */
  readonly evaluator: string | null;
  /** Signers of the waivers that the request names. */
  readonly waiverAuthors: readonly string[];
}

/**
 * Duties that bar this actor from approving (ruling 7). Whoever controls a workload has its duties, and a workload has
 * those of each person who can make it act: the chain of control cuts both ways. In the order of `DUTIES`.
 */
export function dutiesOf(
  actorId: string,
  { requester, creators, evidenceAuthor, evaluator, waiverAuthors }: Origins,
  roster: RosterIndex,
): Duty[] {
  const persons = new Set([actorId, ...personsBehind(roster, actorId)]);
  const isOrControls = (other: string): boolean =>
    persons.has(other) || personsBehind(roster, other).some((person) => persons.has(person));
  const has: Record<(typeof ORIGIN_DUTIES)[number], boolean> = {
    requester: actorId === requester,
    requester_controller: actorId !== requester && isOrControls(requester),
    candidate_creator: creators.some(isOrControls),
    evidence_author: evidenceAuthor !== null && isOrControls(evidenceAuthor),
    evaluator: evaluator !== null && isOrControls(evaluator),
    waiver_author: waiverAuthors.some(isOrControls),
  };
  return ORIGIN_DUTIES.filter((duty) => has[duty]);
}

/** Duties under any of the rosters, in the order of `DUTIES`. */
export function dutiesUnder(actorId: string, origins: Origins, rosters: readonly RosterIndex[]): Duty[] {
  const found = new Set(rosters.flatMap((roster) => dutiesOf(actorId, origins, roster)));
  return DUTIES.filter((duty) => found.has(duty));
}
