import { describe, expect, it } from 'vitest';
import { ownZones, type Zones } from '../../evaluation/zones.ts';
import { T } from '../documents/fixtures.ts';
import { ask, codesOf } from './asking.ts';
import {
  endorsedRoster,
  filesOf,
  fixturePolicy,
  nextRoster,
  OPERATION,
  operable,
  shift,
  windowed,
} from './fixture-pack.ts';

/** What holds of change windows and the clocks of a zone; the attacks on them stand with the others in `attacks.ts`. */

describe('a pack of a decision on a target with change windows', () => {
  it('holds where it was cleared in one, until its end', () => {
    const service = windowed('21:00', '21:20').evaluate().approve().claim();
    expect(service.clearance).toMatchObject({ bounded_by: 'change_window', not_after: '2026-02-24T20:20:00.000Z' });
    const report = ask(filesOf(service.confirm()));
    expect(codesOf(report)).toEqual([]);
    expect(report).toMatchObject({ evidence: 'holds', level: { reached: 'C2' } });
    expect(report.rests_on_service.join()).not.toContain('clocks');
  });

  it('holds where clocks change between the deadline and the instant to which it may be moved', () => {
    const windows = {
      zone: 'America/New_York',
      weekly: [{ days: ['tue' as const], from: '09:00', to: '17:00' }],
      blackouts: [],
    };
    const targets = fixturePolicy().targets.map((target) => ({ ...target, windows }));
    const service = operable({ targets, operation: { ...OPERATION, extend_s: 20 * 86_400 } });
    service.submit(service.extending(), shift(T.requested, 30)).approve().claim().confirm();
    const routed = service.events.find((event) => event.event_type === 'authority.routed');
    expect(routed?.zones?.[0]?.offsets.map(({ offset_s }) => offset_s)).toEqual([-18_000, -14_400]);
    expect(ask(filesOf(service))).toMatchObject({ evidence: 'holds', findings: [] });
  });

  it('holds where a claim was refused outside, and says when the next one was to open', () => {
    const service = windowed('22:00', '23:00').evaluate().approve();
    service.claim();
    const refused = service.events.at(-1);
    expect(refused).toMatchObject({ code: 'claim.outside_window', opens: '2026-02-24T21:00:00.000Z' });
    const end = shift(T.requested, fixturePolicy().times.decision_s);
    const report = ask({ ...filesOf(service.tick(shift(T.approved, 7200)).tick(end)), expect: 'expired' });
    expect(report).toMatchObject({ evidence: 'holds', findings: [] });
  });

  it('is derived again from the recorded offsets; that they are others than ours is said, and rests on the service', () => {
    const eastward: Zones = (zone, from, until) =>
      ownZones(zone, from, until)?.map((one) => ({ ...one, offset_s: one.offset_s + 3600 }));
    const service = windowed('22:00', '23:00').evaluate(shift(T.requested, 3), eastward).approve().claim().confirm();
    const report = ask(filesOf(service));
    expect(report.evidence).toBe('holds');
    expect(report.findings).toMatchObject([
      {
        code: 'zone.differs',
        severity: 'note',
        expected: `3600 s from ${T.requested}`,
        got: `7200 s from ${T.requested}`,
      },
    ]);
    expect(report.rests_on_service).toContain('how far the clocks of a time zone were ahead of UTC');
  });

  it('are those of the last route before it where it was evaluated anew, by the offsets that this route was computed with', () => {
    const roster = endorsedRoster(nextRoster());
    const own = windowed('21:00', '23:00').evaluate().approve().reevaluate({ roster });
    expect(own.routing.windows?.length).toBeGreaterThan(0);
    expect(codesOf(ask(filesOf(own.claim().confirm())))).toEqual([]);
    const eastward: Zones = (zone, from, until) =>
      ownZones(zone, from, until)?.map((one) => ({ ...one, offset_s: one.offset_s + 3600 }));
    const moved = windowed('22:00', '23:00').evaluate().approve().reevaluate({ roster, zones: eastward });
    const report = ask(filesOf(moved.claim().confirm()));
    expect(report.findings.map(({ code, path }) => [code, path])).toEqual([
      ['zone.differs', expect.stringContaining('$.events[8]') as string],
    ]);
  });
});
