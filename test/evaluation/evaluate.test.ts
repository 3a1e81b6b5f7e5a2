import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalBytes, canonicalize, digestJson } from '../../core/canon/index.ts';
import type { EndorsedReference, Slot } from '../../core/domain/events.ts';
import { BANDS } from '../../core/domain/vocabulary.ts';
import type { EvidencePacket, EvidenceReferenceByDigest } from '../../documents/evidence.ts';
import type { Policy, PolicyAction } from '../../documents/policy.ts';
import { STANDING_TYPE, type Standing } from '../../documents/standing.ts';
import {
  DENIAL_CODES,
  type DenialCode,
  type EvaluationInput,
  evaluate,
  leastApprovers,
  type StandingAt,
} from '../../evaluation/index.ts';
import { fixtureManifest } from '../documents/fixtures.ts';
import type { LinkedDecision } from '../../evaluation/linked.ts';
import {
  AT,
  after,
  digest,
  EVALUATOR,
  type Given,
  given,
  policy,
  policyWith,
  REQUESTED_AT,
  roster,
  sections,
  withCard,
  waived,
} from './given.ts';

const MODEL = { action: 'model.promote', target: 'model-serving-canary' } as const;
const SANDBOX = { action: 'config.write', target: 'dev-sandbox-01' } as const;

const denial = (input: EvaluationInput) => evaluate(input).evaluation.denial;
const packetWith = (changes: Partial<EvidencePacket['sections']>): NonNullable<Given['packet']> => ({
  sections: {
    candidate: sections.candidate,
    release_plan: sections.release_plan,
    rollback: sections.rollback,
    ...changes,
  },
});
const routes = (...list: Policy['routes']): Given => ({ policy: policyWith({ routes: list }) });
const anyone = (signatures: number): Policy['routes'][number] => ({
  id: 'all',
  when: 'true',
  slots: [{ role: 'executive', signatures }],
});

describe('evaluate', () => {
  // shows: R32, R33, R35, R39
  it("gives the source's example the source's score: 0.86, high, above band_high_max, one executive", () => {
    const { evaluation, basis, brief } = evaluate(given());
    expect(evaluation.denial).toBeNull();
    expect(evaluation.policy).toMatchObject({ policy_version: '1.2.0', result: 'escalate' });
    expect(evaluation.policy?.gates.filter((gate) => gate.triggered)).toEqual([
      {
        id: 'POL-RISK-008',
        name: 'Production change requires approval',
        hard: false,
        triggered: true,
        result: 'escalate',
        reason: 'The target is in production',
      },
    ]);
    expect(evaluation.risk).toMatchObject({
      risk_score: 0.86,
      risk_band: 'high',
      band_note: 'above band_high_max',
      thresholds: { band_low_max: 0.25, band_med_max: 0.6, band_high_max: 0.85, band_critical_min: 0.9 },
    });
    expect(evaluation.routing).toMatchObject({
      route: 'production-high',
      required_roles: ['executive'],
      slots: [{ role: 'executive', signatures: 1 }],
      // builder-1 holds the role too, and made the candidate.
      candidates: [{ role: 'executive', count: 2, actor_ids: ['executive-1', 'executive-2'] }],
      barred: [
        { actor_id: 'builder-1', duties: ['candidate_creator'] },
        { actor_id: 'evaluator-1', duties: ['evidence_author'] },
        { actor_id: 'operator-1', duties: ['requester'] },
      ],
      executors: ['gateway-deployer'],
      cancel_roles: ['executive', 'release_owner'],
      satisfied: false,
      basis_digest: digestJson(basis),
      brief: digestJson(brief),
      limits: {
        decision_deadline: '2026-02-25T20:12:21.000Z',
        evidence_valid_until: '2026-03-01T00:00:00.000Z',
        rollback_valid_until: '2026-03-22T09:30:00.000Z',
        approval_life_s: 3600,
        permit_life_s: 600,
        confirmation_s: 3600,
      },
    });
  });

  // shows: R39, R40, R52
  it('routes a promotion to model, security and release owner (R52)', () => {
    const { evaluation } = evaluate(given({ request: MODEL }));
    expect(evaluation.denial).toBeNull();
    expect(evaluation.risk).toMatchObject({ risk_score: 0.75, risk_band: 'high', band_note: null });
    expect(evaluation.routing?.required_roles).toEqual(['model_owner', 'release_owner', 'security_owner']);
  });

  // shows: R37
  it('lets a low change outside every floor pass without anybody', () => {
    const { evaluation } = evaluate(given({ request: SANDBOX }));
    expect(evaluation.policy?.result).toBe('allow');
    expect(evaluation.risk).toMatchObject({ risk_score: 0.235, risk_band: 'low' });
    expect(evaluation.routing).toMatchObject({ route: 'low', slots: [], candidates: [], satisfied: true });
    expect(evaluation.routing?.limits.rollback_valid_until).toBeNull();
  });

  it('is satisfied by nobody only where the route asks for nobody, also in the low band', () => {
    const asks = policyWith({ routes: [anyone(1)] });
    const { risk, routing } = evaluate(given({ request: SANDBOX, policy: asks })).evaluation;
    expect([risk?.risk_band, routing?.satisfied]).toEqual(['low', false]);
  });

  it('names the source of every fact that was read, sorted (ruling 13)', () => {
    const facts = evaluate(given()).evaluation.policy?.facts ?? [];
    expect(facts.map((fact) => fact.name)).toEqual(facts.map((fact) => fact.name).toSorted());
    expect(Object.fromEntries(facts.map((fact) => [fact.name, fact.source]))).toMatchObject({
      'target.environment': 'policy',
      'target.sensitivity': 'policy',
      'action.effects': 'policy',
      'request.context.ticket': 'request',
      'evidence.evaluation.calibration.expected_calibration_error': 'evidence_author',
      'risk.band': 'recomputed',
      'gates.result': 'recomputed',
    });
    expect(facts.some((fact) => fact.source === 'service')).toBe(false);
  });

  it('takes environment and sensitivity from the target table, whatever the requester says', () => {
    const asked = given({ request: { context: { environment: 'dev', sensitivity: 'none', ticket: 'CHG-1042' } } });
    expect(evaluate(asked).evaluation.risk?.risk_score).toBe(0.86);
  });
});

