import { describe, expect, it } from 'vitest';
import { nextInstant } from '../../../core/domain/deadline.ts';
import { statusOf } from '../../../core/domain/state.ts';
import { given } from './specification.ts';
import {
  anewFromNewer,
  approval,
  BASIS,
  cancellation,
  CHAINS,
  claim,
  limited,
  MINUTE,
  NEWER,
  reevaluation,
  routed,
  s,
  tick,
  upTo,
} from './world.ts';

/** What went wrong in products near to this one, each by its public issue, and does not here. */

const { requested, authorized } = CHAINS;
/** Routed, with five minutes to decide. */
const hurried = upTo(limited({ decision_deadline: s(300) }));

describe('an approval', () => {
  it('that comes before the wait for it has begun is refused and recorded, and opens nothing later (inngest#1433)', () => {
    const early = given(requested).when(approval('p-ann', 30)).refuses('decision.not_routed');
    expect(early.state).toMatchObject({ stage: 'requested' });
    // The same statement again gets the same answer, also once somebody waits for one.
    early.when(approval('p-ann', 30)).nothing();
  });

  it('at the very instant of the timeout comes too late: the instant is the timeout’s (spinnaker#6385)', () => {
    const almost = given(hurried).when(approval('p-ann', 60)).gives('authority.approved');
    const late = almost.when(tick(300)).gives('decision.expired');
    late.when(approval('p-bob', 300)).nothing();
    // Whichever of the two is served first: what it approves cannot be cleared at that instant either.
    almost
      .when(approval('p-bob', 299))
      .gives('authority.approved')
      .when(claim('w-deployer', 300))
      .refuses('claim.expired');
  });
});

describe('what was approved', () => {
  it('on evidence that has changed since is stale at dispatch: nobody is cleared on it (mcp-hangar#674)', () => {
    const changed = given(authorized)
      .when(reevaluation('w-pipeline', 150, { statement: NEWER, reevaluation: anewFromNewer() }))
      .gives('decision.reevaluated', 'policy.evaluated', 'risk.evaluated', 'authority.routed');
    // As the executor was told before the evidence changed, and as it is told now.
    changed.when(claim('w-deployer', 160, { statement: { basis: BASIS } })).refuses('claim.basis');
    changed.when(claim('w-deployer', 160)).refuses('claim.authority_missing');
  });
});

describe('an escalation that is configured', () => {
  const escalated = upTo(
    routed({
      escalation: [
        { at: s(300), widened: [{ role: 'security_owner', by: ['incident_lead'] }], candidates: [] },
        { at: s(600), widened: [{ role: 'release_owner', by: ['incident_lead'] }], candidates: [] },
      ],
    }),
  );

  it('is what a worker wakes for, and fires (open-mercato#2293)', () => {
    expect(nextInstant(given(escalated).state)).toEqual({ limit: 'escalation', at: s(300) });
    given(escalated).when(tick(299)).nothing();
    const fired = given(escalated).when(tick(300)).gives('authority.escalated');
    expect(nextInstant(fired.state)).toEqual({ limit: 'escalation', at: s(600) });
    fired.when(approval('p-lea', 310)).gives('authority.approved');
  });

  it('fires with whatever comes next, where no worker was there in time', () => {
    given(escalated)
      .when(approval('p-lea', 700))
      .gives('authority.escalated', 'authority.escalated', 'authority.approved');
  });
});

describe('a timeout', () => {
  it('ends the decision, and runs nothing (manual-approval#192)', () => {
    const expired = given(hurried).when(tick(300)).gives('decision.expired');
    expect(expired.state).toMatchObject({ stage: 'closed', outcome: 'expired' });
    expect(nextInstant(expired.state)).toBeNull();
    expired.when(claim('w-deployer', 310)).nothing();
  });

  it('of an approved decision that nobody has claimed runs nothing either', () => {
    const far = nextInstant(given(authorized).state);
    expect(far?.limit).toBe('approval');
    given(upTo(limited({ decision_deadline: s(5 * MINUTE) })))
      .when(approval('p-ann', 60))
      .gives('authority.approved')
      .when(approval('p-bob', 61))
      .gives('authority.approved')
      .when(tick(5 * MINUTE))
      .gives('decision.expired');
  });

  it('leaves the decision to be looked at: who signed, what was asked, and how it ended (teleport#68308)', () => {
    const expired = given(hurried)
      .when(approval('p-ann', 60))
      .gives('authority.approved')
      .when(tick(300))
      .gives('decision.expired');
    const { state } = expired;
    if (state.stage !== 'closed') throw new TypeError(state.stage);
    expect(statusOf(state)).toBe('expired');
    expect(state.routing?.required_roles).toEqual(['release_owner', 'security_owner']);
    expect(state.assignment).toMatchObject([{ actor_id: 'p-ann' }]);
    expect(Object.values(state.answered).filter(({ verdict }) => verdict === 'accepted')).toHaveLength(2);
  });
});

it('a cancellation of a decision that waits ends it, and nothing waits any more (argo-workflows#17041)', () => {
  const cancelled = given(CHAINS.routed).when(cancellation('w-pipeline', 60)).gives('decision.cancelled');
  expect(cancelled.state).toMatchObject({ stage: 'closed', outcome: 'cancelled' });
  expect(nextInstant(cancelled.state)).toBeNull();
  cancelled.when(approval('p-ann', 70)).nothing();
});
