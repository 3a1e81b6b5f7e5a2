import { describe, expect, it } from 'vitest';
import { decide } from '../../../core/domain/decide.ts';
import { EVENT_TYPES, type EventDraft, type EventType } from '../../../core/domain/events.ts';
import { evolve, fold } from '../../../core/domain/evolve.ts';
import { type DecisionState, type Stage, statusOf } from '../../../core/domain/state.ts';
import { LEGAL, SAMPLES } from './legal-events.ts';
import { codeThrown, given, linked } from './specification.ts';
import {
  type Act,
  abstention,
  backout,
  approval,
  approved,
  asking,
  BASIS,
  CHAINS,
  cancellation,
  claim,
  condition,
  delegation,
  type DraftOf,
  DAY,
  digest,
  evaluated,
  extension,
  handOver,
  HOUR,
  nudge,
  open,
  override,
  receipt,
  refusedWith,
  rejection,
  review,
  revocation,
  requested,
  restored,
  s,
  tick,
  upTo,
} from './world.ts';

const STAGES = Object.keys(CHAINS) as Stage[];

/** Late enough that everything in a chain has happened, and early enough that nothing has run out. */
const NOW = 300;

const COMMANDS = {
  open: open(NOW),
  evaluate: evaluated(NOW),
  approval: approval('p-dee', NOW),
  rejection: rejection('p-dee', NOW),
  override: override('p-axe', NOW),
  revocation: revocation('p-ann', NOW, { statement: { approval: digest(`approval p-ann ${s(60)}`) } }),
  abstention: abstention('p-dee', NOW),
  delegation: delegation('p-dee', 'p-out', NOW),
  nudge: nudge('p-ops', NOW),
  extension: extension('p-ops', 2 * DAY, NOW),
  'hand-over': handOver(['p-cyd', 'p-dee'], NOW),
  condition: condition('p-lea', NOW),
  cancellation: cancellation('w-pipeline', NOW),
  claim: claim('w-deployer', NOW),
  receipt: receipt('w-deployer', NOW),
  review: review('p-out', NOW),
  backout: backout('w-deployer', NOW),
  'tick too early': tick(NOW),
  'tick when due': tick(400 * DAY),
  restored: restored(NOW),
} satisfies Record<string, Act>;

const NOT_ROUTED = {
  approval: 'refused: decision.not_routed',
  rejection: 'refused: decision.not_routed',
  override: 'refused: decision.not_routed',
  revocation: 'refused: decision.not_routed',
  abstention: 'refused: decision.not_routed',
  delegation: 'refused: decision.not_routed',
  nudge: 'refused: decision.not_routed',
  extension: 'refused: decision.not_routed',
  'hand-over': 'refused: decision.not_routed',
  condition: 'refused: decision.not_routed',
  cancellation: 'decision.cancelled',
  claim: 'refused: decision.not_routed',
  receipt: 'refused: receipt.not_cleared',
  review: 'refused: review.not_due',
  backout: 'refused: backout.not_closed',
};
const OPEN = {
  open: 'throws decision.already_open',
  'tick too early': 'nothing',
  'tick when due': 'decision.expired',
  restored: 'ledger.restored',
};

