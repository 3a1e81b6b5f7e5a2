import type { DecisionEvent } from '../core/domain/events.ts';
import { memberOf, type PackedChain } from '../pack/index.ts';
import type { Findings } from './findings.ts';
import { isSameRoute } from './routings.ts';
import { textIn } from './shapes.ts';

/**
 * Reminders and escalations a second time and without `decide`: the instants that the route names, held against what
 * stands in the chain. One that came early, or that the route does not name, gives nobody a say; one that was due and
 * does not stand was withheld from people who could have acted.
 */
export function checkNotices({ events }: PackedChain, findings: Findings): void {
  const routedAt = events.findIndex(({ event_type }) => event_type === 'authority.routed');
  let routed = events[routedAt];
  if (routed === undefined) return;
  let open = due(routed);
  let missingSince: string | null = memberOf(routed, 'satisfied') === true ? null : routed.timestamp;
  let gone: readonly Due[] = [];
  let moved: string | undefined;
  for (const [offset, event] of events.slice(routedAt + 1).entries()) {
    const place = { chain: 'events', index: routedAt + 1 + offset, event } as const;
    const kind = KINDS.get(event.event_type);
    if (kind !== undefined) {
      const at = textIn(event, 'due') ?? '';
      const named = open.some((one) => one.kind === kind && one.at === at);
      if (!named || event.timestamp < at) {
        const expected = named ? `not before ${at}` : `a ${kind} that the route names`;
        findings.add('notice.early', { path: '$.due', expected, got: named ? event.timestamp : at }, place);
      }
      open = open.filter((one) => one.kind !== kind || one.at !== at);
      gone = [...gone, { kind, at }];
      continue;
    }
    if (event.event_type === 'authority.routed') {
      // Under the same route on the same basis what has come has come, and comes no second time.
      if (!isSameRoute(routed, event)) gone = [];
      routed = event;
      moved = keptOn(event, moved);
      open = due(event).filter(({ kind, at }) => !gone.some((one) => one.kind === kind && one.at === at));
      missingSince = memberOf(event, 'satisfied') === true ? null : event.timestamp;
      continue;
    }
    if (IDLE.has(event.event_type)) continue;
    const [since, end] = [missingSince, endOf(routed, moved)];
    const late = since === null ? [] : open.filter(({ at, kind }) => isDue(at, kind, since) && at <= event.timestamp);
    for (const { kind, at } of late) {
      const code = end !== undefined && event.timestamp >= end ? 'notice.passed_over' : 'notice.missing';
      findings.add(code, { expected: `the ${kind} of ${at} before it`, got: `none by ${event.timestamp}` }, place);
    }
    open = open.filter((one) => !late.includes(one));
    if (event.event_type === 'operation.extended') moved = textIn(event, 'until') ?? moved;
    const satisfied = memberOf(event, 'satisfied');
    if (satisfied === true) missingSince = null;
    else if (satisfied === false) missingSince ??= event.timestamp;
    if (event.event_type === 'execution.cleared') return;
  }
}

const KINDS = new Map<DecisionEvent['event_type'], Due['kind']>([
  ['authority.reminded', 'reminder'],
  ['authority.escalated', 'escalation'],
]);

/** They say nothing about people, and nothing is decided by them. */
const IDLE = new Set<DecisionEvent['event_type']>(['ledger.restored', 'statements.discarded']);

interface Due {
  readonly kind: 'reminder' | 'escalation';
  readonly at: string;
}

function due(routed: DecisionEvent): readonly Due[] {
  const listed = (member: string): readonly unknown[] => {
    const value = memberOf(routed, member);
    return Array.isArray(value) ? value : [];
  };
  return [
    ...listed('escalation').flatMap((step): Due[] => {
      const at = textIn(step, 'at');
      return at === null ? [] : [{ kind: 'escalation', at }];
    }),
    ...listed('reminders').flatMap((at): Due[] => (typeof at === 'string' ? [{ kind: 'reminder', at }] : [])),
  ];
}

/** Where another route lets a deadline stay that was moved before. */
function keptOn(routed: DecisionEvent, moved: string | undefined): string | undefined {
  const base = textIn(memberOf(routed, 'limits'), 'decision_deadline') ?? '';
  const cap = textIn(memberOf(routed, 'operation'), 'extend_until') ?? base;
  const kept = moved !== undefined && cap < moved ? cap : moved;
  return kept !== undefined && kept > base ? kept : undefined;
}

/** When the decision ends by itself: what nobody came to by then is left out, whatever still comes before its ending. */
function endOf(routed: DecisionEvent, moved: string | undefined): string | undefined {
  const limits = memberOf(routed, 'limits');
  const deadline = [textIn(limits, 'decision_deadline') ?? '', moved ?? ''].toSorted().at(-1);
  const ends = ['evidence_valid_until', 'rollback_valid_until', 'waivers_valid_until'].flatMap(
    (limit) => textIn(limits, limit) ?? [],
  );
  return [...(deadline ? [deadline] : []), ...ends].toSorted()[0];
}

/** A reminder whose time came while nobody was waited for is passed over; an escalation is made up for. */
function isDue(at: string, kind: Due['kind'], missingSince: string): boolean {
  return kind === 'escalation' || at >= missingSince;
}
