import { describe, expect, it } from 'vitest';
import { digestJson, type Envelope } from '../../core/canon/index.ts';
import { decideAddendum } from '../../core/domain/addendum.ts';
import type { InForceFacts } from '../../core/domain/commands.ts';
import { readStatement } from '../../documents/statements.ts';
import type { EvidencePacket } from '../../documents/evidence.ts';
import type { Policy } from '../../documents/policy.ts';
import {
  ACTORS,
  CANDIDATE,
  digestOf,
  grant,
  keyFrom,
  keyOfActor,
  rosterKey,
  signedReceipt,
  signedReview,
  signedRevocation,
  T,
} from '../documents/fixtures.ts';
import { ask, codesOf } from '../verifier/asking.ts';
import { card, GAUGE, KEY, setupOf } from '../verifier/carded-pack.ts';
import { forceApproval, forceOverride, forceReceipt, sealed, withGrants } from '../verifier/attacks.ts';
import {
  BREAKGLASS,
  breakable,
  delegable,
  endorsedPolicy,
  endorsedRoster,
  endorsedStanding,
  executed,
  filesOf,
  fixturePolicy,
  fixtureStanding,
  GLASS,
  MiniatureService,
  notedEvidence,
  OPERATED_S,
  operable,
  OPERATION,
  ROSTER,
  shift,
  WAIVABLE,
  waiverOf,
  waiving,
} from '../verifier/fixture-pack.ts';
import { again, answerOf, executives, findingsIn, findingsOf, lying, refusal, verdictOf } from './stolen.ts';

/** Thieves of one key of a person or workload. The titles are the rows of docs/threat-model.md. */

const open = (setup: ConstructorParameters<typeof MiniatureService>[0] = {}) =>
  new MiniatureService(setup).open().evaluate();
const revoking = (actor: string) =>
  endorsedStanding(fixtureStanding({ revoked_keys: [keyOfActor(actor).publicKey.keyId] }));

describe("an approver's", () => {
  const two = () => open({ policy: endorsedPolicy(executives(2)) });

  it('fills the one slot of that person, and no second one with however many statements', () => {
    const service = two().approve().approve(again('approval'));
    expect(answerOf(service)).toBe('approval.repeated');
    expect(answerOf(service.claim())).toBe('claim.authority_missing');
    const forced = lying(two().approve());
    expect(findingsIn(forceApproval(forced, forced.approval(again('forced'))))).toEqual(
      expect.arrayContaining(['authority.missing', 'replay.differs']),
    );
    // The slot is theirs: with the other executive, who was deceived, it clears.
    const both = two().approve().approve({ signer: ACTORS.secondExecutive }).claim().confirm();
    expect(verdictOf(both)).toBe('holds: executed');
  });

  it('rejects, which ends the decision, and takes back what that person had approved', () => {
    expect(verdictOf(two().approve().reject({ signer: ACTORS.executive }))).toBe('holds: denied');
    expect(answerOf(two().approve().revoke().claim())).toBe('claim.authority_missing');
  });

  it('approves nothing where that person asked, made the candidate or vouched for it', () => {
    const own = () => open({ request: { creators: [ACTORS.executive] } });
    expect(answerOf(own().approve())).toBe('approval.by_candidate_creator');
    const service = own();
    expect(findingsIn(forceApproval(service, service.approval()))).toContain('authority.barred');
  });

  it('signs for nobody else', () => {
    const other = { signer: ACTORS.secondExecutive };
    expect(refusal(() => open().approve(other, keyOfActor(ACTORS.executive)))).toBe('statement.key_owner');
    const service = open();
    const forged = service.approval(other, keyOfActor(ACTORS.executive));
    expect(findingsIn(forceApproval(service, forged))).toContain('signer.unknown');
  });

  it('approves nothing any more once a standing revokes the key, also of what it had approved before', () => {
    const standing = revoking(ACTORS.executive);
    const service = open().approve().claim({}, T.claimed, undefined, { standing });
    expect(answerOf(service)).toBe('claim.authority_missing');
    const lie = (facts: InForceFacts): InForceFacts => ({ ...facts, ineligible: [] });
    const forced = open().approve().claim({}, T.cleared, undefined, { standing, lie }).confirm();
    expect(verdictOf(forced)).toContain('standing.revoked');
  });
});

