import { describe, expect, it } from 'vitest';
import type { Assignment, EventDraft } from '../../../core/domain/events.ts';
import { eligibleAt } from '../../../core/domain/stages/authority.ts';
import { liveAt } from '../../../core/domain/stages/pending.ts';
import { given } from './specification.ts';
import {
  abstention,
  type Actor,
  approval,
  approved,
  asking,
  CHAINS,
  cancellation,
  claim,
  type DraftOf,
  digest,
  HOUR,
  MINUTE,
  rejection,
  s,
  tick,
  upTo,
} from './world.ts';

const { requested, risk_evaluated, routed, authorized } = CHAINS;

/** Who fills what after these approvals, one a minute, each offering every role its signer holds. */
function fills(before: readonly EventDraft[], ...signers: readonly Actor[]) {
  let chain = given(before);
  signers.forEach((signer, i) => {
    chain = chain.when(approval(signer, (i + 1) * MINUTE)).gives('authority.approved');
  });
  const last = chain.drafts.at(-1) as DraftOf<'authority.approved'>;
  const assignment = Object.fromEntries(last.assignment.map(({ role, actor_id }) => [actor_id, role]));
  return { stage: chain.state.stage, satisfied: last.satisfied, role: last.role, assignment };
}

describe('an approval', () => {
  it('that does not satisfy yet', () => {
    given(routed).when(approval('p-ann', 60)).then(approved('p-ann', 60));
  });

  it('that satisfies', () => {
    const ann = approved('p-ann', 60);
    const after = given([...routed, ann])
      .when(approval('p-bob', 120))
      .then(approved('p-bob', 120, ann.assignment));
    expect(after.state.stage).toBe('authorized');
  });

  it('lives as long as it may, to the millisecond, and no longer than it says', () => {
    const ends = (seconds: number) => approval('p-ann', 60, { statement: { expires_at: s(seconds) } });
    given(routed)
      .when(ends(60 + HOUR))
      .gives('authority.approved');
    given(routed)
      .when(ends(60 + HOUR + 0.001))
      .refuses('approval.life_too_long');
    given(routed).when(ends(60.001)).gives('authority.approved');
    given(routed).when(ends(60)).refuses('approval.expired');
  });

  it('offers what its signer says, not all that its signer holds', () => {
    const offered = approval('p-cyd', 60, { statement: { roles: ['security_owner'] } });
    const after = given(routed).when(offered).gives('authority.approved');
    expect(after.drafts.at(-1)).toMatchObject({ role: 'security_owner', roles: ['security_owner'] });
  });

  it('may offer a held role that the route does not ask for, beside one that it does', () => {
    const signer = { roles: ['auditor', 'release_owner'] };
    const offered = approval('p-ann', 60, { signer, statement: signer });
    expect(given(routed).when(offered).gives('authority.approved').drafts.at(-1)).toMatchObject({
      role: 'release_owner',
    });
  });

  it('after the first of the same person expired counts again', () => {
    const first = given(routed).when(approval('p-ann', 60)).gives('authority.approved');
    const again = first.when(approval('p-ann', 60 + HOUR)).then(approved('p-ann', 60 + HOUR));
    expect(again.state).toMatchObject({ approvals: [{ actor_id: 'p-ann', expires_at: s(60 + 2 * HOUR) }] });
    first
      .when(tick(60 + HOUR))
      .gives('authority.expired')
      .when(approval('p-ann', 60 + HOUR + 1))
      .gives('authority.approved');
  });

  it('that comes after all the others is recorded, and fills nothing', () => {
    const after = given(authorized).when(approval('p-dee', 150)).gives('authority.approved');
    expect(after.drafts.at(-1)).toMatchObject({
      role: null,
      satisfied: true,
      assignment: approved('p-bob', 120, approved('p-ann', 60).assignment).assignment,
    });
    expect(after.state.stage).toBe('authorized');
  });

  it('that comes after all the others holds the authority when another expires', () => {
    given(authorized)
      .when(approval('p-dee', 30 * MINUTE))
      .gives('authority.approved')
      .when(tick(60 + HOUR))
      .then({
        event_type: 'authority.expired',
        timestamp: s(60 + HOUR),
        actor_id: 'SYSTEM',
        statements: [digest(`approval p-ann ${s(60)}`)],
        assignment: [
          { role: 'release_owner', actor_id: 'p-dee', statement: digest(`approval p-dee ${s(30 * MINUTE)}`) },
          { role: 'security_owner', actor_id: 'p-bob', statement: digest(`approval p-bob ${s(120)}`) },
        ],
        satisfied: true,
      })
      .when(claim('w-deployer', 60 + HOUR + 1))
      .gives('execution.cleared');
  });
});

