import { describe, expect, it } from 'vitest';
import type { Body } from '../../core/domain/commands.ts';
import type { AuthorityRouted } from '../../core/domain/events.ts';
import { instant, timestamp } from '../../core/domain/vocabulary.ts';
import type { Policy } from '../../documents/policy.ts';
import { evaluate, recordedZones, renderBrief } from '../../evaluation/index.ts';
import { windowsFor } from '../../evaluation/timing.ts';
import { ownZones, type Zones } from '../../evaluation/zones.ts';
import { given, policy, policyWith } from './given.ts';

/** What a policy with a calendar and with change windows makes of a request: instants, and the offsets that they rest on. */

const CALENDAR = {
  zone: 'Europe/Berlin',
  days: ['mon', 'tue', 'wed', 'thu', 'fri'],
  from: '09:00',
  to: '17:00',
  holidays: ['2026-02-26'],
} satisfies Policy['times']['calendar'];
const WINDOWS = {
  zone: 'America/New_York',
  weekly: [{ days: ['mon', 'wed', 'fri'], from: '10:00', to: '12:00' }],
  blackouts: [{ from: '2026-03-06', to: '2026-03-09' }],
} satisfies Policy['targets'][number]['windows'];

function under(
  changes: { times?: Partial<Policy['times']>; windows?: typeof WINDOWS; operation?: Policy['operation'] },
  zones?: Zones,
) {
  const input = given();
  const targets = policy.targets.map((target) =>
    target.id === input.request.target && changes.windows ? { ...target, windows: changes.windows } : target,
  );
  const { operation } = changes;
  const times = { ...policy.times, ...changes.times };
  const changed = policyWith({ targets, times, ...(operation === undefined ? {} : { operation }) });
  return evaluate({ ...given({ policy: changed }), ...(zones ? { zones } : {}) });
}
function routed(result: ReturnType<typeof under>): Body<AuthorityRouted> {
  if (result.evaluation.routing === null) throw new Error(JSON.stringify(result.evaluation.denial));
  return result.evaluation.routing;
}

const WEEK = 5 * 8 * 3600;
const working = { calendar: CALENDAR, counted: 'working', decision_s: WEEK, reminders: [3600] } satisfies Partial<
  Policy['times']
>;

describe('a policy that counts working time', () => {
  const routing = routed(under({ times: working }));

  it('puts deadline and reminders at instants of it, and records the offsets that it took', () => {
    // Asked on a Tuesday evening; Thursday is a holiday.
    expect(given().requestedAt).toBe('2026-02-24T20:12:21.000Z');
    expect(routing.limits.decision_deadline).toBe('2026-03-04T16:00:00.000Z');
    expect(routing.reminders).toEqual(['2026-02-25T09:00:00.000Z']);
    expect(routing.zones).toEqual([
      { zone: 'Europe/Berlin', offsets: [{ from: given().requestedAt, offset_s: 3600 }] },
    ]);
  });

  it('is evaluated to the same again from the recorded offsets, whatever the own data says', () => {
    const again = (zones: Zones) => routed(under({ times: working }, zones));
    expect(again(recordedZones(routing.zones ?? []))).toEqual(routing);
    const moved: Zones = (zone, from, end) =>
      ownZones(zone, from, end)?.map(({ from: since, offset_s }) => ({ from: since, offset_s: offset_s + 3600 }));
    const otherwise = again(moved);
    expect(otherwise.limits.decision_deadline).not.toBe(routing.limits.decision_deadline);
    expect(again(recordedZones(otherwise.zones ?? []))).toEqual(otherwise);
  });

  it('counts all time where it does not say so, and records nothing', () => {
    const plain = routed(under({ times: { calendar: CALENDAR, decision_s: WEEK } }));
    expect(plain.limits.decision_deadline).toBe(timestamp(instant(given().requestedAt) + WEEK * 1000));
    expect(plain).not.toHaveProperty('zones');
  });

  it('denies where nobody knows the zone', () => {
    const atlantis = { ...working, calendar: { ...CALENDAR, zone: 'Europe/Atlantis' } };
    expect(under({ times: atlantis }).evaluation.denial).toMatchObject({ code: 'policy.unusable' });
    expect(under({ times: working }, recordedZones([])).evaluation.denial).toMatchObject({ code: 'policy.unusable' });
  });

  it('lets no decision live longer than 366 days, however few days are worked', () => {
    const rarely = { ...working, decision_s: 366 * 86_400, calendar: { ...CALENDAR, days: ['mon' as const] } };
    const { limits } = routed(under({ times: rarely }));
    expect(limits.decision_deadline).toBe(timestamp(instant(given().requestedAt) + 366 * 86_400_000));
  });
});