/** Every command in every stage: what it gives. */
const EXPECTED: Record<Stage, Record<keyof typeof COMMANDS, string>> = {
  empty: {
    open: 'decision.requested',
    evaluate: 'nothing',
    approval: 'throws decision.illegal_command',
    rejection: 'throws decision.illegal_command',
    override: 'throws decision.illegal_command',
    revocation: 'throws decision.illegal_command',
    abstention: 'throws decision.illegal_command',
    delegation: 'throws decision.illegal_command',
    nudge: 'throws decision.illegal_command',
    extension: 'throws decision.illegal_command',
    'hand-over': 'throws decision.illegal_command',
    condition: 'throws decision.illegal_command',
    cancellation: 'throws decision.illegal_command',
    claim: 'throws decision.illegal_command',
    receipt: 'throws decision.illegal_command',
    review: 'throws decision.illegal_command',
    backout: 'throws decision.illegal_command',
    'tick too early': 'nothing',
    'tick when due': 'nothing',
    restored: 'throws decision.illegal_command',
  },
  requested: { ...OPEN, ...NOT_ROUTED, evaluate: 'policy.evaluated, risk.evaluated, authority.routed' },
  policy_evaluated: { ...OPEN, ...NOT_ROUTED, evaluate: 'nothing' },
  risk_evaluated: { ...OPEN, ...NOT_ROUTED, evaluate: 'nothing' },
  routed: {
    ...OPEN,
    evaluate: 'nothing',
    approval: 'authority.approved',
    rejection: 'authority.rejected, decision.denied',
    override: 'refused: override.not_allowed',
    revocation: 'refused: revocation.not_live',
    abstention: 'authority.abstained',
    delegation: 'refused: delegation.not_allowed',
    nudge: 'refused: operation.not_allowed',
    extension: 'refused: operation.not_allowed',
    'hand-over': 'operation.reassigned',
    condition: 'refused: condition.unknown',
    cancellation: 'decision.cancelled',
    claim: 'refused: claim.authority_missing',
    receipt: 'refused: receipt.not_cleared',
    review: 'refused: review.not_due',
    backout: 'refused: backout.not_closed',
  },
  authorized: {
    ...OPEN,
    evaluate: 'nothing',
    approval: 'authority.approved',
    rejection: 'authority.rejected, decision.denied',
    override: 'refused: override.not_allowed',
    revocation: 'authority.revoked',
    abstention: 'authority.abstained',
    delegation: 'refused: delegation.not_allowed',
    nudge: 'refused: operation.not_allowed',
    extension: 'refused: operation.not_allowed',
    'hand-over': 'refused: reassignment.role',
    condition: 'refused: condition.unknown',
    cancellation: 'decision.cancelled',
    claim: 'execution.cleared',
    receipt: 'refused: receipt.not_cleared',
    review: 'refused: review.not_due',
    backout: 'refused: backout.not_closed',
  },
  cleared: {
    ...OPEN,
    evaluate: 'nothing',
    approval: 'refused: decision.cleared',
    rejection: 'refused: decision.cleared',
    override: 'refused: decision.cleared',
    revocation: 'refused: decision.cleared',
    abstention: 'refused: decision.cleared',
    delegation: 'refused: decision.cleared',
    nudge: 'refused: decision.cleared',
    extension: 'refused: decision.cleared',
    'hand-over': 'refused: decision.cleared',
    condition: 'refused: condition.unknown',
    cancellation: 'refused: decision.cleared',
    claim: 'refused: claim.already_cleared',
    receipt: 'execution.confirmed',
    review: 'refused: review.not_due',
    backout: 'refused: backout.not_closed',
    'tick when due': 'execution.unconfirmed',
  },
  closed: {
    open: 'throws decision.already_open',
    evaluate: 'nothing',
    approval: 'nothing',
    rejection: 'nothing',
    override: 'nothing',
    revocation: 'nothing',
    abstention: 'nothing',
    delegation: 'nothing',
    nudge: 'nothing',
    extension: 'nothing',
    'hand-over': 'nothing',
    condition: 'nothing',
    cancellation: 'nothing',
    claim: 'nothing',
    receipt: 'nothing',
    review: 'nothing',
    backout: 'nothing',
    'tick too early': 'nothing',
    'tick when due': 'nothing',
    restored: 'nothing',
  },
};

function outcome(act: Act, state: DecisionState): string {
  let events: readonly EventDraft[] = [];
  const code = codeThrown(() => {
    events = decide(act(state), state);
  });
  if (code !== undefined) return `throws ${code}`;
  const [first] = events;
  if (first === undefined) return 'nothing';
  if (first.event_type === 'statement.refused') return `refused: ${first.code}`;
  return events.map((event) => event.event_type).join(', ');
}

