import { type Affected, affectedBy, type Rooted } from '../../evaluation/descent.ts';
import { madeOf, restsOn } from '../../evaluation/standing.ts';
import type { Assignment } from '../../core/domain/events.ts';
import { readStatement } from '../../documents/index.ts';
import { askedLast, type PackCore } from '../../pack/index.ts';
import { ancestryIn } from './ancestry-in.ts';
import { packetIn } from './packet-in.ts';
import { readDecisions } from './read-packs.ts';

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
 * @param live decisions that no pack was given of
 * @throws CliError `file.unreadable`, `verify.nothing`
 */
export function affectedReport(
  packs: readonly string[],
  trust: string,
  revoked: readonly string[],
  live: readonly Rooted[] = [],
): AffectedReport {
  const { decisions, unverified } = readDecisions(packs, trust);
  const packed = new Map(decisions.flatMap(rootedIn).map((one) => [one.decisionId, one]));
  const others = live.filter(({ decisionId }) => !packed.has(decisionId));
  const affected = affectedBy([...packed.values(), ...others], new Set(revoked));
  const handedOn = affected.filter(({ relation }) => relation === 'descends' || relation === 'signed');
  return {
    affected,
    descendants: [...new Set(handedOn.map(({ candidate }) => candidate))].sort(),
    unverified,
  };
}

/** None where it is no decision. */
export function rootedIn(core: PackCore): readonly Rooted[] {
  const [requested] = core.events;
  if (requested?.event_type !== 'decision.requested') return [];
  const { candidate, target, waivers = [] } = requested;
  const packet = packetIn(core);
  const ancestry = ancestryIn(core);
  return [
    {
      decisionId: core.decision_id,
      target,
      candidate: candidate.digest,
      madeOf: [...new Set([...(packet === null ? [] : madeOf(packet)), ...(ancestry?.candidate.ancestors ?? [])])],
      restsOn: [...restsOn({ candidate, waivers }, packet), ...(ancestry?.rollback?.ancestors ?? [])],
      keys: keysIn(core),
    },
  ];
}

/** Of the statements that carry the decision: one that was refused, or that stopped it, carries nothing. */
function keysIn({ events, statements }: PackCore): readonly string[] {
  const evaluated = events.some(({ event_type }) => event_type === 'policy.evaluated');
  const routed = events.findLast(({ event_type }) => event_type === 'authority.routed');
  const counted = events.flatMap((event): string[] => {
    switch (event.event_type) {
      case 'decision.requested':
        // Who vouched for the evidence, or waived a gate, is looked at with the evaluation, and may be missing before.
        return evaluated
          ? [event.request, askedLast(events)?.evidence.statement ?? '', ...(event.waivers ?? [])]
          : [event.request];
      case 'authority.routed':
        // Whoever evaluated: the last route is the one that people were asked under.
        return event === routed && event.card !== undefined ? [event.card] : [];
      case 'decision.reevaluated':
        return event.statement === null ? [] : [event.statement];
      case 'operation.extended':
        return [event.statement];
      case 'execution.cleared':
        return [
          event.claim,
          ...event.assignment.map(({ statement }) => statement),
          ...delegationsBehind(event.assignment, events),
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

function delegationsBehind(assignment: readonly Assignment[], events: PackCore['events']): readonly string[] {
  const isCounted = (approval: string): boolean => assignment.some(({ statement }) => statement === approval);
  return events.flatMap((event) =>
    event.event_type === 'authority.approved' && isCounted(event.statement) ? (event.delegation ?? []) : [],
  );
}
