import { timestampText } from '../documents/primitives.ts';
import { usage } from './errors.ts';

/** An instant as people give it: RFC 3339 UTC with milliseconds, or a day, which means its end. @throws CliError `usage` */
export function instantOf(option: string, text: string): string {
  const instant = /^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T23:59:59.999Z` : text;
  if (timestampText.safeParse(instant).success) return instant;
  throw usage('this is no instant', { path: option, expected: '2026-02-24, or 2026-02-24T20:12:21.000Z', got: text });
}
