import { describe, expect, it } from 'vitest';
import { digestJson, type JsonObject, toBase64 } from '../../core/canon/index.ts';
import type { EventDraft } from '../../core/domain/events.ts';
import { decideApproval } from '../../core/domain/stages/authority.ts';
import type { EvidencePacket } from '../../documents/evidence.ts';
import type { Policy } from '../../documents/policy.ts';
import type { BriefDocument } from '../../evaluation/brief.ts';
import { linkedDecision } from '../../evaluation/linked.ts';
import { renderBrief } from '../../evaluation/render-brief.ts';
import { readStatement } from '../../documents/statements.ts';
import { buildView, clearanceBytes, type PackCore } from '../../pack/index.ts';
import { pastDecision } from '../../cli/past/past-decision.ts';
import { verifyClearance } from '../../verifier/index.ts';
import { ACTORS, keyOfActor, T } from '../documents/fixtures.ts';
import { ask, codesOf } from './asking.ts';
import { rehash, reseal } from './attacks.ts';
import {
  type Anew,
  delegable,
  endorsedPolicy,
  endorsedRoster,
  endorsedStanding,
  ESCALATED,
  escalated,
  filesOf,
  fixturePolicy,
  fixtureStanding,
  MiniatureService,
  nextRoster,
  notedEvidence,
  operable,
  OPERATION,
  REMINDED,
  ROSTER,
  type Setup,
  shift,
  trustBytes,
  WAITING_TIMES,
  waiting,
} from './fixture-pack.ts';

/** Decisions that were evaluated anew, and what an operator makes of them who holds every key of the service. */

const EXECUTIVE = { kind: 'person', roles: ['executive'], duties: [] } as const;
const AGAIN = shift(T.approved, 90);
const NONCE = toBase64(new Uint8Array(16).fill(9));

/** Newer evidence of the same candidate, by the same author. */
function newer(change: Partial<EvidencePacket> = {}): EvidencePacket {
  return { ...notedEvidence().packet, created_at: shift(T.approved, 10), ...change };
}

function approved(setup: Setup = {}): MiniatureService {
  return new MiniatureService(setup).open().evaluate().approve();
}

/** Signed again, on what is there now. */
function again(service: MiniatureService): MiniatureService {
  return service.approve({ signed_at: AGAIN, expires_at: shift(AGAIN, 3600), nonce: NONCE }, undefined, AGAIN);
}

function verified(service: MiniatureService) {
  return ask(filesOf(service));
}

function typesOf({ events }: MiniatureService): readonly string[] {
  return events.map(({ event_type }) => event_type);
}

/** What a security owner offers, who may stand in for the executive once it was escalated. */
const WIDER = { signer: ACTORS.securityOwner, roles: ['security_owner'] };

const NEXT_POLICY = endorsedPolicy(
  fixturePolicy({
    version: '1.3.0',
    serial: 2,
    predecessor: digestJson(fixturePolicy()),
    issued_at: T.approved,
    times: { ...fixturePolicy().times, permit_life_s: 300 },
  }),
);

function nextAfter(before: Policy, change: Partial<Policy>) {
  const line = { version: '1.3.0', serial: 2, predecessor: digestJson(before), issued_at: shift(T.requested, 20) };
  return endorsedPolicy({ ...before, ...line, ...change });
}

