import type { DecisionEvent } from '../core/domain/events.ts';
import { deadlineOf } from '../core/domain/deadline.ts';
import { askedIn, awaitedIn, hasSaid, widenedIn } from '../core/domain/notices.ts';
import type { DecisionState, StateAt } from '../core/domain/state.ts';
import type { DigestText, Timestamp } from '../core/domain/vocabulary.ts';
import { holdersOf, type RosterIndex, type Scope } from '../documents/roster-reader.ts';

/** What people are told. Ids, roles and times only: whoever carries it learns no text. See docs/spec/notices.md. */
export interface Notice {
  /** Hash of the event: one notice an event, however often it is carried. */
  readonly id: DigestText;
  readonly kind: 'reminder' | 'escalation' | 'breakglass';
  readonly tenant: string;
  readonly decision_id: string;
  readonly sequence: number;
  readonly at: Timestamp;
  /** Roles that it is about, sorted. */
  readonly roles: readonly string[];
  /** Actor ids, sorted. */
  readonly recipients: readonly string[];
  /** When the decision ends by itself. */
  readonly until: Timestamp;
}

export interface Told {
  readonly tenant: string;
  readonly event: DecisionEvent;
  /** The state after the event. */
  readonly state: DecisionState;
  /** Frozen at routing. */
  readonly roster: RosterIndex;
  readonly scope: Scope;
}

/**
 * Whom an event concerns who cannot know of it: who is still waited for; who may sign from here on; and everybody whom
 * broken glass went past (ruling 11). Null for an event that concerns nobody in this way.
 */
export function noticeOf({ tenant, event, state, roster, scope }: Told): Notice | null {
  if (state.stage !== 'routed' && state.stage !== 'authorized') return null;
  const told = toldBy(event, state);
  if (told === null) return null;
  const { kind, roles, skips } = told;
  const widened = widenedIn(state);
  const barred = new Set(state.routing.barred.map(({ actor_id }) => actor_id));
  const delegations = state.delegations.filter(({ expires_at }) => expires_at > event.timestamp);
  const persons = roles.flatMap((role) => {
    const wider = widened.find((one) => one.role === role)?.by ?? [];
    const holders = [role, ...wider].flatMap((held) => holdersOf(roster, held, scope));
    const asked = askedIn(role, holders, { delegations });
    // Broken glass went past whoever delegated as well.
    return kind === 'breakglass' ? [...holders, ...asked] : asked;
  });
  return {
    id: event.integrity_hash,
    kind,
    tenant,
    decision_id: event.decision_id,
    sequence: event.sequence,
    at: event.timestamp,
    roles,
    recipients: [...new Set(persons)].filter((person) => !barred.has(person) && !skips(person)).sort(),
    until: deadlineOf(state).at,
  };
}

type Pending = StateAt<'routed'> | StateAt<'authorized'>;

function toldBy(
  event: DecisionEvent,
  state: Pending,
): (Pick<Notice, 'kind' | 'roles'> & { readonly skips: (person: string) => boolean }) | null {
  const skips = (person: string): boolean => hasSaid(person, state, state.approvals);
  switch (event.event_type) {
    case 'authority.reminded':
      return { kind: 'reminder', roles: event.waiting_for.map(({ role }) => role), skips };
    case 'authority.escalated':
      return { kind: 'escalation', roles: awaitedIn(state).map(({ role }) => role), skips };
    case 'override.breakglass': {
      const { waived, actor_id } = event;
      const approved = new Set(state.approvals.map((approval) => approval.actor_id)).add(actor_id);
      // Who abstained is told as well: they left it to others, and not to nobody.
      return { kind: 'breakglass', roles: waived.map(({ role }) => role), skips: (person) => approved.has(person) };
    }
    default:
      return null;
  }
}
