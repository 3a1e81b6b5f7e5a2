import { describe, expect, it } from 'vitest';
import type { RefusalCode } from '../../../core/domain/errors.ts';
import { askedSince } from '../../../core/domain/state.ts';
import { why } from '../../../core/domain/why.ts';
import { given } from './specification.ts';
import {
  abstention,
  anew,
  anewFromNewer,
  approval,
  asking,
  BASIS,
  BREAKGLASS,
  BRIEF,
  CHAINS,
  CHANGED,
  claim,
  condition,
  DELEGABLE,
  delegation,
  digest,
  HOUR,
  MINUTE,
  NEW_BASIS,
  NEWER,
  override,
  reevaluate,
  reevaluation,
  revocation,
  ROSTER_AT_OPENING,
  ROSTER_IN_FORCE,
  s,
  standIn,
  tick,
  upTo,
} from './world.ts';

/** A decision that is evaluated anew (R48, ruling 4). What refuses a reevaluation stands in `refusals.test.ts`. */

const EVENTS = ['decision.reevaluated', 'policy.evaluated', 'risk.evaluated', 'authority.routed'] as const;
const { routed, authorized, cleared } = CHAINS;
const [ann, bob] = [digest(`approval p-ann ${s(60)}`), digest(`approval p-bob ${s(120)}`)];
const first = given(routed).events.at(-1)?.integrity_hash ?? '';
/** As a statement was signed under the first routing. */
const under = { basis: BASIS, brief: BRIEF, routed: first };
const fromNewer = { statement: NEWER, reevaluation: anewFromNewer() };

describe('on the same basis, under another roster', () => {
  it('approvals of whoever is still eligible go on counting, and nobody signs twice', () => {
    const after = given(authorized)
      .when(reevaluation('w-pipeline', 150))
      .gives(...EVENTS);
    expect(after.drafts.slice(-4)).toMatchObject([
      { actor_id: 'w-pipeline', claim: null, basis: { before: BASIS, after: BASIS }, changed: [], ended: [] },
      {},
      {},
      {
        roster: ROSTER_IN_FORCE,
        satisfied: true,
        kept: [ann, bob].sort(),
        assignment: [{ statement: ann }, { statement: bob }],
      },
    ]);
    expect(after.state.stage).toBe('authorized');
    after.when(approval('p-ann', 160)).refuses('approval.repeated');
    after.when(claim('w-deployer', 180)).gives('execution.cleared');
  });

  it('the approval of whoever left ends, and somebody who has come may sign', () => {
    const after = given(authorized)
      .when(reevaluation('w-deployer', 150, { reevaluation: anew({}, { ineligible: [ann] }) }))
      .gives(...EVENTS);
    expect(after.drafts.slice(-4)).toMatchObject([{ ended: [ann] }, {}, {}, { satisfied: false, kept: [bob] }]);
    expect(after.state).toMatchObject({
      stage: 'routed',
      approvals: [{ statement: bob }],
      assignment: [{ statement: bob }],
    });
    after.when(claim('w-deployer', 155)).refuses('claim.authority_missing');
    after
      .when(approval('p-cyd', 160))
      .gives('authority.approved')
      .when(claim('w-deployer', 180))
      .gives('execution.cleared');
  });

  it('whoever bears a duty under the new roster fills no slot, whatever they signed before', () => {
    const barred = [{ actor_id: 'p-bob', duties: ['candidate_creator' as const] }];
    const after = given(authorized)
      .when(reevaluation('w-pipeline', 150, { reevaluation: anew({ barred }) }))
      .gives(...EVENTS);
    expect(after.drafts.slice(-4)).toMatchObject([{ ended: [bob] }, {}, {}, { kept: [ann] }]);
  });

  it('an approval that was signed under the routing before counts under this one', () => {
    const after = given(routed)
      .when(reevaluation('w-pipeline', 60))
      .gives(...EVENTS);
    after
      .when(approval('p-ann', 70, { statement: under }))
      .gives('authority.approved')
      .when(approval('p-bob', 80))
      .gives('authority.approved')
      .when(claim('w-deployer', 90))
      .gives('execution.cleared');
    after.when(approval('p-ann', 70, { statement: { ...under, brief: digest('brief 2') } })).refuses('approval.brief');
    after.when(approval('p-ann', 70, { statement: { routed: digest('none') } })).refuses('approval.routed_unknown');
  });

  it('keeps who took their word back, and a broken glass with its end', () => {
    const breakable = upTo(asking({ release_owner: 1, security_owner: 1 }, { breakglass: BREAKGLASS }));
    const facts = anew({ breakglass: BREAKGLASS });
    const after = given(breakable)
      .when(approval('p-ann', 60))
      .gives('authority.approved')
      .when(revocation('p-ann', 70))
      .gives('authority.revoked')
      .when(override('p-axe', 80))
      .gives('override.breakglass')
      .when(reevaluation('w-pipeline', 90, { reevaluation: facts }))
      .gives(...EVENTS);
    expect(after.state).toMatchObject({ stage: 'authorized', overrides: [{ actor_id: 'p-axe' }] });
    after.when(approval('p-ann', 95, { statement: { supersedes: undefined } as never })).refuses('approval.supersedes');
    after.when(tick(80 + BREAKGLASS.life_s)).gives('authority.expired');
  });

  it('drops what had expired by then', () => {
    const late = given(authorized)
      .when(reevaluation('w-pipeline', 60 + HOUR))
      .gives(...EVENTS);
    expect(late.drafts.slice(-4)).toMatchObject([{ ended: [ann] }, {}, {}, { kept: [bob], satisfied: false }]);
  });
});

