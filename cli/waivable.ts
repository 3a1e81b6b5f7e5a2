import { instant, type Timestamp } from '../core/domain/vocabulary.ts';
import type { Policy } from '../documents/policy.ts';
import { usage } from './errors.ts';

/**
 * The role in which a gate is waived, where the policy lets it be for so long: a waiver that could not count is not signed.
 *
 * @throws CliError `cli.usage`.
 */
export function waivableIn(
  { waivers }: Policy,
  asked: {
    readonly gate: string;
    readonly role: string | undefined;
    readonly expiresAt: Timestamp;
    readonly at: Timestamp;
  },
): string {
  const { gate, expiresAt, at } = asked;
  const { gates = [], roles = [], life_s = 0 } = waivers ?? {};
  if (!gates.includes(gate)) {
    const expected = gates.join(', ') || 'none: the policy has no waivers';
    throw usage('the policy lets nobody waive this gate', { path: '<gate>', expected, got: gate });
  }
  const role = asked.role ?? (roles.length === 1 ? roles[0] : undefined);
  if (role === undefined || !roles.includes(role)) {
    throw usage('name the role in which you waive', {
      path: '--role',
      expected: roles.join(', '),
      got: role ?? 'none',
    });
  }
  const lives = (instant(expiresAt) - instant(at)) / 1000;
  if (lives <= 0 || lives > life_s) {
    throw usage('the policy lets no waiver end then', {
      path: '--expires',
      expected: `after ${at}, at most ${life_s} s later`,
      got: expiresAt,
    });
  }
  return role;
}
