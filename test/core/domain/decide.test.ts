import { describe, expect, it } from 'vitest';
import { withDiscarded } from '../../../core/domain/decide.ts';
import type { EventDraft } from '../../../core/domain/events.ts';
import { given, linked } from './specification.ts';
import {
  type Act,
  approval,
  approved,
  CHAINS,
  cancellation,
  claim,
  cleared,
  confirmed,
  DAY,
  digest,
  evaluated,
  open,
  policyEvaluated,
  receipt,
  rejection,
  requested,
  restored,
  ROSTER_AT_OPENING,
  riskEvaluated,
  routed,
  s,
  tick,
} from './world.ts';

describe('the ordinary decision', () => {
  // shows: R21, R33
  it('from the request to the receipt', () => {
    const ann = approved('p-ann', 60);
    given([])
      .when(open())
      .then(requested())
      .when(evaluated())
      .then(policyEvaluated(), riskEvaluated(), routed())
      .when(approval('p-ann', 60))
      .then(ann)
      .when(approval('p-bob', 120))
      .then(approved('p-bob', 120, ann.assignment))
      .when(claim('w-deployer', 180))
      .then(cleared(180))
      .when(receipt('w-deployer', 240))
      .then(confirmed(240))
      .when(tick(2 * DAY))
      .nothing();
  });
});

describe('an evaluation', () => {
  const { policy } = policyEvaluated();
  const denial = { code: 'gate.denied', detail: 'denied by POL-PROD-001', policy, roster: ROSTER_AT_OPENING };
  const denied: EventDraft = { event_type: 'decision.denied', timestamp: s(1), actor_id: 'SYSTEM', ...denial };

  it('that ends in a denial keeps what was evaluated before it', () => {
    const after = given([requested()])
      .when(evaluated(1, { routing: null, denial }))
      .then(policyEvaluated(), riskEvaluated(), denied);
    expect(after.state).toMatchObject({ outcome: 'denied', ending: 'gate.denied', policy: { result: 'escalate' } });
  });

  it('that could run no gate is its denial alone', () => {
    given([requested()])
      .when(evaluated(1, { policy: null, risk: null, routing: null, denial }))
      .then(denied);
  });
});

describe('the record of a restored tail', () => {
  it('says from where, and what the head was', () => {
    given(CHAINS.routed)
      .when(restored(60))
      .then({
        event_type: 'ledger.restored',
        timestamp: s(60),
        actor_id: 'SYSTEM',
        from_sequence: 4,
        head: digest('head'),
      });
  });
});

describe('a statement that comes again', () => {
  const SENT: readonly [string, readonly EventDraft[], Act, verdict: string, code: string | null][] = [
    ['an approval', CHAINS.routed, approval('p-ann', 60), 'accepted', null],
    ['a rejection', CHAINS.routed, rejection('p-ann', 60), 'accepted', null],
    ['a cancellation', CHAINS.routed, cancellation('w-pipeline', 60), 'accepted', null],
    ['a claim', CHAINS.authorized, claim('w-deployer', 150), 'accepted', null],
    ['a receipt', CHAINS.cleared, receipt('w-deployer', 240), 'accepted', null],
    ['a refused approval', CHAINS.routed, approval('p-kit', 60), 'refused', 'approval.by_candidate_creator'],
    ['one that came too early', CHAINS.requested, approval('p-ann', 60), 'refused', 'decision.not_routed'],
    ['a refused claim', CHAINS.routed, claim('w-deployer', 60), 'refused', 'claim.authority_missing'],
  ];

  it.each(SENT)('%s gives nothing, and keeps its answer', (_, before, act, verdict, code) => {
    const first = given(before);
    const once = given([...before, ...first.when(act).decided]);
    const command = act(first.state);
    if (command.type !== 'submit' || once.state.stage === 'empty') throw new TypeError('a statement');
    const recorded = linked(once.drafts)[before.length];
    expect(once.state.answered[command.admitted.digest]).toEqual({
      verdict,
      code,
      event: recorded?.integrity_hash,
      sequence: before.length + 1,
    });
    const again = once.when(() => ({ ...command, id: 'again', at: s(300) })).nothing();
    expect(again.state).toBe(once.state);
  });

  it('is told by its digest, not by its signer', () => {
    const once = given(CHAINS.routed).when(approval('p-ann', 60)).gives('authority.approved');
    once.when(approval('p-ann', 60, { digest: digest('another envelope') })).refuses('approval.repeated');
  });

  it('answers the request too', () => {
    expect(given([requested()]).state).toMatchObject({
      answered: { [digest('request')]: { verdict: 'accepted', code: null, sequence: 1 } },
    });
  });

  it('is not answered by names that every object has', () => {
    const act = approval('p-ann', 60, { digest: 'constructor' });
    expect(
      given(CHAINS.routed)
        .when(act)
        .decided.map((event) => event.event_type),
    ).toEqual(['authority.approved']);
  });
});

describe('the count of discarded statements', () => {
  const counts = { 'statement.signature': 2, 'statement.signer_unknown': 1 };
  const placed = (before: readonly EventDraft[], act: Act, count: Readonly<Record<string, number>> = counts) =>
    withDiscarded(given(before).when(act).decided, count).map((event) => event.event_type);
  const denial = { code: 'gate.denied', detail: '', policy: policyEvaluated().policy, roster: ROSTER_AT_OPENING };

  it.each<readonly [string, readonly EventDraft[], Act, readonly string[]]>([
    ['a receipt', CHAINS.cleared, receipt('w-deployer', 240), ['statements.discarded', 'execution.confirmed']],
    ['no receipt', CHAINS.cleared, tick(DAY), ['statements.discarded', 'execution.unconfirmed']],
    ['an expiry', CHAINS.routed, tick(DAY), ['statements.discarded', 'decision.expired']],
    ['a cancellation', CHAINS.routed, cancellation('w-pipeline', 60), ['statements.discarded', 'decision.cancelled']],
    [
      'a rejection, before its denial',
      CHAINS.routed,
      rejection('p-ann', 60),
      ['authority.rejected', 'statements.discarded', 'decision.denied'],
    ],
    [
      'a denial, after what was evaluated',
      CHAINS.requested,
      evaluated(1, { routing: null, denial }),
      ['policy.evaluated', 'risk.evaluated', 'statements.discarded', 'decision.denied'],
    ],
  ])('stands just before the end: %s', (_, before, act, types) => {
    expect(placed(before, act)).toEqual(types);
    const events = withDiscarded(given(before).when(act).decided, counts);
    expect(given([...before, ...events]).state.stage).toBe('closed');
    const end = events.at(-1);
    expect(events.at(-2)).toEqual({
      event_type: 'statements.discarded',
      timestamp: end?.timestamp,
      actor_id: 'SYSTEM',
      counts,
    });
  });

  it('stands nowhere else', () => {
    expect(placed(CHAINS.routed, approval('p-ann', 60))).toEqual(['authority.approved']);
    expect(placed(CHAINS.routed, tick(60))).toEqual([]);
  });

  it('stands nowhere where there is none', () => {
    expect(placed(CHAINS.cleared, receipt('w-deployer', 240), {})).toEqual(['execution.confirmed']);
  });
});