describe("an operator's", () => {
  const at = (seconds: number) => shift(T.requested, seconds);

  it('gives time and directs attention, within what the policy lets anybody', () => {
    const service = operable();
    service.submit(service.nudging(), at(30)).submit(service.extending(), at(31));
    expect(answerOf(service.submit(service.reassigning(), at(32)))).toBe('operation.reassigned');
    expect(answerOf(service.submit(service.nudging(again('nudge')), at(33)))).toBe('nudge.too_soon');
    const further = { until: at(OPERATED_S + OPERATION.extend_s + 1), ...again('extension') };
    expect(answerOf(service.submit(service.extending(further), at(34)))).toBe('extension.beyond_policy');
    expect(answerOf(service.claim({}, at(35)))).toBe('claim.authority_missing');
  });

  it('approves nothing, and takes nobody’s signature away', () => {
    const service = operable();
    service.submit(service.reassigning(), at(30)).submit(service.extending(), at(31));
    const asReleaseOwner = { signer: ACTORS.releaseOwner, roles: ['release_owner'] };
    expect(answerOf(service.approve(asReleaseOwner))).toBe('approval.role_not_required');
    // Whoever was relieved signs all the same, and counts.
    expect(verdictOf(service.approve().claim().confirm())).toBe('holds: executed');
    const forced = lying(operable());
    forced.submit(forced.extending(), at(30));
    const taken = forced.approval({ signer: ACTORS.releaseOwner, roles: ['executive'] });
    expect(findingsIn(forceApproval(forced, taken))).toEqual(expect.arrayContaining(['authority.role_not_held']));
  });

  it('gives no time to a decision of its owner, nor to one that has ended', () => {
    const own = operable({}, withGrants(ACTORS.requester, 'release_owner'));
    expect(answerOf(own.submit(own.extending({ signer: ACTORS.requester }), at(30)))).toBe('operation.involved');
    const ended = operable();
    const late = ended.extending({ signed_at: at(30) });
    expect(answerOf(ended.submit(late, at(OPERATED_S)))).toBe('extension.too_late');
  });
});

describe("a delegate's", () => {
  it('approves once, in the role that was delegated, and no longer than that', () => {
    const service = delegable(2);
    const delegation = service.delegation();
    service.submit(delegation, T.approved).submit(service.standingIn(delegation), T.approved);
    expect(answerOf(service)).toBe('authority.approved');
    service.submit(service.standingIn(delegation, again('stand in')), T.approved);
    expect(answerOf(service)).toBe('approval.repeated');
    expect(answerOf(service.claim())).toBe('claim.authority_missing');
    const longer = delegable();
    const lent = longer.delegation();
    longer
      .submit(lent, T.approved)
      .submit(longer.standingIn(lent, { expires_at: shift(T.approvalEnds, 60) }), T.approved);
    expect(answerOf(longer)).toBe('approval.outlives_delegation');
  });

  it('loses the place as soon as its owner wants it back', () => {
    const service = delegable();
    const delegation = service.delegation();
    service.submit(delegation, T.approved).submit(service.standingIn(delegation), T.approved);
    const back = signedRevocation({
      decision_id: service.decisionId,
      signer: ACTORS.executive,
      approval: digestJson(delegation),
    });
    expect(answerOf(service.submit(back, shift(T.approved, 1)).claim())).toBe('claim.authority_missing');
  });
});

/** The score of the fixture, as critical; two people then, whatever is broken. */
const critical: Partial<Policy> = {
  risk: {
    ...fixturePolicy().risk,
    thresholds: { band_low_max: 0.25, band_med_max: 0.6, band_high_max: 0.85, band_critical_min: 0.85 },
  },
  routes: executives(2).routes,
};