/** A standing that names the policy and roster of {@link given}, and speaks for another day. */
function spoken(changes: Partial<Standing> = {}): StandingAt {
  const { policy: inForce, roster: frozen } = given();
  const named = ({ serial, digest: of }: EndorsedReference) => ({ serial, digest: of });
  const document: Standing = {
    _type: STANDING_TYPE,
    origin: 'countersign-demo',
    tenant: 'acme',
    serial: 1,
    predecessor: 'GENESIS',
    issued_at: after(-3600),
    not_after: after(86_400),
    policy: named(inForce.reference),
    accepted_policies: [],
    roster: named(frozen.reference),
    revoked_keys: [],
    revoked_digests: [],
    freezes: [],
    lifted_freezes: [],
    ...changes,
  };
  const reference = { serial: 1, digest: digestJson(document), endorsements: [digest('standing endorsement')] };
  return { inForce: { document, reference }, demanded: true };
}

const SCORE = {
  value: 0.2,
  unit: 'points',
  source: 'controller',
  computed_from: sections.lineage.data_sources[0] as EvidenceReferenceByDigest,
};

interface Viable {
  readonly safety?: Partial<NonNullable<EvidencePacket['sections']['safety_and_security']>>;
  readonly score?: typeof SCORE | null;
  /** Least reserve; the packet projects none. */
  readonly minimum?: number;
  readonly roles?: string[];
}

/** A promotion under viability rules. */
function viable({ safety = {}, score = SCORE, minimum = 0, roles = ['model_owner'] }: Viable): EvaluationInput {
  const viability = {
    actions: ['model.promote'],
    minimum_reserve: { value: minimum, unit: 'points' },
    change_threshold: { value: 0.1, unit: 'points' },
    governance_roles: roles,
  };
  return given({
    request: MODEL,
    policy: policyWith({ viability }),
    packet: {
      sections: { ...sections, safety_and_security: { ...sections.safety_and_security, ...safety } },
      viability: { projected_reserve: { ...SCORE, value: 0 }, score },
    },
  });
}

/** A descendant whose parent has no manifest. */
function orphaned(): Given {
  const subject = digest('candidate');
  const manifest = fixtureManifest({
    name: 'gateway-config',
    version: '2026.02.24',
    package: { kind: 'file', digest: subject, entries: null, layers: null },
    entry_point: null,
    runtimes: [{ name: 'gateway', version: '2.0.0', digest: digest('gateway'), verified_on: subject }],
    parents: [{ ...sections.lineage.parents[0]!, manifest: null }],
  });
  const reference = { ...sections.candidate.manifest, digest: digestJson(manifest) };
  return {
    policy: policyWith({ actions: policy.actions.map((action) => ({ ...action, checks: ['inheritance'] })) }),
    packet: packetWith({ candidate: { ...sections.candidate, manifest: reference } }),
    input: { manifests: new Map([[digestJson(manifest), canonicalBytes(manifest)]]) },
  };
}

/** Has the candidate's package looked for, for every action. */
const LOOKING = policyWith({ actions: policy.actions.map((action) => ({ ...action, checks: ['package'] })) });

/** Has the manifest read for every action. */
const READING = policyWith({ actions: policy.actions.map((action) => ({ ...action, checks: ['manifest'] })) });
const UNDONE: LinkedDecision = {
  decision_id: 'c0ffee00-4d7c-8d1f-9f1b-90df1f7e8c2a',
  pack: digest('pack'),
  origin: 'countersign-demo',
  tenant: 'acme',
  target: 'prod-gateway-01',
  candidate: digest('what was let out'),
  rollback_target: digest('candidate'),
  cleared: true,
  cleared_at: '2026-02-24T18:00:00.000Z',
  carried: { behind: 0, bytes: 1024 },
  executed: true,
  rung: { stage: null, system: null, exposure: null },
};
const UNDOES = { relation: 'undoes', decision_id: UNDONE.decision_id, pack: UNDONE.pack } as const;

/** The shipped policy with a rollback that one release owner approves. */
function rollback(
  changes: Partial<LinkedDecision> = {},
  linked: LinkedDecision | null = { ...UNDONE, ...changes },
): EvaluationInput {
  const action = { id: 'release.back', class: 'deploy', effects: ['rollback'], irreversible: false } as const;
  const back = policyWith({
    actions: [...policy.actions, { ...action, effects: ['rollback'], evidence: ['candidate'] }],
  });
  return given({ policy: back, request: { action: action.id, linked: UNDOES }, input: { linked } });
}

interface Climbing {
  readonly action?: { readonly [Member in 'ladder' | 'evidence']?: PolicyAction[Member] | undefined };
  readonly exposure?: Readonly<Record<string, string>> | null;
  readonly linked?: Partial<LinkedDecision> | null;
  readonly rung?: Partial<LinkedDecision['rung']>;
}

/** A canary that follows its shadow, and carries more traffic. */
function climbing({ action = {}, exposure = { traffic: '5 %', cohort: 'all' }, linked = {}, rung = {} }: Climbing) {
  const [deploy] = policy.actions;
  if (deploy === undefined) throw new TypeError('the example has an action');
  const { ladder = { stage: 'canary', follows: ['shadow'] } } = action;
  const canary: PolicyAction = { ...deploy, evidence: action.evidence ?? deploy.evidence };
  const actions = [{ ...canary, ...('ladder' in action ? {} : { ladder: ladder as PolicyAction['ladder'] & object }) }];
  const shown = exposure === null ? {} : { exposure };
  const earlier: LinkedDecision = {
    ...UNDONE,
    candidate: digest('candidate'),
    rung: { stage: 'shadow', system: 'gateway', exposure: { traffic: '0 %', cohort: 'all' }, ...rung },
    ...linked,
  };
  return given({
    policy: policyWith({ actions }),
    packet: packetWith({ release_plan: { ...sections.release_plan, ...shown } }),
    ...(linked === null ? {} : { request: { linked: { ...UNDOES, relation: 'follows' } }, input: { linked: earlier } }),
  });
}

