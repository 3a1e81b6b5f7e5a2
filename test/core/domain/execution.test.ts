import { describe, expect, it } from 'vitest';
import { EXECUTION_RESULTS } from '../../../core/domain/vocabulary.ts';
import { statusOf } from '../../../core/domain/state.ts';
import { given } from './specification.ts';
import {
  approval,
  asking,
  BOTH,
  CHAINS,
  claim,
  cleared,
  confirmed,
  DAY,
  type DraftOf,
  digest,
  HOUR,
  limited,
  MINUTE,
  PERMIT,
  receipt,
  s,
  tick,
  upTo,
} from './world.ts';

const { authorized } = CHAINS;

describe('a claim', () => {
  // shows: R69
  it('is cleared for whoever claims first, with everything that the permit rests on', () => {
    const after = given(authorized).when(claim('w-deployer', 180)).then(cleared(180));
    expect(after.state).toMatchObject({ stage: 'cleared', clearance: { executor: 'w-deployer', at: s(180) } });
    after.when(claim('w-spare', 181)).refuses('claim.already_cleared');
  });

  it('is cleared without anybody where the route asks for nobody', () => {
    given(upTo(asking({})))
      .when(claim('w-spare', 60))
      .then(cleared(60, { actor_id: 'w-spare', claim: digest(`claim w-spare ${s(60)}`), assignment: [] }));
  });

  it('counts only approvers who are eligible still, and another in the place of one who is not', () => {
    const ineligible = [digest(`approval p-ann ${s(60)}`)];
    given(authorized)
      .when(approval('p-cyd', 150))
      .gives('authority.approved')
      .when(claim('w-deployer', 180, { inForce: { ineligible } }))
      .then(
        cleared(180, {
          assignment: [
            { role: 'release_owner', actor_id: 'p-cyd', statement: digest(`approval p-cyd ${s(150)}`) },
            ...BOTH.filter(({ actor_id }) => actor_id === 'p-bob'),
          ],
        }),
      );
  });

  it('that was refused may be made again, as another statement', () => {
    const ineligible = [digest(`approval p-ann ${s(60)}`)];
    given(authorized)
      .when(claim('w-deployer', 150, { inForce: { ineligible } }))
      .refuses('claim.authority_missing')
      .when(claim('w-deployer', 180))
      .gives('execution.cleared');
  });

  // shows: R66
  it('cannot be judged without the roster in force', () => {
    given(authorized)
      .when(claim('w-deployer', 180, { inForce: null }))
      .throws('decision.illegal_command');
    given(authorized)
      .when(claim('p-out', 180, { inForce: null }))
      .refuses('claim.not_executor');
  });
});

// shows: R47
describe('a permit ends with the first that it rests on', () => {
  /** Approved by p-ann and p-bob in minutes 1 and 2, claimed in minute 3. */
  const permit = (routing: DraftOf<'authority.routed'>, bobLives = HOUR) =>
    given(upTo(routing))
      .when(approval('p-ann', 60))
      .gives('authority.approved')
      .when(approval('p-bob', 120, { statement: { expires_at: s(120 + bobLives) } }))
      .gives('authority.approved')
      .when(claim('w-deployer', 180))
      .gives('execution.cleared')
      .drafts.at(-1) as DraftOf<'execution.cleared'>;
  const bobs = `approval ${digest(`approval p-bob ${s(120)}`)}`;
  const anns = `approval ${digest(`approval p-ann ${s(60)}`)}`;

  it.each([
    ['its own life', limited({}), undefined, 'permit_life_s', 180 + 10 * MINUTE],
    ['the decision deadline', limited({ decision_deadline: s(300) }), undefined, 'decision_deadline', 300],
    ['the evidence', limited({ evidence_valid_until: s(301) }), undefined, 'evidence_valid_until', 301],
    ['the rollback test', limited({ rollback_valid_until: s(302) }), undefined, 'rollback_valid_until', 302],
    [
      'no rollback test, where none is demanded',
      limited({ rollback_valid_until: null }),
      undefined,
      'permit_life_s',
      780,
    ],
    ["one signer's approval", limited({}), 4 * MINUTE, bobs, 120 + 4 * MINUTE],
    ["the other signer's", limited({ permit_life_s: 2 * HOUR }), undefined, anns, 60 + HOUR],
    [
      'the first of several',
      limited({ decision_deadline: s(400), evidence_valid_until: s(300) }),
      4 * MINUTE,
      'evidence_valid_until',
      300,
    ],
    [
      'limits before approvals where they end together',
      limited({ decision_deadline: s(360) }),
      4 * MINUTE,
      'decision_deadline',
      360,
    ],
  ])('%s', (_, routing, bobLives, bounded_by, seconds) => {
    expect(permit(routing, bobLives)).toMatchObject({ bounded_by, not_after: s(seconds), confirm_by: s(180 + HOUR) });
  });

  it('and not with an approval that fills nothing', () => {
    const short = { statement: { expires_at: s(240) } };
    const after = given(authorized)
      .when(approval('p-dee', 150, short))
      .gives('authority.approved')
      .when(claim('w-deployer', 180))
      .then(cleared(180));
    expect(after.state).toMatchObject({ assignment: BOTH });
  });

  it('which is after the claim, by a millisecond at least', () => {
    const at = (seconds: number) =>
      given(upTo(asking({}, { limits: limited({ decision_deadline: s(300) }).limits }))).when(
        claim('w-deployer', seconds),
      );
    at(300).refuses('claim.expired');
    at(299.999).gives('execution.cleared');
  });
});

