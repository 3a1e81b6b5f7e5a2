import type { Asked } from '../core/domain/events.ts';
import { memberOf } from './reachable.ts';

/** What a chain was evaluated from, last before `end`: as its request named it, or whoever asked once more. */
export function askedLast(events: readonly object[], end: number = events.length): Asked | undefined {
  const anew = events.slice(0, end).findLast((event) => memberOf(event, 'event_type') === 'decision.reevaluated');
  if (anew !== undefined) return asAsked(memberOf(anew, 'asked'));
  const [first] = events;
  if (memberOf(first, 'event_type') !== 'decision.requested') return undefined;
  return asAsked({
    policy: { version: memberOf(first, 'policy_version'), digest: memberOf(first, 'policy_digest') },
    evidence: memberOf(first, 'evidence'),
  });
}

/** Total, as it is read of chains that nobody has replayed yet. */
function asAsked(value: unknown): Asked {
  const text = (part: string, member: string): string => {
    const found = memberOf(memberOf(value, part), member);
    return typeof found === 'string' ? found : '';
  };
  return {
    policy: { version: text('policy', 'version'), digest: text('policy', 'digest') },
    evidence: { packet: text('evidence', 'packet'), statement: text('evidence', 'statement') },
  };
}