/** The ways of a decision in which release owners may delegate, and p-ann has, to p-out, who approved in their place. */
const delegable = upTo(asking({ release_owner: 1, security_owner: 1 }, { delegation: DELEGABLE }));
const delegated = given(delegable)
  .when(delegation('p-ann', 'p-out', 60))
  .gives('authority.delegated')
  .when(standIn('p-out', 90))
  .gives('authority.approved')
  .when(approval('p-bob', 120))
  .gives('authority.approved');
const given1 = digest(`delegation p-ann ${s(60)}`);
const inPlace = digest(`approval p-out ${s(90)}`);
const anewDelegable = (routing: Parameters<typeof anew>[0] = {}, change: Parameters<typeof anew>[1] = {}) =>
  anew({ delegation: DELEGABLE, ...routing }, change);

describe('a delegation', () => {
  const under1 = (reevaluated: ReturnType<typeof anew>, statement = {}) =>
    delegated.when(reevaluation('w-pipeline', 150, { statement, reevaluation: reevaluated })).gives(...EVENTS);

  it('goes on while both are eligible, and with it the approval that rests on it', () => {
    const after = under1(anewDelegable());
    expect(after.drafts.slice(-4)).toMatchObject([
      { ended: [] },
      {},
      {},
      { satisfied: true, kept: [given1, inPlace, bob].sort() },
    ]);
    expect(after.state).toMatchObject({ delegations: [{ statement: given1, actor_id: 'p-ann', delegate: 'p-out' }] });
    // The slot stays spent.
    after.when(approval('p-ann', 160)).refuses('approval.by_delegator');
    after.when(claim('w-deployer', 180)).gives('execution.cleared');
  });

  it.each<[string, RefusalCode, ReturnType<typeof anew>]>([
    [
      'who delegated, or whom they named, is no longer eligible',
      'approval.delegation',
      anewDelegable({}, { ineligible: [given1] }),
    ],
    [
      'who delegated bears a duty now',
      'approval.delegation',
      anewDelegable({ barred: [{ actor_id: 'p-ann', duties: ['requester'] }] }),
    ],
    [
      'whom they named bears a duty now',
      'approval.by_requester',
      anewDelegable({ barred: [{ actor_id: 'p-out', duties: ['requester'] }] }),
    ],
  ])('ends where %s, and with it what rests on it', (_says, code, facts) => {
    const after = under1(facts);
    expect(after.drafts.slice(-4)).toMatchObject([
      { ended: [given1, inPlace].sort() },
      {},
      {},
      { satisfied: false, kept: [bob] },
    ]);
    expect(after.state).toMatchObject({ stage: 'routed', delegations: [], approvals: [{ statement: bob }] });
    after.when(claim('w-deployer', 180)).refuses('claim.authority_missing');
    after.when(standIn('p-out', 160)).refuses(code);
  });

  it('that nobody has used yet ends by itself where who was named left, and its author may approve again', () => {
    const unused = given(delegable)
      .when(delegation('p-ann', 'p-out', 60))
      .gives('authority.delegated');
    const facts = anewDelegable({}, { ineligible: [given1] });
    const after = unused.when(reevaluation('w-pipeline', 90, { reevaluation: facts })).gives(...EVENTS);
    after.when(approval('p-ann', 100)).gives('authority.approved');
    const kept = unused.when(reevaluation('w-pipeline', 90, { reevaluation: anewDelegable() })).gives(...EVENTS);
    kept.when(standIn('p-out', 100)).gives('authority.approved');
  });

  it('ends with the basis', () => {
    const after = under1(anewDelegable({ basis_digest: NEW_BASIS }, { asked: NEWER, changed: CHANGED }), NEWER);
    expect(after.drafts.at(-4)).toMatchObject({ ended: [given1, inPlace, bob].sort() });
    expect(after.state).toMatchObject({ delegations: [], approvals: [] });
    after.when(approval('p-ann', 160)).gives('authority.approved');
  });

  it('that was signed under the routing before counts under this one, and on another basis does not', () => {
    const before = given(delegable);
    const bound = { basis: BASIS, brief: BRIEF, routed: before.events.at(-1)?.integrity_hash ?? '' };
    const late = delegation('p-ann', 'p-out', 70, { statement: bound });
    before
      .when(reevaluation('w-pipeline', 60, { reevaluation: anewDelegable() }))
      .gives(...EVENTS)
      .when(late)
      .gives('authority.delegated');
    const facts = anewDelegable({ basis_digest: NEW_BASIS }, { asked: NEWER, changed: CHANGED });
    before
      .when(reevaluation('w-pipeline', 60, { statement: NEWER, reevaluation: facts }))
      .gives(...EVENTS)
      .when(late)
      .refuses('approval.basis_changed');
  });
});

