import { describe, expect, it } from 'vitest';
import { deadlineOf, nextInstant } from '../../../core/domain/deadline.ts';
import { awaitedIn } from '../../../core/domain/notices.ts';
import { type DecisionState, restingIn, type StateAt } from '../../../core/domain/state.ts';
import { why } from '../../../core/domain/why.ts';
import { given } from './specification.ts';
import {
  type Actor,
  abstention,
  anew,
  anewFromNewer,
  approval,
  asking,
  BREAKGLASS,
  claim,
  DAY,
  digest,
  extension,
  handOver,
  HOUR,
  limited,
  MINUTE,
  nudge,
  OPERABLE,
  override,
  ownNudge,
  PEOPLE,
  reassignment,
  reevaluation,
  rejection,
  s,
  tick,
  upTo,
} from './world.ts';

/** What people do about the waiting. What is refused of it stands in `refusals.test.ts`. */

const SLOTS = { release_owner: 1, security_owner: 1 };
const routed = upTo(asking(SLOTS, { operation: OPERABLE }));
const reevaluated = ['decision.reevaluated', 'policy.evaluated', 'risk.evaluated', 'authority.routed'] as const;

const askedFor = (role: string, state: DecisionState): readonly string[] =>
  awaitedIn(state as StateAt<'routed'>).find((awaited) => awaited.role === role)?.actor_ids ?? [];

describe('a nudge', () => {
  const nudged = given(routed).when(nudge('p-ops', 60)).gives('operation.nudged');

  it('names whoever is waited for, and changes nothing but the time of the last one', () => {
    expect(nudged.drafts.at(-1)).toEqual({
      event_type: 'operation.nudged',
      timestamp: s(60),
      actor_id: 'p-ops',
      statement: digest(`nudge p-ops ${s(60)}`),
      actor_role: 'release_manager',
      reason: digest('reason'),
      waiting_for: [
        { role: 'release_owner', signatures: 1, actor_ids: ['p-ann', 'p-cyd', 'p-dee'] },
        { role: 'security_owner', signatures: 1, actor_ids: ['p-bob', 'p-cyd', 'p-dee'] },
      ],
    });
    expect(nudged.state).toMatchObject({ stage: 'routed', operations: { count: 1, nudged: s(60) } });
  });

  it('comes again after the interval, by whoever asked as well, in no role', () => {
    const again = nudged.when(ownNudge('w-pipeline', 60 + HOUR)).gives('operation.nudged');
    expect(again.drafts.at(-1)).not.toHaveProperty('actor_role');
    given(routed).when(ownNudge('p-boss', 60)).gives('operation.nudged');
  });

  it('finds open what a dead approval had filled, before anybody has said that it died', () => {
    const both = given(routed)
      .when(approval('p-ann', 60))
      .gives('authority.approved')
      .when(approval('p-bob', 90))
      .gives('authority.approved');
    const late = both.when(nudge('p-ops', 60 + HOUR)).gives('operation.nudged');
    expect(late.drafts.at(-1)).toMatchObject({
      waiting_for: [{ role: 'release_owner', actor_ids: ['p-ann', 'p-cyd', 'p-dee'] }],
    });
  });
});