describe('a pack of a decision that was evaluated anew', () => {
  it.each<readonly [says: string, change: Anew]>([
    ['another basis', { packet: newer() }],
    ['the same basis, under another roster', { roster: endorsedRoster(nextRoster()) }],
  ])('holds in the time that an operator had given before, on %s', (_, change) => {
    const service = operable();
    const at = shift(T.requested, 30);
    service.submit(service.extending(), at).submit(service.reassigning(), at).reevaluate(change);
    again(service).claim().confirm();
    expect(verified(service)).toMatchObject({ evidence: 'holds', outcome: 'executed', findings: [] });
  });

  it('ends where the new route lets an extension reach, and nothing was due after that', () => {
    const times = { ...WAITING_TIMES, decision_s: 60 };
    const before = fixturePolicy({ operation: OPERATION, times });
    const next = nextAfter(before, {
      operation: { ...OPERATION, extend_s: 10 },
      times: { ...times, reminders: [10] },
    });
    const service = new MiniatureService({ policy: endorsedPolicy(before) }).open().evaluate();
    service.submit(service.extending({ until: shift(T.requested, 200) }), shift(T.requested, 10));
    service.reevaluate({ policy: next }, shift(T.requested, 25)).tick(shift(T.requested, 80));
    expect(service.events.at(-1)).toMatchObject({ event_type: 'decision.expired', at: shift(T.requested, 70) });
    expect(codesOf(ask({ ...filesOf(service), expect: 'expired' }))).toEqual(['notice.passed_over']);
  });

  it('from newer evidence: the approval ended, was given again, and only that counts', () => {
    const service = again(approved().reevaluate({ packet: newer() }))
      .claim()
      .confirm();
    expect(typesOf(service).slice(4)).toEqual([
      'authority.approved',
      'decision.reevaluated',
      'policy.evaluated',
      'risk.evaluated',
      'authority.routed',
      'authority.approved',
      'execution.cleared',
      'execution.confirmed',
    ]);
    const report = verified(service);
    expect(report.findings).toEqual([]);
    expect(report).toMatchObject({ evidence: 'holds', level: { reached: 'C2' } });
    expect(report.answers?.evidence.join()).toContain(digestJson(newer()));
    const owners = service.disclosures().disclosures.map(({ owner }) => owner);
    expect(owners).toContain(digestJson(newer()));
    expect(owners).not.toContain(digestJson(notedEvidence().packet));
    const view = buildView(service.core(), service.disclosures());
    expect(view).toMatchObject({
      authority: {
        approvals: [{ actor_role: null }, { actor_role: 'executive' }],
        reevaluations: [
          {
            actor_id: ACTORS.pipeline,
            changed: [{ path: '$.evidence.packet', after: digestJson(newer()) }, { path: '$.evidence.statement' }],
            ended: [service.events[4]?.event_type === 'authority.approved' && service.events[4].statement],
          },
        ],
      },
    });
    expect(pastDecision(service.core())?.packetDigest).toBe(digestJson(newer()));
  });

  it('shows whoever signs again what changed since they signed', () => {
    const service = approved().reevaluate({ packet: newer() });
    const brief = JSON.parse(
      new TextDecoder().decode(service.documents.get(service.routing.brief)),
    ) as unknown as BriefDocument;
    const first = service.events.find((event) => event.event_type === 'authority.routed');
    expect(brief.anew?.basis_before).toBe(first?.event_type === 'authority.routed' && first.basis_digest);
    expect(renderBrief(brief)).toContain(
      `CHANGED      since ${brief.anew?.basis_before}: what was signed on that counts no more\n             evidence.packet: ${digestJson(notedEvidence().packet)} -> ${digestJson(newer())}`,
    );
    const same = approved().reevaluate({ roster: endorsedRoster(nextRoster()) });
    const unchanged = JSON.parse(
      new TextDecoder().decode(same.documents.get(same.routing.brief)),
    ) as unknown as BriefDocument;
    expect(unchanged.anew?.changed).toEqual([]);
    expect(renderBrief(unchanged)).toContain('what was signed on it still counts');
  });

  it('under another roster, on the same basis: the approval that was given counts', () => {
    const service = approved()
      .reevaluate({ roster: endorsedRoster(nextRoster()) })
      .claim()
      .confirm();
    expect(typesOf(service).filter((type) => type === 'authority.approved')).toHaveLength(1);
    expect(verified(service).findings).toEqual([]);
  });

  it('leaves whoever was barred under the roster between barred: control that is handed on twice washes off nothing', () => {
    const held = ROSTER.workloads.map((workload) => ({ ...workload, controlled_by: [ACTORS.executive] }));
    const between = { ...nextRoster(), workloads: held };
    const roster = endorsedRoster({ ...ROSTER, serial: 3, predecessor: digestJson(between), issued_at: T.requested });
    const opened = { opening: endorsedRoster(ROSTER), roster: endorsedRoster(between) };
    const service = new MiniatureService(opened).open().evaluate().reevaluate({ roster });
    expect(service.routing.barred).toContainEqual({ actor_id: ACTORS.executive, duties: ['requester_controller'] });
    again(service);
    expect(service.events.at(-1)).toMatchObject({ code: 'approval.by_requester_controller' });
    service.approve({ signer: ACTORS.secondExecutive, signed_at: AGAIN }, undefined, AGAIN).claim().confirm();
    expect(verified(service).findings).toEqual([]);
  });

  it('by itself, after a claim found that who approved had left; somebody who came signs', () => {
    const without = endorsedRoster({
      ...nextRoster(),
      persons: ROSTER.persons.filter(({ actor_id }) => actor_id !== ACTORS.executive),
    });
    const service = approved();
    service.claim({ nonce: NONCE }, shift(T.approved, 30), without);
    service.reevaluate({ roster: without, itself: true });
    expect(service.events.at(-4)).toMatchObject({ actor_id: 'SYSTEM', statement: null, changed: [] });
    expect(service.events.at(-4)).toHaveProperty('ended.length', 1);
    service.approve({ signer: ACTORS.secondExecutive, signed_at: AGAIN }, undefined, AGAIN).claim().confirm();
    expect(verified(service).findings).toEqual([]);
  });

  // shows: R48
  it('under the next policy, which who asked names: it counts from there on', () => {
    const service = again(approved().reevaluate({ policy: NEXT_POLICY }))
      .claim()
      .confirm();
    expect(service.events[5]).toMatchObject({
      changed: [{ path: '$.policy.digest' }, { path: '$.policy.version', before: '1.2.0', after: '1.3.0' }],
    });
    expect(service.clearance.not_after).toBe(shift(T.cleared, 300));
    const report = verified(service);
    expect(report.findings).toEqual([]);
    expect(buildView(service.core(), null)).toMatchObject({ decision: { policy_version: '1.3.0' } });
  });

  it('under a standing: the policy that it names, or the one before where it still accepts that', () => {
    const standing = endorsedStanding(fixtureStanding());
    const [first] = [fixturePolicy()].map((policy) => digestJson(policy));
    const named = { serial: 2, digest: digestJson(NEXT_POLICY.document) };
    const next = (accepted: readonly string[]) =>
      endorsedStanding({
        ...standing.document,
        serial: 2,
        predecessor: digestJson(standing.document),
        policy: named,
        accepted_policies: [...accepted],
        roster: { serial: 2, digest: digestJson(nextRoster()) },
      });
    const roster = endorsedRoster(nextRoster());
    const moved = again(approved({ standing }).reevaluate({ policy: NEXT_POLICY, roster, standing: next([]) }));
    expect(verified(moved.claim().confirm()).findings).toEqual([]);
    const accepted = approved({ standing }).reevaluate({ roster, standing: next([first ?? '']) });
    expect(verified(accepted.claim().confirm()).findings).toEqual([]);
    // Accepted for those that are under it, and neither in force nor what this one is under.
    const third = { ...NEXT_POLICY.document, version: '1.4.0', serial: 3 };
    const between = endorsedStanding({
      ...standing.document,
      serial: 2,
      predecessor: digestJson(standing.document),
      policy: { serial: 3, digest: digestJson(third) },
      accepted_policies: [first ?? '', named.digest].toSorted(),
    });
    const sideways = approved({ standing }).reevaluate({ policy: NEXT_POLICY, standing: between });
    expect(sideways.events.at(-1)).toMatchObject({ event_type: 'statement.refused', code: 'reevaluation.policy' });
    // Neither named nor accepted: the statement is refused, and nothing ends.
    const withdrawn = approved({ standing }).reevaluate({ roster, standing: next([]) });
    expect(withdrawn.events.at(-1)).toMatchObject({ event_type: 'statement.refused', code: 'reevaluation.policy' });
  });

  it('to a denial', () => {
    const denying = newer();
    const safety = denying.sections.safety_and_security;
    if (!safety) throw new TypeError('the fixture has the section');
    const sections = {
      ...denying.sections,
      safety_and_security: { ...safety, hard_gates: [{ id: 'licence-clear', passed: false }] },
    };
    const service = approved().reevaluate({ packet: { ...denying, sections } });
    expect(service.events.at(-1)).toMatchObject({ event_type: 'decision.denied', code: 'gate.denied' });
    const { bundle, view, disclosures } = filesOf(service);
    expect(ask({ bundle, view, disclosures, expect: 'denied' }).findings).toEqual([]);
  });

  it.each([
    ['an approval of the basis before, after it', (service: MiniatureService) => service.submit(OLD(service), AGAIN)],
    [
      'a reevaluation that changes nothing',
      (service: MiniatureService) => service.reevaluate({ statement: { nonce: NONCE } }, shift(T.approved, 61)),
    ],
    [
      'a reevaluation by somebody who may not',
      (service: MiniatureService) =>
        service.reevaluate({ statement: { nonce: NONCE, signer: ACTORS.executive } }, shift(T.approved, 61)),
    ],
  ])('with %s, refused', (_says, refused) => {
    const service = approved().reevaluate({ packet: newer() });
    refused(service);
    expect(service.events.at(-1)).toMatchObject({ event_type: 'statement.refused' });
    expect(verified(again(service).claim().confirm()).findings).toEqual([]);
  });

  it('lists under what rests on the service that a reevaluation was refused for what no pack holds', () => {
    const service = approved().reevaluate().claim().confirm();
    const listed = 'that nothing had changed, or could take its place, for which a reevaluation was refused';
    expect(verified(service).rests_on_service).toContain(listed);
    expect(verified(approved().claim().confirm()).rests_on_service).not.toContain(listed);
  });

  it('is gone back from to what the last basis names', () => {
    const packet = newer();
    const { rollback } = packet.sections;
    if (!rollback) throw new TypeError('the fixture has the section');
    const sections = { ...packet.sections, rollback: { ...rollback, target: digestJson('gateway-router 2.3.2') } };
    const core = again(approved().reevaluate({ packet: { ...packet, sections } }))
      .claim()
      .confirm()
      .core();
    const linked = linkedDecision(digestJson('pack'), core.events, core.documents, { bytes: 0, depth: 1 } as never);
    expect(linked?.rollback_target).toBe(digestJson('gateway-router 2.3.2'));
  });

  it('with a delegation, on the same basis: who was named stands in their place under the next roster too', () => {
    const service = standingIn().reevaluate({ roster: endorsedRoster(nextRoster()) });
    expect(service.events.at(-1)).toMatchObject({ satisfied: true, kept: { length: 2 } });
    expect(verified(service.claim().confirm()).findings).toEqual([]);
    // Approved only after it, on what was delegated before it.
    const late = delegable();
    const delegation = late.delegation();
    late.submit(delegation, T.approved).reevaluate({ roster: endorsedRoster(nextRoster()) });
    late.submit(late.standingIn(delegation, { signed_at: AGAIN }), AGAIN);
    expect(verified(late.claim().confirm()).findings).toEqual([]);
  });

  it('with a delegation whose delegate left: it ended with the approval, and its author approves', () => {
    const service = standingIn().reevaluate({ roster: leaving(ACTORS.securityOwner) });
    expect(service.events.at(-4)).toMatchObject({ ended: { length: 2 } });
    expect(verified(again(service).claim().confirm()).findings).toEqual([]);
  });

  it('with a condition, on the same basis: what was said of it stands, though who said so no longer holds the role', () => {
    const service = new MiniatureService().open().evaluate().approveIf({ before: 'clearance' });
    service.submit(service.word({ verdict: 'discharged' }), shift(T.approved, 30));
    const persons = ROSTER.persons.map((one) =>
      one.actor_id === ACTORS.releaseOwner
        ? { ...one, grants: one.grants.map((grant) => ({ ...grant, role: 'auditor' })) }
        : one,
    );
    service.reevaluate({ roster: endorsedRoster({ ...nextRoster(), persons }) });
    expect(service.state).toMatchObject({ approvals: [{ conditions: [{ verdict: 'discharged' }] }] });
    expect(verified(service.claim().confirm()).findings).toEqual([]);
  });

  it('after an escalation, on the same basis: its instants stay, and wider roles go on signing', () => {
    const roster = endorsedRoster(nextRoster());
    const [kept, late] = [escalated(), waiting().tick(REMINDED).tick(ESCALATED)];
    const { reminders, escalation } = kept.routing;
    kept.reevaluate({ roster });
    expect(kept.routing).toMatchObject({ reminders, escalation: escalation?.map(({ at }) => ({ at })) });
    expect(verified(kept.claim().confirm()).findings).toEqual([]);
    late.reevaluate({ roster }).approve(WIDER, keyOfActor(ACTORS.securityOwner), AGAIN);
    const report = verified(late.claim().confirm());
    expect(report.findings).toEqual([]);
    expect(report.answers?.who.join()).toContain('as executive, after the escalation, being security_owner');
  });

  it('after an escalation, on another basis: both begin anew', () => {
    const service = waiting().tick(REMINDED).tick(ESCALATED).reevaluate({ packet: newer() });
    service.approve(WIDER, keyOfActor(ACTORS.securityOwner), AGAIN);
    expect(service.events.at(-1)).toMatchObject({ code: 'approval.role_not_required' });
    const [reminder, step] = [shift(T.approved, 90), shift(T.approved, 120)];
    expect(service.routing).toMatchObject({ reminders: [reminder], escalation: [{ at: step }] });
    service.tick(step);
    service.approve({ ...WIDER, signed_at: step, nonce: NONCE }, keyOfActor(ACTORS.securityOwner), step);
    expect(verified(service.claim().confirm()).findings).toEqual([]);
  });

  it('and its clearance pack lets the executor run it', () => {
    const service = again(approved().reevaluate({ packet: newer() })).claim();
    const input = {
      pack: clearanceBytes(service.clearancePack()),
      permit: digestJson(service.permit),
      trust: trustBytes(),
      trustName: 'trust.json',
      at: shift(T.cleared, 1),
      executor: ACTORS.deployer,
    };
    expect(verifyClearance(input).findings).toEqual([]);
  });
});