describe('a condition', () => {
  const ALARM = {
    id: 'alarm',
    what: digest('what'),
    due: s(HOUR),
    role: 'incident_lead',
    before: 'clearance',
  } as const;
  const asked = given(routed)
    .when(approval('p-ann', 60, { statement: { conditions: [ALARM] } }))
    .gives('authority.approved')
    .when(approval('p-bob', 120))
    .gives('authority.approved');

  it('stands with its approval on the same basis, and so does what was said of it', () => {
    const open = asked.when(reevaluation('w-pipeline', 150)).gives(...EVENTS);
    open.when(claim('w-deployer', 180)).refuses('claim.condition_open');
    open
      .when(condition('p-lea', 160))
      .gives('condition.settled')
      .when(claim('w-deployer', 180))
      .gives('execution.cleared');
    const settled = asked.when(condition('p-lea', 140)).gives('condition.settled');
    settled
      .when(reevaluation('w-pipeline', 150))
      .gives(...EVENTS)
      .when(claim('w-deployer', 180))
      .gives('execution.cleared');
    const breach = { statement: { verdict: 'breached' as const } };
    asked
      .when(condition('p-lea', 140, breach))
      .gives('condition.settled')
      .when(reevaluation('w-pipeline', 150))
      .gives(...EVENTS)
      .when(claim('w-deployer', 180))
      .refuses('claim.condition_breached');
  });

  it('ends with its approval on another basis', () => {
    const after = asked.when(reevaluation('w-pipeline', 150, fromNewer)).gives(...EVENTS);
    after.when(condition('p-lea', 160)).refuses('condition.unknown');
    after
      .when(approval('p-ann', 160))
      .gives('authority.approved')
      .when(approval('p-bob', 170))
      .gives('authority.approved')
      .when(claim('w-deployer', 180))
      .gives('execution.cleared');
  });
});