describe('an extension', () => {
  const until = s(DAY + 2 * HOUR);
  const extended = given(routed)
    .when(extension('p-ops', DAY + 2 * HOUR, 60))
    .gives('operation.extended');

  it('says from where and to where, and moves the deadline alone', () => {
    expect(extended.drafts.at(-1)).toEqual({
      event_type: 'operation.extended',
      timestamp: s(60),
      actor_id: 'p-ops',
      statement: digest(`extension p-ops ${s(60)}`),
      actor_role: 'release_manager',
      reason: digest('reason'),
      before: s(DAY),
      until,
    });
    expect(deadlineOf(extended.state as StateAt<'routed'>)).toEqual({ limit: 'decision_deadline', at: until });
    expect(nextInstant(extended.state)).toEqual({ limit: 'decision_deadline', at: until });
  });

  it('lets the decision go on until the new instant, and end there', () => {
    extended.when(tick(DAY)).nothing();
    extended.when(tick(DAY + 2 * HOUR - 0.001)).nothing();
    const ended = extended.when(tick(DAY + 2 * HOUR)).gives('decision.expired');
    expect(ended.drafts.at(-1)).toMatchObject({ limit: 'decision_deadline', at: until });
  });

  it('bounds the permit by the new deadline', () => {
    const late = DAY + 2 * HOUR - 2 * MINUTE;
    const cleared = extended
      .when(approval('p-ann', DAY + HOUR + 30 * MINUTE))
      .gives('authority.approved')
      .when(approval('p-bob', DAY + HOUR + 31 * MINUTE))
      .gives('authority.approved')
      .when(claim('w-deployer', late))
      .gives('execution.cleared');
    expect(cleared.drafts.at(-1)).toMatchObject({ not_after: until, bounded_by: 'decision_deadline' });
  });

  it('revives nothing: what was approved before ends at its own expiry', () => {
    const approved = given(routed)
      .when(approval('p-ann', 60))
      .gives('authority.approved')
      .when(extension('p-ops', DAY + 2 * HOUR, 90))
      .gives('operation.extended');
    const expired = approved.when(tick(60 + HOUR)).gives('authority.expired');
    expect(expired.state).toMatchObject({ stage: 'routed', approvals: [], assignment: [] });
  });

  it('goes as far as the policy lets it in several steps, and no further', () => {
    extended
      .when(extension('p-ops', DAY + 4 * HOUR, 90))
      .gives('operation.extended')
      .when(extension('p-ops', DAY + 4 * HOUR + 1, 120))
      .refuses('extension.beyond_policy');
  });

  it('may come once everything is approved', () => {
    const both = given(routed)
      .when(approval('p-ann', 60))
      .gives('authority.approved')
      .when(approval('p-bob', 90))
      .gives('authority.approved')
      .when(extension('p-ops', DAY + HOUR, 120))
      .gives('operation.extended');
    expect(both.state.stage).toBe('authorized');
  });

  it('comes after what had become due, and before what has not', () => {
    const reminding = upTo(asking(SLOTS, { operation: OPERABLE, reminders: [s(HOUR)] }));
    given(reminding)
      .when(extension('p-ops', DAY + HOUR, HOUR))
      .gives('authority.reminded', 'operation.extended');
  });
});

