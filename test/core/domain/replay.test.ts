import { describe, expect, it } from 'vitest';
import { compare, differences, triggerOf } from '../../../core/domain/replay.ts';
import { given, linked } from './specification.ts';
import { approval, approved, CHAINS, cleared, confirmed, digest, HOUR, PERMIT, s, tick } from './world.ts';

describe('what brought an event about', () => {
  const [requested, policy, risk, routed, ann, , clearance, confirmation] = linked(CHAINS.closed);
  const system = { timestamp: s(300), actor_id: 'SYSTEM' } as const;
  const one = (draft: Parameters<typeof linked>[0][number]) => linked([draft])[0];

  it.each([
    [requested, { type: 'open', request: digest('request') }],
    [policy, { type: 'evaluate' }],
    [risk, undefined],
    [routed, undefined],
    [ann, { type: 'submit', statement: digest(`approval p-ann ${s(60)}`) }],
    [clearance, { type: 'submit', statement: digest(`claim w-deployer ${s(180)}`) }],
    [confirmation, { type: 'submit', statement: digest(`receipt w-deployer ${s(240)}`) }],
    [
      one({ event_type: 'authority.rejected', ...system, statement: 'r', roles: [], reason: '' }),
      { type: 'submit', statement: 'r' },
    ],
    [
      one({ event_type: 'statement.refused', ...system, statement: 'f', kind: 'claim', code: '', roster: null }),
      { type: 'submit', statement: 'f' },
    ],
    [
      one({ event_type: 'decision.cancelled', ...system, statement: 'c', reason: '' }),
      { type: 'submit', statement: 'c' },
    ],
    [
      one({ event_type: 'authority.expired', ...system, statements: [], assignment: [], satisfied: false }),
      { type: 'tick' },
    ],
    [one({ event_type: 'decision.expired', ...system, limit: '', at: s(1) }), { type: 'tick' }],
    [one({ event_type: 'execution.unconfirmed', ...system, confirm_by: s(1) }), { type: 'tick' }],
    [
      one({ event_type: 'decision.denied', ...system, code: '', detail: '', policy: null, roster: null }),
      { type: 'evaluate' },
    ],
    [
      one({ event_type: 'ledger.restored', ...system, from_sequence: 3, head: 'h' }),
      { type: 'restored', fromSequence: 3, head: 'h' },
    ],
    [one({ event_type: 'statements.discarded', ...system, counts: {} }), { type: 'discarded' }],
    [
      one({
        event_type: 'addendum.opened',
        ...system,
        origin: '',
        tenant: '',
        closed_decision: '',
        closed_head: '',
        statement: '',
      }),
      undefined,
    ],
  ])('%# is told from the event', (event, trigger) => {
    if (event === undefined) throw new Error('no event');
    expect(triggerOf(event)).toEqual(trigger);
  });
});

describe('the differences between what was decided and what is stored', () => {
  const [stored] = linked([approved('p-ann', 60)]);
  if (stored === undefined) throw new Error('no event');

  it('are none where it was decided; the header is not compared', () => {
    expect(differences(approved('p-ann', 60), stored)).toEqual([]);
  });

  it('name each path, what was decided and what stands', () => {
    const draft = approved('p-ann', 60);
    const other = {
      ...draft,
      role: null,
      expires_at: s(60 + 2 * HOUR),
      assignment: [{ ...draft.assignment[0]!, actor_id: 'p-bob' }],
    };
    expect(differences(other, stored)).toEqual([
      { path: '$.assignment[0].actor_id', expected: '"p-bob"', got: '"p-ann"' },
      { path: '$.expires_at', expected: JSON.stringify(s(60 + 2 * HOUR)), got: JSON.stringify(s(60 + HOUR)) },
      { path: '$.role', expected: 'null', got: '"release_owner"' },
    ]);
  });

  it('name members that only one of them has', () => {
    const smuggled = Object.assign(structuredClone(stored), { waived: true });
    expect(differences(approved('p-ann', 60), smuggled)).toEqual([
      { path: '$.waived', expected: 'nothing', got: 'true' },
    ]);
    const { rationale, ...cut } = stored as typeof stored & { rationale: string };
    expect(differences(approved('p-ann', 60), cut as typeof stored)).toEqual([
      { path: '$.rationale', expected: JSON.stringify(rationale), got: 'nothing' },
    ]);
  });

  it('show another type, actor and time as well', () => {
    const [other] = linked([{ ...cleared(180), actor_id: 'w-spare', timestamp: s(181) }]);
    expect(differences(cleared(180), other!).map(({ path }) => path)).toEqual(['$.actor_id', '$.timestamp']);
    expect(differences(confirmed(240), other!).map(({ path }) => path)).toContain('$.event_type');
  });

  it('show what a service would like to change after the fact', () => {
    // A clearance in which somebody else is counted, and a tick that took back nobody's approval.
    const decided = given(CHAINS.authorized).when(tick(60 + HOUR)).decided[0]!;
    const [kept] = linked([{ ...decided, satisfied: true } as typeof decided]);
    expect(differences(decided, kept!)).toEqual([{ path: '$.satisfied', expected: 'false', got: 'true' }]);
    const shortened = given(CHAINS.routed).when(approval('p-ann', 60)).decided[0]!;
    expect(differences(shortened, linked([approved('p-bob', 60)])[0]!).length).toBeGreaterThan(3);
  });
});

describe('comparing JSON', () => {
  it.each<readonly [unknown, unknown, readonly string[]]>([
    [1, 1, []],
    [{ a: [1, { b: null }] }, { a: [1, { b: null }] }, []],
    [{ a: 1, b: 2 }, { b: 2, a: 1 }, []],
    [{ a: 1 }, { a: 2 }, ['$.a']],
    [
      [1, 2],
      [2, 1],
      ['$[0]', '$[1]'],
    ],
    [[1], [1, 2], ['$[1]']],
    [[1, 2], [1], ['$[1]']],
    [[], {}, ['$']],
    [{}, null, ['$']],
    [null, undefined, ['$']],
    ['1', 1, ['$']],
    [0, -0, ['$']],
    [Number.NaN, Number.NaN, []],
    [{ 'a b': 1 }, { 'a b': 2 }, ['$["a b"]']],
    [{}, { toString: 1 }, ['$.toString']],
    [{}, JSON.parse('{"__proto__": 1}'), ['$.__proto__']],
    [{ constructor: 1 }, {}, ['$.constructor']],
  ])('%j and %j', (expected, got, paths) => {
    expect(compare('$', expected, got).map(({ path }) => path)).toEqual(paths);
  });

  it('quotes a short excerpt of what came, never all of it', () => {
    const [found] = compare('$', PERMIT, 'x'.repeat(10_000));
    expect(found?.got).toBe(`"${'x'.repeat(116)}...`);
  });
});