describe('an escalation', () => {
  const step = (minutes: number, by: string) => ({
    at: s(minutes * MINUTE),
    widened: [{ role: 'security_owner', by: [by] }],
    candidates: [{ role: 'security_owner', count: 3, actor_ids: ['p-bob', 'p-cyd', 'p-dee'] }],
  });
  const notices = {
    reminders: [s(10 * MINUTE), s(40 * MINUTE)],
    escalation: [step(30, 'incident_lead'), step(50, 'sre')],
  };
  const slots = { release_owner: 1, security_owner: 1 };
  const waiting = given(upTo(asking(slots, notices)));
  const escalated = waiting
    .when(tick(10 * MINUTE))
    .gives('authority.reminded')
    .when(tick(30 * MINUTE))
    .gives('authority.escalated');
  const anewAt = (minutes: number, facts: ReturnType<typeof anew>, statement = {}) =>
    reevaluation('w-pipeline', minutes * MINUTE, { statement, reevaluation: facts });

  it('that has come goes on letting wider roles sign on the same basis, and comes no second time', () => {
    const after = escalated.when(anewAt(35, anew(notices))).gives(...EVENTS);
    expect(after.state).toMatchObject({ escalated: 1, reminded: s(10 * MINUTE) });
    after.when(tick(36 * MINUTE)).nothing();
    after
      .when(tick(40 * MINUTE))
      .gives('authority.reminded')
      .when(tick(50 * MINUTE))
      .gives('authority.escalated');
    const filled = after.when(approval('p-lea', 36 * MINUTE)).gives('authority.approved');
    expect(filled.drafts.at(-1)).toMatchObject({ role: 'security_owner', roles: ['incident_lead'] });
  });

  it('leaves the approvals of wider roles where they were', () => {
    const filled = escalated
      .when(approval('p-lea', 31 * MINUTE))
      .gives('authority.approved')
      .when(approval('p-ann', 32 * MINUTE))
      .gives('authority.approved');
    const after = filled.when(anewAt(35, anew(notices))).gives(...EVENTS);
    expect(after.state.stage).toBe('authorized');
    expect(after.drafts.at(-1)).toMatchObject({
      satisfied: true,
      assignment: [
        { role: 'release_owner', actor_id: 'p-ann' },
        { role: 'security_owner', actor_id: 'p-lea' },
      ],
    });
    after.when(claim('w-deployer', 36 * MINUTE)).gives('execution.cleared');
  });

  it('begins anew on another basis, and on another route', () => {
    const later = { reminders: [s(45 * MINUTE)], escalation: [step(65, 'incident_lead'), step(85, 'sre')] };
    const other = anew({ ...later, basis_digest: NEW_BASIS }, { asked: NEWER, changed: CHANGED });
    const after = escalated.when(anewAt(35, other, NEWER)).gives(...EVENTS);
    expect(after.state).not.toHaveProperty('escalated');
    expect(after.state).not.toHaveProperty('reminded');
    after.when(approval('p-lea', 36 * MINUTE)).refuses('approval.role_not_required');
    after
      .when(tick(45 * MINUTE))
      .gives('authority.reminded')
      .when(tick(65 * MINUTE))
      .gives('authority.escalated');
    const rerouted = escalated.when(anewAt(35, anew({ ...notices, route: 'another' }))).gives(...EVENTS);
    expect(rerouted.state).not.toHaveProperty('escalated');
    rerouted.when(tick(36 * MINUTE)).gives('authority.escalated');
  });

  it('that was due goes out before the decision is evaluated anew, whoever brings that about', () => {
    waiting.when(anewAt(31, anew(notices))).gives('authority.reminded', 'authority.escalated', ...EVENTS);
    const refused = waiting.when(claim('w-deployer', 9 * MINUTE)).refuses('claim.authority_missing');
    const after = refused.when(reevaluate(11 * MINUTE, anew(notices))).gives('authority.reminded', ...EVENTS);
    after.when(tick(12 * MINUTE)).nothing();
    waiting.when(reevaluate(11 * MINUTE, anew(notices))).nothing();
  });

  it('is counted from the first of the routes that follow one another on one basis', () => {
    const at = (chain: typeof waiting) => askedSince(chain.state as Parameters<typeof askedSince>[0]);
    const first = waiting.events.at(-1)?.timestamp;
    const same = escalated.when(anewAt(35, anew(notices))).gives(...EVENTS);
    expect(at(waiting)).toBe(first);
    expect(at(same)).toBe(first);
    const other = anew({ basis_digest: NEW_BASIS }, { asked: NEWER, changed: CHANGED });
    const moved = same.when(anewAt(37, other, NEWER)).gives(...EVENTS);
    expect(at(moved)).toBe(s(37 * MINUTE));
  });
});

