import { describe, expect, it } from 'vitest';
import { digestJson, type Envelope, type JsonObject, readCanonical } from '../../core/canon/index.ts';
import type { DecisionEvent, EventDraft } from '../../core/domain/events.ts';
import { readStatement } from '../../documents/statements.ts';
import { clearanceBytes, type PackCore } from '../../pack/index.ts';
import { pastDecision } from '../../cli/past/past-decision.ts';
import { evaluate } from '../../evaluation/evaluate.ts';
import { driftOf } from '../../evaluation/drift.ts';
import { renderReport, type VerifierCode, verifyClearance } from '../../verifier/index.ts';
import { ACTORS, digestOf, keyFrom, keyOfActor, T } from '../documents/fixtures.ts';
import { ask, codesOf } from './asking.ts';
import { forceClearance, forceReceipt, rehash, reseal } from './attacks.ts';
import {
  CANARY_GATE,
  endorsedPolicy,
  endorsedRoster,
  endorsedStanding,
  ESCALATED,
  filesOf,
  fixtureStanding,
  type MiniatureService,
  nextRoster,
  REMINDED,
  ROSTER,
  type Setup,
  shift,
  trustBytes,
  WAITING_TIMES,
  WAIVABLE,
  waiverOf,
  waiving,
} from './fixture-pack.ts';

/** Waivers in packs: what they show for ever, and what a verifier makes of those that an operator has made up. */

const ENDS = '2026-02-25T12:00:00.000Z';

function finished(service: MiniatureService): MiniatureService {
  return service.evaluate().approve().claim().confirm();
}

/** An operator with every key of the service, who takes this waiver for the one that would have to be there. */
function lenient(waiver: Envelope, setup: Setup = {}): MiniatureService {
  const service = waiving(setup, [waiver]);
  const { statement } = readStatement(waiverOf(), 'waiver');
  service.readWaivers = () => [{ digest: digestJson(waiver), statement, unsigned: null, sharesKey: false }];
  return service;
}

function gateIn(core: PackCore | { readonly events: readonly DecisionEvent[] }, id: string) {
  const evaluated = core.events.find((event) => event.event_type === 'policy.evaluated');
  return evaluated?.event_type === 'policy.evaluated' ? evaluated.gates.find((gate) => gate.id === id) : undefined;
}

