import * as z from 'zod';

/** Times of day, dates and zones, as a policy says when something is open. */

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/**
 * A name of the IANA time zone database, such as `Europe/Berlin`. Which names there are is for the data of whoever
 * evaluates: a zone that it lacks denies, and what it holds is recorded.
 */
const zone = z.string().regex(/^(UTC|[A-Z][A-Za-z0-9_+-]{1,31}(\/[A-Z][A-Za-z0-9_+-]{1,31}){1,2})$/, {
  error: 'expected UTC or a name such as Europe/Berlin',
});

const clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, { error: 'expected HH:MM, 24:00 at the latest' });

export const localDate = z
  .string()
  .regex(/^\d{4}-\d\d-\d\d$/, { error: 'expected YYYY-MM-DD' })
  .refine((text) => isDate(text), { error: 'expected a date that exists' });

function isDate(text: string): boolean {
  const at = Date.parse(`${text}T00:00:00.000Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}

const days = z.array(z.enum(WEEKDAYS)).min(1).max(7);

/** Working time: the days of a week, from when to when, and the dates that are none. */
export const calendar = z.strictObject({
  zone,
  days,
  from: clock,
  to: clock,
  holidays: z.array(localDate).max(366),
});

/** When what is approved for a target may be cleared. */
export const changeWindows = z.strictObject({
  zone,
  weekly: z
    .array(z.strictObject({ days, from: clock, to: clock }))
    .min(1)
    .max(21),
  /** Dates on which nothing is, both included. */
  blackouts: z.array(z.strictObject({ from: localDate, to: localDate })).max(100),
});
