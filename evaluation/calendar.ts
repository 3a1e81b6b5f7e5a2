import type { ZoneOffset } from '../core/domain/events.ts';
import { WEEKDAYS } from '../documents/policy-calendar.ts';
import { instant, type Timestamp, timestamp } from '../core/domain/vocabulary.ts';

/**
 * Calendar arithmetic, as sets of instants: an instant belongs to a rule where the clock on the wall of the zone shows a
 * day and a time of the rule. So an hour that a clock change skips is in no set, and one that it repeats is in it twice.
 * What the clock shows follows from the offsets that are given; nothing here knows a zone.
 */

/** From a time of day until before another, on some days of the week; `24:00` is the end of the day. */
export interface WeeklyRule {
  readonly days: readonly (typeof WEEKDAYS)[number][];
  /** `HH:MM` */
  readonly from: string;
  /** `HH:MM`, later than `from`. */
  readonly to: string;
}

/** Local dates, `YYYY-MM-DD`, both included. */
export interface DateRange {
  readonly from: string;
  readonly to: string;
}

/** When something is open: by any of the rules, and on none of the dates that are left out. */
export interface Opening {
  readonly rules: readonly WeeklyRule[];
  readonly except: readonly DateRange[];
}

/** From `opens` until before `closes`, in milliseconds since the epoch. */
export interface Span {
  readonly opens: number;
  readonly closes: number;
}

const MINUTE = 60_000;
const DAY = 86_400_000;

/** The spans of `[from, until)` in which it is open, joined where they touch, in order. One at a time, since few are wanted. */
export function* openSpans(
  opening: Opening,
  offsets: readonly ZoneOffset[],
  from: number,
  until: number,
): Generator<Span> {
  let last: Span | undefined;
  for (const span of pieces(opening, offsets, from, until)) {
    if (last === undefined) last = span;
    else if (span.opens === last.closes) last = { opens: last.opens, closes: span.closes };
    else {
      yield last;
      last = span;
    }
  }
  if (last !== undefined) yield last;
}

/** The same, cut wherever a day ends or the clock changes. */
function* pieces(opening: Opening, offsets: readonly ZoneOffset[], from: number, until: number): Generator<Span> {
  for (const [index, { offset_s }] of offsets.entries()) {
    const begins = index === 0 ? from : Math.max(from, instant(offsets[index]?.from ?? ''));
    const next = offsets[index + 1];
    const ends = next === undefined ? until : Math.min(until, instant(next.from));
    const shift = offset_s * 1000;
    // The days that the wall shows between both; each is 24 hours long there, as nothing changes in between.
    for (let day = Math.floor((begins + shift) / DAY) * DAY; day < ends + shift; day += DAY) {
      for (const { opens, closes } of openOn(day, opening)) {
        const span = { opens: Math.max(begins, opens - shift), closes: Math.min(ends, closes - shift) };
        if (span.opens < span.closes) yield span;
      }
    }
  }
}

/** What is open on one day of the wall's clock, in its own milliseconds; disjoint and in order. */
function openOn(day: number, { rules, except }: Opening): readonly Span[] {
  const date = timestamp(day).slice(0, 'YYYY-MM-DD'.length);
  if (except.some((range) => range.from <= date && date <= range.to)) return [];
  const weekday = WEEKDAYS[(new Date(day).getUTCDay() + 6) % 7];
  const spans = rules
    .filter(({ days }) => weekday !== undefined && days.includes(weekday))
    .map(({ from, to }) => ({ opens: day + minutes(from) * MINUTE, closes: day + minutes(to) * MINUTE }))
    .sort((a, b) => a.opens - b.opens);
  return spans.reduce<Span[]>((joined, span) => {
    const last = joined.at(-1);
    if (last === undefined || span.opens > last.closes) return [...joined, span];
    return [...joined.slice(0, -1), { opens: last.opens, closes: Math.max(last.closes, span.closes) }];
  }, []);
}

function minutes(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
}

/**
 * The first instant by which so much open time has passed since `from`; `longest` after it at the latest, since a
 * calendar may be open never.
 */
export function afterOpen(
  opening: Opening,
  offsets: readonly ZoneOffset[],
  from: Timestamp,
  seconds: number,
  longestS: number,
): Timestamp {
  const begin = instant(from);
  const end = begin + longestS * 1000;
  let left = seconds * 1000;
  for (const { opens, closes } of openSpans(opening, offsets, begin, end)) {
    if (closes - opens >= left) return timestamp(opens + left);
    left -= closes - opens;
  }
  return timestamp(end);
}