describe('a receipt', () => {
  const { cleared: standing } = CHAINS;

  // shows: R68
  it.each(EXECUTION_RESULTS)('of %s ends the decision', (result) => {
    const execution = { ...confirmed(240).execution, result };
    const { state } = given(standing)
      .when(receipt('w-deployer', 240, { statement: { result } }))
      .then(confirmed(240, { execution }));
    const outcome = result === 'success' ? 'executed' : 'execution_failed';
    expect(state).toMatchObject({ stage: 'closed', outcome, ending: result });
    expect(statusOf(state)).toBe('executed');
  });

  // shows: R71
  it.each([
    ['another subject than was approved', digest('another candidate')],
    ['no subject', null],
  ])('for %s is a failure, whatever it says', (_, subject) => {
    const { state } = given(standing)
      .when(receipt('w-deployer', 240, { statement: { subject } }))
      .then(confirmed(240, { subject, subject_matches: false }));
    expect(state).toMatchObject({ outcome: 'execution_failed', ending: 'subject_differs' });
  });

  it.each([
    ['at the end of the permit', 180 + 10 * MINUTE, false],
    ['a millisecond after it', 180 + 10 * MINUTE + 0.001, true],
    ['at the confirmation deadline, where it comes before the tick', 180 + HOUR, true],
  ])('%s', (_, seconds, late) => {
    given(standing).when(receipt('w-deployer', seconds)).then(confirmed(seconds, { late }));
  });

  it('of a permit that was never ours ends nothing', () => {
    const { state } = given(standing)
      .when(receipt('w-deployer', 240, { permit: null }))
      .refuses('receipt.permit_unknown');
    expect(state).toMatchObject({ stage: 'cleared' });
  });

  // shows: R65
  it('says what the executor says', () => {
    const said = {
      permit: PERMIT,
      tool: 'other.tool',
      receipt_id: 'rcpt-2',
      started_at: s(200),
      finished_at: s(230),
      command: digest('c'),
    };
    const after = given(standing)
      .when(receipt('w-deployer', 240, { statement: said }))
      .gives('execution.confirmed');
    const { tool, receipt_id, ...rest } = said;
    expect(after.drafts.at(-1)).toMatchObject({ ...rest, execution: { tool, receipt_id } });
  });
});

describe('no receipt', () => {
  const { cleared: standing } = CHAINS;

  it('at exactly the confirmation deadline is unconfirmed, for good', () => {
    const after = given(standing)
      .when(tick(180 + HOUR))
      .then({
        event_type: 'execution.unconfirmed',
        timestamp: s(180 + HOUR),
        actor_id: 'SYSTEM',
        confirm_by: s(180 + HOUR),
      });
    expect(after.state).toMatchObject({ stage: 'closed', outcome: 'unconfirmed' });
    expect(statusOf(after.state)).toBe('authorized');
    after.when(receipt('w-deployer', 2 * HOUR)).nothing();
    after.when(claim('w-deployer', 2 * HOUR)).nothing();
    after.when(tick(2 * DAY)).nothing();
  });

  it('a millisecond before is nothing yet', () => {
    given(standing)
      .when(tick(180 + HOUR - 0.001))
      .nothing();
  });

  it('is not expired by any limit of the route: those ended with the clearance', () => {
    const chain = upTo(
      asking({}, { limits: { ...limited({ decision_deadline: s(300) }).limits, confirmation_s: HOUR } }),
    );
    given(chain).when(claim('w-deployer', 200)).gives('execution.cleared').when(tick(400)).nothing();
  });
});
