import { describe, expect, it } from 'vitest';
import { letOut } from '../../registry/let-out.ts';
import { CANDIDATE, digestOf, T } from '../documents/fixtures.ts';
import { denied, executed, MiniatureService, shift } from '../verifier/fixture-pack.ts';

const pack = digestOf('pack');
const cleared = (): MiniatureService => new MiniatureService().open().evaluate().approve().claim();

describe('what a sealed decision let out', () => {
  // shows: R88
  it('is its candidate at its target, when the executor swears to have finished, with the exact pack', () => {
    const service = executed();
    expect(letOut(service.events, pack)).toEqual({
      decision_id: service.decisionId,
      target: 'prod-gateway-01',
      candidate: CANDIDATE,
      pack,
      outcome: 'executed',
      cleared_at: T.cleared,
      changed_at: T.finished,
    });
  });

  it('names the decision that a rollback undoes', () => {
    const service = executed();
    const [first, ...rest] = service.events;
    if (first?.event_type !== 'decision.requested') throw new TypeError('a chain begins with its request');
    const linked = { relation: 'undoes', decision_id: '11111111-2222-8333-8444-555555555555', pack } as const;
    expect(letOut([{ ...first, linked }, ...rest], pack)).toMatchObject({ undoes: linked.decision_id });
    expect(letOut([{ ...first, linked: { ...linked, relation: 'follows' } }, ...rest], pack)).not.toHaveProperty(
      'undoes',
    );
  });

  it('is in doubt where it failed, ran on something else, or nobody said', () => {
    expect(letOut(cleared().confirm({ result: 'failure', exit_code: 1 }).events, pack)).toMatchObject({
      outcome: 'execution_failed',
      changed_at: T.finished,
    });
    const other = cleared().confirm({ subject: digestOf('another') });
    expect(letOut(other.events, pack)).toMatchObject({ outcome: 'execution_failed' });
    const silent = cleared().tick(shift(T.cleared, 3600));
    expect(letOut(silent.events, pack)).toMatchObject({ outcome: 'unconfirmed', changed_at: null });
  });

  it('is nothing where nobody was cleared, or nothing ran', () => {
    expect(letOut(denied().events, pack)).toBeNull();
    expect(
      letOut(cleared().confirm({ result: 'not_executed', subject: null, exit_code: null }).events, pack),
    ).toBeNull();
    expect(letOut([], pack)).toBeNull();
  });
});
