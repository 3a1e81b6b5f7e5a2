import { describe, expect, it } from 'vitest';
import { nextInstant } from '../../../core/domain/deadline.ts';
import { INTAKE_LIMIT_S } from '../../../core/domain/stages/request.ts';
import type { EventDraft } from '../../../core/domain/events.ts';
import { given } from './specification.ts';
import {
  approval,
  approved,
  CHAINS,
  cancellation,
  claim,
  DAY,
  evaluated,
  HOUR,
  limited,
  open,
  policyEvaluated,
  receipt,
  refusedWith,
  requested,
  restored,
  riskEvaluated,
  routed,
  s,
  tick,
  upTo,
} from './world.ts';

const expired = (limit: string, seconds: number, at = seconds): EventDraft => ({
  event_type: 'decision.expired',
  timestamp: s(at),
  actor_id: 'SYSTEM',
  limit,
  at: s(seconds),
});

const LIMITS: readonly [limit: string, chain: readonly EventDraft[], seconds: number][] = [
  ['intake_deadline', CHAINS.requested, INTAKE_LIMIT_S],
  ['intake_deadline', CHAINS.policy_evaluated, INTAKE_LIMIT_S],
  ['intake_deadline', CHAINS.risk_evaluated, INTAKE_LIMIT_S],
  ['decision_deadline', CHAINS.routed, DAY],
  ['evidence_valid_until', upTo(limited({ evidence_valid_until: s(HOUR) })), HOUR],
  ['rollback_valid_until', upTo(limited({ rollback_valid_until: s(HOUR) })), HOUR],
  ['decision_deadline', upTo(limited({ rollback_valid_until: null })), DAY],
];

// shows: R77
describe.each(LIMITS)('%s', (limit, chain, seconds) => {
  it('is what time brings next', () => {
    expect(nextInstant(given(chain).state)).toEqual({ limit, at: s(seconds) });
  });

  it('ends the decision at its very instant, and not a millisecond before', () => {
    given(chain)
      .when(tick(seconds - 0.001))
      .nothing();
    const after = given(chain).when(tick(seconds)).then(expired(limit, seconds));
    expect(after.state).toMatchObject({ stage: 'closed', outcome: 'expired', ending: limit });
  });

  it('is named with its own instant, however late the tick', () => {
    given(chain)
      .when(tick(seconds + DAY))
      .then(expired(limit, seconds, seconds + DAY));
  });
});

describe('what time brings next', () => {
  it('is nothing before the beginning and after the end', () => {
    expect([nextInstant(given([]).state), nextInstant(given(CHAINS.closed).state)]).toEqual([null, null]);
  });

  it('is the first approval that ends, before any limit', () => {
    expect(nextInstant(given(CHAINS.authorized).state)).toEqual({ limit: 'approval', at: s(60 + HOUR) });
  });

  it('is a limit where it is before the end of every approval, or at the same instant', () => {
    const chain = (end: number) => [...upTo(limited({ decision_deadline: s(end) })), approved('p-ann', 60)];
    expect(nextInstant(given(chain(HOUR)).state)).toEqual({ limit: 'decision_deadline', at: s(HOUR) });
    expect(nextInstant(given(chain(60 + HOUR)).state)).toEqual({ limit: 'decision_deadline', at: s(60 + HOUR) });
  });

  it('is the confirmation deadline once cleared', () => {
    expect(nextInstant(given(CHAINS.cleared).state)).toEqual({ limit: 'confirm_by', at: s(180 + HOUR) });
  });

  it.each(Object.entries(CHAINS))(
    'in stage %s, a tick at that instant does something, and the one before it nothing',
    (_, chain) => {
      const { state } = given(chain);
      const next = nextInstant(state);
      if (next === null) return;
      const seconds = (Date.parse(next.at) - Date.parse(s(0))) / 1000;
      given(chain)
        .when(tick(seconds - 0.001))
        .nothing();
      expect(given(chain).when(tick(seconds)).decided).toHaveLength(1);
    },
  );
});

describe('a deadline', () => {
  it('comes before the end of an approval at the same instant', () => {
    const chain = [...upTo(limited({ decision_deadline: s(60 + HOUR) })), approved('p-ann', 60)];
    given(chain)
      .when(tick(60 + HOUR))
      .then(expired('decision_deadline', 60 + HOUR));
  });

  it('that has passed without a tick clears nothing, whoever approves meanwhile', () => {
    const chain = upTo(limited({ decision_deadline: s(100) }));
    given([...chain, approved('p-ann', 60)])
      .when(approval('p-bob', 100))
      .gives('authority.approved')
      .when(claim('w-deployer', 100))
      .refuses('claim.expired')
      .when(tick(101))
      .then(expired('decision_deadline', 100, 101));
  });

  it('never approves (ruling 17)', () => {
    for (const chain of Object.values(CHAINS)) {
      const types = given(chain)
        .when(tick(400 * DAY))
        .decided.map((event) => event.event_type);
      expect(types).not.toContain('authority.approved');
      expect(types).not.toContain('execution.cleared');
    }
  });

  it('of intake gives way to those of the route', () => {
    const late = upTo(
      limited({ decision_deadline: s(30 * DAY), evidence_valid_until: s(30 * DAY), rollback_valid_until: null }),
    );
    given(late).when(tick(INTAKE_LIMIT_S)).nothing();
  });
});

describe('a clock that was stepped back', () => {
  it('never makes a chain run backwards', () => {
    given([requested({ timestamp: s(10) })])
      .when(evaluated(5))
      .then(policyEvaluated({ timestamp: s(10) }), riskEvaluated({ timestamp: s(10) }), routed({ timestamp: s(10) }));
    const late = given([...CHAINS.routed, refusedWith('approval.basis', 'p-ann', 600)]);
    late.when(approval('p-bob', 60, { statement: { expires_at: s(600) } })).refuses('approval.expired');
    late.when(approval('p-bob', 60)).gives('authority.approved');
    late.when(cancellation('w-pipeline', 60)).gives('decision.cancelled');
    for (const act of [approval('p-bob', 60), cancellation('w-pipeline', 60), claim('w-deployer', 60), restored(60)]) {
      expect(late.when(act).decided.map(({ timestamp }) => timestamp)).toEqual([s(600)]);
    }
  });

  it('counts lives from where the chain stands, not from the clock', () => {
    const late = given([...CHAINS.authorized, refusedWith('approval.basis', 'p-out', 600)]);
    const after = late.when(claim('w-deployer', 180)).gives('execution.cleared');
    expect(after.drafts.at(-1)).toMatchObject({ timestamp: s(600), not_after: s(1200), confirm_by: s(600 + HOUR) });
  });

  it('does not take back that something ran out', () => {
    const late = given([...CHAINS.routed, refusedWith('approval.basis', 'p-ann', DAY)]);
    late.when(tick(60)).then(expired('decision_deadline', DAY));
    const unconfirmed = given([...CHAINS.cleared, refusedWith('decision.cleared', 'p-ann', 180 + HOUR)]);
    unconfirmed.when(tick(200)).gives('execution.unconfirmed');
    unconfirmed.when(receipt('w-deployer', 200)).gives('execution.confirmed');
  });

  it('opens a decision at whatever it says: nothing stands before', () => {
    given([])
      .when(open(-5))
      .then(requested({ timestamp: s(-5) }));
  });
});
