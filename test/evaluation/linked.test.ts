import { describe, expect, it } from 'vitest';
import type { Link, RequestStatement } from '../../core/domain/statements.ts';
import type { PolicyAction } from '../../documents/policy.ts';
import { checkLinked, isRollback, type LinkedDecision, linkedDecision } from '../../evaluation/linked.ts';
import { CANDIDATE, digestOf } from '../documents/fixtures.ts';
import { denied, executed, MiniatureService } from '../verifier/fixture-pack.ts';
import { given, policy } from './given.ts';

const { request } = given();
const CHAMPION = digestOf('candidate gateway-router 2.3.1');
const pack = digestOf('pack');

const CARRIED = { behind: 0, bytes: 1024 };

const undone: LinkedDecision = {
  decision_id: 'c0ffee00-4d7c-8d1f-9f1b-90df1f7e8c2a',
  pack,
  origin: request.origin,
  tenant: request.tenant,
  target: request.target,
  candidate: digestOf('what was let out'),
  rollback_target: request.candidate.digest,
  cleared: true,
  cleared_at: '2026-02-24T18:00:00.000Z',
  carried: CARRIED,
  executed: true,
  rung: { stage: null, system: null, exposure: null },
};
const link: Link = { relation: 'undoes', decision_id: undone.decision_id, pack };
const [plain] = policy.actions as [PolicyAction];
const back: PolicyAction = { ...plain, id: 'release.back', effects: ['rollback'] };

const asked = (linked: Link | null = link): RequestStatement => (linked === null ? request : { ...request, linked });

describe('a rollback', () => {
  it('goes from what was let out to what its basis names', () => {
    expect(checkLinked(asked(), back, undone)).toBeUndefined();
    expect(checkLinked(asked(null), plain, null)).toBeUndefined();
  });

  it.each<[string, string, RequestStatement, PolicyAction, LinkedDecision | null]>([
    ['undoes nothing', 'linked.action', asked(null), back, null],
    ['is asked for under an action that is none', 'linked.action', asked(), plain, undone],
    ['undoes a decision that is not there', 'linked.unknown', asked(), back, null],
    ['names another pack', 'linked.unknown', asked({ ...link, pack: digestOf('another') }), back, undone],
    ['names another decision', 'linked.unknown', asked({ ...link, decision_id: request.decision_id }), back, undone],
    ["undoes another tenant's decision", 'linked.unknown', asked(), back, { ...undone, tenant: 'globex' }],
    ["undoes another installation's decision", 'linked.unknown', asked(), back, { ...undone, origin: 'elsewhere' }],
    ['goes back through too many', 'linked.too_deep', asked(), back, { ...undone, carried: { behind: 8, bytes: 1 } }],
    [
      'goes back through too much',
      'linked.too_deep',
      asked(),
      back,
      { ...undone, carried: { behind: 0, bytes: 2 ** 25 } },
    ],
    ['undoes what never ran', 'linked.not_cleared', asked(), back, { ...undone, cleared: false }],
    ['is of another target', 'linked.target', asked(), back, { ...undone, target: 'staging-gateway-01' }],
    ['goes elsewhere', 'linked.candidate', asked(), back, { ...undone, rollback_target: CHAMPION }],
    [
      'goes back where no way back was decided',
      'linked.candidate',
      asked(),
      back,
      { ...undone, rollback_target: null },
    ],
  ])('that %s is denied with %s', (_, code, statement, action, linked) => {
    expect(checkLinked(statement, action, linked)?.code).toBe(code);
  });

  it('is told by the request alone', () => {
    expect([isRollback(asked()), isRollback(asked(null))]).toEqual([true, false]);
  });
});

describe('linkedDecision', () => {
  const of = (service: MiniatureService) => {
    const { events, documents } = service.core();
    return linkedDecision(pack, events, documents, CARRIED);
  };

  it('is what was let out, and what its basis goes back to', () => {
    expect(of(executed())).toMatchObject({
      pack,
      target: 'prod-gateway-01',
      candidate: CANDIDATE.digest,
      rollback_target: CHAMPION,
      cleared: true,
    });
  });

  it('is not cleared where nobody was let to run, or swears that nothing ran', () => {
    expect(of(denied())?.cleared).toBe(false);
    const refused = new MiniatureService().open().evaluate().approve().claim();
    refused.confirm({ result: 'not_executed', subject: null, exit_code: null });
    expect(of(refused)?.cleared).toBe(false);
    const failed = new MiniatureService().open().evaluate().approve().claim();
    failed.confirm({ result: 'failure', exit_code: 1 });
    expect(of(failed)?.cleared).toBe(true);
  });

  it('goes nowhere from a rollback, whatever its basis names: back again is forward', () => {
    const service = executed();
    const { events, documents } = service.core();
    const [first, ...rest] = events;
    if (first?.event_type !== 'decision.requested') throw new TypeError('a chain begins with its request');
    const back = linkedDecision(pack, [{ ...first, linked: link }, ...rest], documents, CARRIED);
    expect(back).toMatchObject({ cleared: true, rollback_target: null });
  });

  it('is nothing of a chain that was never routed, has not ended, or lacks its basis', () => {
    const { events, documents } = executed().core();
    expect(linkedDecision(pack, events.slice(0, -1), documents, CARRIED)).toBeNull();
    expect(linkedDecision(pack, events.slice(1), documents, CARRIED)).toBeNull();
    expect(
      linkedDecision(
        pack,
        events.filter(({ event_type }) => event_type !== 'authority.routed'),
        documents,
        CARRIED,
      ),
    ).toBeNull();
    expect(linkedDecision(pack, events, {}, CARRIED)).toBeNull();
    expect(linkedDecision(pack, [], {}, CARRIED)).toBeNull();
  });
});
