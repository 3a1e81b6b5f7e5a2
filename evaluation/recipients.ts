import type { DecisionEvent, Reminding } from '../core/domain/events.ts';
import { deadlineOf } from '../core/domain/deadline.ts';
import { askedIn, askedStill, awaitedIn, hasSaid, widenedIn } from '../core/domain/notices.ts';
import type { DecisionState, StateAt } from '../core/domain/state.ts';
import type { DigestText, Timestamp } from '../core/domain/vocabulary.ts';
import { holdersOf, type RosterIndex, type Scope } from '../documents/roster-reader.ts';

/** What people are told. Ids, roles and times only: whoever carries it learns no text. See docs/spec/notices.md. */
export interface Notice {
  /** Hash of the event: one notice an event, however often it is carried. */
  readonly id: DigestText;
  readonly kind: 'reminder' | 'escalation' | 'breakglass' | 'nudge' | 'reassignment';
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
 * Whom an event concerns who cannot know of it: who is still waited for; who may sign from here on; who is asked instead of
 * whom; and everybody whom broken glass went past (ruling 11). Null for an event that concerns nobody in this way.
 */
export function noticeOf({ tenant, event, state, roster, scope }: Told): Notice | null {
  if (state.stage !== 'routed' && state.stage !== 'authorized') return null;
  const told = toldBy(event, nowOf(state, event.timestamp), (role) => holdersOf(roster, role, scope));
  if (told === null) return null;
  const barred = new Set(state.routing.barred.map(({ actor_id }) => actor_id));
  return {
    id: event.integrity_hash,
    kind: told.kind,
    tenant,
    decision_id: event.decision_id,
    sequence: event.sequence,
    at: event.timestamp,
    roles: told.roles,
    recipients: [...new Set(told.persons)].filter((person) => !barred.has(person)).sort(),
    until: deadlineOf(state).at,
  };
}

type Pending = StateAt<'routed'> | StateAt<'authorized'>;

/** Without what has ended by itself, whether or not an event says so yet. */
function nowOf(state: Pending, at: Timestamp): Pending {
  const lives = ({ expires_at }: { readonly expires_at: Timestamp }): boolean => expires_at > at;
  return { ...state, approvals: state.approvals.filter(lives), delegations: state.delegations.filter(lives) };
}

interface Concerned extends Pick<Notice, 'kind' | 'roles'> {
  readonly persons: readonly string[];
}

function toldBy(event: DecisionEvent, state: Pending, holders: Holders): Concerned | null {
  switch (event.event_type) {
    case 'authority.reminded':
      return waitedFor('reminder', event.waiting_for, state, holders);
    case 'authority.escalated':
      return waitedFor('escalation', awaitedIn(state), state, holders);
    case 'operation.nudged':
      return waitedFor('nudge', event.waiting_for, state, holders);
    case 'operation.reassigned': {
      const { role, from, to, actor_id } = event;
      // Nobody is relieved behind their back.
      return { kind: 'reassignment', roles: [role], persons: [to, from].filter((person) => person !== actor_id) };
    }
    case 'override.breakglass': {
      const { waived, actor_id } = event;
      const approved = new Set(state.approvals.map((approval) => approval.actor_id)).add(actor_id);
      const roles = waived.map(({ role }) => role);
      // Who abstained is told as well: they left it to others, and not to nobody. So is whoever delegated.
      const persons = roles.flatMap((role) => {
        const able = ableIn(role, state, holders);
        return [...able, ...askedIn(role, able, state)];
      });
      return { kind: 'breakglass', roles, persons: persons.filter((person) => !approved.has(person)) };
    }
    default:
      return null;
  }
}

type Holders = (role: string) => readonly string[];

/** Whoever could sign in one of the roles, and has neither signed nor said that they will not. */
function waitedFor(
  kind: Notice['kind'],
  roles: readonly Pick<Reminding, 'role' | 'signatures'>[],
  state: Pending,
  holders: Holders,
): Concerned {
  const barred = new Set(state.routing.barred.map(({ actor_id }) => actor_id));
  const persons = roles.flatMap(({ role, signatures }) => {
    const silent = askedIn(role, ableIn(role, state, holders), state).filter(
      (person) => !barred.has(person) && !hasSaid(person, state, state.approvals),
    );
    return askedStill(role, silent, signatures, state);
  });
  return { kind, roles: roles.map(({ role }) => role), persons };
}

/** Everybody who holds the role, or one that was let in for it. */
function ableIn(role: string, state: Pending, holders: Holders): readonly string[] {
  const wider = widenedIn(state).find((one) => one.role === role)?.by ?? [];
  return [role, ...wider].flatMap(holders);
}
