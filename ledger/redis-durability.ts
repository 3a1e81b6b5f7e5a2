import type { LedgerCheck } from './ledger.ts';
import { LedgerError } from './errors.ts';
import type { Command } from './redis-connection.ts';

/**
 * Under which settings "acknowledged" means "on disk, and it stays". WAITAOF is no substitute: on one server with
 * `everysec` it answered 200 times between two fsyncs.
 */
const REQUIRED_SETTINGS: Readonly<Record<string, string>> = {
  appendonly: 'yes',
  appendfsync: 'always',
  // Otherwise `always` is suspended for as long as the AOF is being rewritten.
  'no-appendfsync-on-rewrite': 'no',
  // Any other policy may evict a chain to make room.
  'maxmemory-policy': 'noeviction',
};

export const READ_SETTINGS: Command = ['CONFIG', 'GET', ...Object.keys(REQUIRED_SETTINGS)];
export const READ_STATE: Command = ['INFO', 'persistence', 'replication'];

export function settingChecks(reply: unknown): LedgerCheck[] {
  const settings = new Map<string, string>();
  if (Array.isArray(reply)) {
    for (let i = 0; i + 1 < reply.length; i += 2) settings.set(String(reply[i]), String(reply[i + 1]));
  }
  return Object.entries(REQUIRED_SETTINGS).map(([name, expected]) =>
    durabilityCheck(name, expected, settings.get(name) ?? 'no answer'),
  );
}

export function stateChecks(state: ReadonlyMap<string, string>): LedgerCheck[] {
  const role = state.get('role') ?? 'no answer';
  return [
    durabilityCheck('aof_last_write_status', 'ok', state.get('aof_last_write_status') ?? 'no answer'),
    { name: 'role', ok: role === 'master', code: 'ledger.unavailable', expected: 'master', got: role },
  ];
}

/** `name:value` lines of INFO. */
export function readState(reply: unknown): ReadonlyMap<string, string> {
  const pairs = String(reply)
    .split('\r\n')
    .map((line) => line.split(':', 2))
    .filter((pair): pair is [string, string] => pair.length === 2);
  return new Map(pairs);
}

export function requireDurable(checks: readonly LedgerCheck[], outcome: 'not_stored' | 'unknown'): void {
  const failing = checks.filter(({ ok, code }) => !ok && code === 'ledger.durability');
  if (failing.length === 0) return;
  throw new LedgerError('ledger.durability', {
    message: 'this server would acknowledge what is not on disk, so nothing is appended',
    expected: failing.map(({ name, expected }) => `${name} ${expected}`).join(', '),
    got: failing.map(({ name, got }) => `${name} ${got.slice(0, 40)}`).join(', '),
    outcome,
  });
}

function durabilityCheck(name: string, expected: string, got: string): LedgerCheck {
  return { name, ok: got === expected, code: 'ledger.durability', expected, got };
}