describe('on another basis', () => {
  const after = given(authorized)
    .when(reevaluation('w-pipeline', 150, fromNewer))
    .gives(...EVENTS);

  // shows: R48
  it('every approval ends, is listed, and the event says what changed', () => {
    expect(after.drafts.slice(-4)).toMatchObject([
      { basis: { before: BASIS, after: NEW_BASIS }, changed: CHANGED, ended: [ann, bob].sort(), asked: NEWER },
      {},
      {},
      { basis_digest: NEW_BASIS, satisfied: false, kept: [], assignment: [] },
    ]);
    expect(after.state).toMatchObject({ stage: 'routed', approvals: [], assignment: [] });
    after.when(claim('w-deployer', 155)).refuses('claim.authority_missing');
    after.when(claim('w-deployer', 155, { statement: { basis: BASIS } })).refuses('claim.basis');
  });

  it('re-signing is one act: whoever had signed signs the new basis, and need not take anything back', () => {
    after
      .when(approval('p-ann', 160))
      .gives('authority.approved')
      .when(approval('p-bob', 170))
      .gives('authority.approved')
      .when(claim('w-deployer', 180))
      .gives('execution.cleared');
  });

  it('an approval of the old basis is refused with a code of its own, which names what says the difference', () => {
    const refused = after.when(approval('p-cyd', 160, { statement: under })).refuses('approval.basis_changed');
    const reevaluated = after.events.find((event) => event.event_type === 'decision.reevaluated');
    expect(refused.drafts.at(-1)).toMatchObject({ reevaluated: reevaluated?.integrity_hash });
    const never = after
      .when(approval('p-cyd', 160, { statement: { basis: digest('never') } }))
      .refuses('approval.basis');
    expect(never.drafts.at(-1)).not.toHaveProperty('reevaluated');
  });

  it('no approval comes back with a later routing of the old basis', () => {
    const back = after
      .when(reevaluation('w-pipeline', 200, { reevaluation: anew({}, { changed: CHANGED }), digest: digest('again') }))
      .gives(...EVENTS);
    expect(back.state).toMatchObject({ stage: 'routed', approvals: [] });
    expect(back.drafts.at(-1)).toMatchObject({ kept: [] });
    // The very statements that had ended are answered already, and bring about nothing.
    back.when(approval('p-ann', 210, { digest: ann, statement: under })).nothing();
  });

  it('is a denial where the evaluation denies', () => {
    const denial = { code: 'gate.denied', detail: 'denied by POL-1', policy: null, roster: null };
    const facts = anewFromNewer();
    if (facts.refused !== null) throw new TypeError('possible');
    const evaluation = { policy: facts.evaluation.policy, risk: null, routing: null, denial };
    const denied = given(authorized)
      .when(reevaluation('w-pipeline', 150, { statement: NEWER, reevaluation: { ...facts, evaluation, changed: [] } }))
      .gives('decision.reevaluated', 'policy.evaluated', 'decision.denied');
    expect(denied.drafts.at(-3)).toMatchObject({ basis: { before: BASIS, after: null }, ended: [ann, bob].sort() });
    expect(denied.state).toMatchObject({ stage: 'closed', outcome: 'denied', ending: 'gate.denied' });
  });
});

