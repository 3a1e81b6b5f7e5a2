import { describe, expect, it } from 'vitest';
import { ACTORS, keyOfActor, T } from '../documents/fixtures.ts';
import { ask, codesOf } from './asking.ts';
import { ESCALATED, escalated, filesOf, REMINDED, shift, WAITING_TIMES, waiting } from './fixture-pack.ts';

/** What holds of reminders and escalations; the attacks on them stand with the others in `attacks.ts`. */

describe('a pack of a decision that was reminded and escalated', () => {
  it('holds, and says by what the approver may stand in for another', () => {
    const files = filesOf(escalated().claim().confirm());
    const report = ask(files);
    expect(codesOf(report)).toEqual([]);
    expect(report).toMatchObject({ evidence: 'holds', outcome: 'executed', level: { reached: 'C2' } });
    expect(report.answers?.who).toContain(
      `approved by ${ACTORS.securityOwner} as executive, after the escalation, being security_owner`,
    );
    expect(report.answers?.who).toContain(`escalated at ${ESCALATED}: may sign as well: security_owner for executive`);
    const view = JSON.parse(new TextDecoder().decode(files.view)) as { authority: object };
    expect(view.authority).toMatchObject({
      reminders: [{ reminded_at: REMINDED, due: REMINDED, waiting_for: [{ role: 'executive', signatures: 1 }] }],
      escalations: [{ escalated_at: ESCALATED, step: 1, widened: [{ role: 'executive', by: ['security_owner'] }] }],
    });
  });

  it('rests on the service for the notices: that they went out is in no signature', () => {
    const told = 'that reminders and other notices reached anybody';
    expect(ask(filesOf(escalated().claim().confirm())).rests_on_service).toContain(told);
    expect(
      ask(filesOf(waiting().approve({}, undefined, shift(T.requested, 20)).claim().confirm())).rests_on_service,
    ).not.toContain(told);
  });

  it('holds where the service came late to both: they stand before what came then', () => {
    const report = ask(filesOf(waiting().approve().claim().confirm()));
    expect(codesOf(report)).toEqual([]);
    expect(report.answers?.timeline.map(({ event_type }) => event_type)).toContain('authority.reminded');
  });

  it('holds where whoever was waited for had signed in time, without a reminder', () => {
    const files = filesOf(waiting().approve({}, undefined, shift(T.requested, 20)).claim().confirm());
    expect(codesOf(ask(files))).toEqual([]);
    expect(JSON.stringify(files.core.events)).not.toContain('authority.reminded');
  });

  it('says where the service came to a notice only when the decision had ended', () => {
    const report = ask({
      ...filesOf(waiting().tick(shift(T.requested, WAITING_TIMES.decision_s))),
      expect: 'expired',
    });
    expect(report.evidence).toBe('holds');
    expect(report.findings.map(({ code, expected }) => [code, expected])).toEqual([
      ['notice.passed_over', `the escalation of ${ESCALATED} before it`],
      ['notice.passed_over', `the reminder of ${REMINDED} before it`],
    ]);
  });

  it('holds where an approval had ended, the step was made up for, and somebody of a wider role signed, all at once', () => {
    const ends = { signed_at: shift(T.requested, 20), expires_at: shift(ESCALATED, 10) };
    const service = waiting()
      .approve(ends, undefined, shift(T.requested, 20))
      .approve(
        { signer: ACTORS.securityOwner, roles: ['security_owner'] },
        keyOfActor(ACTORS.securityOwner),
        shift(ESCALATED, 20),
      );
    const types = service.events.map(({ event_type }) => event_type);
    expect(types.slice(-3)).toEqual(['authority.expired', 'authority.escalated', 'authority.approved']);
    expect(codesOf(ask(filesOf(service.claim().confirm())))).toEqual([]);
  });

  it('says no more where a statement still came between the end and its event', () => {
    const end = shift(T.requested, WAITING_TIMES.decision_s);
    const late = waiting().approve({ expires_at: shift(end, 600) }, undefined, end);
    const report = ask({ ...filesOf(late.tick(end)), expect: 'expired' });
    expect(report.answers?.timeline.map(({ event_type }) => event_type)).not.toContain('authority.reminded');
    expect(report.evidence).toBe('holds');
    expect(report.findings.map(({ code }) => code)).toEqual(['notice.passed_over', 'notice.passed_over']);
  });
});