describe('a reassignment', () => {
  const handed = given(routed)
    .when(handOver(['p-ann', 'p-cyd'], 60))
    .gives('operation.reassigned');

  it('stands in the chain, and has the one asked instead of the other', () => {
    expect(handed.drafts.at(-1)).toEqual({
      event_type: 'operation.reassigned',
      timestamp: s(60),
      actor_id: 'p-ann',
      statement: digest(`reassignment p-ann ${s(60)}`),
      role: 'release_owner',
      from: 'p-ann',
      to: 'p-cyd',
      reason: digest('reason'),
    });
    expect(askedFor('release_owner', handed.state)).toEqual(['p-cyd', 'p-dee']);
    expect(askedFor('security_owner', handed.state)).toEqual(['p-bob', 'p-cyd', 'p-dee']);
  });

  it('says in which role an operator acts', () => {
    const by = given(routed)
      .when(reassignment('p-ops', ['p-ann', 'p-cyd'], 60))
      .gives('operation.reassigned');
    expect(by.drafts.at(-1)).toMatchObject({ actor_id: 'p-ops', actor_role: 'release_manager' });
  });

  it('needs no operators where one hands over what waits for oneself', () => {
    given(upTo(asking(SLOTS)))
      .when(handOver(['p-ann', 'p-cyd'], 60))
      .gives('operation.reassigned');
  });

  it('takes nothing from whoever was relieved: they may still approve, and still reject', () => {
    const approved = handed.when(approval('p-ann', 90)).gives('authority.approved');
    expect(approved.drafts.at(-1)).toMatchObject({ role: 'release_owner' });
    handed.when(rejection('p-ann', 90)).gives('authority.rejected', 'decision.denied');
  });

  it('leaves whoever was relieved out of reminders', () => {
    const reminding = upTo(asking(SLOTS, { reminders: [s(HOUR)] }));
    const reminded = given(reminding)
      .when(handOver(['p-ann', 'p-cyd'], 60))
      .gives('operation.reassigned')
      .when(tick(HOUR))
      .gives('authority.reminded');
    expect(reminded.drafts.at(-1)).toMatchObject({
      waiting_for: [{ role: 'release_owner', actor_ids: ['p-cyd', 'p-dee'] }, { role: 'security_owner' }],
    });
  });

  it('goes from hand to hand, and asks whom it comes back to once more', () => {
    const on = handed
      .when(handOver(['p-cyd', 'p-dee'], 90))
      .gives('operation.reassigned')
      .when(handOver(['p-dee', 'p-ann'], 120))
      .gives('operation.reassigned');
    expect(askedFor('release_owner', on.state)).toEqual(['p-ann']);
    on.when(handOver(['p-ann', 'p-cyd'], 150)).gives('operation.reassigned');
  });

  it('relieves nobody where too few others are left', () => {
    const two = given(upTo(asking({ release_owner: 2 })))
      .when(handOver(['p-ann', 'p-cyd'], 60))
      .gives('operation.reassigned');
    expect(askedFor('release_owner', two.state)).toEqual(['p-cyd', 'p-dee']);
    const fewer = two.when(abstention('p-dee', 90)).gives('authority.abstained');
    expect(askedFor('release_owner', fewer.state)).toEqual(['p-ann', 'p-cyd']);
  });

  it('relieves nobody where who is left has broken glass, and so approves no more', () => {
    const critical = upTo(asking({ release_owner: 1 }, { breakglass: BREAKGLASS })).map((event) =>
      event.event_type === 'risk.evaluated' ? { ...event, risk_band: 'critical' as const } : event,
    );
    const roles = [...PEOPLE['p-cyd'].roles, BREAKGLASS.role];
    const left = given(critical)
      .when(handOver(['p-ann', 'p-cyd'], 60))
      .gives('operation.reassigned')
      .when(abstention('p-dee', 90))
      .gives('authority.abstained');
    expect(askedFor('release_owner', left.state)).toEqual(['p-cyd']);
    const broken = left.when(override('p-cyd', 120, { signer: { roles } })).gives('override.breakglass');
    expect(broken.state.stage).toBe('routed');
    broken.when(approval('p-cyd', 150)).refuses('approval.by_overrider');
    expect(askedFor('release_owner', broken.state)).toContain('p-ann');
  });
});

describe('evaluated anew', () => {
  const acted = given(routed)
    .when(nudge('p-ops', 60))
    .gives('operation.nudged')
    .when(extension('p-ops', DAY + 3 * HOUR, 70))
    .gives('operation.extended')
    .when(handOver(['p-ann', 'p-cyd'], 80))
    .gives('operation.reassigned');
  const onward = (facts: ReturnType<typeof anew>, statement = {}) =>
    acted.when(reevaluation('w-pipeline', 90, { reevaluation: facts, statement })).gives(...reevaluated);
  const newer = anewFromNewer();
  const withOperators = (facts: ReturnType<typeof anew>, operation: object | undefined) => {
    if (facts.refused !== null || facts.evaluation.routing === null) throw new TypeError('evaluated to a route');
    const { operation: _, ...routing } = facts.evaluation.routing;
    const merged = { ...routing, ...(operation === undefined ? {} : { operation }) } as typeof facts.evaluation.routing;
    return { ...facts, evaluation: { ...facts.evaluation, routing: merged } };
  };
  const NEWER_EVIDENCE = { evidence: { packet: digest('packet 2'), statement: digest('evidence 2') } };

  it('goes on with all of it on the same basis', () => {
    const same = onward(withOperators(anew(), OPERABLE));
    expect(same.state).toMatchObject({
      operations: {
        count: 3,
        nudged: s(60),
        until: s(DAY + 3 * HOUR),
        reassigned: [{ role: 'release_owner', from: 'p-ann', to: 'p-cyd' }],
      },
    });
    same.when(nudge('p-ops', 120)).refuses('nudge.too_soon');
  });

  it('takes an act under an earlier route of the same basis, and none on the basis before', () => {
    const seen = { basis: digest('basis'), routed: given(routed).events.at(-1)?.integrity_hash ?? '' };
    const same = onward(withOperators(anew(), OPERABLE));
    same.when(extension('p-ops', DAY + 4 * HOUR, 120, { statement: seen })).gives('operation.extended');
    const other = onward(withOperators(newer, OPERABLE), NEWER_EVIDENCE);
    other.when(extension('p-ops', DAY + 4 * HOUR, 120, { statement: seen })).refuses('operation.basis');
  });

  it('asks everybody anew on another basis, and leaves the deadline where it was moved to', () => {
    const other = onward(withOperators(newer, OPERABLE), NEWER_EVIDENCE);
    expect(other.state).toMatchObject({ operations: { count: 3, nudged: s(60), until: s(DAY + 3 * HOUR) } });
    expect(other.state).not.toHaveProperty('operations.reassigned');
    expect(askedFor('release_owner', other.state)).toEqual(['p-ann', 'p-cyd', 'p-dee']);
    other.when(tick(DAY + HOUR)).nothing();
  });

  it.each([
    ['as far as the new route lets it', { ...OPERABLE, extend_until: s(DAY + HOUR) }, s(DAY + HOUR)],
    ['not at all where the new route lets nobody', { roles: OPERABLE.roles, nudge_every_s: HOUR }, s(DAY)],
    ['not at all where the new route names no operators', undefined, s(DAY)],
  ])('keeps the deadline moved %s', (_, operation, at) => {
    const other = onward(withOperators(newer, operation), NEWER_EVIDENCE);
    expect(deadlineOf(other.state as StateAt<'routed'>)).toEqual({ limit: 'decision_deadline', at });
  });
});

