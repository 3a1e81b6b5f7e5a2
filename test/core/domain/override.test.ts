import { describe, expect, it } from 'vitest';
import { nextInstant } from '../../../core/domain/deadline.ts';
import { openSlots } from '../../../core/domain/stages/override.ts';
import { given } from './specification.ts';
import {
  abstention,
  approval,
  asking,
  BREAKGLASS,
  claim,
  digest,
  evaluated,
  HOUR,
  override,
  policyEvaluated,
  requested,
  revocation,
  ROSTER_AT_OPENING,
  s,
  tick,
  upTo,
} from './world.ts';

/** Break-glass (R57-R61, ruling 11). What refuses one stands in `refusals.test.ts`. */

const routed = upTo(asking({ release_owner: 1, security_owner: 1 }, { breakglass: BREAKGLASS }));
const critical = routed.map((event) =>
  event.event_type === 'risk.evaluated' ? { ...event, risk_band: 'critical' as const } : event,
);
const axe = digest(`override p-axe ${s(120)}`);
const broken = given(routed).when(override('p-axe', 120)).gives('override.breakglass');

describe('an override', () => {
  // shows: R57, R60
  it('waives who is missing, is marked as what it is, and lets the decision be cleared', () => {
    expect(broken.drafts.at(-1)).toMatchObject({
      actor_id: 'p-axe',
      role: 'breakglass_officer',
      owner: 'p-axe',
      controls: ['pager-watch'],
      overridden_at: s(120),
      expires_at: s(120 + 1800),
      waived: [
        { role: 'release_owner', signatures: 1 },
        { role: 'security_owner', signatures: 1 },
      ],
      assignment: [],
      satisfied: true,
    });
    expect(broken.state.stage).toBe('authorized');
    const cleared = broken.when(claim('w-deployer', 180)).gives('execution.cleared');
    expect(cleared.drafts.at(-1)).toMatchObject({
      assignment: [],
      override: {
        statements: [axe],
        waived: [
          { role: 'release_owner', signatures: 1 },
          { role: 'security_owner', signatures: 1 },
        ],
        review_role: 'auditor',
        review_by: s(180 + BREAKGLASS.review_s),
      },
    });
  });

  // shows: R61
  it('comes too late for what a hard gate denied: nobody is asked there, and nothing is waived', () => {
    const policy = policyEvaluated({
      result: 'deny',
      gates: [{ ...policyEvaluated().gates[0]!, id: 'POL-SEC-001', hard: true, result: 'deny' }],
    });
    const denial = {
      code: 'gate.denied',
      detail: 'denied by POL-SEC-001',
      policy: policy.policy,
      roster: ROSTER_AT_OPENING,
    };
    const denied = given([requested()])
      .when(evaluated(1, { policy, routing: null, denial }))
      .gives('policy.evaluated', 'risk.evaluated', 'decision.denied');
    const after = denied.when(override('p-axe', 120)).nothing().when(claim('w-deployer', 180)).nothing();
    expect(after.state).toMatchObject({ stage: 'closed', outcome: 'denied' });
  });

  it('keeps who has signed, and waives the rest', () => {
    const after = given(routed)
      .when(approval('p-ann', 60))
      .gives('authority.approved')
      .when(override('p-axe', 120))
      .gives('override.breakglass');
    expect(after.drafts.at(-1)).toMatchObject({
      waived: [{ role: 'security_owner', signatures: 1 }],
      assignment: [{ role: 'release_owner', actor_id: 'p-ann' }],
    });
  });

  // shows: R58
  it('bounds the permit by its own end', () => {
    const late = broken.when(claim('w-deployer', 120 + 1800 - 30)).gives('execution.cleared');
    expect(late.drafts.at(-1)).toMatchObject({ not_after: s(120 + 1800), bounded_by: `override ${axe}` });
  });

  it('does not stand in a clearance that needs none, nor bound it', () => {
    const complete = broken
      .when(approval('p-ann', 130))
      .gives('authority.approved')
      .when(approval('p-bob', 140))
      .gives('authority.approved')
      .when(claim('w-deployer', 180))
      .gives('execution.cleared');
    expect(complete.drafts.at(-1)).not.toHaveProperty('override');
    expect(complete.drafts.at(-1)).toMatchObject({ bounded_by: 'permit_life_s' });
  });

  // shows: R58
  it('ends at its very expiry, and the people are missing again', () => {
    broken.when(claim('w-deployer', 120 + 1800)).refuses('claim.authority_missing');
    const ended = broken.when(tick(120 + 1800)).gives('authority.expired');
    expect(ended.drafts.at(-1)).toMatchObject({ statements: [axe], satisfied: false });
    expect(ended.state).toMatchObject({ stage: 'routed', overrides: [] });
  });

  it('is taken back by its author; one that was held back does not count afterwards', () => {
    const back = broken.when(revocation('p-axe', 150)).gives('authority.revoked');
    expect(back.drafts.at(-1)).toMatchObject({ revoked: [axe], satisfied: false });
    back
      .when(override('p-axe', 160, { statement: { supersedes: digest('another') } }))
      .refuses('approval.supersedes')
      .when(override('p-axe', 170))
      .gives('override.breakglass');
  });

  it('that was not needed is in the record, and in no clearance', () => {
    const complete = given(routed)
      .when(approval('p-ann', 60))
      .gives('authority.approved')
      .when(approval('p-bob', 90))
      .gives('authority.approved')
      .when(override('p-axe', 120))
      .gives('override.breakglass');
    expect(complete.drafts.at(-1)).toMatchObject({ waived: [], satisfied: true });
    // One of them has left: now it is needed, and says so.
    const ann = digest(`approval p-ann ${s(60)}`);
    const cleared = complete
      .when(claim('w-deployer', 180, { inForce: { ineligible: [ann] } }))
      .gives('execution.cleared');
    expect(cleared.drafts.at(-1)).toMatchObject({ override: { waived: [{ role: 'release_owner', signatures: 1 }] } });
  });

  it('that was signed and not brought yet is made void by an abstention', () => {
    given(routed)
      .when(abstention('p-axe', 130))
      .gives('authority.abstained')
      .when(override('p-axe', 140, { statement: { supersedes: undefined } as never }))
      .refuses('approval.supersedes');
  });

  it('is what time ends next, and then the people are awaited again', () => {
    expect(nextInstant(broken.state)).toEqual({ limit: 'override', at: s(120 + 1800) });
  });

  it('counts no more where its signer is no longer what they were', () => {
    broken.when(claim('w-deployer', 180, { inForce: { ineligible: [axe] } })).refuses('claim.authority_missing');
  });
});

describe('a critical decision', () => {
  // shows: R59
  it('takes two persons, whatever is broken', () => {
    const one = given(critical).when(override('p-axe', 120)).gives('override.breakglass');
    expect(one.state.stage).toBe('routed');
    one.when(claim('w-deployer', 130)).refuses('claim.authority_missing');
    expect(one.when(override('p-max', 140)).gives('override.breakglass').state.stage).toBe('authorized');
    expect(one.when(approval('p-ann', 140)).gives('authority.approved').state.stage).toBe('authorized');
  });
});

describe('open slots', () => {
  it('are what an assignment leaves, by role', () => {
    const slots = [
      { role: 'b', signatures: 2 },
      { role: 'a', signatures: 1 },
    ];
    expect(openSlots(slots, [{ role: 'b', actor_id: 'p', statement: digest('x') }])).toEqual([
      { role: 'a', signatures: 1 },
      { role: 'b', signatures: 1 },
    ]);
    expect(openSlots([], [])).toEqual([]);
  });
});

it('a decision that waits for nobody in particular for an hour is not cleared by an override that has ended', () => {
  given(routed)
    .when(override('p-axe', 60))
    .gives('override.breakglass')
    .when(claim('w-deployer', HOUR))
    .refuses('claim.authority_missing');
});