/** Signed by the second executive under the first routing, and brought late. */
function OLD(service: MiniatureService) {
  const routed = service.events.find((event) => event.event_type === 'authority.routed');
  if (routed?.event_type !== 'authority.routed') throw new TypeError('not routed');
  const { basis_digest: basis, integrity_hash, brief } = routed;
  return service.approval({ signer: ACTORS.secondExecutive, basis, routed: integrity_hash, brief });
}

/** Evaluated anew, where the operator writes what he likes. */
function tampered(tamper: (draft: EventDraft, service: MiniatureService) => EventDraft, anew: Anew): MiniatureService {
  const service = approved();
  service.tamper = (draft) => tamper(draft, service);
  service.reevaluate({ forced: true, ...anew });
  service.tamper = (draft) => draft;
  return service;
}

/** As if what had been approved went on counting. */
function keeping(anew: Anew): MiniatureService {
  return tampered((draft, { state }) => {
    if (!('reevaluated' in state) || state.reevaluated?.carried === undefined) {
      return draft.event_type === 'decision.reevaluated' ? { ...draft, ended: [] } : draft;
    }
    if (draft.event_type !== 'authority.routed') return draft;
    const [{ statement = '', actor_id = '' } = {}] = state.reevaluated.carried.approvals;
    return { ...draft, satisfied: true, kept: [statement], assignment: [{ role: 'executive', actor_id, statement }] };
  }, anew);
}