describe('a target with change windows', () => {
  const result = under({ windows: WINDOWS, times: { decision_s: 15 * 86_400 } });
  const routing = routed(result);

  it('has those until the deadline in its route, over the change of the clocks, without the dates left out', () => {
    expect(routing.windows).toEqual([
      { opens: '2026-02-25T15:00:00.000Z', closes: '2026-02-25T17:00:00.000Z' },
      { opens: '2026-02-27T15:00:00.000Z', closes: '2026-02-27T17:00:00.000Z' },
      { opens: '2026-03-02T15:00:00.000Z', closes: '2026-03-02T17:00:00.000Z' },
      { opens: '2026-03-04T15:00:00.000Z', closes: '2026-03-04T17:00:00.000Z' },
      { opens: '2026-03-11T14:00:00.000Z', closes: '2026-03-11T16:00:00.000Z' },
    ]);
    expect(routing.zones?.[0]?.offsets.map(({ offset_s }) => offset_s)).toEqual([-18_000, -14_400]);
  });

  it('shows them in the brief', () => {
    expect(result.brief?.windows).toEqual(routing.windows);
    expect(result.brief && renderBrief(result.brief)).toContain(
      'Windows      from 2026-02-25T15:00:00.000Z until 2026-02-25T17:00:00.000Z, and 4 more',
    );
  });

  it('has none in the route where none opens before the deadline', () => {
    const none = under({ windows: { ...WINDOWS, blackouts: [{ from: '2026-01-01', to: '2026-12-31' }] } });
    expect(routed(none).windows).toEqual([]);
    expect(none.brief && renderBrief(none.brief)).toContain('Windows      none before the deadline');
  });

  it('binds nobody who goes back to what ran before (Kargo windows)', () => {
    const target = { ...policy.targets[0]!, windows: WINDOWS };
    expect(windowsFor(target, { effects: ['promotion'] })).toBe(WINDOWS);
    expect(windowsFor(target, { effects: ['rollback'] })).toBeUndefined();
  });

  it('has nothing of it where the policy has none, so that old decisions are evaluated to the same bytes', () => {
    const plain = evaluate(given());
    for (const member of ['windows', 'zones']) expect(plain.evaluation.routing).not.toHaveProperty(member);
    expect(plain.brief).not.toHaveProperty('windows');
  });
});

describe('a policy with operators', () => {
  const DAY = 86_400;
  const operation = { roles: ['security_owner', 'executive'], nudge_every_s: 60, extend_s: 3 * DAY };
  const result = under({ windows: WINDOWS, times: { decision_s: 15 * DAY }, operation });
  const routing = routed(result);
  const extendUntil = timestamp(instant(given().requestedAt) + 18 * DAY * 1000);

  it('says in the route who they are, and to which instant they may move the deadline', () => {
    expect(routing.operation).toEqual({
      roles: ['executive', 'security_owner'],
      nudge_every_s: 60,
      extend_until: extendUntil,
    });
    expect(routing.limits.decision_deadline).toBe(timestamp(instant(given().requestedAt) + 15 * DAY * 1000));
  });

  it('names windows and offsets as far as that: in an hour that somebody adds, a window opens as in any other', () => {
    expect(routing.windows?.at(-1)).toEqual({ opens: '2026-03-13T14:00:00.000Z', closes: '2026-03-13T16:00:00.000Z' });
    const beyondTheClock = under({
      windows: WINDOWS,
      times: { decision_s: 2 * DAY },
      operation: { ...operation, extend_s: 20 * DAY },
    });
    expect(routed(beyondTheClock).zones?.[0]?.offsets.map(({ offset_s }) => offset_s)).toEqual([-18_000, -14_400]);
    const again = under(
      { windows: WINDOWS, times: { decision_s: 2 * DAY }, operation: { ...operation, extend_s: 20 * DAY } },
      recordedZones(routed(beyondTheClock).zones ?? []),
    );
    expect(routed(again)).toEqual(routed(beyondTheClock));
  });

  it('shows approvers how far that is', () => {
    expect(result.brief && renderBrief(result.brief)).toContain(
      `executive, security_owner may move it, to ${extendUntil} at most`,
    );
  });

  it('lets nobody move a deadline beyond 366 days after the request', () => {
    const long = under({
      times: { decision_s: 360 * DAY, evidence_age_s: 366 * DAY },
      operation: { ...operation, extend_s: 31 * DAY },
    });
    expect(routed(long).operation?.extend_until).toBe(timestamp(instant(given().requestedAt) + 366 * DAY * 1000));
  });

  it('says nothing of a deadline that nobody may move, nor of operators where there are none', () => {
    const { extend_s: _, ...still } = operation;
    const unmoved = under({ operation: still });
    expect(routed(unmoved).operation).toEqual({ roles: ['executive', 'security_owner'], nudge_every_s: 60 });
    expect(unmoved.brief && renderBrief(unmoved.brief)).not.toContain('may move it');
    expect(evaluate(given()).evaluation.routing).not.toHaveProperty('operation');
  });
});
