import { type Affected, affectedBy, type Rooted } from '../../evaluation/descent.ts';
import { madeOf, restsOn } from '../../evaluation/standing.ts';
import { readStatement } from '../../documents/index.ts';
import type { PackCore } from '../../pack/index.ts';
import { type PastDecision, readPast } from './read-past.ts';

export interface AffectedReport {
  readonly affected: readonly Affected[];
  /** Candidates that a standing should revoke too, so that nothing is made of them any more. Sorted. */
  readonly descendants: readonly string[];
  /** Packs that do not hold: nothing is read out of them. */
  readonly unverified: readonly string[];
}

/**
 * Which decisions of these packs a revocation touches, by whatever many steps. Each pack is verified first.
 *
 * @param revoked digests and key ids
 * @throws CliError `file.unreadable`, `verify.nothing`
 */
export function affectedReport(packs: readonly string[], trust: string, revoked: readonly string[]): AffectedReport {
  const read = packs.map((pack) => ({ pack, past: readPast(pack, trust) }));
  const decisions = read.flatMap(({ past }) => (past === null ? [] : rootedIn(past)));
  const affected = affectedBy(decisions, new Set(revoked));
  const handedOn = affected.filter(({ relation }) => relation === 'descends' || relation === 'signed');
  return {
    affected,
    descendants: [...new Set(handedOn.map(({ candidate }) => candidate))].sort(),
    unverified: read.filter(({ past }) => past === null).map(({ pack }) => pack),
  };
}

function rootedIn({ core, evaluated }: PastDecision): readonly Rooted[] {
  const [requested] = core.events;
  if (requested?.event_type !== 'decision.requested') return [];
  const { candidate, target } = requested;
  const packet = evaluated?.packet ?? null;
  return [
    {
      decisionId: core.decision_id,
      target,
      candidate: candidate.digest,
      madeOf: packet === null ? [] : madeOf(packet),
      restsOn: restsOn({ candidate }, packet),
      keys: keysIn(core),
    },
  ];
}

/** Of the statements that carry the decision; one that was refused carries nothing. */
function keysIn({ events, statements }: PackCore): readonly string[] {
  const counted = events.flatMap((event): string[] => {
    switch (event.event_type) {
      case 'decision.requested':
        return [event.request, event.evidence.statement];
      case 'authority.rejected':
      case 'decision.cancelled':
        return [event.statement];
      case 'execution.cleared':
        return [
          event.claim,
          ...event.assignment.map(({ statement }) => statement),
          ...(event.override?.statements ?? []),
        ];
      case 'execution.confirmed':
        return [event.receipt];
      default:
        return [];
    }
  });
  return [...new Set(counted.map((digest) => readStatement(statements[digest]).keyId))].sort();
}