describe('who fills what', () => {
  const both = { 'p-ann': 'release_owner', 'p-bob': 'security_owner' };

  it('one person who fits two roles fills one', () => {
    expect(fills(routed, 'p-cyd')).toMatchObject({ satisfied: false, assignment: { 'p-cyd': 'release_owner' } });
  });

  it.each<readonly [readonly Actor[], Record<string, string>]>([
    [['p-ann', 'p-bob'], both],
    [['p-bob', 'p-ann'], both],
    [['p-cyd', 'p-ann'], { 'p-ann': 'release_owner', 'p-cyd': 'security_owner' }],
    [['p-ann', 'p-cyd'], { 'p-ann': 'release_owner', 'p-cyd': 'security_owner' }],
    [['p-cyd', 'p-bob'], { 'p-bob': 'security_owner', 'p-cyd': 'release_owner' }],
    [['p-bob', 'p-cyd'], { 'p-bob': 'security_owner', 'p-cyd': 'release_owner' }],
    [['p-cyd', 'p-dee'], { 'p-cyd': 'release_owner', 'p-dee': 'security_owner' }],
    [['p-dee', 'p-cyd'], { 'p-cyd': 'release_owner', 'p-dee': 'security_owner' }],
  ])('%j satisfy whatever the order', (signers, assignment) => {
    expect(fills(routed, ...signers)).toMatchObject({ stage: 'authorized', satisfied: true, assignment });
  });

  it('several signatures of one role need as many persons', () => {
    const three = upTo(asking({ release_owner: 3 }));
    expect(fills(three, 'p-ann', 'p-cyd')).toMatchObject({ stage: 'routed', satisfied: false });
    expect(fills(three, 'p-ann', 'p-cyd', 'p-dee')).toMatchObject({ stage: 'authorized', satisfied: true });
  });

  it('two persons never fill three positions', () => {
    const three = upTo(asking({ release_owner: 2, security_owner: 1 }));
    expect(fills(three, 'p-cyd', 'p-dee')).toMatchObject({ satisfied: false });
    expect(fills(three, 'p-cyd', 'p-dee', 'p-bob')).toMatchObject({ satisfied: true });
  });
});

// shows: R47
describe('the life of approvals', () => {
  const statements = (...ends: number[]) =>
    ends.map((end, i) => ({ statement: `s${i}`, actor_id: `p-${i}`, roles: [], expires_at: s(end) }));

  it('ends at their very expiry', () => {
    expect(liveAt(statements(59.999, 60, 60.001), s(60)).map(({ statement }) => statement)).toEqual(['s2']);
  });

  it('and eligibility end independently of each other', () => {
    expect(eligibleAt(statements(60, 61, 62), s(60), ['s1']).map(({ statement }) => statement)).toEqual(['s2']);
  });

  it('ends in an event that names the ended, and takes the decision back to routed', () => {
    const left: Assignment = {
      role: 'security_owner',
      actor_id: 'p-bob',
      statement: digest(`approval p-bob ${s(120)}`),
    };
    const back = given(authorized)
      .when(tick(60 + HOUR))
      .then({
        event_type: 'authority.expired',
        timestamp: s(60 + HOUR),
        actor_id: 'SYSTEM',
        statements: [digest(`approval p-ann ${s(60)}`)],
        assignment: [left],
        satisfied: false,
      });
    expect(back.state).toMatchObject({
      stage: 'routed',
      since: s(60 + HOUR),
      approvals: [{ actor_id: 'p-bob' }],
      assignment: [left],
    });
    back.when(claim('w-deployer', 60 + HOUR + 1)).refuses('claim.authority_missing');
  });

  it('of several at once ends in one event, sorted', () => {
    const after = given(authorized)
      .when(tick(120 + HOUR))
      .gives('authority.expired');
    const ended = [digest(`approval p-ann ${s(60)}`), digest(`approval p-bob ${s(120)}`)].sort();
    expect(after.drafts.at(-1)).toMatchObject({ statements: ended, assignment: [], satisfied: false });
    expect(after.state).toMatchObject({ stage: 'routed', approvals: [] });
  });

  it('is not over a millisecond before', () => {
    given(authorized)
      .when(tick(60 + HOUR - 0.001))
      .nothing();
  });

  it('that is over frees its role in the next approval, also where no tick came between', () => {
    const ann = given(routed).when(approval('p-ann', 60)).gives('authority.approved');
    const bob = ann.when(approval('p-bob', 60 + HOUR)).gives('authority.approved');
    expect(bob.drafts.at(-1)).toMatchObject({ satisfied: false, assignment: [{ actor_id: 'p-bob' }] });
    expect(bob.state).toMatchObject({ stage: 'routed', approvals: [{ actor_id: 'p-bob' }] });
  });
});

