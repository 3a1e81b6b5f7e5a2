import { LedgerError } from './errors.ts';
import type { LedgerHealth } from './ledger.ts';

/** Throws the first failing check as its error, and names every failing one. For start-up. */
export function requireHealthy(health: LedgerHealth): void {
  const failing = health.checks.filter(({ ok }) => !ok);
  const [first] = failing;
  if (first === undefined) return;
  throw new LedgerError(first.code, {
    message: `the ledger is not fit to hold decisions: ${failing.map(({ name }) => name).join(', ')}`,
    path: first.name,
    expected: first.expected,
    got: first.got,
    ...(first.code === 'ledger.unavailable' ? { reason: 'read_only' as const } : {}),
  });
}