/** Approved by the security owner in the executive's place. */
function standingIn(): MiniatureService {
  const service = delegable();
  const delegation = service.delegation();
  return service.submit(delegation, T.approved).submit(service.standingIn(delegation), T.approved);
}

function leaving(person: string) {
  return endorsedRoster({
    ...nextRoster(),
    persons: ROSTER.persons.filter(({ actor_id }) => actor_id !== person),
  });
}

/** As if a delegation, and what had been approved on it, went on counting. */
function keepingAll(anew: Anew): MiniatureService {
  const service = standingIn();
  service.tamper = (draft) => {
    if (draft.event_type === 'decision.reevaluated') return { ...draft, ended: [] };
    if (draft.event_type !== 'authority.routed') return draft;
    const carried = 'reevaluated' in service.state ? service.state.reevaluated?.carried : undefined;
    if (carried === undefined) throw new TypeError('carried');
    const [{ statement = '', actor_id = '' } = {}] = carried.approvals;
    const kept = [statement, ...carried.delegations.map((one) => one.statement)].sort();
    return { ...draft, satisfied: true, kept, assignment: [{ role: 'executive', actor_id, statement }] };
  };
  service.reevaluate({ forced: true, ...anew });
  service.tamper = (draft) => draft;
  return service;
}

function without(core: PackCore, types: readonly string[], from: number): PackCore {
  const events = core.events.filter(({ event_type }, index) => index < from || !types.includes(event_type));
  return rehash({ ...core, events } as PackCore);
}

