import { earliest, later, type Timestamp } from '../core/domain/vocabulary.ts';
import { type Problem, refuseAll } from './errors.ts';
import type { EvidencePacket } from './evidence.ts';
import type { EvidenceSection, Policy } from './policy.ts';

/** Of a policy's times, those that limit the age of one item, wherever the packet around it was made (R77). */
export const ITEM_AGES = [
  'evaluation_age_s',
  'scan_age_s',
  'red_team_age_s',
] as const satisfies readonly (keyof Policy['times'])[];
export type ItemAge = (typeof ITEM_AGES)[number];

type Times = Pick<Policy['times'], ItemAge>;

/** An item of the evidence whose age the policy limits. */
interface AgedItem {
  /** JSON path into the packet. */
  readonly path: string;
  /** When the work behind it ended; undefined where nobody says, and it then supports nothing. */
  readonly finishedAt: Timestamp | undefined;
  /** Seconds. */
  readonly ageS: number;
}

type DatedItem = AgedItem & { readonly finishedAt: Timestamp };

/** A packet that was made today may repeat what was found a year ago, so each item is counted from its own end. */
function agedItems({ sections }: EvidencePacket, times: Times): readonly AgedItem[] {
  const { evaluation, safety_and_security: safety } = sections;
  const of: Record<ItemAge, readonly Omit<AgedItem, 'ageS'>[]> = {
    evaluation_age_s: evaluation
      ? [{ path: '$.sections.evaluation.finished_at', finishedAt: evaluation.finished_at }]
      : [],
    scan_age_s: ended('scans', safety?.scans),
    red_team_age_s: ended('red_team_notes', safety?.red_team_notes),
  };
  return ITEM_AGES.flatMap((member) => {
    const ageS = times[member];
    return ageS === undefined ? [] : of[member].map((item) => ({ ...item, ageS }));
  });
}

/** Those of which somebody says when they ended. What nobody has dated is missing, and no older than anything. */
export function datedItems(packet: EvidencePacket, times: Times): readonly DatedItem[] {
  return agedItems(packet, times).filter(isDated);
}

/** What the policy limits the age of, and whose age nobody knows: missing evidence. */
export function undatedItems(packet: EvidencePacket, times: Times): readonly Problem[] {
  return agedItems(packet, times)
    .filter((item) => !isDated(item))
    .map(({ path }) => ({ path, expected: 'the time at which it was finished', got: 'nothing' }));
}

/**
 * What counts no more at `at`: the packet by its own age, single items, and the test of the rollback, where that is demanded.
 *
 * @throws DocumentError `evidence.stale` with all of it.
 */
export function demandFresh(
  packet: EvidencePacket,
  demanded: readonly EvidenceSection[],
  times: Times & Pick<Policy['times'], 'evidence_age_s' | 'rollback_test_age_s'>,
  at: Timestamp,
): void {
  const tested = demanded.includes('rollback') ? packet.sections.rollback?.tested_at : undefined;
  const items: readonly AgedItem[] = [
    { path: '$.created_at', finishedAt: packet.created_at, ageS: times.evidence_age_s },
    ...datedItems(packet, times),
    { path: '$.sections.rollback.tested_at', finishedAt: tested ?? undefined, ageS: times.rollback_test_age_s },
  ];
  const stale = items.filter(isDated).flatMap((item): Problem[] => {
    if (countsUntil(item, at) > at) return [];
    return [{ path: item.path, expected: `a time after ${later(at, -item.ageS)}`, got: item.finishedAt }];
  });
  refuseAll('evidence.stale', 'evidence is older than the policy lets it be', stale);
}

/** Until when an item counts, at the latest `ageS` after `at`: a clock that is ahead gains no life by it. */
export function countsUntil({ finishedAt, ageS }: Pick<DatedItem, 'finishedAt' | 'ageS'>, at: Timestamp): Timestamp {
  return later(earliest(finishedAt, at), ageS);
}

function isDated(item: AgedItem): item is DatedItem {
  return item.finishedAt !== undefined;
}

function ended(
  list: 'scans' | 'red_team_notes',
  items: readonly { readonly finished_at?: Timestamp }[] = [],
): readonly Omit<AgedItem, 'ageS'>[] {
  return items.map(({ finished_at }, index) => {
    return { path: `$.sections.safety_and_security.${list}[${index}].finished_at`, finishedAt: finished_at };
  });
}