/** One way to earn each denial; the type holds the table complete. */
const DENIED: Record<DenialCode, EvaluationInput> = {
  'policy.not_in_force': given({ request: { policy: { version: '1.2.0', digest: digest('policy before') } } }),
  'policy.unusable': given({
    policy: policyWith({
      gates: [{ id: 'g', name: 'g', hard: false, when: 'target.sytem == "x"', result: 'deny', reason: 'r' }],
    }),
  }),
  'requester.unknown': given({ request: { signer: 'stranger-1' } }),
  'requester.role_not_held': given({ request: { role: 'executive' } }),
  'creator.unknown': given({ request: { creators: ['builder-1', 'no-such-pipeline'] } }),
  'action.unknown': given({ request: { action: 'deploy.everything' } }),
  'target.unknown': given({ request: { target: 'prod-gateway-02' } }),
  'evidence.mismatch': given({ input: { packetDigest: digest('another packet') } }),
  'evidence.subject': given({ packet: { subject: digest('another candidate') } }),
  'evidence.incomplete': given({ packet: packetWith({ release_plan: { ...sections.release_plan, canary: null } }) }),
  'evidence.not_yet_valid': given({ packet: { created_at: after(61) } }),
  'evidence.stale': given({ at: '2026-03-01T00:00:00.000Z' }),
  'card.missing': given(withCard({ section: { card: undefined } as object })),
  'card.unreadable': given(withCard({}, { input: { card: null } })),
  'card.differs': given(withCard({ section: { suite: { ...sections.evaluation.suite, version: '4.0.3' } } })),
  'card.policy': given(withCard({ card: { policy: { version: '1.2.0', digest: digest('policy before') } } })),
  'card.signer': given(withCard({ admitted: { refused: 'statement.key_window' } })),
  'card.role': given(withCard({ by: 'evaluator-1' })),
  'card.not_independent': given(withCard({}, { request: { creators: ['builder-1', EVALUATOR] } })),
  'manifest.unreadable': given({ policy: READING }),
  'manifest.invalid': given({
    policy: READING,
    input: { manifests: new Map([[digest('manifest'), new Uint8Array(2)]]) },
  }),
  'inheritance.broken': given(orphaned()),
  'standing.missing': given({ input: { standing: { inForce: null, demanded: true } } }),
  'standing.ended': given({ input: { standing: spoken({ not_after: AT }) } }),
  'standing.other': given({ input: { standing: spoken({ policy: { serial: 1, digest: digest('another policy') } }) } }),
  'candidate.revoked': given({ input: { standing: spoken({ revoked_digests: [digest('candidate')] }) } }),
  'waiver.not_authentic': waived({ signed: { unsigned: 'statement.signature' } }),
  'waiver.other': waived({ waivers: [{ candidate: digest('another candidate') }] }),
  'waiver.not_permitted': waived({ waivers: [{ gate: 'POL-RISK-008' }] }),
  'waiver.repeated': waived({ waivers: [{}, { signer: 'evaluator-1' }] }),
  'waiver.role_not_held': waived({ waivers: [{ signer: 'executive-1' }] }),
  'waiver.involved': waived({ waivers: [{ signer: 'evaluator-1' }] }),
  'waiver.owner': waived({ waivers: [{ owner: 'stranger-1' }] }),
  'waiver.too_long': waived({ waivers: [{ expires_at: '2026-03-03T18:00:00.001Z' }] }),
  'waiver.expired': waived({ waivers: [{ expires_at: AT }] }),
  'rollback.target': given({ packet: packetWith({ rollback: { ...sections.rollback, target: digest('candidate') } }) }),
  'rollback.not_yet_valid': given({ packet: packetWith({ rollback: { ...sections.rollback, tested_at: after(61) } }) }),
  'rollback.stale': given({ packet: packetWith({ rollback: { ...sections.rollback, tested_at: after(-2592000) } }) }),
  'ladder.no_stage': climbing({ action: { ladder: undefined } }),
  'ladder.no_rollback': climbing({ action: { evidence: ['candidate', 'release_plan'] } }),
  'ladder.no_exposure': climbing({ exposure: null }),
  'ladder.no_predecessor': climbing({ linked: null }),
  'ladder.candidate': climbing({ linked: { candidate: digest('another candidate') } }),
  'ladder.order': climbing({ rung: { stage: 'canary' } }),
  'ladder.target': climbing({ rung: { system: 'another system' } }),
  'ladder.not_executed': climbing({ linked: { executed: false } }),
  'ladder.dimensions': climbing({ rung: { exposure: { traffic: '0 %', cohort: 'staff' } } }),
  'viability.quarantine': viable({ safety: { hard_gates: [{ id: 'licence', passed: false }] } }),
  'viability.input_missing': viable({ score: null }),
  'viability.unit_differs': viable({ score: { ...SCORE, unit: 'percent' } }),
  'viability.no_op_reserve': viable({ minimum: 1 }),
  'viability.no_op_threshold': viable({ score: { ...SCORE, value: 0.1 } }),
  'linked.action': given({ request: { linked: UNDOES } }),
  'linked.unknown': rollback({}, null),
  'linked.too_deep': rollback({ carried: { behind: 8, bytes: 1024 } }),
  'linked.not_cleared': rollback({ cleared: false }),
  'linked.target': rollback({ target: 'staging-gateway-01' }),
  'linked.candidate': rollback({ rollback_target: digest('older still') }),
  'evidence.unresolved': given({ policy: LOOKING }),
  'evidence.differs': given({
    policy: LOOKING,
    input: {
      resolved: [{ what: 'package', digest: digest('candidate'), measured: digest('another'), source: 'service' }],
    },
  }),
  'gate.denied': given({ request: { context: {} } }),
  'route.unusable': given(routes({ id: 'all', when: 'request.context.reviewed == "yes"', slots: [] }, anyone(1))),
  'route.none': given(routes({ ...anyone(1), when: 'false' })),
  'viability.review_not_routed': viable({
    safety: { permission_diff: { added: ['tool:shell'], removed: [] } },
    roles: ['auditor'],
  }),
  'route.below_floor': given(routes({ ...anyone(1), slots: [] })),
  'duty.apart': given({ policy: policyWith({ apart: [{ role: 'release_owner', never: ['evidence_author'] }] }) }),
  'duty.conflict': given({ request: { creators: ['operator-1'] } }),
  'route.impossible': given(routes(anyone(3))),
};

