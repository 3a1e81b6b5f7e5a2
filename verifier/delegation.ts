import type { DelegationRules } from '../core/domain/events.ts';
import type { DelegationStatement } from '../core/domain/statements.ts';
import { instant } from '../core/domain/vocabulary.ts';
import type { ReadStatement } from '../documents/index.ts';
import type { Contents } from './contents.ts';

/** What a person gives that can carry a clearance. */
export type Given = ReadStatement<'approval' | 'override' | 'delegation'>;

/** What an approval in somebody's place rests on; null where it is none, or the pack lacks what it names. */
export function delegationOf(read: ReadStatement | null, contents: Contents): ReadStatement<'delegation'> | null {
  if (read?.kind !== 'approval' || read.statement.delegation === undefined) return null;
  return contents.statement(read.statement.delegation, 'delegation');
}

/** What the policy would have let somebody delegate; null where this is within it. */
export function refusedByRules(
  { role, signed_at, expires_at }: DelegationStatement,
  acceptedAt: string,
  rules: DelegationRules | undefined,
): string | null {
  if (rules === undefined) return 'no delegation, as the policy knows none';
  if (!rules.roles.includes(role)) return `one of ${rules.roles.join(', ')}`;
  const begins = Math.min(instant(signed_at), instant(acceptedAt));
  return instant(expires_at) - begins > rules.life_s * 1000 ? `at most ${rules.life_s} s` : null;
}