describe('a pack of a decision with a waiver', () => {
  // shows: R29
  it('holds, and names the gate, who waived it, its owner, its end and its reason', () => {
    const service = finished(waiving());
    const files = filesOf(service);
    const report = ask(files);
    expect(report.findings).toEqual([]);
    const named = `gate ${CANARY_GATE} WAIVED by p-cedar as release_owner, until ${ENDS}; owner p-maker, controls pager-watch`;
    expect(report.answers?.risk).toContain(named);
    expect(report.answers?.waivers).toEqual([named]);
    expect(renderReport(report)).toContain(`\noutcome: EXECUTED\n${named}\n`);
    expect(report.answers?.why).toContain('reason of waiver 1: The season ends on Thursday.');
    const view = readCanonical(files.view, { maxBytes: 1 << 24 }) as unknown as {
      risk: { policy_triggers: JsonObject[]; waivers: JsonObject[] };
    };
    expect(view.risk.policy_triggers).toContainEqual(
      expect.objectContaining({ id: CANARY_GATE, triggered: true, result: 'deny', waived: digestJson(waiverOf()) }),
    );
    expect(view.risk.waivers).toMatchObject([
      { gate: CANARY_GATE, owner: 'p-maker', used: true, reason: 'The season ends on Thursday.' },
    ]);
  });

  it('bounds the permit, for the executor as well', () => {
    const ends = shift(T.cleared, 60);
    const service = waiving({}, [waiverOf({ expires_at: ends })])
      .evaluate()
      .approve()
      .claim();
    expect(service.clearance).toMatchObject({ not_after: ends, bounded_by: 'waivers_valid_until' });
    const pack = service.clearancePack();
    const report = verifyClearance({
      pack: clearanceBytes(pack),
      permit: digestJson(pack.permit),
      trust: trustBytes(),
      trustName: 'trust.json',
      at: shift(T.cleared, 10),
      executor: ACTORS.deployer,
    });
    expect(report.findings).toEqual([]);
  });

  // shows: R58
  it('clears nothing once it has ended: a claim comes too late, and the decision expires', () => {
    const ends = shift(T.approved, 60);
    const claimed = waiving({}, [waiverOf({ expires_at: ends })])
      .evaluate()
      .approve()
      .claim({}, ends);
    expect(claimed.events.at(-1)).toMatchObject({ event_type: 'statement.refused', code: 'claim.expired' });
    const expired = waiving({}, [waiverOf({ expires_at: ends })])
      .evaluate()
      .tick(ends);
    expect(expired.events.at(-1)).toMatchObject({ event_type: 'decision.expired', limit: 'waivers_valid_until' });
    expect(ask({ ...filesOf(expired), expect: 'expired' }).findings).toEqual([]);
  });

  it('ends before what would have been due after it, whenever the service comes to that', () => {
    const policy = { ...WAIVABLE, times: WAITING_TIMES };
    const ends = shift(REMINDED, 10);
    const waiver = waiverOf({ policy: digestJson(policy), expires_at: ends });
    const service = waiving({ policy: endorsedPolicy(policy) }, [waiver])
      .evaluate()
      .tick(shift(ESCALATED, 10));
    expect(service.events.at(-1)).toMatchObject({ event_type: 'decision.expired', at: ends });
    expect(codesOf(ask({ ...filesOf(service), expect: 'expired' }))).toEqual(['notice.passed_over']);
  });

  it('refuses the approval of whoever waived, by the frozen list and by the key', () => {
    const service = waiving().evaluate();
    service.approve({ signer: ACTORS.releaseOwner, roles: ['release_owner'] });
    expect(service.events.at(-1)).toMatchObject({ code: 'approval.by_waiver_author' });
  });

  it('is denied where a waiver does not hold, and holds as such', () => {
    const service = waiving({}, [waiverOf({ expires_at: shift(T.requested, 1) })]).evaluate();
    expect(service.events.at(-1)).toMatchObject({ event_type: 'decision.denied', code: 'waiver.expired' });
    expect(ask({ ...filesOf(service), expect: 'denied' }).findings).toEqual([]);
  });

  it('is denied where its signature is nobody’s, and holds as such', () => {
    const service = waiving({}, [waiverOf({}, keyFrom('a stranger'))]).evaluate();
    expect(service.events.at(-1)).toMatchObject({ event_type: 'decision.denied', code: 'waiver.not_authentic' });
    expect(ask({ ...filesOf(service), expect: 'denied' }).findings).toEqual([]);
  });

  it('may lack the waiver where it ended before anybody looked at it', () => {
    const cancelled = waiving().cancel();
    expect(ask({ ...filesOf(cancelled), expect: 'cancelled' }).findings).toEqual([]);
    const { statements, ...core } = cancelled.core();
    const { [digestJson(waiverOf())]: _, ...others } = statements;
    const bundle = reseal({ ...core, statements: others });
    expect(ask({ bundle, expect: 'cancelled' }).findings).toEqual([]);
  });

  it('is evaluated again from the pack, for simulations and for what drifts', () => {
    const core = finished(waiving()).core();
    const past = pastDecision(core);
    if (past === null) throw new TypeError('it was evaluated');
    expect(evaluate(past).evaluation.policy).toMatchObject({ result: 'escalate', waivers: [{ used: true }] });
    const decided = {
      decisionId: core.decision_id,
      action: 'deploy.change',
      target: 'prod-gateway-01',
      candidate: past.request.candidate.digest,
      rejectedBy: [],
      cleared: { approvals: [], overrides: [] },
      executed: { at: T.finished, result: 'success' as const },
      evaluated: past,
    };
    const today = { policy: WAIVABLE, roster: past.roster.index, running: new Map() };
    const at = (day: string) => driftOf([decided], { ...today, at: day }).filter(({ kind }) => kind === 'waiver');
    expect(at(shift(ENDS, -1))).toEqual([]);
    expect(at(ENDS)).toEqual([
      {
        kind: 'waiver',
        target: 'prod-gateway-01',
        decision: core.decision_id,
        what: CANARY_GATE,
        then: `waived until ${ENDS}, owner p-maker`,
        now: 'ended',
      },
    ]);
  });
});