const OWN = { code: 'evidence.incomplete', path: '$.sections.release_plan.canary' };

describe('denials', () => {
  // shows: R17, R24, R39, R66, R70
  it.each(DENIAL_CODES)('%s', (code) => {
    const { evaluation, basis, brief } = evaluate(DENIED[code]);
    expect(evaluation.denial?.code).toBe(code);
    expect(evaluation.routing).toBeNull();
    expect([basis, brief]).toEqual([null, null]);
    const { policy: inForce, roster: frozen } = DENIED[code];
    expect(evaluation.denial).toMatchObject({ policy: inForce.reference, roster: frozen.reference });
    expect(evaluation.denial?.standing).toEqual(DENIED[code].standing.inForce?.reference);
  });

  // shows: R29
  it('keeps the gates and the risk of a decision that a gate or the route denied (microcosm#381)', () => {
    for (const code of [
      'gate.denied',
      'route.none',
      'route.below_floor',
      'duty.conflict',
      'route.impossible',
    ] as const) {
      const { evaluation } = evaluate(DENIED[code]);
      expect(evaluation.policy?.gates.length).toBe(DENIED[code].policy.document.gates.length);
      expect(evaluation.risk?.risk_score).toBe(0.86);
    }
  });

  // shows: R22, R25, R26
  it.each<[string, DenialCode, Given]>([
    [
      'a policy of another version under the same digest',
      'policy.not_in_force',
      { request: { policy: { version: '1.2.1', digest: digestJson(policy) } } },
    ],
    ["another tenant's policy", 'policy.not_in_force', { policy: policyWith({ tenant: 'globex' }) }],
    [
      'stale at dispatch: the policy changed (mcp-hangar#674)',
      'policy.not_in_force',
      { input: { policy: { ...given().policy, reference: { serial: 2, digest: digest('next'), endorsements: [] } } } },
    ],
    [
      'a document that is not what its reference names',
      'policy.not_in_force',
      { input: { policy: { ...given().policy, document: policyWith({ title: 'Another' }) } } },
    ],
    [
      'a reference of another serial',
      'policy.not_in_force',
      { input: { policy: { ...given().policy, reference: { ...given().policy.reference, serial: 2 } } } },
    ],
    [
      'same group name in another tenant (openbao#3841)',
      'requester.unknown',
      { roster: { ...roster, tenant: 'globex' } },
    ],
    [
      'evidence that its author vouched for in another packet',
      'evidence.mismatch',
      { statement: { packet: digest('another packet') } },
    ],
    ["another tenant's evidence", 'evidence.mismatch', { packet: { tenant: 'globex' } }],
    ["a statement of another tenant's author", 'evidence.mismatch', { statement: { tenant: 'globex' } }],
    [
      'approval of A used for B (hatchet#4714): the statement is about A',
      'evidence.subject',
      { statement: { subject: digest('A') } },
    ],
    [
      'a candidate section about A',
      'evidence.subject',
      { packet: packetWith({ candidate: { ...sections.candidate, digest: digest('A') } }) },
    ],
    [
      'a section that the action demands',
      'evidence.incomplete',
      { packet: { sections: { candidate: sections.candidate } } },
    ],
    [
      'evidence older than the policy allows, whatever its author allows',
      'evidence.stale',
      { packet: { created_at: after(-604800) } },
    ],
    ['evidence vouched for in the future', 'evidence.not_yet_valid', { statement: { signed_at: after(61) } }],
    ['two executives and the maker of the candidate', 'route.impossible', routes(anyone(3))],
    [
      'a creator who came into the roster after the request',
      'creator.unknown',
      { opening: { ...roster, persons: roster.persons.filter(({ actor_id }) => actor_id !== 'builder-1') } },
    ],
  ])('%s: %s', (_, code, changes) => {
    expect(denial(given(changes))?.code).toBe(code);
  });

  // shows: R70
  it('lists everything that the evidence lacks or gets wrong, whatever the decision is denied for', () => {
    const { evaluation, rollback, release_plan } = sections;
    const scans = sections.safety_and_security.scans.map((scan) => ({ ...scan, finished_at: after(-7200) }));
    const document = policyWith({
      times: { ...policy.times, scan_age_s: 3600, evaluation_age_s: 3600 },
      actions: policy.actions.map((action) =>
        action.id === MODEL.action ? { ...action, checks: ['manifest' as const, 'rollback' as const] } : action,
      ),
    });
    const everything = given({
      policy: document,
      request: MODEL,
      packet: packetWith({
        evaluation,
        safety_and_security: { ...sections.safety_and_security, scans },
        release_plan: { ...release_plan, canary: null },
        rollback: { ...rollback, tested_at: after(-policy.times.rollback_test_age_s), procedure: null },
      }),
      statement: { valid_until: AT },
      input: { manifests: new Map([[sections.candidate.manifest.digest, canonicalBytes(fixtureManifest())]]) },
    });
    const lacking = denial(everything);
    expect(lacking?.code).toBe('evidence.incomplete');
    expect(lacking?.misses?.filter(({ code }) => code !== 'manifest.invalid')).toEqual([
      { code: 'evidence.incomplete', path: '$.sections.lineage' },
      { code: 'evidence.incomplete', path: '$.sections.resource_profile' },
      { code: 'evidence.incomplete', path: '$.sections.release_plan.canary' },
      { code: 'evidence.incomplete', path: '$.sections.rollback.procedure' },
      { code: 'evidence.incomplete', path: '$.sections.evaluation.finished_at' },
      { code: 'evidence.stale', path: 'statement.$.valid_until' },
      { code: 'evidence.stale', path: '$.sections.safety_and_security.scans[0].finished_at' },
      { code: 'rollback.stale', path: '$.sections.rollback.tested_at' },
    ]);
    expect(lacking?.misses).toEqual(
      expect.arrayContaining(['$.name', '$.package.digest'].map((path) => ({ code: 'manifest.invalid', path }))),
    );
    // Who asked is wrong as well, and is what it is denied for.
    const kept = policyWith({ ...document, apart: [{ role: 'operator', never: ['requester'] }] });
    const apart = denial({
      ...everything,
      policy: given({ policy: kept }).policy,
      request: { ...everything.request, policy: given({ policy: kept }).request.policy },
    });
    expect([apart?.code, apart?.misses]).toEqual(['duty.apart', lacking?.misses]);
  });

  it('says no more of a denial that was recorded before there was a list', () => {
    const input = DENIED['evidence.incomplete'];
    const { misses, ...rest } = denial(input)!;
    expect(misses).toEqual([{ code: 'evidence.incomplete', path: '$.sections.release_plan.canary' }]);
    expect(denial({ ...input, told: null })).toEqual(rest);
  });

  it('tells packet and statement apart, and each member that is of elsewhere', () => {
    const elsewhere = denial(
      given({ packet: { origin: 'other', tenant: 'globex' }, statement: { tenant: 'globex', subject: digest('A') } }),
    );
    expect(elsewhere?.misses).toEqual([
      { code: 'evidence.mismatch', path: '$.origin' },
      { code: 'evidence.mismatch', path: '$.tenant' },
      { code: 'evidence.mismatch', path: 'statement.$.tenant' },
      { code: 'evidence.subject', path: 'statement.$.subject' },
    ]);
  });

  it('names with what is missing also what is to be looked for and is not named', () => {
    const { rollback } = sections;
    const document = policyWith({
      actions: policy.actions.map((action) =>
        action.id === MODEL.action ? { ...action, evidence: ['candidate'], checks: ['rollback'] } : action,
      ),
    });
    const packet = packetWith({ rollback: { ...rollback, procedure: null } });
    const input = given({ policy: document, request: { ...MODEL, waivers: [digest('w')] }, packet });
    expect(denial({ ...input, request: { ...input.request, waivers: [] } })).toMatchObject({
      code: 'evidence.incomplete',
      detail: '1 items that model.promote demands are missing: $.sections.rollback.procedure',
      misses: [{ code: 'evidence.incomplete', path: '$.sections.rollback.procedure' }],
    });
    // As it was told before there was a list, behind everything else.
    expect(denial({ ...input, request: { ...input.request, waivers: [] }, told: null })?.detail).toBe(
      '1 items that are to be resolved are missing: $.sections.rollback.procedure',
    );
  });

  it.each<[string, unknown, 'as told' | 'as derived']>([
    ['its own misses, and others', [OWN, { code: 'card.of_the_future', path: '$.a[0].b' }], 'as told'],
    ['its own misses in another order', [{ code: 'evidence.stale', path: 'statement.$.a' }, OWN], 'as told'],
    ['none of its own', [{ code: 'evidence.stale', path: '$.created_at' }], 'as derived'],
    ['nothing', [], 'as derived'],
    ['no list', { length: 1 }, 'as derived'],
    ['more than there may be', Array.from({ length: 501 }, () => OWN), 'as derived'],
    ['a sentence', [OWN, { code: 'evidence.stale', path: '$.Ask Ann, 555-1234' }], 'as derived'],
    ['a member more', [{ ...OWN, note: 'x' }], 'as derived'],
    ['no code', [OWN, { code: 'Ann', path: '$' }], 'as derived'],
    ['nobody', [OWN, null], 'as derived'],
  ])('of a stored denial stands as told where it has %s: %s', (_, told, expected) => {
    const { misses } = denial({ ...DENIED['evidence.incomplete'], told })!;
    expect(misses).toEqual(expected === 'as told' ? told : [OWN]);
  });

  it('names at most 500 misses, and none where the evidence is not the reason', () => {
    const { safety_and_security: safety } = sections;
    const notes = Array.from({ length: 1000 }, () => safety.red_team_notes[0]!);
    const undated = given({
      policy: policyWith({ times: { ...policy.times, red_team_age_s: 3600 } }),
      packet: packetWith({ safety_and_security: { ...safety, red_team_notes: notes } }),
    });
    expect(denial(undated)?.misses).toHaveLength(500);
    expect(denial(undated)?.detail).toMatch(/^1000 items /);
    for (const code of ['action.unknown', 'candidate.revoked', 'gate.denied', 'route.none'] as const)
      expect(denial(DENIED[code])).not.toHaveProperty('misses');
  });

  it('names the deficient roles, with what is needed and what is there', () => {
    expect(denial(DENIED['route.impossible'])?.detail).toBe('executive need 3 persons, 2 could sign');
  });

  it('one person fits two rules (gitlab#425759): two roles of the same two persons are no route for three', () => {
    const both = roster.persons.map((person) =>
      person.actor_id.startsWith('executive')
        ? {
            ...person,
            grants: [...person.grants, ...person.grants.map((grant) => ({ ...grant, role: 'security_owner' }))],
          }
        : { ...person, grants: person.grants.filter((grant) => grant.role !== 'security_owner') },
    );
    const slots = [
      { role: 'executive', signatures: 2 },
      { role: 'security_owner', signatures: 1 },
    ];
    const input = given({ ...routes({ id: 'all', when: 'true', slots }), roster: { ...roster, persons: both } });
    expect(denial(input)).toMatchObject({
      code: 'route.impossible',
      detail: 'executive, security_owner need 3 persons, 2 could sign',
    });
  });
});