describe('decide', () => {
  // shows: R18
  it.each(STAGES)('in stage %s', (stage) => {
    const { state } = given(CHAINS[stage]);
    expect(state.stage).toBe(stage);
    const actual = Object.fromEntries(Object.entries(COMMANDS).map(([name, act]) => [name, outcome(act, state)]));
    expect(actual).toEqual(EXPECTED[stage]);
  });

  it.each(STAGES)('writes in stage %s only what may follow there', (stage) => {
    const { events, state } = given(CHAINS[stage]);
    for (const [name, act] of Object.entries(COMMANDS)) {
      if (EXPECTED[stage][name as keyof typeof COMMANDS].startsWith('throws')) continue;
      const batch = linked(decide(act(state), state), state.head);
      expect(
        codeThrown(() => fold([...events, ...batch])),
        name,
      ).toBeUndefined();
    }
  });
});

describe('evolve', () => {
  // shows: R18
  it.each(STAGES)('in stage %s takes what is legal there, and refuses every other type', (stage) => {
    const { state } = given(CHAINS[stage]);
    const follow = (type: EventType): string => {
      const [event] = linked([{ ...SAMPLES[type], timestamp: s(NOW) }], state.head);
      if (event === undefined) throw new Error('not linked');
      let next: Stage | undefined;
      const code = codeThrown(() => {
        next = evolve(state, event).stage;
      });
      return code ?? `leads to ${next}`;
    };
    const actual = Object.fromEntries(EVENT_TYPES.map((type) => [type, follow(type)]));
    const expected = Object.fromEntries(
      EVENT_TYPES.map((type) => {
        const next = LEGAL[stage][type];
        return [type, next === undefined ? 'decision.illegal_event' : `leads to ${next}`];
      }),
    );
    expect(actual).toEqual(expected);
  });

  it('goes straight to authorized where the route asks for nobody', () => {
    expect(given(upTo(asking({}))).state.stage).toBe('authorized');
  });

  it('becomes authorized with the approval that satisfies, and routed again with the expiry that does not', () => {
    const ann = approved('p-ann', 60);
    const bob = approved('p-bob', 120, ann.assignment);
    const ended: DraftOf<'authority.expired'> = {
      event_type: 'authority.expired',
      timestamp: s(60 + HOUR),
      actor_id: 'SYSTEM',
      statements: [ann.statement],
      assignment: bob.assignment.filter(({ actor_id }) => actor_id === 'p-bob'),
      satisfied: false,
    };
    const stages = [...CHAINS.routed, ann, bob, ended].map((_, i, chain) => given(chain.slice(0, i + 1)).state.stage);
    expect(stages.slice(3)).toEqual(['routed', 'routed', 'authorized', 'routed']);
  });

  const [first, second] = linked(CHAINS.policy_evaluated);
  if (first === undefined || second === undefined) throw new Error('no chain');
  const foreign = {
    'a gap in the sequence': { ...second, sequence: 3 },
    'a sequence that stands already': { ...second, sequence: 1 },
    'another event before it': { ...second, previous_hash: digest('another') },
    'a second beginning': { ...second, previous_hash: 'GENESIS' as const },
    "another decision's event": { ...second, decision_id: 'another' },
    'a time before the last': { ...second, timestamp: s(-1) },
  };

  // shows: R7
  it.each(Object.entries(foreign))('refuses %s', (_, event) => {
    const state = fold([first]);
    expect(codeThrown(() => evolve(state, second))).toBeUndefined();
    expect(codeThrown(() => evolve(state, event))).toBe('decision.illegal_event');
  });

  // shows: R3
  it('refuses a chain that begins elsewhere', () => {
    expect(codeThrown(() => fold([{ ...first, sequence: 2 }]))).toBe('decision.illegal_event');
    expect(codeThrown(() => fold([{ ...first, previous_hash: digest('another') }]))).toBe('decision.illegal_event');
  });

  it('says where, what was expected and what came', () => {
    expect(() => evolve(fold([first]), { ...first, sequence: 2, previous_hash: first.integrity_hash })).toThrow(
      'decision.illegal_event at $.event_chain[1]: a chain holds one request, its first event; expected an empty chain; got stage requested',
    );
    expect(() => fold([second])).toThrow(
      'decision.illegal_event at $.event_chain[1]: an event cannot follow what stands before it; ' +
        'expected an event that is legal in stage empty after sequence 0; got policy.evaluated, sequence 2',
    );
  });

  it('throws at a type it does not know, and never passes it by', () => {
    const unknown = { ...second, event_type: 'policy.forgotten' } as unknown as typeof second;
    expect(() => evolve(fold([first]), unknown)).toThrow('unknown event type "policy.forgotten"');
  });
});