/** A house in which one person may break glass, for whatever is asked for. */
function glassHouse(policy: Partial<Policy> = {}, request = {}): MiniatureService {
  const keys = [rosterKey(GLASS, keyFrom(GLASS)), rosterKey(GLASS, keyFrom('break-glass'), { use: 'breakglass' })];
  const axe = { actor_id: GLASS, keys, grants: [grant(BREAKGLASS.role)] };
  return open({
    policy: endorsedPolicy(fixturePolicy({ breakglass: BREAKGLASS, ...policy })),
    roster: endorsedRoster({ ...ROSTER, persons: [...ROSTER.persons, axe] }),
    request,
  });
}

describe('a break-glass key', () => {
  it('clears past missing people where the policy lets its owner, and every report says so', () => {
    const service = breakable().override().claim().confirm();
    const report = ask(filesOf(service));
    expect(report).toMatchObject({ evidence: 'holds', outcome: 'executed' });
    expect(JSON.stringify(report)).toContain('BREAK-GLASS');
  });

  it('clears nothing critical alone', () => {
    const alone = glassHouse(critical).override();
    expect(alone.state).toMatchObject({ stage: 'routed', risk: { risk_band: 'critical' } });
    expect(answerOf(alone.claim())).toBe('claim.authority_missing');
    const glass = lying(glassHouse(critical));
    const forced = forceReceipt(forceOverride(glass, glass.overriding()));
    expect(findingsOf(sealed(forced))).toContain('authority.floor');
    expect(answerOf(glassHouse(critical).override().approve().claim())).toBe('execution.cleared');
  });

  it('breaks no glass for what its owner asked for, made or vouched for', () => {
    const own = () => glassHouse({}, { creators: [GLASS] });
    expect(answerOf(own().override())).toBe('approval.by_candidate_creator');
    const forced = own();
    expect(findingsOf(sealed(forceReceipt(forceOverride(forced, forced.overriding()))))).toContain('authority.barred');
  });

  it('approves nothing, and signs nothing in another name', () => {
    const key = keyFrom('break-glass');
    const asItself = { signer: GLASS, roles: [BREAKGLASS.role] };
    expect(refusal(() => breakable().approve(asItself, key))).toBe('statement.key_use');
    expect(refusal(() => breakable().approve({}, key))).toBe('statement.key_owner');
  });

  it('passes no hard gate', () => {
    const { packet } = notedEvidence();
    const safety = packet.sections.safety_and_security;
    if (!safety) throw new TypeError('the fixture has the section');
    const failed = { ...safety, hard_gates: [{ id: 'licence-clear', passed: false }] };
    const denied = new MiniatureService({
      policy: endorsedPolicy(fixturePolicy({ breakglass: BREAKGLASS })),
      packet: { ...packet, sections: { ...packet.sections, safety_and_security: failed } },
    });
    expect(denied.open().evaluate().state).toMatchObject({ stage: 'closed', outcome: 'denied' });
  });
});

describe("a requester's", () => {
  it('asks, cancels, and has a decision evaluated anew in that name', () => {
    expect(open({ request: { idempotency_key: 'by-the-thief' } }).state.stage).toBe('routed');
    expect(verdictOf(open().cancel())).toBe('holds: cancelled');
    const anew = open().approve();
    const { packet } = notedEvidence();
    anew.reevaluate({ packet: { ...packet, created_at: T.approved } });
    expect(anew.state).toMatchObject({ stage: 'routed', approvals: [] });
  });

  it('approves nothing, neither as the requester nor as who controls it', () => {
    const pipeline = { signer: ACTORS.pipeline };
    expect(answerOf(open().approve(pipeline))).toBe('approval.by_requester');
    expect(answerOf(open().approve({ signer: ACTORS.requester }))).toBe('approval.by_requester_controller');
    for (const signer of [ACTORS.pipeline, ACTORS.requester]) {
      const service = open();
      const findings = findingsIn(forceApproval(service, service.approval({ signer })));
      expect(findings).toContain('authority.barred');
    }
  });
});