describe('instants', () => {
  // shows: R77, R81
  it('evidence and rollback test count until their limit, and not at it', () => {
    const tested = (tested_at: string) =>
      given({ packet: packetWith({ rollback: { ...sections.rollback, tested_at } }) });
    expect(denial(tested(after(-2592000 + 0.001)))).toBeNull();
    expect(denial(tested(after(-2592000)))?.code).toBe('rollback.stale');
    expect(denial(given({ packet: { created_at: after(-604800 + 0.001) } }))).toBeNull();
    expect(denial(given({ statement: { valid_until: AT } }))?.code).toBe('evidence.stale');
    expect(denial(given({ statement: { valid_until: after(0.001) } }))).toBeNull();
  });

  it('an author whose clock is ahead gains no life by it', () => {
    const made = (created_at: string) =>
      evaluate(given({ packet: { created_at }, statement: { valid_until: '2027-01-01T00:00:00.000Z' } })).evaluation;
    expect(made(after(60)).denial).toBeNull();
    expect(made(after(60)).routing?.limits).toEqual(made(AT).routing?.limits);
    expect(made(AT).routing?.limits.evidence_valid_until).toBe(after(604_800));
  });

  it("a packet that was made today makes no evaluation, scan or red team's note younger (R77)", () => {
    const aged = (member: 'evaluation_age_s' | 'scan_age_s' | 'red_team_age_s', finished_at: string, older = AT) => {
      const { safety_and_security: safety } = sections;
      const [scan, note] = [safety.scans[0]!, safety.red_team_notes[0]!];
      return given({
        policy: policyWith({ times: { ...policy.times, [member]: 3600 } }),
        packet: {
          created_at: AT,
          ...packetWith({
            evaluation: { ...sections.evaluation, finished_at },
            safety_and_security: {
              ...safety,
              scans: [
                { ...scan, finished_at: older },
                { ...scan, finished_at },
              ],
              red_team_notes: [
                { ...note, finished_at: older },
                { ...note, finished_at },
              ],
            },
          }),
        },
      });
    };
    const places = {
      evaluation_age_s: '$.sections.evaluation.finished_at',
      scan_age_s: '$.sections.safety_and_security.scans[1].finished_at',
      red_team_age_s: '$.sections.safety_and_security.red_team_notes[1].finished_at',
    } as const;
    for (const member of ['evaluation_age_s', 'scan_age_s', 'red_team_age_s'] as const) {
      const fresh = evaluate(aged(member, after(-3600 + 0.001))).evaluation;
      expect(fresh.denial).toBeNull();
      // What is fresh at the routing ends the decision when it no longer is.
      expect(fresh.routing?.limits.evidence_valid_until).toBe(after(0.001));
      const stale = denial(aged(member, after(-3600)));
      expect(stale?.code).toBe('evidence.stale');
      expect(stale?.detail.endsWith(`, by ${places[member]}`)).toBe(true);
      // Nobody's clock makes it younger than the evaluation.
      expect(evaluate(aged(member, after(60))).evaluation.routing?.limits.evidence_valid_until).toBe(after(3600));
    }
  });

  it('what nobody dated, and whose age the policy limits, is missing (R77)', () => {
    const limited = policyWith({ times: { ...policy.times, evaluation_age_s: 3600, red_team_age_s: 3600 } });
    const { evaluation, safety_and_security } = sections;
    const missing = denial(given({ policy: limited, packet: packetWith({ evaluation, safety_and_security }) }));
    expect(missing?.code).toBe('evidence.incomplete');
    expect(missing?.detail).toContain(
      '$.sections.evaluation.finished_at, $.sections.safety_and_security.red_team_notes[0].finished_at',
    );
  });

  it('the decision deadline counts from the request, not from the evaluation', () => {
    const { routing } = evaluate(given({ at: after(3600) })).evaluation;
    expect(routing?.limits.decision_deadline).toBe(new Date(Date.parse(REQUESTED_AT) + 86_400_000).toISOString());
  });
});

