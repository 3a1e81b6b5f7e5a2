import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../core/domain/vocabulary.ts';
import { redact } from '../../pack/index.ts';
import { disclosuresBytes, buildView, viewBytes } from '../../pack/index.ts';
import { countedHolders, renderReport, renderTimeline } from '../../verifier/index.ts';
import { digestJson, toBase64 } from '../../core/canon/index.ts';
import { digestOf, T } from '../documents/fixtures.ts';
import { ask } from './asking.ts';
import {
  endorsedRoster,
  GLASS,
  shift,
  breakable,
  claimsRefused,
  delegated,
  denied,
  executed,
  filesOf,
  notViable,
  MiniatureService,
  notedEvidence,
  promoted,
  unconfirmed,
} from './fixture-pack.ts';

const STOP = notedEvidence().packet.sections.release_plan?.stop_conditions?.[0]?.metric ?? '';

describe('the answers of a verified pack (R108)', () => {
  // shows: R108
  it('says who, why, on what evidence, what risk, and how to undo', () => {
    const { answers } = ask(filesOf(promoted()));
    expect(answers?.who).toEqual([
      'requested by w-pipeline as operator; candidate made by p-maker',
      'refused: approval by p-quill (approval.by_requester_controller)',
      'approved by p-amber as model_owner',
      'approved by p-cedar as release_owner',
      'approved by p-birch as security_owner',
      'cleared for w-deployer',
      'executed by w-deployer',
    ]);
    expect(answers?.why).toContain('rationale of approval 1: Approved after reviewing diff and rollback plan.');
    expect(answers?.evidence[0]).toMatch(/^candidate gateway-router 2\.4\.0, sha256:/);
    expect(answers?.risk).toEqual([
      'gate POL-RISK-008 (Production change requires approval): escalate, the target is production',
      'score 0.86, band high, above band_high_max',
      'factor environment: 0.86 x 1, production',
    ]);
    expect(answers?.undo[3]).toBe('owner p-cedar, last tested 2026-02-22T11:30:00.000Z');
  });

  it('says who took an approval back, and who left it to others', () => {
    const service = new MiniatureService().open().evaluate().approve().revoke();
    const revoked = service.events.at(-1);
    if (revoked?.event_type !== 'authority.revoked') throw new TypeError('nothing was revoked');
    service.approve({ supersedes: revoked.statement }).claim().confirm();
    const { answers } = ask(filesOf(service));
    expect(answers?.who).toContain('approval taken back by p-dune');
    expect(answers?.why).toContain('reason of revocation 1: The canary was red.');
    const abstained = new MiniatureService().open().evaluate().abstain().cancel();
    const said = ask({ ...filesOf(abstained), expect: 'cancelled' }).answers;
    expect(said?.who).toContain('abstained: p-dune as executive');
    expect(said?.why).toContain('reason of abstention 1: I wrote the test plan.');
  });

  it('says who delegated to whom, and in whose place the approval stands', () => {
    const files = filesOf(delegated());
    const delegation = files.core.events.find((event) => event.event_type === 'authority.delegated')?.statement;
    const { findings, answers } = ask(files);
    expect(findings).toEqual([]);
    expect(answers?.who).toContain(`delegated by p-dune to p-birch as executive, until ${T.approvalEnds}`);
    expect(answers?.who).toContain('approved by p-birch as executive, in the place of p-dune');
    expect(answers?.why).toContain('reason of delegation 1: On leave until Monday.');
    expect(countedHolders(files.core)).toMatchObject([{ actor_id: 'p-dune', role: 'executive' }]);
    expect(JSON.parse(Buffer.from(files.view).toString()).authority).toMatchObject({
      approvals: [{ actor_id: 'p-birch', delegation }],
      delegations: [{ actor_id: 'p-dune', delegate: 'p-birch', reason: 'On leave until Monday.' }],
    });
  });

  it('says what approvals asked for, and what had become of it', () => {
    const asked = (given: (service: MiniatureService) => MiniatureService) => {
      const report = ask(filesOf(given(new MiniatureService().open().evaluate()).claim().confirm()));
      expect(report.findings).toEqual([]);
      return report;
    };
    const due = shift(T.approved, 1800);
    const open = asked((service) => service.approveIf({ stops: STOP }));
    expect(open.answers?.conditions).toEqual([`condition alarm of p-dune: OUTSTANDING, by release_owner, due ${due}`]);
    expect(open.answers?.why).toContain('condition of approval 1: An alarm on the error rate.');
    expect(renderReport(open)).toContain('condition alarm of p-dune: OUTSTANDING');
    const kept = asked((service) => service.approveIf({ before: 'clearance' }).condition());
    expect(kept.answers?.conditions).toEqual(['condition alarm of p-dune: discharged by the word of p-cedar']);
    expect(kept.answers?.why).toContain('findings of settlement 1: It rang.');
    const service = new MiniatureService().open().evaluate().approveIf({ stops: STOP }).claim();
    const broken = service.condition({ verdict: 'breached' }, T.started).confirm();
    const { answers, findings } = ask(filesOf(broken));
    expect(findings).toEqual([]);
    expect(answers?.conditions).toEqual([
      `condition alarm of p-dune: BREACHED by the word of p-cedar: stop condition ${STOP} FIRES`,
    ]);
    const late = new MiniatureService().open().evaluate().approveIf({ due: T.started }).claim().confirm();
    expect(ask(filesOf(late)).answers?.conditions).toEqual([
      `condition alarm of p-dune: OVERDUE, by release_owner, due ${T.started}`,
    ]);
  });

  it('says how it ended where it was not executed', () => {
    expect(ask({ ...filesOf(denied()), expect: 'denied' }).answers?.why).toEqual([
      'summary: Deploy update to production API gateway config',
      'reason: The rollback was tested on another cluster.',
      'denied: authority.rejected, rejected by p-dune in the role executive',
    ]);
    expect(ask({ ...filesOf(unconfirmed()), expect: 'unconfirmed' }).answers?.why.at(-1)).toMatch(
      /^no receipt came before /,
    );
  });

  it('tells a change that is not worth making from one that was denied', () => {
    const report = ask({ ...filesOf(notViable()), expect: 'no_op' });
    expect([report.evidence, report.outcome]).toEqual(['holds', 'no_op']);
    expect(renderReport(report)).toContain('\noutcome: NO_OP\n');
    expect(report.answers?.why).toContain(
      'nothing is changed: viability.no_op_threshold, score 0.05 points, change threshold 0.05 points',
    );
    expect(report.answers?.risk).toContain(
      'viability: no_op; reserve 1250.5 EUR of at least 1000 EUR; score 0.05 points, to be above 0.05 points',
    );
    const quarantined = notViable({ safety: { hard_gates: [{ id: 'licence-clear', passed: false }] } });
    expect(ask({ ...filesOf(quarantined), expect: 'denied' }).answers?.why).toContain(
      'denied: viability.quarantine, hard gates failed: licence-clear',
    );
  });

  it('says that it was executed where a receipt says so, and nowhere else', () => {
    const who = (service: MiniatureService, expect: Outcome) =>
      ask({ ...filesOf(service), expect }).answers?.who.slice(-2);
    expect(who(unconfirmed(), 'unconfirmed')).toEqual([
      'cleared for w-deployer',
      'not confirmed: no receipt says that it was executed',
    ]);
    const cleared = (): MiniatureService => new MiniatureService().open().evaluate().approve().claim();
    for (const [result, says] of [
      ['failure', 'execution by w-deployer failed'],
      ['unknown', 'started by w-deployer, who cannot say how it ended'],
      ['not_executed', 'not executed: w-deployer refused before it started'],
    ] as const) {
      expect(who(cleared().confirm({ result }), 'execution_failed')).toEqual(['cleared for w-deployer', says]);
    }
    expect(who(cleared().confirm({ subject: digestOf('another') }), 'execution_failed')).toEqual([
      'cleared for w-deployer',
      'executed by w-deployer, on another subject than the one approved',
    ]);
  });

  // shows: R101
  it('says that a text was withheld, and verifies without it (R101)', () => {
    const files = filesOf(executed());
    const disclosures = redact(
      files.core,
      executed().disclosures(),
      ['$.authority.approvals[0].notes'],
      'personal data',
    );
    const report = ask({
      ...files,
      disclosures: disclosuresBytes(disclosures),
      view: viewBytes(buildView(files.core, disclosures)),
    });
    expect(report.findings).toEqual([]);
    expect(report.answers?.why).toContain('rationale of approval 1: (withheld)');
  });

  it('draws a timeline: event, time, actor, short hash', () => {
    const { answers } = ask(filesOf(executed()));
    const lines = renderTimeline(answers?.timeline ?? []).split('\n');
    expect(lines).toHaveLength(7);
    expect(lines[0]).toMatch(
      /^ {2}1 {2}2026-02-24T20:12:21\.000Z {2}decision\.requested +w-pipeline +[0-9a-f]{12} {2}deploy\.change on prod-gateway-01/,
    );
    expect(lines[6]).toContain('gateway.apply_config: success');
    const refused = ask(filesOf(promoted())).answers?.timeline.filter(
      (entry) => entry.event_type === 'statement.refused',
    );
    expect(refused?.map(({ detail }) => detail)).toEqual(['approval.by_requester_controller']);
    const early = ask(filesOf(claimsRefused())).answers?.timeline.filter(
      (entry) => entry.event_type === 'statement.refused',
    );
    expect(early?.map(({ detail }) => detail)).toEqual(['claim: decision.not_routed', 'claim.not_executor']);
  });
});