describe('a waiver that governance revokes', () => {
  const under = (changes: Parameters<typeof fixtureStanding>[0] = {}) => {
    const policy = { serial: 1, digest: digestJson(WAIVABLE) };
    return endorsedStanding(fixtureStanding({ policy, ...changes }));
  };
  const later = (changes: Parameters<typeof fixtureStanding>[0]) =>
    under({ serial: 2, predecessor: digestJson(under().document), ...changes });

  it('denies before routing', () => {
    const standing = under({ revoked_digests: [digestJson(waiverOf())] });
    const service = waiving({ standing }).evaluate();
    expect(service.events.at(-1)).toMatchObject({ code: 'candidate.revoked' });
    const byKey = waiving({ standing: under({ revoked_keys: [keyOfActor(ACTORS.releaseOwner).publicKey.keyId] }) });
    expect(byKey.evaluate().events.at(-1)).toMatchObject({ code: 'waiver.not_authentic' });
  });

  it.each([
    ['by its digest', 'claim.candidate_revoked', { revoked_digests: [digestJson(waiverOf())] }],
    ['by the key', 'claim.key_revoked', { revoked_keys: [keyOfActor(ACTORS.releaseOwner).publicKey.keyId] }],
  ] as const)('keeps off a claim, %s; and an operator who lets it pass is found out', (_, code, changes) => {
    const revoking = later({ ...changes, revoked_digests: [], revoked_keys: [], ...changes } as never);
    const service = waiving({ standing: under() }).evaluate().approve();
    service.claim({}, T.cleared, undefined, { standing: revoking });
    expect(service.events.at(-1)).toMatchObject({ event_type: 'statement.refused', code });
    const lying = waiving({ standing: under() }).evaluate().approve();
    lying
      .claim({}, T.cleared, undefined, {
        standing: revoking,
        lie: ({ obstacle: _obstacle, ...facts }) => ({ ...facts, ineligible: [] }),
      })
      .confirm();
    expect(codesOf(ask(filesOf(lying)))).toContain('standing.revoked');
  });
});

describe('evaluated anew with a waiver', () => {
  it('goes on under another roster that still has its author', () => {
    const service = waiving()
      .evaluate()
      .reevaluate({ roster: endorsedRoster(nextRoster()) });
    expect(service.events.at(-1)).toMatchObject({ event_type: 'authority.routed' });
    expect(ask(filesOf(finishedAnew(service))).findings).toEqual([]);
  });

  it('is denied where its author holds the role no more', () => {
    const roster = nextRoster();
    const persons = roster.persons.map((person) =>
      person.actor_id === ACTORS.releaseOwner ? { ...person, grants: [] } : person,
    );
    const service = waiving()
      .evaluate()
      .reevaluate({ roster: endorsedRoster({ ...roster, persons }) });
    expect(service.events.at(-1)).toMatchObject({ event_type: 'decision.denied', code: 'waiver.role_not_held' });
    expect(ask({ ...filesOf(service), expect: 'denied' }).findings).toEqual([]);
  });

  it('is refused for another policy, of which it is no waiver, and goes on as it was', () => {
    const next = { ...WAIVABLE, version: '1.3.0', serial: 2, predecessor: digestJson(WAIVABLE) };
    const service = waiving()
      .evaluate()
      .reevaluate({ policy: endorsedPolicy(next) });
    expect(service.events.at(-1)).toMatchObject({ event_type: 'statement.refused', code: 'reevaluation.policy' });
  });

  function finishedAnew(service: MiniatureService): MiniatureService {
    return service.approve({}, undefined, shift(T.approved, 61)).claim().confirm();
  }
});