// shows: R53
describe('duties (ruling 7)', () => {
  // shows: R54
  it('bars the persons who control the workload that asked (vault#19214)', () => {
    const { routing } = evaluate(given({ request: { signer: 'release-pipeline' } })).evaluation;
    expect(routing?.barred).toEqual([
      { actor_id: 'builder-1', duties: ['candidate_creator'] },
      { actor_id: 'evaluator-1', duties: ['evidence_author'] },
      { actor_id: 'operator-1', duties: ['requester_controller'] },
      { actor_id: 'release-1', duties: ['requester_controller'] },
      { actor_id: 'release-pipeline', duties: expect.arrayContaining(['requester']) },
    ]);
  });

  it('denies what somebody had a hand in who holds a role that is kept apart from that, also through a workload', () => {
    const kept = (never: 'requester' | 'candidate_creator' | 'evidence_author', role: string) =>
      policyWith({ apart: [{ role, never: [never] }] });
    const asked = { signer: 'release-pipeline' };
    expect(denial(given({ policy: kept('requester', 'release_owner'), request: asked }))).toMatchObject({
      code: 'duty.apart',
      detail: 'release-1 is requester and holds release_owner',
    });
    expect(denial(given({ policy: kept('requester', 'release_owner') }))).toBeNull();
    expect(denial(given({ policy: kept('candidate_creator', 'executive') }))?.code).toBe('duty.apart');
    expect(denial(given({ policy: kept('evidence_author', 'executive') }))).toBeNull();
  });

  it('bars who alone endorsed the policy or the roster, where they are in the roster, and keeps nobody else from it', () => {
    const under = (policySigner: string | null, rosterSigner: string | null) => {
      const input = given();
      const { routing } = evaluate({
        ...input,
        policy: { ...input.policy, soleSigner: policySigner },
        roster: { ...input.roster, soleSigner: rosterSigner },
      }).evaluation;
      return routing?.barred.filter(({ duties }) => duties.some((duty) => duty.endsWith('_signer')));
    };
    expect(under(null, null)).toEqual([]);
    expect(under('executive-1', null)).toEqual([{ actor_id: 'executive-1', duties: ['policy_signer'] }]);
    expect(under('executive-1', 'executive-1')).toEqual([
      { actor_id: 'executive-1', duties: ['policy_signer', 'roster_signer'] },
    ]);
    // To ask and to endorse the policy are no two duties that ruling 7 keeps apart.
    expect(under('operator-1', null)).toEqual([{ actor_id: 'operator-1', duties: ['requester', 'policy_signer'] }]);
    expect(under('k-elsewhere', null)).toEqual([]);
  });

  it('is routed anew without a sole signer of before, and with the duties of before', () => {
    const input = given();
    const barredBefore = [{ actor_id: 'executive-1', duties: ['candidate_creator', 'policy_signer'] }] as const;
    expect(evaluate({ ...input, barredBefore }).evaluation.routing?.barred).toContainEqual({
      actor_id: 'executive-1',
      duties: ['candidate_creator'],
    });
    const only = [{ actor_id: 'executive-2', duties: ['roster_signer'] }] as const;
    const { barred } = evaluate({ ...input, barredBefore: only }).evaluation.routing ?? {};
    expect(barred?.some(({ actor_id }) => actor_id === 'executive-2')).toBe(false);
  });

  it.each<[string, Given]>([
    ['the requester made the candidate', { request: { creators: ['builder-1', 'operator-1'] } }],
    ['the requester vouches for the evidence', { statement: { signer: 'operator-1' } }],
    ['a creator vouches for the evidence', { statement: { signer: 'builder-1' } }],
    [
      'a controller of the asking workload made the candidate',
      { request: { signer: 'release-pipeline', creators: ['release-1'] } },
    ],
    ['the requester controls the workload that vouches', { statement: { signer: 'release-pipeline' } }],
  ])('%s: refused from the medium band on, even where the policy lets duties coincide', (_, changes) => {
    expect(denial(given(changes))?.code).toBe('duty.conflict');
    expect(denial(given({ ...changes, policy: policyWith({ duties: { may_coincide_in: [...BANDS] } }) }))?.code).toBe(
      'duty.conflict',
    );
  });

  /** The pipeline asks; between request and routing its control goes from the first to the second. */
  const handedOn = (from: string, to: string): Given => ({
    opening: controlledBy(from),
    roster: { ...controlledBy(to), serial: 5 },
  });
  const controlledBy = (person: string): typeof roster => ({
    ...roster,
    workloads: roster.workloads.map((workload) => ({ ...workload, controlled_by: [person] })),
  });

  it('bars who controlled the workload when it asked, and who controls it at routing', () => {
    const request = { signer: 'release-pipeline' };
    const before = evaluate(given({ request, ...handedOn('executive-1', 'release-1') })).evaluation.routing;
    expect(before?.barred).toContainEqual({ actor_id: 'executive-1', duties: ['requester_controller'] });
    expect(before?.candidates).toEqual([{ role: 'executive', count: 1, actor_ids: ['executive-2'] }]);
    const after = evaluate(given({ request, ...handedOn('release-1', 'executive-2') })).evaluation.routing;
    expect(after?.barred).toContainEqual({ actor_id: 'executive-2', duties: ['requester_controller'] });
    expect(after?.candidates).toEqual([{ role: 'executive', count: 1, actor_ids: ['executive-1'] }]);
    expect(denial(given({ request, ...handedOn('executive-1', 'executive-2') }))).toMatchObject({
      code: 'route.impossible',
      detail: 'executive need 1 persons, 0 could sign',
    });
  });

  it('bars who controlled the workload that made the candidate, or that vouched, when it was asked for', () => {
    const asked = handedOn('executive-1', 'release-1');
    const barred = (changes: Given) =>
      evaluate(given({ ...asked, ...changes })).evaluation.routing?.barred.filter(({ actor_id }) =>
        ['executive-1', 'release-1'].includes(actor_id),
      );
    expect(barred({ request: { creators: ['release-pipeline'] } })).toEqual([
      { actor_id: 'executive-1', duties: ['candidate_creator'] },
      { actor_id: 'release-1', duties: ['candidate_creator'] },
    ]);
    expect(barred({ statement: { signer: 'release-pipeline' } })).toEqual([
      { actor_id: 'executive-1', duties: ['evidence_author'] },
      { actor_id: 'release-1', duties: ['evidence_author'] },
    ]);
  });

  it('sees two duties of one person where each stands under another roster', () => {
    const request = { signer: 'release-pipeline', creators: ['release-1'] };
    expect(denial(given({ request, ...handedOn('executive-1', 'release-1') }))?.code).toBe('duty.conflict');
    expect(denial(given({ request, ...handedOn('release-1', 'executive-1') }))?.code).toBe('duty.conflict');
  });

  it('lets them coincide in the low band where the policy says so, and only there', () => {
    const own = { request: { ...SANDBOX, creators: ['operator-1'] } };
    expect(denial(given(own))).toBeNull();
    expect(denial(given({ ...own, policy: policyWith({ duties: { may_coincide_in: [] } }) }))?.code).toBe(
      'duty.conflict',
    );
  });

  // shows: R54
  it('never lets a bearer of a duty be a candidate for a slot, whatever the roles', () => {
    const everyone = roster.persons.map((person) => ({
      ...person,
      grants: [
        ...person.grants,
        {
          role: 'executive',
          environments: '*' as const,
          actions: '*' as const,
          valid_from: '2026-01-01T00:00:00.000Z',
          valid_until: null,
        },
      ],
    }));
    const { routing } = evaluate(
      given({ request: { signer: 'release-pipeline' }, roster: { ...roster, persons: everyone } }),
    ).evaluation;
    const named = routing?.candidates.flatMap((candidate) => candidate.actor_ids) ?? [];
    expect(named).toHaveLength(6);
    expect(routing?.barred.filter((bearer) => named.includes(bearer.actor_id))).toEqual([]);
  });
});

