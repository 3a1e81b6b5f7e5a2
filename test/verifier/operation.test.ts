import { describe, expect, it } from 'vitest';
import { ACTORS, T } from '../documents/fixtures.ts';
import { ask, codesOf } from './asking.ts';
import { filesOf, operable, operated, OPERATED_S, shift } from './fixture-pack.ts';

/** What holds of acts on the waiting; the attacks on them stand with the others in `attacks.ts`. */

describe('a pack of a decision that was nudged, given more time and to somebody else', () => {
  const files = filesOf(operated());
  const before = shift(T.requested, OPERATED_S);
  const until = shift(T.requested, OPERATED_S + 1200);

  it('holds, and says who did what, in which role', () => {
    const report = ask(files);
    expect(codesOf(report)).toEqual([]);
    expect(report).toMatchObject({ evidence: 'holds', outcome: 'executed', level: { reached: 'C2' } });
    const by = `by ${ACTORS.releaseOwner} as release_owner`;
    expect(report.answers?.who).toEqual(
      expect.arrayContaining([
        `nudged: executive, ${by}`,
        `deadline moved from ${before} to ${until}, ${by}`,
        `${ACTORS.secondExecutive} asked for executive instead of ${ACTORS.executive}, ${by}`,
        `approved by ${ACTORS.executive} as executive`,
      ]),
    );
    expect(report.answers?.why).toContain('reason of act 2 on the waiting: She is back on Thursday.');
    expect(report.answers?.timeline.map(({ detail }) => detail)).toContain(`deadline moved from ${before} to ${until}`);
  });

  it('shows all of it in its view, apart from the approvals', () => {
    const view = JSON.parse(new TextDecoder().decode(files.view)) as { authority: object };
    const by = { actor_id: ACTORS.releaseOwner, actor_role: 'release_owner', reason: 'She is back on Thursday.' };
    expect(view.authority).toMatchObject({
      approvals: [{ actor_id: ACTORS.executive }],
      operations: [
        { ...by, act: 'nudge', waiting_for: [{ role: 'executive', signatures: 1 }] },
        { ...by, act: 'extension', before, until },
        { ...by, act: 'reassignment', role: 'executive', from: ACTORS.executive, to: ACTORS.secondExecutive },
      ],
    });
  });

  it('rests on the service for that anybody was told', () => {
    expect(ask(files).rests_on_service).toContain('that reminders and other notices reached anybody');
  });

  it('holds of a hand-over by whoever was asked, and of a nudge by whoever asked', () => {
    const service = operable();
    const at = shift(T.requested, 30);
    service.submit(service.nudging({ signer: ACTORS.requester }, null), at);
    service.submit(service.reassigning({ signer: ACTORS.executive }, null), at);
    service.submit(service.extending(), at).approve().claim().confirm();
    const report = ask(filesOf(service));
    expect(codesOf(report)).toEqual([]);
    expect(report.answers?.who).toContain(`nudged: executive, by ${ACTORS.requester}`);
  });

  it('holds where an act was refused, and says why', () => {
    const service = operable();
    const at = shift(T.requested, 30);
    service.submit(service.nudging(), at);
    service.submit(service.nudging({ nonce: 'AAAAAAAAAAAAAAAAAAAAAA==' }), shift(at, 59));
    service.submit(service.extending(), shift(at, 60)).approve().claim().confirm();
    const report = ask(filesOf(service));
    expect(codesOf(report)).toEqual([]);
    expect(report.answers?.who).toContain(`refused: nudge by ${ACTORS.releaseOwner} (nudge.too_soon)`);
  });
});