describe('by itself', () => {
  const left = { inForce: { ineligible: [ann] } };
  const refused = given(authorized)
    .when(claim('w-deployer', 150, left))
    .refuses('claim.authority_missing');
  const facts = anew({}, { ineligible: [ann] });

  it('after a claim was refused because who approved is no longer eligible', () => {
    const after = refused.when(reevaluate(151, facts)).gives(...EVENTS);
    expect(after.drafts.at(-4)).toMatchObject({
      actor_id: 'SYSTEM',
      statement: null,
      claim: digest(`claim w-deployer ${s(150)}`),
      ended: [ann],
    });
    after.when(reevaluate(152, facts)).nothing();
  });

  it('never without such a claim, and not where the roster is the one that was frozen', () => {
    given(authorized).when(reevaluate(150, facts)).nothing();
    const same = given(routed)
      .when(claim('w-deployer', 150, { inForce: { roster: ROSTER_AT_OPENING } }))
      .refuses('claim.authority_missing');
    same.when(reevaluate(151)).nothing();
    given(cleared).when(reevaluate(190)).nothing();
    const obstacle = { code: 'claim.policy_withdrawn' as const };
    const withdrawn = given(authorized)
      .when(claim('w-deployer', 150, { inForce: { obstacle } }))
      .refuses(obstacle.code);
    withdrawn.when(reevaluate(151)).nothing();
  });

  it('never from other evidence or another policy than before, and never to an end', () => {
    refused.when(reevaluate(151, anewFromNewer())).nothing();
    const denial = { code: 'route.impossible', detail: 'nobody', policy: null, roster: null };
    const denied = { ...facts, evaluation: { policy: null, risk: null, routing: null, denial } };
    refused.when(reevaluate(151, denied)).nothing();
    refused.when(reevaluate(151, { refused: 'reevaluation.no_standing' })).nothing();
  });

  it('is not begun between two events of an evaluation', () => {
    const torn = [...authorized, ...refused.when(reevaluate(151, facts)).decided.slice(0, 1)];
    const between = given(torn.toSpliced(authorized.length, 0, ...refused.drafts.slice(authorized.length)));
    expect(between.state.stage).toBe('requested');
    between.when(() => ({ type: 'evaluate', id: 'evaluate', at: s(152), evaluation: anewOf() })).nothing();
  });
});

function anewOf() {
  const facts = anew();
  if (facts.refused !== null) throw new TypeError('possible');
  return facts.evaluation;
}

describe('why', () => {
  const says = (state: Parameters<typeof why>[0]) =>
    JSON.stringify(why(state, []).waiting.flatMap(({ causes }) => causes.map((cause) => cause.says)));

  it('says that approvals ended, and which members of the basis are others', () => {
    const after = given(authorized)
      .when(reevaluation('w-pipeline', 150, fromNewer))
      .gives(...EVENTS);
    expect(says(after.state)).toContain('2 signatures ended: the basis changed (evidence.packet)');
    const left = given(authorized)
      .when(reevaluation('w-pipeline', 150, { reevaluation: anew({}, { ineligible: [ann] }) }))
      .gives(...EVENTS);
    expect(says(left.state)).toContain('1 signature ended: whoever gave them is not eligible under the roster now');
    const same = given(authorized)
      .when(reevaluation('w-pipeline', 150))
      .gives(...EVENTS);
    expect(says(same.state)).not.toContain('ended');
  });

  it('says that the policy was withdrawn, and who can do something about it', () => {
    const obstacle = { code: 'claim.policy_withdrawn' as const };
    const refused = given(authorized)
      .when(claim('w-deployer', 150, { inForce: { obstacle } }))
      .refuses(obstacle.code);
    expect(why(refused.state, []).waiting[0]?.causes).toMatchObject([{ what: 'policy', from: ['w-pipeline'] }]);
  });
});

describe('an abstention', () => {
  it('that was signed under the routing before stands under this one', () => {
    const after = given(routed)
      .when(reevaluation('p-boss', 60))
      .gives(...EVENTS);
    after.when(abstention('p-dee', 70, { statement: under })).gives('authority.abstained');
  });
});