describe('floors (ruling 8)', () => {
  const slot = fc.record({
    role: fc.constantFrom('executive', 'model_owner', 'security_owner'),
    signatures: fc.constant(1),
  });
  const slots: fc.Arbitrary<Slot[]> = fc.uniqueArray(slot, { maxLength: 3, selector: (one) => one.role });
  const asked = fc.constantFrom(
    // A rollback needs a decision that it undoes, and has tests of its own.
    ...policy.actions
      .filter(({ effects }) => !effects.includes('rollback'))
      .flatMap((action) => policy.targets.map((target) => ({ action: action.id, target: target.id }))),
  );
  const critical = fc.constantFrom(0.01, 0.5, 1);

  // shows: R37, R50, R55
  it('no policy lowers them: what is routed has at least the floor of persons', () => {
    fc.assert(
      fc.property(asked, slots, critical, (request, asks, band_critical_min) => {
        const low = Math.min(0.01, band_critical_min);
        const thresholds = { band_low_max: low, band_med_max: low, band_high_max: low, band_critical_min };
        const document = policyWith({
          routes: [{ id: 'all', when: 'true', slots: asks }],
          risk: { ...policy.risk, thresholds },
        });
        const {
          denial: refused,
          routing,
          risk,
          policy: gates,
        } = evaluate(given({ request, policy: document })).evaluation;
        const action = document.actions.find((known) => known.id === request.action);
        const target = document.targets.find((known) => known.id === request.target);
        if (!action || !target || !risk || !gates) throw new Error('the example policy has them');
        const floor = leastApprovers(
          { band: risk.risk_band, environment: target.environment, effects: action.effects },
          gates.result,
        );
        if (routing) expect(asks.length).toBeGreaterThanOrEqual(floor);
        else expect([refused?.code, asks.length < floor]).toEqual(['route.below_floor', true]);
        expect(routing?.satisfied ?? false).toBe(asks.length === 0 && floor === 0);
      }),
      { numRuns: 300 },
    );
  });

  // shows: R37, R40, R50, R55
  it.each([
    [0, { band: 'low', environment: 'dev', effects: [] }, 'allow'],
    [0, { band: 'medium', environment: 'staging', effects: [] }, 'allow'],
    [1, { band: 'low', environment: 'dev', effects: [] }, 'escalate'],
    [1, { band: 'low', environment: 'production', effects: [] }, 'allow'],
    [1, { band: 'low', environment: 'dev', effects: ['promotion'] }, 'allow'],
    [1, { band: 'low', environment: 'dev', effects: ['permission_increase'] }, 'allow'],
    [1, { band: 'low', environment: 'dev', effects: ['evaluator_change'] }, 'allow'],
    [1, { band: 'high', environment: 'dev', effects: [] }, 'allow'],
    [2, { band: 'critical', environment: 'dev', effects: [] }, 'allow'],
  ] as const)('%i for %j after %s', (least, input, result) => {
    expect(leastApprovers(input, result)).toBe(least);
  });
});