describe('a pack in which glass was broken', () => {
  it('verifies, says so, and that the review is outstanding', () => {
    const service = breakable().override().claim().confirm();
    const report = ask(filesOf(service));
    expect(report).toMatchObject({ evidence: 'holds', outcome: 'executed' });
    expect(report.answers?.who).toEqual(
      expect.arrayContaining([
        'BREAK-GLASS by p-axe as breakglass_officer, without 1 executive; owner p-axe, controls pager-watch',
        expect.stringMatching(/^review by model_owner OUTSTANDING, due 2026-/),
      ]),
    );
    // In the report itself, under the outcome: nobody should have to ask for it.
    const [, , outcome, glass, review] = renderReport(report).split('\n');
    expect([outcome, glass, review]).toEqual(['outcome: EXECUTED', ...(report.answers?.overrides ?? [])]);
    expect(glass).toMatch(/^BREAK-GLASS by p-axe as breakglass_officer/);
    expect(report.answers?.why).toContain('reason of break-glass 1: Customers cannot log in.');
    const view = buildView(service.core(), null);
    expect(view['authority']).toMatchObject({
      overrides: [{ actor_id: 'p-axe', waived: [{ role: 'executive', signatures: 1 }], reason: null }],
      review: { state: 'OUTSTANDING', role: 'model_owner' },
    });
  });

  it('verifies too where whoever broke it has left: that claim was refused, and others approved', () => {
    const service = breakable().override();
    const left = withoutGlass(service);
    service.claim({ nonce: toBase64(new Uint8Array(16).fill(9)) }, shift(T.approved, 10), left);
    expect(service.events.at(-1)).toMatchObject({ event_type: 'statement.refused', code: 'claim.authority_missing' });
    service.approve({}, undefined, shift(T.approved, 20)).claim({}, T.cleared, left).confirm();
    const report = ask(filesOf(service));
    expect(report).toMatchObject({ evidence: 'holds', outcome: 'executed' });
    // What was cleared does not rest on it.
    expect(report.answers?.overrides).toEqual([]);
  });
});

/** The next roster, without whoever may break glass. */
function withoutGlass(service: MiniatureService) {
  const { roster } = service.roster;
  return endorsedRoster({
    ...roster,
    serial: 2,
    predecessor: digestJson(roster),
    issued_at: T.requested,
    persons: roster.persons.filter(({ actor_id }) => actor_id !== GLASS),
  });
}