describe("an evidence author's", () => {
  const { packet } = notedEvidence();
  const safety = packet.sections.safety_and_security;
  const saying = (passed: boolean) => {
    if (!safety) throw new TypeError('the fixture has the section');
    const sections = {
      ...packet.sections,
      safety_and_security: { ...safety, hard_gates: [{ id: 'licence', passed }] },
    };
    return open({ packet: { ...packet, sections } });
  };

  it('passes a gate with a false fact, which people then still have to approve', () => {
    expect(saying(false).state).toMatchObject({ stage: 'closed', outcome: 'denied' });
    expect(answerOf(saying(true).claim())).toBe('claim.authority_missing');
    expect(verdictOf(saying(true).approve().claim().confirm())).toBe('holds: executed');
  });

  it('approves nothing itself, and puts no other candidate in the place of the one that was asked for', () => {
    expect(answerOf(open().approve({ signer: ACTORS.author }))).toBe('approval.by_evidence_author');
    const other = digestOf('another artifact');
    const exchanged = open({ evidence: { subject: other }, packet: { ...packet, subject: other } });
    expect(exchanged.state).toMatchObject({ stage: 'closed', outcome: 'denied' });
    expect(CANDIDATE.digest).not.toBe(other);
  });
});

describe("an evaluator's", () => {
  it('signs a card with false results for what others made and asked for, which people then still have to approve', () => {
    const scorecards = [
      { metric: 'route_accuracy', value: 1, threshold: 0.97, direction: 'at_least', passed: true },
    ] as const;
    const repeated = (packet: EvidencePacket): EvidencePacket => {
      const evaluation = { ...packet.sections.evaluation!, scorecards: [...scorecards] };
      return { ...packet, sections: { ...packet.sections, evaluation } };
    };
    const setup = setupOf(card({ scorecards }), { packet: repeated });
    expect(answerOf(open(setup).claim())).toBe('claim.authority_missing');
    expect(verdictOf(open(setup).approve().claim().confirm())).toBe('holds: executed');
  });

  it('evaluates nothing that its owner made or asked for, and approves nothing', () => {
    const made = open({ ...setupOf(card()), request: { creators: [GAUGE] } });
    expect(made.state).toMatchObject({ stage: 'closed', outcome: 'denied' });
    const service = open(setupOf(card()));
    expect(answerOf(service.submit(service.approval({ signer: GAUGE }, KEY), T.approved))).toBe(
      'approval.by_evaluator',
    );
  });

  it('changes no packet that somebody else vouched for', () => {
    const exchanged = open({ ...setupOf(card()), card: card({ failure_slices: [] }) });
    expect(exchanged.state).toMatchObject({ stage: 'closed', outcome: 'denied' });
  });
});

describe("a waiver author's", () => {
  it('lets past the gates that the policy names, and clears nothing by that: somebody else has to approve', () => {
    const service = waiving().evaluate();
    expect(answerOf(service)).toBe('authority.routed');
    expect(answerOf(service.claim())).toBe('claim.authority_missing');
    service.submit(service.approval({ signer: ACTORS.releaseOwner, roles: ['executive'] }), T.approved);
    expect(answerOf(service)).toBe('approval.by_waiver_author');
    const forced = waiving().evaluate();
    const own = forced.approval({ signer: ACTORS.releaseOwner, roles: ['executive'] });
    expect(findingsIn(forceApproval(forced, own))).toContain('authority.barred');
  });

  it('waives no other gate, for no longer, and nothing that was asked for in that name', () => {
    const denied = (waiver: Envelope, setup: Parameters<typeof waiving>[0] = {}) =>
      waiving(setup, [waiver]).evaluate().events.at(-1);
    expect(denied(waiverOf({ gate: 'POL-HARD-001' }))).toMatchObject({ code: 'waiver.not_permitted' });
    expect(denied(waiverOf({ expires_at: shift(T.packed, 31 * 86_400) }))).toMatchObject({ code: 'waiver.too_long' });
    const own = { request: { creators: [ACTORS.releaseOwner] } };
    expect(denied(waiverOf(), own)).toMatchObject({ code: 'waiver.involved' });
  });

  it('waives nothing any more once a standing revokes the key, also of what it had waived before', () => {
    const policy = { serial: 1, digest: digestJson(WAIVABLE) };
    const keys = [keyOfActor(ACTORS.releaseOwner).publicKey.keyId];
    const standing = endorsedStanding(fixtureStanding({ policy, revoked_keys: keys }));
    expect(waiving({ standing }).evaluate().events.at(-1)).toMatchObject({ code: 'waiver.not_authentic' });
    const service = waiving().evaluate().approve().claim({}, T.claimed, undefined, { standing });
    expect(answerOf(service)).toBe('claim.key_revoked');
  });
});

