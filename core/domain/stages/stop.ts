import type { Revocation } from '../commands.ts';
import { deadlineOf } from '../deadline.ts';
import type { EventDraft } from '../events.ts';
import { SYSTEM_ACTOR, type Timestamp } from '../vocabulary.ts';
import type { Pending } from './pending.ts';

/**
 * Ends a decision by itself, because governance has revoked what it rests on (R90): nobody is asked any more for what no
 * claim would be cleared on. The standing is the proof: without one that revokes it, nobody could write this event.
 */
export function decideStop(
  state: Pending,
  at: Timestamp,
  { code, standing, revoked }: Revocation,
): readonly EventDraft[] {
  // What had run out by then has ended it, whoever looks first.
  if (at >= deadlineOf(state).at) return [];
  const named = revoked.slice(0, NAMED_IN_DETAIL).join(', ');
  return [
    {
      event_type: 'decision.denied',
      timestamp: at,
      actor_id: SYSTEM_ACTOR,
      code,
      detail: `standing ${standing.serial} revokes ${named}`,
      policy: null,
      roster: null,
      standing,
      revoked,
    },
  ];
}

const NAMED_IN_DETAIL = 10;
