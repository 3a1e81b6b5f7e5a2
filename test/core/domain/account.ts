import type { EventDraft } from '../../../core/domain/events.ts';
import type { Band } from '../../../core/domain/vocabulary.ts';
import type { Actor } from './world.ts';

/**
 * A second account of authority: from the events alone, without state, matching or any other code of the domain. It
 * believes of an event what its signer said, and nothing of what the service concluded (`assignment`, `satisfied`, `kept`,
 * `ended`, `revoked`, `statements`).
 */

type Routed = Extract<EventDraft, { event_type: 'authority.routed' }>;
type Spoken = Extract<EventDraft, { event_type: 'authority.approved' | 'override.breakglass' | 'authority.delegated' }>;

export interface Counted {
  readonly actor_id: string;
  readonly statement: string;
  readonly roles: readonly string[];
  /** Instants at which it ends: its own, and that of the delegation that it rests on. */
  readonly ends: readonly string[];
  readonly unmet: boolean;
  readonly breached: boolean;
}

export interface Account {
  readonly people: readonly Counted[];
  readonly glass: readonly Spoken[];
  /** Who has given their place away. */
  readonly delegators: readonly string[];
  readonly route: Routed;
  /** When it ends: as the route has it, or as far as somebody moved it and the route lets them. */
  readonly deadline: string;
  readonly suffices: boolean;
}

/** Who counts at an instant. Of somebody who is gone nothing does, nor what rests on them. */
export function accountOf(said: readonly EventDraft[], at: string, gone: Actor | null, band: Band): Account {
  const routes = said.flatMap((event, index) => (event.event_type === 'authority.routed' ? [{ ...event, index }] : []));
  const route = routes.at(-1);
  if (route === undefined) throw new TypeError('not routed');
  // Since when the present basis has been the one that people sign.
  const other = routes.findLastIndex(({ basis_digest }) => basis_digest !== route.basis_digest);
  const since = routes[other + 1]?.index ?? 0;
  const barred = route.barred.map(({ actor_id }) => actor_id);
  const may = (who: string): boolean => who !== gone && !barred.includes(who);
  const stands = (event: Spoken, index: number): boolean =>
    index > since && event.expires_at > at && may(event.actor_id) && !isTakenBack(event.actor_id, said.slice(index));

  const spoken = said.flatMap((event, index) =>
    (event.event_type === 'authority.approved' ||
      event.event_type === 'override.breakglass' ||
      event.event_type === 'authority.delegated') &&
    stands(event, index)
      ? [{ event, index }]
      : [],
  );
  const delegations = spoken.flatMap(({ event }) =>
    event.event_type === 'authority.delegated' && may(event.delegate) ? [event] : [],
  );
  const delegators = delegations.map(({ actor_id }) => actor_id);
  const people = spoken.flatMap(({ event, index }): Counted[] => {
    // Who has given their place away has none left.
    if (event.event_type !== 'authority.approved' || delegators.includes(event.actor_id)) return [];
    const rests = delegations.find(({ statement }) => statement === event.delegation);
    if (event.delegation !== undefined && rests?.delegate !== event.actor_id) return [];
    const { actor_id, statement, expires_at } = event;
    return [
      {
        actor_id,
        statement,
        roles: rests ? [rests.role] : [...event.roles, ...widerFor(event.roles, said.slice(since, index), route)],
        ends: [expires_at, ...(rests ? [rests.expires_at] : [])],
        ...conditionsOf(event, said, at),
      },
    ];
  });
  const glass = spoken.flatMap(({ event }) => (event.event_type === 'override.breakglass' ? [event] : []));
  const positions = route.slots.flatMap(({ role, signatures }) => Array.from({ length: signatures }, () => role));
  const hands = new Set([...people, ...glass].map(({ actor_id }) => actor_id));
  const least = band === 'critical' ? 2 : 1;
  return {
    people,
    glass,
    delegators,
    route,
    deadline: deadlineOf(route, said),
    suffices: fills(positions, people) || (glass.length > 0 && hands.size >= least),
  };
}

/** Why a claim would be refused; undefined where it would be cleared. */
export function refusalOf({ people, route, deadline, suffices }: Account, at: string): string | undefined {
  if (!suffices) return 'claim.authority_missing';
  if (people.some(({ breached }) => breached)) return 'claim.condition_breached';
  if (people.some(({ unmet }) => unmet)) return 'claim.condition_open';
  const { windows } = route;
  if (windows !== undefined && !windows.some(({ opens, closes }) => opens <= at && at < closes))
    return 'claim.outside_window';
  return at < deadline ? undefined : 'claim.expired';
}

/** Whether these people can be put into these positions, one each: by trying every way. */
export function fills(
  positions: readonly string[],
  people: readonly { readonly actor_id: string; readonly roles: readonly string[] }[],
): boolean {
  const fill = (at: number, used: ReadonlySet<string>): boolean =>
    at === positions.length ||
    people.some(
      ({ actor_id, roles }) =>
        !used.has(actor_id) && roles.includes(positions[at] ?? '') && fill(at + 1, new Set([...used, actor_id])),
    );
  return fill(0, new Set());
}

/** Nothing that has ended is moved any more. */
function deadlineOf({ limits, operation }: Routed, said: readonly EventDraft[]): string {
  const latest = operation?.extend_until ?? '';
  return said.reduce((deadline: string, event) => {
    if (event.event_type !== 'operation.extended' || event.timestamp >= deadline) return deadline;
    return event.until > deadline && event.until <= latest ? event.until : deadline;
  }, limits.decision_deadline);
}

function isTakenBack(who: string, since: readonly EventDraft[]): boolean {
  return since.some((event) => event.event_type === 'authority.revoked' && event.actor_id === who);
}

/** Roles that somebody could fill because a step had let theirs in before they signed. */
function widerFor(roles: readonly string[], before: readonly EventDraft[], route: Routed): readonly string[] {
  const steps = before.filter(({ event_type }) => event_type === 'authority.escalated').length;
  return (route.escalation ?? [])
    .slice(0, steps)
    .flatMap(({ widened }) => widened)
    .flatMap(({ role, by }) => (by.some((wider) => roles.includes(wider)) ? [role] : []));
}

function conditionsOf(
  { statement, conditions = [] }: Extract<EventDraft, { event_type: 'authority.approved' }>,
  said: readonly EventDraft[],
  at: string,
): Pick<Counted, 'unmet' | 'breached'> {
  const told = said.flatMap((event) =>
    event.event_type === 'condition.settled' && event.approval === statement ? [event] : [],
  );
  const has = (id: string, verdict: string): boolean =>
    told.some((event) => event.condition === id && event.verdict === verdict);
  return {
    unmet: conditions.some(({ id, before, due }) => (before === 'clearance' || due < at) && !has(id, 'discharged')),
    breached: conditions.some(({ id }) => has(id, 'breached')),
  };
}