describe('determinism (R28, R32)', () => {
  // shows: R28, R32, R40
  it('the same documents give the same bytes, in whatever order their members and lists of people stand', () => {
    const scrambled = (input: EvaluationInput): EvaluationInput => {
      const reversed = (value: unknown): unknown => {
        if (Array.isArray(value)) return value.map(reversed);
        if (typeof value !== 'object' || value === null) return value;
        return Object.fromEntries(
          Object.entries(value)
            .reverse()
            .map(([name, member]) => [name, reversed(member)]),
        );
      };
      return {
        ...input,
        request: reversed(input.request) as EvaluationInput['request'],
        packet: reversed(input.packet) as EvaluationInput['packet'],
        policy: { ...input.policy, document: reversed(input.policy.document) as Policy },
      };
    };
    for (const request of [{}, MODEL, SANDBOX]) {
      const input = given({ request });
      const once = canonicalize(evaluate(input));
      expect(canonicalize(evaluate(input))).toBe(once);
      expect(canonicalize(evaluate(scrambled(input)))).toBe(once);
    }
    const people = { ...roster, persons: roster.persons.toReversed() };
    const { candidates, barred } = evaluate(given({ roster: people })).evaluation.routing ?? {};
    expect({ candidates, barred }).toMatchObject(
      (({ candidates, barred }) => ({ candidates, barred }))(
        evaluate(given()).evaluation.routing ?? { candidates: 0, barred: 0 },
      ),
    );
  });

  // shows: R24
  it('leaves its input as it was', () => {
    const input = given({ request: MODEL });
    const { packet, request, policy: inForce } = input;
    const before = canonicalize({ packet, request, policy: inForce.document });
    evaluate(input);
    expect(canonicalize({ packet, request, policy: inForce.document })).toBe(before);
  });
});

describe('basis (ruling 4)', () => {
  // shows: R22, R46, R88
  it('changes with everything that a decision rests on, and not with roster or clock', () => {
    const basis = (changes: Given) => evaluate(given(changes)).evaluation.routing?.basis_digest;
    const one = basis({});
    expect(one).toMatch(/^sha256:/);
    const different = [
      basis({ request: { idempotency_key: 'CHG-1043' } }),
      basis({ request: { decision_id: 'b3b0f0d7-4d7c-8d1f-9f1b-90df1f7e8c2b' } }),
      basis({ request: { candidate: { name: 'gateway-config', version: '2026.02.25', digest: digest('candidate') } } }),
      basis({ packet: { created_at: '2026-02-24T12:00:00.001Z' } }),
      basis({ policy: policyWith({ title: 'Another title' }) }),
      basis({ packet: packetWith({ rollback: { ...sections.rollback, target: digest('another champion') } }) }),
    ];
    expect(new Set([one, ...different]).size).toBe(different.length + 1);
    expect(basis({ at: after(600) })).toBe(one);
    expect(basis({ roster: { ...roster, serial: 5 } })).toBe(one);
  });
});
