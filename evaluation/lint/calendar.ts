import { instant, later, type Timestamp } from '../../core/domain/vocabulary.ts';
import type { Policy } from '../../documents/policy.ts';
import { openSpans } from '../calendar.ts';
import { LONGEST_S, openingOf } from '../timing.ts';
import { ownZones } from '../zones.ts';
import { finding, type LintFinding } from './findings.ts';

/** Windows that never open, or too rarely for a decision to live from one to the next; and a calendar that counts nothing. */
export function lintCalendar({ targets, times, issued_at }: Policy): readonly LintFinding[] {
  const { calendar, counted } = times;
  const unknown = (zone: string, path: string): LintFinding[] =>
    ownZones(zone, issued_at, issued_at) === undefined
      ? [
          finding(
            'lint.zone_unknown',
            `${path}.zone`,
            `no time zone ${zone} is known here, so every decision is denied`,
          ),
        ]
      : [];
  const idle = 'working time is named, and nothing is counted by it';
  return [
    ...targets.flatMap(({ id, windows }, index) => {
      if (windows === undefined) return [];
      const path = `$.targets[${index}].windows`;
      const found = unknown(windows.zone, path);
      return found.length > 0 ? found : lintWindows(id, windows, path, issued_at, times);
    }),
    ...(calendar === undefined ? [] : unknown(calendar.zone, '$.times.calendar')),
    ...(calendar !== undefined && counted === undefined
      ? [finding('lint.time_without_effect', '$.times.calendar', idle)]
      : []),
  ];
}

function lintWindows(
  id: string,
  windows: NonNullable<Policy['targets'][number]['windows']>,
  path: string,
  from: Timestamp,
  { decision_s, counted }: Policy['times'],
): readonly LintFinding[] {
  const end = later(from, LONGEST_S);
  const offsets = ownZones(windows.zone, from, end) ?? [];
  const [first] = openSpans(openingOf(windows), offsets, instant(from), instant(end));
  if (first === undefined) {
    return [finding('lint.window_never', path, `no change window of ${id} opens within ${LONGEST_S} s of ${from}`)];
  }
  // Working time lasts longer than it counts, so there is no telling.
  if (counted !== undefined) return [];
  // Dates that are left out are meant to be.
  const weekly = { rules: windows.weekly, except: [] };
  const week = [...openSpans(weekly, offsets, instant(from), instant(end))];
  const gaps = week.slice(1).map(({ opens }, index) => (opens - (week[index]?.closes ?? opens)) / 1000);
  const longest = Math.max(0, ...gaps);
  if (longest < decision_s) return [];
  const message = `${id} stays closed for ${longest} s, and a decision ends after ${decision_s} s`;
  return [finding('lint.window_rare', path, message)];
}
