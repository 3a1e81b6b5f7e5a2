import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ZoneOffset } from '../../core/domain/events.ts';
import { instant, timestamp } from '../../core/domain/vocabulary.ts';
import { afterOpen, type Opening, openSpans } from '../../evaluation/calendar.ts';
import { ownZones, recordedZones, until } from '../../evaluation/zones.ts';

/**
 * Calendar arithmetic against another program: `test/vectors/calendar/reference.py` asks Python's zoneinfo minute by
 * minute what the clock on the wall shows.
 */

interface Vectors {
  readonly offsets: readonly { zone: string; from: string; until: string; offsets: readonly ZoneOffset[] }[];
  readonly spans: readonly (Case & { until: string; spans: readonly { opens: string; closes: string }[] })[];
  readonly after: readonly (Case & { seconds: number; at: string })[];
}
interface Case extends Opening {
  readonly says: string;
  readonly zone: string;
  readonly from: string;
}

const vectors = JSON.parse(
  readFileSync(new URL('../vectors/calendar/vectors.json', import.meta.url), 'utf8'),
) as Vectors;
const YEAR_S = 366 * 86_400;

const clocks = (zone: string, from: string, end: string): readonly ZoneOffset[] => {
  const offsets = ownZones(zone, from, end);
  if (offsets === undefined) throw new Error(zone);
  return offsets;
};
const spansOf = (opening: Opening, offsets: readonly ZoneOffset[], from: string, end: string) =>
  [...openSpans(opening, offsets, instant(from), instant(end))].map(({ opens, closes }) => ({
    opens: timestamp(opens),
    closes: timestamp(closes),
  }));

describe('the clocks of a zone', () => {
  it.each(vectors.offsets)(
    'of $zone from $from change when another program says so',
    ({ zone, from, until: end, offsets }) => {
      expect(clocks(zone, from, end)).toEqual(offsets);
      // Whatever second it is asked at.
      const odd = timestamp(instant(from) + 12_345);
      expect(clocks(zone, odd, end)).toEqual([{ ...offsets[0], from: odd }, ...offsets.slice(1)]);
    },
  );

  it('are unknown of a zone that is none', () => {
    expect(ownZones('Europe/Atlantis', '2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z')).toBeUndefined();
    expect(recordedZones([])('UTC', '2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z')).toBeUndefined();
  });

  it('are kept as far as they were needed: what begins at the end was not', () => {
    const offsets = [
      { from: '2026-03-01T00:00:00.000Z', offset_s: 3600 },
      { from: '2026-03-29T01:00:00.000Z', offset_s: 7200 },
    ];
    expect(until(offsets, '2026-03-29T01:00:00.001Z')).toEqual(offsets);
    expect(until(offsets, '2026-03-29T01:00:00.000Z')).toEqual(offsets.slice(0, 1));
    expect(until(offsets, '2026-02-01T00:00:00.000Z')).toEqual(offsets.slice(0, 1));
  });
});

describe('what is open', () => {
  it.each(vectors.spans)('$says ($zone)', ({ zone, from, until: end, spans, ...opening }) => {
    expect(spansOf(opening, clocks(zone, from, end), from, end)).toEqual(spans);
  });

  it('is the same where it is asked for in pieces, however they are cut', () => {
    for (const { zone, from, until: end, ...opening } of vectors.spans) {
      const offsets = clocks(zone, from, end);
      const whole = spansOf(opening, offsets, from, end);
      for (const share of [0.123, 0.5, 0.777]) {
        const cut = timestamp(instant(from) + Math.floor((instant(end) - instant(from)) * share));
        const length = (list: typeof whole): number =>
          list.reduce((sum, { opens, closes }) => sum + instant(closes) - instant(opens), 0);
        const parts = [...spansOf(opening, offsets, from, cut), ...spansOf(opening, offsets, cut, end)];
        expect(length(parts), zone).toBe(length(whole));
        expect(parts.every(({ opens, closes }) => opens < closes && opens >= from && closes <= end)).toBe(true);
      }
    }
  });
});

describe('so much open time later', () => {
  it.each(vectors.after)('$says', ({ zone, from, seconds, at, ...opening }) => {
    const offsets = clocks(zone, from, timestamp(instant(from) + YEAR_S * 1000));
    expect(afterOpen(opening, offsets, from, seconds, YEAR_S)).toBe(at);
  });

  it('has passed exactly, to the millisecond, at the first instant at which it has', () => {
    const opening = {
      rules: [{ days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '09:00', to: '17:00' }],
      except: [],
    } as const;
    const from = '2026-10-23T13:59:59.123Z';
    const offsets = clocks('Europe/Berlin', from, timestamp(instant(from) + YEAR_S * 1000));
    for (const seconds of [1, 3600, 3601, 8 * 3600, 40 * 3600, 41 * 3600 + 7]) {
      const at = afterOpen(opening, offsets, from, seconds, YEAR_S);
      const passed = (end: string): number =>
        spansOf(opening, offsets, from, end).reduce(
          (sum, { opens, closes }) => sum + instant(closes) - instant(opens),
          0,
        );
      expect(passed(at)).toBe(seconds * 1000);
      expect(passed(timestamp(instant(at) - 1))).toBe(seconds * 1000 - 1);
    }
  });

  it('ends where no time is ever open', () => {
    const never = {
      rules: [{ days: ['mon'], from: '09:00', to: '10:00' }],
      except: [{ from: '2020-01-01', to: '2040-01-01' }],
    } as const;
    const from = '2026-06-01T00:00:00.000Z';
    expect(afterOpen(never, clocks('UTC', from, from), from, 1, 86_400)).toBe('2026-06-02T00:00:00.000Z');
  });
});
