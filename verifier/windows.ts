import type { DecisionEvent } from '../core/domain/events.ts';
import { instant, timestamp } from '../core/domain/vocabulary.ts';
import type { Matter } from '../evaluation/admission.ts';
import { LONGEST_S, windowsFor } from '../evaluation/timing.ts';
import { ownZones, until } from '../evaluation/zones.ts';
import { memberOf, type PackedChain } from '../pack/index.ts';
import type { Contents } from './contents.ts';
import type { Findings } from './findings.ts';
import { textIn, zonesIn } from './shapes.ts';

/**
 * Change windows a second time: what the clock on the wall showed at the clearance, and minute by minute until the permit
 * ends, held against the policy's target. And the offsets that say so, against those that this program knows.
 */
export function checkWindows(pack: PackedChain, matter: Matter, contents: Contents, findings: Findings): void {
  const { events } = pack;
  const opened = textIn(events[0], 'timestamp') ?? '';
  const cleared = events.findIndex(({ event_type }) => event_type === 'execution.cleared');
  const routings = events.flatMap((event, index) =>
    event.event_type === 'authority.routed' ? [{ event, index }] : [],
  );
  for (const { event, index } of routings) checkZones(event, index, opened, findings);
  const routed = routings.findLast(({ index }) => index < cleared);
  if (routed !== undefined) checkClearance(pack, matter, contents, zonesIn(routed.event, opened), findings);
}

function checkZones(routed: DecisionEvent, index: number, opened: string, findings: Findings): void {
  const zones = zonesIn(routed, opened);
  const deadline =
    textIn(memberOf(routed, 'operation'), 'extend_until') ??
    textIn(memberOf(routed, 'limits'), 'decision_deadline') ??
    opened;
  for (const { zone, offsets } of zones) {
    const known = until(ownZones(zone, opened, deadline) ?? [], deadline);
    const [expected, got] = [known, offsets].map((list) =>
      list.map(({ from, offset_s }) => `${offset_s} s from ${from}`),
    );
    if (expected?.join() === got?.join()) continue;
    const detail = {
      path: '$.zones',
      expected: expected?.join(', ') || `${zone}, which is unknown here`,
      got: got?.join(', ') ?? '',
    };
    findings.add('zone.differs', { ...detail, because: zone }, { chain: 'events', index, event: routed });
  }
}

function checkClearance(
  { events }: PackedChain,
  { request }: Matter,
  contents: Contents,
  zones: ReturnType<typeof zonesIn>,
  findings: Findings,
): void {
  const index = events.findIndex(({ event_type }) => event_type === 'execution.cleared');
  const cleared = events[index];
  const policy = contents.policy(request.policy.digest);
  const target = policy?.targets.find(({ id }) => id === request.target);
  const action = policy?.actions.find(({ id }) => id === request.action);
  const windows = target && action && windowsFor(target, action);
  if (cleared === undefined || windows === undefined) return;
  const offsets = zones.find(({ zone }) => zone === windows.zone)?.offsets ?? [];
  const begin = instant(cleared.timestamp);
  // No permit lives that long; a report must not take for ever either.
  const end = Math.min(instant(textIn(cleared, 'not_after') ?? cleared.timestamp), begin + LONGEST_S * 1000);
  for (let at = begin; ; at = Math.min(at + MINUTE_MS, end - 1)) {
    if (!isOpen(windows, offsets, at)) {
      const detail = { path: at === begin ? '$.timestamp' : '$.not_after', expected: 'within one change window' };
      findings.add('window.outside', { ...detail, got: timestamp(at) }, { chain: 'events', index, event: cleared });
      return;
    }
    if (at >= end - 1) return;
  }
}

const MINUTE_MS = 60_000;
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

/** Whether the wall shows a day and a time of the windows. */
function isOpen(
  { weekly, blackouts }: NonNullable<ReturnType<typeof windowsFor>>,
  offsets: readonly { readonly from: string; readonly offset_s: number }[],
  at: number,
): boolean {
  const offset = offsets.findLast(({ from }) => instant(from) <= at);
  if (offset === undefined) return false;
  const wall = new Date(at + offset.offset_s * 1000);
  const text = wall.toISOString();
  const [date, time] = [text.slice(0, 10), text.slice(11, 16)];
  const day = DAYS[wall.getUTCDay()];
  if (blackouts.some(({ from, to }) => from <= date && date <= to)) return false;
  return weekly.some(({ days, from, to }) => days.some((one) => one === day) && from <= time && time < to);
}
