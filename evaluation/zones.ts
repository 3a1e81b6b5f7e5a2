import type { ZoneOffset, ZoneOffsets } from '../core/domain/events.ts';
import { instant, type Timestamp, timestamp } from '../core/domain/vocabulary.ts';

/**
 * How far the clocks of a zone are ahead of UTC from `from` until `until`: the first entry holds from `from` on, each
 * other one from its own. Undefined where the zone is unknown.
 */
export type Zones = (zone: string, from: Timestamp, until: Timestamp) => readonly ZoneOffset[] | undefined;

/** Clocks change at whole seconds, and never twice in so short a time. */
const STEP_S = 6 * 3600;

/**
 * By the zone data that this program runs with. Another one may have other data, of days to come above all: what a
 * decision was evaluated under is therefore in its events.
 */
export const ownZones: Zones = (zone, from, until) => {
  const offsetAt = clockOf(zone);
  if (offsetAt === undefined) return undefined;
  const end = Math.ceil(instant(until) / 1000);
  let known = Math.floor(instant(from) / 1000);
  let offset_s = offsetAt(known);
  const offsets: ZoneOffset[] = [{ from, offset_s }];
  while (known < end) {
    const next = Math.min(known + STEP_S, end);
    if (offsetAt(next) !== offset_s) {
      let [before, after] = [known, next];
      while (after - before > 1) {
        const middle = Math.floor((before + after) / 2);
        if (offsetAt(middle) === offset_s) before = middle;
        else after = middle;
      }
      offset_s = offsetAt(after);
      offsets.push({ from: timestamp(after * 1000), offset_s });
    }
    known = next;
  }
  return offsets;
};

/** The offset at a second since the epoch, in seconds. */
function clockOf(zone: string): ((second: number) => number) | undefined {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    return undefined;
  }
  return (second) => {
    const parts = new Map(format.formatToParts(second * 1000).map(({ type, value }) => [type, Number(value)]));
    const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
    const wall = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
    return wall / 1000 - second;
  };
}

/** Those that events name, and no others. */
export function recordedZones(recorded: readonly ZoneOffsets[]): Zones {
  return (zone) => recorded.find((one) => one.zone === zone)?.offsets;
}

/** Without what lies at or after `end`, which was not needed. */
export function until(offsets: readonly ZoneOffset[], end: Timestamp): readonly ZoneOffset[] {
  return offsets.filter(({ from }, index) => index === 0 || from < end);
}