describe('the state', () => {
  it('keeps since when it is in its stage, whatever else happens there', () => {
    const { state } = given([...CHAINS.routed, approved('p-ann', 60), refusedWith('approval.repeated', 'p-ann', 90)]);
    expect(state).toMatchObject({ stage: 'routed', since: s(1), lastAt: s(90), head: { sequence: 6 } });
    expect(given(CHAINS.authorized).state).toMatchObject({ stage: 'authorized', since: s(120), lastAt: s(120) });
  });

  it('holds what is legal in its stage, and a closed one all that came before', () => {
    const { state } = given(CHAINS.closed);
    if (state.stage !== 'closed') throw new Error(state.stage);
    expect(state.requested).toMatchObject({ requester: 'w-pipeline', at: s(0), target: 'prod-gateway-01' });
    expect(state.policy?.result).toBe('escalate');
    expect(state.risk?.risk_band).toBe('high');
    expect(state.routing).toMatchObject({
      basis_digest: BASIS,
      at: s(1),
      hash: linked(CHAINS.routed)[3]?.integrity_hash,
    });
    expect(state.clearance).toMatchObject({ executor: 'w-deployer', hash: linked(CHAINS.cleared)[6]?.integrity_hash });
    expect(state.assignment.map(({ actor_id }) => actor_id)).toEqual(['p-ann', 'p-bob']);
  });

  it('of a decision denied before any gate ran holds nothing that never was', () => {
    const { state } = given([requested(), SAMPLES['decision.denied']]);
    expect(state).toMatchObject({ policy: null, risk: null, routing: null, clearance: null, assignment: [] });
  });

  const ends: readonly [string, readonly EventDraft[], outcome: string, ending: string, status: string][] = [
    ['a success', CHAINS.closed, 'executed', 'success', 'executed'],
    ['a denial', [...CHAINS.requested, SAMPLES['decision.denied']], 'denied', 'gate.denied', 'denied'],
    ['an expiry', [...CHAINS.routed, SAMPLES['decision.expired']], 'expired', 'decision_deadline', 'expired'],
    [
      'a cancellation',
      [...CHAINS.routed, SAMPLES['decision.cancelled']],
      'cancelled',
      'decision.cancelled',
      'cancelled',
    ],
    [
      'no receipt',
      [...CHAINS.cleared, SAMPLES['execution.unconfirmed']],
      'unconfirmed',
      'execution.unconfirmed',
      'authorized',
    ],
  ];

  it.each(ends)('after %s', (_, chain, end, ending, status) => {
    const { state } = given(chain);
    expect(state).toMatchObject({ stage: 'closed', outcome: end, ending });
    expect(statusOf(state)).toBe(status);
  });

  // shows: R18
  it('has the status of R18 in each stage', () => {
    expect(STAGES.map((stage) => [stage, statusOf(given(CHAINS[stage]).state)])).toEqual([
      ['empty', 'draft'],
      ['requested', 'draft'],
      ['policy_evaluated', 'evaluated'],
      ['risk_evaluated', 'evaluated'],
      ['routed', 'pending_authority'],
      ['authorized', 'authorized'],
      ['cleared', 'authorized'],
      ['closed', 'executed'],
    ]);
  });
});
