import { describe, expect, it } from 'vitest';
import { nextInstant } from '../../../core/domain/deadline.ts';
import { countingIn } from '../../../core/domain/state.ts';
import { why } from '../../../core/domain/why.ts';
import { given } from './specification.ts';
import {
  type Actor,
  approval,
  asking,
  claim,
  DELEGABLE,
  delegation,
  digest,
  HOUR,
  MINUTE,
  revocation,
  s,
  standIn,
  tick,
  upTo,
} from './world.ts';

/** One person in the place of another. What refuses either's statement stands in `refusals.test.ts`. */

const routed = upTo(asking({ release_owner: 1, security_owner: 1 }, { delegation: DELEGABLE }));
const statement = digest(`delegation p-ann ${s(60)}`);
const delegated = given(routed)
  .when(delegation('p-ann', 'p-out', 60))
  .gives('authority.delegated');
const inPlace = digest(`approval p-out ${s(90)}`);
const approved = delegated.when(standIn('p-out', 90)).gives('authority.approved');

describe('a delegation', () => {
  it('stands in the chain, and fills nothing by itself', () => {
    expect(delegated.drafts.at(-1)).toEqual({
      event_type: 'authority.delegated',
      timestamp: s(60),
      actor_id: 'p-ann',
      statement,
      delegate: 'p-out',
      role: 'release_owner',
      reason: digest('reason'),
      delegated_at: s(60),
      expires_at: s(60 + HOUR),
    });
    expect(delegated.state).toMatchObject({ stage: 'routed', assignment: [], approvals: [] });
    expect(countingIn(delegated.state)).toEqual([statement]);
  });

  it('lets the delegate fill the one role, as themself, without holding it', () => {
    expect(approved.drafts.at(-1)).toMatchObject({
      actor_id: 'p-out',
      role: 'release_owner',
      roles: ['release_owner'],
      delegation: statement,
      assignment: [{ role: 'release_owner', actor_id: 'p-out', statement: inPlace }],
    });
    const both = approved.when(approval('p-bob', 120)).gives('authority.approved');
    expect(both.state.stage).toBe('authorized');
    const cleared = both.when(claim('w-deployer', 150)).gives('execution.cleared');
    expect(cleared.drafts.at(-1)).toMatchObject({
      assignment: [{ actor_id: 'p-out', role: 'release_owner' }, { actor_id: 'p-bob' }],
      not_after: s(150 + 10 * MINUTE - 60),
      bounded_by: `approval ${inPlace}`,
    });
  });

  it('gives one person one position, though they hold another role themselves', () => {
    const bob = given(routed)
      .when(delegation('p-ann', 'p-bob', 60))
      .gives('authority.delegated');
    const once = bob.when(standIn('p-bob', 90)).gives('authority.approved');
    expect(once.state).toMatchObject({ stage: 'routed' });
    once.when(approval('p-bob', 120)).refuses('approval.repeated');
  });

  it('gives the delegated role alone, also where an escalation lets its holders fill another one', () => {
    const widened = [{ role: 'security_owner', by: ['release_owner'] }];
    const candidates = [{ role: 'security_owner', count: 1, actor_ids: ['p-bob'] }];
    const escalation = [{ at: s(50), widened, candidates }];
    const escalated = given(
      upTo(asking({ release_owner: 1, security_owner: 1 }, { delegation: DELEGABLE, escalation })),
    )
      .when(approval('p-cyd', 40, { statement: { roles: ['release_owner'] } }))
      .gives('authority.approved')
      .when(tick(50))
      .gives('authority.escalated')
      .when(delegation('p-ann', 'p-out', 60))
      .gives('authority.delegated');
    const inPlaceOf = escalated.when(standIn('p-out', 90)).gives('authority.approved');
    expect(inPlaceOf.state).toMatchObject({ stage: 'routed', assignment: [{ role: 'release_owner' }] });
    // Nor once it is counted again, out of the chain.
    inPlaceOf.when(claim('w-deployer', 95)).refuses('claim.authority_missing');
    // A holder who signs for themself fills the other position by now.
    const holder = escalated.when(approval('p-dee', 90, { statement: { roles: ['release_owner'] } }));
    expect(holder.gives('authority.approved').state).toMatchObject({ stage: 'authorized' });
  });

  it('by two people to one leaves one position open', () => {
    const two = upTo(asking({ release_owner: 2 }, { delegation: DELEGABLE }));
    const both = given(two)
      .when(delegation('p-ann', 'p-out', 60))
      .gives('authority.delegated')
      .when(delegation('p-cyd', 'p-out', 70))
      .gives('authority.delegated')
      .when(standIn('p-out', 90))
      .gives('authority.approved');
    expect(both.state).toMatchObject({ stage: 'routed', assignment: [{ actor_id: 'p-out' }] });
    both
      .when(standIn('p-out', 100, { statement: { delegation: digest(`delegation p-cyd ${s(70)}`) } }))
      .refuses('approval.repeated');
  });

  it('ends with its revocation, and so does what was approved on it', () => {
    const whole = approved.when(approval('p-bob', 120)).gives('authority.approved');
    const revoked = whole.when(revocation('p-ann', 150)).gives('authority.revoked');
    expect(revoked.drafts.at(-1)).toMatchObject({
      actor_id: 'p-ann',
      revoked: [statement, inPlace].sort(),
      assignment: [{ actor_id: 'p-bob' }],
      satisfied: false,
    });
    expect(revoked.state).toMatchObject({ stage: 'routed', delegations: [] });
    revoked.when(claim('w-deployer', 160)).refuses('claim.authority_missing');
    // Whoever took it back may sign for themself again, and says that they know of their change of mind.
    revoked.when(approval('p-ann', 170)).gives('authority.approved');
    revoked.when(approval('p-ann', 170, { statement: { supersedes: statement } })).refuses('approval.supersedes');
  });

  it('stands on where the delegate takes back their own approval, and they may approve again', () => {
    const back = approved.when(revocation('p-out', 120)).gives('authority.revoked');
    expect(back.drafts.at(-1)).toMatchObject({ revoked: [inPlace] });
    expect(back.state).toMatchObject({ delegations: [{ statement }] });
    back.when(standIn('p-out', 150)).gives('authority.approved');
  });

  it('of somebody else is not theirs to take back', () => {
    approved.when(revocation('p-out', 120, { statement: { approval: statement } })).refuses('revocation.not_author');
    approved.when(revocation('p-ann', 120, { statement: { approval: inPlace } })).refuses('revocation.not_author');
  });

  it('ends at its instant, on record, and lets its author sign again', () => {
    expect(nextInstant(delegated.state)).toEqual({ limit: 'delegation', at: s(60 + HOUR) });
    delegated.when(tick(60 + HOUR - 0.001)).nothing();
    const ended = delegated.when(tick(60 + HOUR)).then({
      event_type: 'authority.expired',
      timestamp: s(60 + HOUR),
      actor_id: 'SYSTEM',
      statements: [statement],
      assignment: [],
      satisfied: false,
    });
    ended.when(approval('p-ann', 70 + HOUR)).gives('authority.approved');
  });

  it.each([
    ['of who delegated', statement],
    ['of the delegate', inPlace],
  ])('counts no more once the roster in force lacks the eligibility %s', (_, ineligible) => {
    const both = approved.when(approval('p-bob', 120)).gives('authority.approved');
    both.when(claim('w-deployer', 150, { inForce: { ineligible: [ineligible] } })).refuses('claim.authority_missing');
    both.when(claim('w-deployer', 150)).gives('execution.cleared');
  });
});