describe("an executor's", () => {
  it('claims what people have approved, and swears to what it never did', () => {
    const service = executed();
    expect(verdictOf(service)).toBe('holds: executed');
    expect(ask(filesOf(service)).rests_on_others.join()).toContain('executor');
    const failed = open().approve().claim().confirm({ result: 'failure', exit_code: 1 });
    expect(verdictOf(failed)).toBe('holds: execution_failed');
  });

  it('clears nothing that people did not sign for, and nowhere else', () => {
    expect(answerOf(open().claim())).toBe('claim.authority_missing');
    expect(findingsIn(lying(new MiniatureService()).open().evaluate())).toEqual(
      expect.arrayContaining(['authority.missing', 'replay.differs']),
    );
    expect(answerOf(open().approve().claim({ target: 'prod-gateway-02' }))).toBe('claim.target');
  });

  it('swears to no other artifact, no run before the clearance, and nothing in another executor’s name', () => {
    const other = open()
      .approve()
      .claim()
      .confirm({ subject: digestOf('another artifact') });
    expect(verdictOf(other)).toBe('holds: execution_failed');
    const early = open()
      .approve()
      .claim()
      .confirm({ started_at: shift(T.claimed, -60) });
    expect(codesOf(ask(filesOf(early)))).toContain('execution.started_early');
    const cleared = open().approve().claim();
    const receipt = signedReceipt(
      { decision_id: cleared.decisionId, signer: ACTORS.pipeline, claim: cleared.clearance.claim },
      keyOfActor(ACTORS.deployer),
    );
    expect(refusal(() => cleared.submit(receipt, T.finished))).toBe('statement.key_owner');
  });
});

describe("a reviewer's", () => {
  it('says that a broken glass was justified, and changes nothing of the decision', () => {
    const service = breakable().override().claim().confirm();
    const cleared = service.events.find((event) => event.event_type === 'execution.cleared');
    if (cleared?.event_type !== 'execution.cleared') throw new TypeError('not cleared');
    const { statement, digest } = readStatement(
      signedReview({ decision_id: service.decisionId, cleared: cleared.integrity_hash, signer: ACTORS.modelOwner }),
      'review',
    );
    const closed = {
      decisionId: service.decisionId,
      origin: service.request.statement.origin,
      tenant: service.request.statement.tenant,
      head: cleared.integrity_hash,
      cleared,
      involved: [GLASS],
      conditional: [],
      barred: [],
      confirmed: true,
      wayBack: null,
      pack: null,
      signerStands: false,
    };
    const signer = { kind: 'person', roles: [BREAKGLASS.review_role], duties: [] } as const;
    const review = (by: string) =>
      decideAddendum(closed, { digest, statement: { ...statement, signer: by }, signer }, T.finished).at(-1);
    expect(review(ACTORS.modelOwner)).toMatchObject({ event_type: 'override.reviewed', verdict: 'justified' });
    // Whoever broke it and has the reviewer's key as well still is one of those involved.
    expect(review(GLASS)).toMatchObject({ event_type: 'statement.refused', code: 'review.involved' });
    expect(verdictOf(service)).toBe('holds: executed');
  });
});
