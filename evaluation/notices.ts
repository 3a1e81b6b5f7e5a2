import type { AuthorityRouted, EscalationStep, RoleCandidates, Slot } from '../core/domain/events.ts';
import type { BarredPerson } from '../core/domain/statements.ts';
import type { Timestamp } from '../core/domain/vocabulary.ts';
import type { Policy } from '../documents/policy.ts';
import { holdersOf, type RosterIndex, type Scope } from '../documents/roster-reader.ts';
import { NAMED_CANDIDATES } from './routing.ts';

/** Of the route that was chosen, and of the people who may fill its slots. */
interface Routed {
  readonly times: Policy['times'];
  readonly slots: readonly Slot[];
  readonly roster: RosterIndex;
  readonly scope: Scope;
  readonly barred: readonly BarredPerson[];
  /** The instant that lies so many seconds after people were asked, as the policy counts them. */
  readonly after: (seconds: number) => Timestamp;
  /** When the decision ends by itself; what would come later never comes. */
  readonly until: Timestamp;
}

/** The instants at which people are reminded and wider roles let in; members are left out where there are none. */
export function noticesOf(routed: Routed): Pick<AuthorityRouted, 'reminders' | 'escalation'> {
  const { times, slots, after, until } = routed;
  if (slots.length === 0) return {};
  const reminders = (times.reminders ?? []).map(after).filter((at) => at < until);
  const escalation = stepsOf(routed).filter(({ at, widened }) => at < until && widened.length > 0);
  return {
    ...(reminders.length === 0 ? {} : { reminders }),
    ...(escalation.length === 0 ? {} : { escalation }),
  };
}

function stepsOf({ times, slots, roster, scope, barred, after }: Routed): readonly EscalationStep[] {
  const out = new Set(barred.map(({ actor_id }) => actor_id));
  const wider = new Map(slots.map(({ role }) => [role, new Set<string>()]));
  return (times.escalation ?? []).map(({ after_s, widen }) => {
    const here = widen.filter(({ role }) => wider.has(role)).toSorted((a, b) => (a.role < b.role ? -1 : 1));
    const candidates = here.map(({ role, by }): RoleCandidates => {
      const roles = wider.get(role) ?? new Set();
      for (const one of by) roles.add(one);
      const able = [role, ...roles].flatMap((held) => holdersOf(roster, held, scope)).filter((id) => !out.has(id));
      const persons = [...new Set(able)].sort();
      return { role, count: persons.length, actor_ids: persons.slice(0, NAMED_CANDIDATES) };
    });
    return { at: after(after_s), widened: here.map(({ role, by }) => ({ role, by: by.toSorted() })), candidates };
  });
}