describe('an operator who makes up what was waived', () => {
  // shows: R98, R99
  it.each<readonly [says: string, codes: readonly VerifierCode[], (service: MiniatureService) => MiniatureService]>([
    [
      'takes it off the record of the gate',
      ['replay.differs'],
      tampering((gate) => {
        const { waived: _, ...others } = gate as { waived?: string };
        return others;
      }),
    ],
    [
      'names another waiver',
      ['replay.differs', 'waiver.gate'],
      tampering((gate) => ({ ...gate, waived: digestOf('another') })),
    ],
    [
      'makes it look as if it had not triggered',
      ['replay.differs'],
      tampering((gate) => ({ ...gate, triggered: false })),
    ],
  ])('%s', (_, codes, attack) => {
    expect(codesOf(ask(filesOf(finished(attack(waiving()))))).filter((code) => !code.startsWith('view.'))).toEqual(
      expect.arrayContaining([...codes]),
    );
  });

  it('names a waiver for a gate that was hard, or that asked for a person', () => {
    const core = finished(waiving()).core();
    for (const id of ['POL-HARD-001', 'POL-RISK-008']) {
      const copy = structuredClone(core);
      const gate = gateIn(copy, id) as { waived?: string } | undefined;
      if (gate === undefined) throw new TypeError('no gate');
      gate.waived = digestJson(waiverOf());
      expect(codesOf(ask({ bundle: reseal(rehash(copy)) }))).toEqual(expect.arrayContaining(['waiver.gate']));
    }
  });

  it.each<readonly [says: string, code: VerifierCode, waiver: Envelope, setup: Setup]>([
    ['is signed by nobody of the roster', 'waiver.author', waiverOf({}, keyFrom('a stranger')), {}],
    ['is signed by a workload', 'waiver.author', waiverOf({ signer: ACTORS.deployer }), { roster: released() }],
    ['is in a role that its author does not hold', 'waiver.author', waiverOf({ signer: ACTORS.securityOwner }), {}],
    ['is by who controls what asked', 'waiver.author', waiverOf({ signer: ACTORS.requester }), { roster: released() }],
    ['is by who made it', 'waiver.author', waiverOf({ signer: ACTORS.creator }), { roster: released() }],
    ['is by who vouches for it', 'waiver.author', waiverOf({ signer: ACTORS.author }), { roster: released() }],
    ['has an owner whom nobody knows', 'waiver.author', waiverOf({ owner: 'p-nobody' }), {}],
    ['had ended', 'waiver.expired', waiverOf({ expires_at: shift(T.requested, 3) }), {}],
    ['lives too long', 'waiver.expired', waiverOf({ expires_at: shift(T.packed, 2 * 86_400 + 1) }), {}],
    ['is of another candidate', 'waiver.gate', waiverOf({ candidate: digestOf('another') }), {}],
    ['is of another action', 'waiver.gate', waiverOf({ action: 'model.promote' }), {}],
    ['is of another target', 'waiver.gate', waiverOf({ target: 'prod-gateway-02' }), {}],
    ['is of another policy', 'waiver.gate', waiverOf({ policy: digestOf('the policy before') }), {}],
    ['is of another gate', 'waiver.gate', waiverOf({ gate: 'GATE-OTHER' }), {}],
    ['is in a role that waives nothing', 'waiver.gate', waiverOf({ role: 'model_owner' }), {}],
  ])('counts one that %s', (_, code, waiver, setup) => {
    const codes = codesOf(ask(filesOf(finished(lenient(waiver, setup)))));
    expect(codes).toContain(code);
    // Twice, and each by itself.
    expect(codes.filter((each) => each.startsWith('replay.'))).not.toEqual([]);
  });

  it('writes anything else about one than its author signed', () => {
    const core = finished(waiving()).core();
    const evaluatedIn = ({ events }: PackCore) =>
      events.find((event) => event.event_type === 'policy.evaluated') as unknown as {
        waivers: [Record<string, unknown>, ...unknown[]];
      };
    const members = Object.keys(evaluatedIn(core).waivers[0]);
    expect(members).toHaveLength(10);
    for (const member of members) {
      const copy = structuredClone(core);
      const record = evaluatedIn(copy).waivers[0];
      record[member] = typeof record[member] === 'boolean' ? !record[member] : 'p-other';
      expect(codesOf(ask({ bundle: reseal(rehash(copy)) })), member).toContain('replay.differs');
    }
    const without = structuredClone(core);
    delete (without.events[0] as { waivers?: unknown }).waivers;
    expect(codesOf(ask({ bundle: reseal(rehash(without)) }))).toContain('replay.differs');
  });

  it('clears after its end, under a permit that ends with it', () => {
    const ends = shift(T.approved, 60);
    const service = waiving({}, [waiverOf({ expires_at: ends })])
      .evaluate()
      .approve();
    forceReceipt(forceClearance(service, { not_after: ends }, shift(ends, 1)));
    expect(codesOf(ask(filesOf(service)))).toEqual(expect.arrayContaining(['replay.differs', 'waiver.expired']));
  });

  it('lets the permit outlive it', () => {
    const service = waiving({}, [waiverOf({ expires_at: shift(T.cleared, 60) })]);
    service.tamper = (draft: EventDraft) =>
      draft.event_type === 'execution.cleared' ? { ...draft, not_after: shift(T.cleared, 61) } : draft;
    expect(codesOf(ask(filesOf(finished(service))))).toEqual(
      expect.arrayContaining(['replay.differs', 'waiver.expired']),
    );
  });

  it('clears on nobody’s approval what was waived, where nothing but the waiver asks for a person', () => {
    const [target] = WAIVABLE.targets;
    const [factor] = WAIVABLE.risk.factors;
    if (target === undefined || factor === undefined) throw new TypeError('the fixture has both');
    const cases = [{ when: 'target.environment == "dev"', value: 0.1, reason: 'development' }];
    const policy = {
      ...WAIVABLE,
      targets: [{ ...target, environment: 'dev' as const }],
      risk: { ...WAIVABLE.risk, factors: [{ ...factor, cases }] },
    };
    const waiver = waiverOf({ policy: digestJson(policy) });
    const whole = finished(waiving({ policy: endorsedPolicy(policy) }, [waiver])).core();
    expect(ask({ bundle: reseal(whole) }).findings).toEqual([]);
    const copy = structuredClone(whole);
    for (const event of copy.events) {
      if (event.event_type === 'execution.cleared') (event.assignment as unknown[]).length = 0;
      if (event.event_type === 'policy.evaluated') (event as { result: string }).result = 'allow';
    }
    expect(codesOf(ask({ bundle: reseal(rehash(copy)) }))).toContain('authority.floor');
  });
});

/** Every person of the roster who would waive, and a workload, hold the role for it. */
function released() {
  const role = (grants: (typeof ROSTER.persons)[number]['grants']) => {
    const [owner] = ROSTER.persons.find(({ actor_id }) => actor_id === ACTORS.releaseOwner)?.grants ?? [];
    return owner === undefined ? grants : [...grants, owner];
  };
  const withRole = <A extends { readonly grants: (typeof ROSTER.persons)[number]['grants'] }>(actor: A): A => ({
    ...actor,
    grants: role(actor.grants),
  });
  return endorsedRoster({
    ...ROSTER,
    persons: ROSTER.persons.map(withRole),
    workloads: ROSTER.workloads.map(withRole),
  });
}

function tampering(change: (gate: object) => object): (service: MiniatureService) => MiniatureService {
  return (service) => {
    service.tamper = (draft) =>
      draft.event_type === 'policy.evaluated'
        ? ({
            ...draft,
            gates: draft.gates.map((gate) => (gate.id === CANARY_GATE ? change(gate) : gate)),
          } as EventDraft)
        : draft;
    return service;
  };
}