/** Whatever is done about the waiting: who has approved, and what that comes to, is what it would be without. */
describe('no act', () => {
  const acts = [
    ['a nudge', nudge('p-ops', 200)],
    ['an extension', extension('p-ops', DAY + HOUR, 200)],
    ['a reassignment', reassignment('p-ops', ['p-cyd', 'p-dee'], 200)],
    ['a hand-over', handOver(['p-cyd', 'p-dee'], 200)],
    [
      'a nudge by an approver who operates as well',
      nudge('p-cyd', 200, { signer: { roles: [...PEOPLE['p-cyd'].roles, 'release_manager'] } }),
    ],
  ] as const;
  const approvers: readonly (readonly Actor[])[] = [[], ['p-bob']];

  it.each(acts)('fills a position, ends or adds a statement, or touches the route: %s', (_, act) => {
    for (const before of approvers) {
      const stands = before.reduce(
        (chain, who, index) => chain.when(approval(who, 60 + index)).gives('authority.approved'),
        given(routed),
      );
      const after = given([...stands.drafts, ...stands.when(act).decided]);
      for (const member of ['approvals', 'overrides', 'delegations', 'assignment', 'routing', 'withdrawn', 'stage'])
        expect(after.state, member).toHaveProperty(member, stands.state[member as keyof typeof stands.state]);
      expect(restingIn(after.state)).toEqual(restingIn(stands.state));
      after.when(claim('w-deployer', 210)).refuses('claim.authority_missing');
    }
  });
});

describe('why', () => {
  it('says who could do what about it, and who is asked instead of whom', () => {
    const acted = given(routed)
      .when(nudge('p-ops', 60))
      .gives('operation.nudged')
      .when(extension('p-ops', DAY + HOUR, 70))
      .gives('operation.extended')
      .when(handOver(['p-ann', 'p-cyd'], 80))
      .gives('operation.reassigned');
    const { waiting, next } = why(acted.state, []);
    const said = waiting[0]?.causes.map(({ what, says, from }) => [what, says, from]);
    expect(said).toContainEqual(['reassignment', 'p-cyd is asked for release_owner instead of p-ann', ['p-cyd']]);
    const operators = `may nudge (last ${s(60)}) or reassign, and may move the deadline from ${s(DAY + HOUR)} to ${s(DAY + 4 * HOUR)} at most`;
    expect(said).toContainEqual(['operators', operators, ['release_manager']]);
    expect(next).toContainEqual({ at: s(DAY + HOUR), what: 'decision_deadline runs out' });
  });

  it('says nothing of operators where the policy names none', () => {
    const { waiting } = why(given(upTo(limited({}))).state, []);
    expect(waiting[0]?.causes.map(({ what }) => what)).toEqual(['role release_owner', 'role security_owner']);
  });
});