describe('what a decision with a delegation waits for', () => {
  const awaited = (state: Parameters<typeof why>[0]): readonly (readonly string[])[] =>
    why(state, []).waiting.flatMap(({ causes }) => causes.map(({ from }) => from));
  const ALL: readonly Actor[] = ['p-bob', 'p-cyd', 'p-dee'];

  it('is the delegate, and no more who delegated', () => {
    expect(awaited(delegated.state)).toEqual([['p-cyd', 'p-dee', 'p-out'], ALL]);
    expect(awaited(approved.state)).toEqual([ALL]);
  });

  it('is who delegated again, from the very instant at which that ends', () => {
    const end = 60 + HOUR;
    const reminding = asking({ release_owner: 1 }, { delegation: DELEGABLE, reminders: [s(end - 1), s(end)] });
    const waiting = given(upTo(reminding))
      .when(delegation('p-ann', 'p-out', 60))
      .gives('authority.delegated');
    const before = waiting.when(tick(end - 1)).gives('authority.reminded');
    expect(before.drafts.at(-1)).toMatchObject({ waiting_for: [{ actor_ids: ['p-cyd', 'p-dee', 'p-out'] }] });
    const after = before.when(tick(end)).gives('authority.reminded', 'authority.expired');
    expect(after.drafts.at(-2)).toMatchObject({ waiting_for: [{ actor_ids: ['p-ann', 'p-cyd', 'p-dee'] }] });
  });
});