// shows: R51
describe('one rejection', () => {
  it.each([
    ['before any approval', routed],
    ['after all of them', authorized],
  ] as const)('%s ends in denied', (_, before) => {
    const after = given(before)
      .when(rejection('p-dee', 150))
      .then(
        {
          event_type: 'authority.rejected',
          timestamp: s(150),
          actor_id: 'p-dee',
          statement: digest(`rejection p-dee ${s(150)}`),
          roles: ['release_owner', 'security_owner'],
          reason: digest('reason'),
        },
        {
          event_type: 'decision.denied',
          timestamp: s(150),
          actor_id: 'SYSTEM',
          code: 'authority.rejected',
          detail: 'rejected by p-dee in the role release_owner, security_owner',
          policy: null,
          roster: null,
        },
      );
    expect(after.state).toMatchObject({ stage: 'closed', outcome: 'denied', ending: 'authority.rejected' });
  });

  it('may come from who has a veto, whom no slot asks; who neither has one nor is asked is refused', () => {
    const roles = ['compliance'];
    const asked = upTo(asking({ release_owner: 1 }, { veto_roles: roles }));
    const by = { statement: { roles }, signer: { roles } };
    given(asked)
      .when(rejection('p-out', 150, by))
      .gives('authority.rejected', 'decision.denied');
    given(upTo(asking({ release_owner: 1 })))
      .when(rejection('p-out', 150, by))
      .refuses('approval.role_not_required');
    // To have a veto is no way to approve, nor to reject what one asked for.
    given(asked)
      .when(approval('p-out', 150, by))
      .refuses('approval.role_not_required');
    given(asked)
      .when(rejection('p-kit', 150, by))
      .refuses('approval.by_candidate_creator');
  });

  it('may come from one who has approved', () => {
    given(authorized).when(rejection('p-ann', 150)).gives('authority.rejected', 'decision.denied');
  });
});

describe('a cancellation', () => {
  const stages = { requested, risk_evaluated, routed, authorized };
  const who: Record<string, readonly (keyof typeof stages)[]> = {
    'w-pipeline': ['requested', 'risk_evaluated', 'routed', 'authorized'],
    'p-boss': ['requested', 'risk_evaluated', 'routed', 'authorized'],
    'p-lea': ['routed', 'authorized'],
    'p-ann': [],
    'p-bob': [],
    'p-kit': [],
    'p-eve': [],
    'p-out': [],
    'w-sibling': [],
    'w-robot': [],
    'w-deployer': [],
  };

  it.each(Object.entries(who))('by %s is taken in %j', (actor, allowed) => {
    const taken = Object.entries(stages).filter(([, before]) => {
      const [event] = given(before).when(cancellation(actor as Actor, 150)).decided;
      return event?.event_type === 'decision.cancelled';
    });
    expect(taken.map(([stage]) => stage)).toEqual(allowed);
  });

  it('ends the decision', () => {
    const after = given(routed)
      .when(cancellation('p-lea', 60))
      .then({
        event_type: 'decision.cancelled',
        timestamp: s(60),
        actor_id: 'p-lea',
        statement: digest(`cancellation p-lea ${s(60)}`),
        reason: digest('reason'),
      });
    expect(after.state).toMatchObject({ stage: 'closed', outcome: 'cancelled' });
    after.when(approval('p-ann', 90)).nothing();
  });
});

describe('a change of mind', () => {
  it('may come again once its author has spoken again', () => {
    const again = given(routed)
      .when(abstention('p-ann', 30))
      .gives('authority.abstained')
      .when(approval('p-ann', 60))
      .gives('authority.approved')
      .when(tick(60 + HOUR))
      .gives('authority.expired')
      .when(abstention('p-ann', 70 + HOUR))
      .gives('authority.abstained');
    // What was signed between the two, and held back, names the first.
    const first = digest(`abstention p-ann ${s(30)}`);
    again.when(approval('p-ann', 80 + HOUR, { statement: { supersedes: first } })).refuses('approval.supersedes');
  });
});