describe('an operator who holds every key of the service', () => {
  it('cannot make an approval of the basis before count', () => {
    const service = keeping({ packet: newer() });
    expect(codesOf(verified(service.claim().confirm()))).toEqual(
      expect.arrayContaining(['replay.differs', 'authority.basis']),
    );
  });

  it('cannot count an approval of the basis now that its signer gave under the routing before', () => {
    const service = approved().reevaluate({ packet: newer() });
    const [first] = service.events.filter((event) => event.event_type === 'authority.routed');
    if (first?.event_type !== 'authority.routed' || service.state.stage !== 'routed') throw new TypeError('routed');
    const envelope = service.approval({
      routed: first.integrity_hash,
      brief: first.brief,
      signed_at: AGAIN,
      expires_at: shift(AGAIN, 3600),
    });
    const read = readStatement(envelope, 'approval');
    const admitted = { digest: read.digest, statement: read.statement, signer: EXECUTIVE };
    service.append(decideApproval(admitted, service.state, AGAIN));
    expect(codesOf(verified(service.claim().confirm()))).toEqual(
      expect.arrayContaining(['replay.differs', 'authority.basis']),
    );
  });

  it('cannot keep the approval of somebody who left', () => {
    const roster = endorsedRoster({
      ...nextRoster(),
      persons: ROSTER.persons.filter(({ actor_id }) => actor_id !== ACTORS.executive),
    });
    // The roster that is named at the clearance has them back.
    const back = endorsedRoster({ ...nextRoster(), serial: 3, predecessor: digestJson(roster.document) });
    const codes = codesOf(verified(keeping({ roster }).claim({}, T.cleared, back).confirm()));
    expect(codes).toEqual(expect.arrayContaining(['replay.differs', 'authority.role_not_held']));
  });

  it('cannot keep a delegation, and the approval on it, of somebody who left', () => {
    const roster = leaving(ACTORS.executive);
    const back = endorsedRoster({ ...nextRoster(), serial: 3, predecessor: digestJson(roster.document) });
    const codes = codesOf(verified(keepingAll({ roster }).claim({}, T.cleared, back).confirm()));
    expect(codes).toEqual(expect.arrayContaining(['replay.differs', 'authority.role_not_held']));
  });

  it('cannot keep a delegation, and the approval on it, on another basis', () => {
    const codes = codesOf(verified(keepingAll({ packet: newer() }).claim().confirm()));
    expect(codes).toEqual(expect.arrayContaining(['replay.differs', 'authority.basis']));
  });

  it('cannot count a wider role that an escalation had let in on the basis before', () => {
    const service = waiting().tick(REMINDED).tick(ESCALATED).reevaluate({ packet: newer() });
    if (service.state.stage !== 'routed') throw new TypeError('routed');
    service.state = { ...service.state, escalated: 1 };
    service.approve({ ...WIDER, signed_at: AGAIN }, keyOfActor(ACTORS.securityOwner), AGAIN);
    expect(codesOf(verified(service.claim().confirm()))).toEqual(
      expect.arrayContaining(['replay.differs', 'authority.not_escalated']),
    );
  });

  it('cannot count a wider role that an escalation had let in by another route on the same basis', () => {
    const [route, ...others] = fixturePolicy().routes;
    if (route === undefined) throw new TypeError('the fixture has a route');
    const routes = [route, { ...route, id: 'another' }, ...others];
    const policy = endorsedPolicy(fixturePolicy({ routes, times: WAITING_TIMES }));
    const service = new MiniatureService({ policy }).open().evaluate().tick(REMINDED).tick(ESCALATED);
    service.tamper = (draft) => (draft.event_type === 'authority.routed' ? { ...draft, route: 'another' } : draft);
    service.reevaluate({ roster: endorsedRoster(nextRoster()), forced: true });
    service.tamper = (draft) => draft;
    if (service.state.stage !== 'routed') throw new TypeError('routed');
    service.state = { ...service.state, escalated: 1 };
    service.approve({ ...WIDER, signed_at: AGAIN }, keyOfActor(ACTORS.securityOwner), AGAIN);
    expect(codesOf(verified(service.claim().confirm()))).toEqual(
      expect.arrayContaining(['replay.differs', 'authority.not_escalated', 'notice.missing']),
    );
  });

  it('cannot have an escalation of the route before come once more', () => {
    const service = escalated().reevaluate({ roster: endorsedRoster(nextRoster()) });
    const first = service.events.find((event) => event.event_type === 'authority.escalated');
    if (first?.event_type !== 'authority.escalated') throw new TypeError('escalated');
    const { due, step, widened, candidates } = first;
    const draft = { event_type: 'authority.escalated', timestamp: AGAIN, actor_id: 'SYSTEM' } as const;
    const { core } = filesOf(service.claim().confirm());
    const at = core.events.findIndex(({ event_type }) => event_type === 'execution.cleared');
    const events = core.events.toSpliced(at, 0, { ...first, ...draft, due, step, widened, candidates });
    expect(codesOf(ask({ bundle: reseal(rehash({ ...core, events } as PackCore)) }))).toEqual(
      expect.arrayContaining(['notice.early', 'replay.illegal']),
    );
  });

  it('cannot leave the reevaluation out of the chain', () => {
    const core = again(approved().reevaluate({ packet: newer() }))
      .claim()
      .confirm()
      .core();
    const bare = without(core, ['decision.reevaluated'], 5);
    expect(codesOf(ask({ bundle: reseal(bare) }))).toEqual(expect.arrayContaining(['replay.illegal']));
    const whole = ['decision.reevaluated', 'policy.evaluated', 'risk.evaluated', 'authority.routed'];
    expect(codesOf(ask({ bundle: reseal(without(core, whole, 5)) }))).toEqual(
      expect.arrayContaining(['replay.differs', 'authority.basis', 'execution.claim']),
    );
  });

  it.each<[string, string, (draft: EventDraft) => EventDraft]>([
    ['what changed', '.changed[0]', (draft) => ({ ...draft, changed: [] }) as EventDraft],
    [
      'what it was before',
      '.basis.before',
      (draft) =>
        ({
          ...draft,
          basis: { ...('basis' in draft && draft.basis), before: digestJson(fixturePolicy()) },
        }) as EventDraft,
    ],
    ['which approvals ended', '.ended[0]', (draft) => ({ ...draft, ended: [] }) as EventDraft],
    ['who asked', '.actor_id', (draft) => ({ ...draft, actor_id: ACTORS.deployer })],
  ])('cannot forge %s', (_says, path, forge) => {
    const service = tampered((draft) => (draft.event_type === 'decision.reevaluated' ? forge(draft) : draft), {
      packet: newer(),
    });
    const report = verified(again(service).claim().confirm());
    expect(report.findings).toContainEqual(
      expect.objectContaining({ code: 'replay.differs', path: expect.stringContaining(path) as string }),
    );
  });

  it('cannot put another brief before whoever signs again, that says nothing has changed', () => {
    const first = approved().events.find((event) => event.event_type === 'authority.routed');
    const silent = (first?.event_type === 'authority.routed' && first.brief) || '';
    const forged = tampered(
      (draft) => (draft.event_type === 'authority.routed' ? { ...draft, brief: silent } : draft),
      { packet: newer() },
    );
    expect(verified(again(forged).claim().confirm()).findings).toContainEqual(
      expect.objectContaining({ code: 'replay.differs', path: expect.stringContaining('.brief') as string }),
    );
  });

  it.each<[string, Anew]>([
    ['evidence of another author', { packet: newer(), evidence: { signer: ACTORS.modelOwner } }],
    ['evidence that was signed before', { packet: newer(), evidence: { signed_at: T.rosterIssued } }],
    ['an older packet', { packet: newer({ created_at: shift(T.packed, -3600) }), evidence: { signed_at: T.approved } }],
  ])('cannot put %s in its place, though it was asked for', (_says, anew) => {
    expect(approved().reevaluate(anew).events.at(-1)).toMatchObject({ code: 'reevaluation.evidence' });
    const service = again(approved().reevaluate({ ...anew, forced: true }))
      .claim()
      .confirm();
    expect(codesOf(verified(service))).toContain('replay.differs');
  });

  it('cannot have somebody else name evidence or policy', () => {
    for (const anew of [{ packet: newer() }, { policy: NEXT_POLICY }] as const) {
      const service = approved().reevaluate({ ...anew, statement: { signer: ACTORS.deployer } });
      expect(service.events.at(-1)).toMatchObject({ code: 'reevaluation.not_allowed' });
      expect(service.state.stage).toBe('authorized');
      // Decided as if who asked had signed it, and the statement exchanged for the executor's.
      const forged = approved();
      forged.tamper = (draft) => {
        if (draft.event_type !== 'decision.reevaluated') return draft;
        const asked = [...service.statements].findLast(([, envelope]) => envelope !== undefined)?.[0] ?? '';
        forged.keep(service.statements.get(asked) as never);
        return { ...draft, actor_id: ACTORS.deployer, statement: asked };
      };
      forged.reevaluate(anew);
      forged.tamper = (draft) => draft;
      const codes = codesOf(verified(again(forged).claim().confirm()));
      expect(codes).toEqual(expect.arrayContaining(['replay.differs', 'basis.differs']));
    }
  });

  it('cannot take a policy that governance neither names nor accepts', () => {
    const standing = endorsedStanding(fixtureStanding());
    const roster = endorsedRoster(nextRoster());
    const next = endorsedStanding({
      ...standing.document,
      serial: 2,
      predecessor: digestJson(standing.document),
      policy: { serial: 2, digest: digestJson(NEXT_POLICY.document) },
      roster: { serial: 2, digest: digestJson(nextRoster()) },
    });
    const service = approved({ standing });
    const accepting = endorsedStanding({ ...next.document, accepted_policies: [digestJson(fixturePolicy())] });
    const core = service.reevaluate({ roster, standing: accepting }).claim().confirm().core();
    expect(ask({ bundle: reseal(core) }).findings).toEqual([]);
    // The same chain, where its last routing names the standing that accepts it no more.
    const reference = service.keepEndorsed(next);
    const last = core.events.findLastIndex(({ event_type }) => event_type === 'authority.routed');
    const events = core.events.map((event, index) => (index === last ? { ...event, standing: reference } : event));
    const content = next.document as unknown as JsonObject;
    const size = service.documents.get(reference.digest)?.length ?? 0;
    const forged = {
      ...core,
      events,
      statements: {
        ...core.statements,
        ...Object.fromEntries(next.endorsements.map((each) => [digestJson(each), each])),
      },
      documents: { ...core.documents, [reference.digest]: { media_type: next.document._type, size, content } },
    };
    expect(codesOf(ask({ bundle: reseal(rehash(forged as PackCore)) }))).toEqual(
      expect.arrayContaining(['replay.differs', 'standing.other']),
    );
  });
});

describe('a thief of the requester’s key', () => {
  it('ends approvals, and can make none', () => {
    const service = approved().reevaluate({ packet: newer(), key: keyOfActor(ACTORS.pipeline) });
    expect(service.state).toMatchObject({ stage: 'routed', approvals: [] });
    service.claim();
    expect(service.events.at(-1)).toMatchObject({ code: 'claim.authority_missing' });
  });
});
