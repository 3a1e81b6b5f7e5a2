import type { JsonValue } from '../../core/canon/index.ts';
import type { Report } from '../../verifier/index.ts';

/** A report as JSON; every member of it is one already, and the cast says so once. */
export function jsonOf(report: Report): JsonValue {
  return report as unknown as JsonValue;
}
