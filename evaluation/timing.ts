import type { AuthorityRouted, ChangeWindow, OperationRules, ZoneOffset } from '../core/domain/events.ts';
import { earliest, instant, later, type Timestamp, timestamp } from '../core/domain/vocabulary.ts';
import type { Policy, PolicyAction, PolicyTarget } from '../documents/policy.ts';
import { afterOpen, type Opening, openSpans } from './calendar.ts';
import type { Denial } from './errors.ts';
import { until, type Zones } from './zones.ts';

/** No decision lives longer, however its time is counted. In seconds. */
export const LONGEST_S = 366 * 24 * 3600;

/** Windows that an event names at most, the first ones: nothing is cleared after the last of them. */
const NAMED_WINDOWS = 256;

/** When a decision ends, reminds, escalates and may be cleared, in instants: nobody after this knows a zone. */
export interface Timing {
  readonly deadline: Timestamp;
  /** So many seconds later, as the policy counts them. */
  readonly after: (from: Timestamp, seconds: number) => Timestamp;
  readonly members: Pick<AuthorityRouted, 'windows' | 'zones' | 'operation'>;
}

interface Asked {
  readonly times: Policy['times'];
  readonly operation: Policy['operation'] | undefined;
  readonly target: PolicyTarget;
  readonly action: PolicyAction;
  readonly requestedAt: Timestamp;
  readonly at: Timestamp;
  readonly zones: Zones;
}

export function timingOf({ times, operation, target, action, requestedAt, at, zones }: Asked): Timing | Denial {
  const windows = windowsFor(target, action);
  const calendar = times.counted === undefined ? undefined : times.calendar;
  const names = [...new Set([calendar?.zone, windows?.zone].filter((zone) => zone !== undefined))].sort();
  const horizon = later(at, LONGEST_S);
  const known = new Map<string, readonly ZoneOffset[]>();
  for (const zone of names) {
    const offsets = zones(zone, requestedAt, horizon);
    if (offsets === undefined) return { code: 'policy.unusable', detail: `the time zone ${zone} is unknown here` };
    known.set(zone, offsets);
  }
  const counted = (from: Timestamp, seconds: number): Timestamp =>
    calendar === undefined
      ? later(from, seconds)
      : afterOpen(workingTime(calendar), known.get(calendar.zone) ?? [], from, seconds, LONGEST_S);
  const deadline = counted(requestedAt, times.decision_s);
  const rules = operation && rulesOf(operation, deadline, later(requestedAt, LONGEST_S));
  // As far as the deadline may be moved: in an hour that somebody adds, a window opens as in any other.
  const last = rules?.extend_until ?? deadline;
  const recorded = names.map((zone) => ({ zone, offsets: until(known.get(zone) ?? [], last) }));
  return {
    deadline,
    after: counted,
    members: {
      ...(windows === undefined ? {} : { windows: spansOf(windows, known.get(windows.zone) ?? [], at, last) }),
      ...(recorded.length === 0 ? {} : { zones: recorded }),
      ...(rules === undefined ? {} : { operation: rules }),
    },
  };
}

/** By how much the deadline may be moved, as the instant beyond which it may not. */
function rulesOf(
  { roles, nudge_every_s, extend_s }: NonNullable<Policy['operation']>,
  deadline: Timestamp,
  longest: Timestamp,
): OperationRules {
  return {
    roles: roles.toSorted(),
    nudge_every_s,
    ...(extend_s === undefined ? {} : { extend_until: earliest(later(deadline, extend_s), longest) }),
  };
}

type Windows = NonNullable<PolicyTarget['windows']>;

/**
 * The one place that says whom a target's change windows bind. Going back to what ran before is bound by none: who waits
 * for a window then waits for the damage to go on.
 */
export function windowsFor({ windows }: PolicyTarget, { effects }: Pick<PolicyAction, 'effects'>): Windows | undefined {
  return effects.includes('rollback') ? undefined : windows;
}

function spansOf(
  windows: Windows,
  offsets: readonly ZoneOffset[],
  from: Timestamp,
  end: Timestamp,
): readonly ChangeWindow[] {
  const named: ChangeWindow[] = [];
  for (const { opens, closes } of openSpans(openingOf(windows), offsets, instant(from), instant(end))) {
    named.push({ opens: timestamp(opens), closes: timestamp(closes) });
    if (named.length === NAMED_WINDOWS) break;
  }
  return named;
}

export function openingOf({ weekly, blackouts }: Windows): Opening {
  return { rules: weekly, except: blackouts };
}

function workingTime({ days, from, to, holidays }: NonNullable<Policy['times']['calendar']>): Opening {
  return { rules: [{ days, from, to }], except: holidays.map((date) => ({ from: date, to: date })) };
}
