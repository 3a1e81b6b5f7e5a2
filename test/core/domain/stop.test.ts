import { describe, expect, it } from 'vitest';
import { given } from './specification.ts';
import { asking, CHAINS, claim, digest, HOUR, limited, REVOKED, s, stop, tick, upTo } from './world.ts';

/** A decision that stops because governance has revoked what it rests on (R90). */

const { requested, routed, authorized, cleared, closed } = CHAINS;
const denied = {
  event_type: 'decision.denied',
  actor_id: 'SYSTEM',
  code: 'candidate.revoked',
  detail: `standing 7 revokes ${REVOKED}`,
  policy: null,
  roster: null,
  standing: { serial: 7, digest: digest('standing 7') },
  revoked: [REVOKED],
};

describe('a revocation', () => {
  it.each([
    ['waits for people', routed],
    ['waits for a claim', authorized],
  ])('ends a decision that %s, with the standing that says so', (_, chain) => {
    const stopped = given(chain).when(stop(170)).gives('decision.denied');
    expect(stopped.drafts.at(-1)).toMatchObject(denied);
    expect(stopped.state).toMatchObject({ stage: 'closed', outcome: 'denied', ending: 'candidate.revoked' });
    stopped.when(claim('w-deployer', 180)).nothing();
  });

  it('says that it was a key alone', () => {
    const key = digest('key');
    const stopped = given(routed)
      .when(stop(170, { code: 'key.revoked', revoked: [key] }))
      .gives('decision.denied');
    expect(stopped.drafts.at(-1)).toMatchObject({ code: 'key.revoked', revoked: [key] });
  });

  it('names ten in the sentence and all that it was given in the member', () => {
    const revoked = Array.from({ length: 16 }, (_, at) => digest(`parent ${at}`)).sort();
    const stopped = given(routed).when(stop(170, { revoked })).gives('decision.denied');
    expect(stopped.drafts.at(-1)).toMatchObject({
      detail: `standing 7 revokes ${revoked.slice(0, 10).join(', ')}`,
      revoked,
    });
  });

  it('ends nothing that is not routed, that was cleared, or that has ended', () => {
    for (const chain of [[], requested, cleared, closed]) given(chain).when(stop(250)).nothing();
  });

  it('comes too late where the decision had run out: the instant is the deadline’s', () => {
    const hurried = given(upTo(limited({ decision_deadline: s(300) })));
    hurried.when(stop(299)).gives('decision.denied');
    hurried.when(stop(300)).nothing();
    hurried.when(tick(300)).gives('decision.expired');
  });

  it('comes after what had become due by then', () => {
    const reminded = upTo(asking({ release_owner: 1 }, { reminders: [s(100)] }));
    given(reminded).when(stop(170)).gives('authority.reminded', 'decision.denied');
    given(authorized)
      .when(stop(60 + HOUR))
      .gives('decision.denied');
  });
});
