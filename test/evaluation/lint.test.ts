import { describe, expect, it } from 'vitest';
import { starterPolicy } from '../../cli/start/starter-policy.ts';
import type { Policy, PolicyFactor, PolicyGate, PolicyRoute } from '../../documents/policy.ts';
import { compilePolicy, compilePolicyYaml, evaluate } from '../../evaluation/index.ts';
import { LINT_CODES, type LintCode, type LintFinding } from '../../evaluation/lint/findings.ts';
import { lintPolicy } from '../../evaluation/lint/lint.ts';
import { outcomesOf } from '../../evaluation/lint/outcomes.ts';
import { situations } from '../../evaluation/lint/situations.ts';
import { EXAMPLE_POLICY, given, policy, policyWith, sections } from './given.ts';

const lint = (changed: Policy): readonly LintFinding[] => lintPolicy(compilePolicy(changed));
const codesOf = (changed: Policy): readonly string[] => lint(changed).map(({ code }) => code);

const route = (id: string, when: string, signatures = 2): PolicyRoute => ({
  id,
  when,
  slots: signatures === 0 ? [] : [{ role: 'executive', signatures }],
});
const owner: PolicyRoute = { id: 'owner', when: 'true', slots: [{ role: 'release_owner', signatures: 2 }] };
const routes = (...list: PolicyRoute[]): Policy => policyWith({ routes: [...list, owner] });
const gate = (when: string, result: PolicyGate['result'] = 'escalate'): PolicyGate => ({
  id: 'PLANTED',
  name: 'Planted',
  hard: false,
  when,
  result,
  reason: 'planted',
});
const gates = (...more: PolicyGate[]): Policy => policyWith({ gates: [...policy.gates, ...more] });
const factors = (...more: PolicyFactor[]): Policy =>
  policyWith({ risk: { ...policy.risk, factors: [...policy.risk.factors, ...more] } });
const times = (changes: Partial<Policy['times']>): Policy => policyWith({ times: { ...policy.times, ...changes } });
const condition = (id: string): string => policy.gates.find((one) => one.id === id)?.when ?? '';
const factor: PolicyFactor = {
  id: 'planted',
  source: 'policy',
  weight: 0.1,
  cases: [{ when: 'action.irreversible', value: 1, reason: 'planted' }],
  otherwise: { value: 1, reason: 'planted' },
};
/** An action that no condition of the example treats as another one. */
const readOnly: Policy['actions'][number] = {
  id: 'report.read',
  class: 'read',
  effects: [],
  irreversible: false,
  evidence: ['rollback'],
};

const OFFICE: NonNullable<Policy['targets'][number]['windows']> = {
  zone: 'UTC',
  weekly: [{ days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], from: '09:00', to: '17:00' }],
  blackouts: [],
};
/** The example with change windows on its first target. */
const windows = (changed: typeof OFFICE): Policy =>
  policyWith({
    targets: policy.targets.map((target, index) => (index === 0 ? { ...target, windows: changed } : target)),
  });

/** A planted fault a code, with all that is found; the type holds the table complete. */
const PLANTED: Record<LintCode, readonly [planted: Policy, path: string, message: string]> = {
  'lint.route_shadowed': [
    policyWith({ routes: [...policy.routes.slice(0, 7), route('strict', 'target.environment == "production"')] }),
    '$.routes[7].when',
    'route strict is never taken: whatever it matches is matched before it by critical, rollback, model-promotion, permission-increase, evaluator-change, production-high, production',
  ],
  'lint.route_unmatched': [
    routes(route('typo', 'target.environment == "prod"')),
    '$.routes[0].when',
    'nothing can meet the condition of route typo',
  ],
  'lint.route_untaken': [
    routes(route('readers', 'action.class == "read"')),
    '$.routes[0].when',
    'no action on a target of this policy comes to route readers, in any band that it can have',
  ],
  'lint.no_route': [
    policyWith({ routes: policy.routes.filter(({ id }) => id !== 'low') }),
    '$.routes',
    'no route matches, so these are denied: config.write on dev-sandbox-01 (low)',
  ],
  'lint.below_floor': [
    policyWith({
      routes: policy.routes.map((one) => (one.id === 'production' ? { ...one, slots: [] } : one)),
    }),
    '$.routes[6].slots',
    'route production asks for nobody where the floor is 1, so these are denied: config.write on status-page-01 (medium)',
  ],
  'lint.not_enumerated': [
    policyWith({
      actions: Array.from({ length: 300 }, (_, index) => ({
        ...readOnly,
        id: `action-${index}`,
      })),
      targets: policy.targets.concat(
        Array.from({ length: 300 }, (_, index) => ({ ...targetOf('dev-sandbox-01'), id: `target-${index}` })),
      ),
      gates: [gate('request.action == "action-0" && request.target == "target-0"')],
      routes: [owner],
      cancel_roles: [],
    }),
    '$.routes',
    'actions, targets and risks make too many combinations, so the routes were not tried on them',
  ],
  'lint.gate_contradiction': [
    gates(gate(condition('POL-RISK-008').replaceAll(' ', '  '), 'allow')),
    '$.gates[12].when',
    'gate PLANTED says allow on the condition on which gate POL-RISK-008 says escalate',
  ],
  'lint.gate_repeated': [
    gates(gate(condition('POL-REL-009'))),
    '$.gates[12].when',
    'gate PLANTED has the condition and the result of gate POL-REL-009',
  ],
  'lint.gate_constant': [
    gates(gate('target.environment == "prod" && has(evidence.rollback)')),
    '$.gates[12].when',
    'gate PLANTED never triggers',
  ],
  'lint.gate_unknown': [
    routes(route('asks', '"POL-SEC-999" in gates.triggered || action.irreversible')),
    '$.routes[0].when',
    'route asks asks whether gate POL-SEC-999 triggered, and the policy has no such gate',
  ],
  'lint.unguarded': [
    gates(gate('evidence.evaluation.calibration.expected_calibration_error > 0.2')),
    '$.gates[12].when',
    'gate PLANTED cannot be evaluated where a packet leaves out evaluation, which these actions do not demand: deploy.change, permission.grant, evaluator.change, data.transfer, config.write, release.rollback',
  ],
  'lint.factor_weightless': [
    factors({ ...factor, weight: 0 }),
    '$.risk.factors[6].weight',
    'factor planted has weight 0, so it changes no score',
  ],
  'lint.case_unreachable': [
    factors({
      ...factor,
      cases: [
        { when: 'target.environment != "production"', value: 0.5, reason: 'planted' },
        { when: 'target.environment in ["dev", "staging"]', value: 0.6, reason: 'planted' },
      ],
    }),
    '$.risk.factors[6].cases[1].when',
    'this case of factor planted never gives the value: it cannot hold, or those before it hold wherever it does',
  ],
  'lint.band_unreachable': [
    policyWith({ risk: { ...policy.risk, thresholds: { ...policy.risk.thresholds, band_low_max: 0.1 } } }),
    '$.risk.thresholds',
    'no score lies in the band low',
  ],
  'lint.action_unusable': [
    gates(gate('action.class == "transfer"', 'deny')),
    '$.actions[4]',
    'action data.transfer is denied on every target',
  ],
  'lint.target_unusable': [
    gates(gate('target.id == "staging-gateway-01"', 'deny')),
    '$.targets[1]',
    'every action on target staging-gateway-01 is denied',
  ],
  'lint.review_unrouted': [
    policyWith({
      viability: {
        actions: ['model.promote'],
        minimum_reserve: { value: 1, unit: 'EUR' },
        change_threshold: { value: 0, unit: 'points' },
        governance_roles: ['security_owner', 'executive', 'model_owner'],
      },
    }),
    '$.viability.governance_roles',
    'no route asks for security_owner and executive and model_owner, so whatever expands permissions is denied',
  ],
  'lint.role_unused': [
    policyWith({ cancel_roles: ['release_ower'] }),
    '$.cancel_roles[0]',
    'release_ower may cancel, and no route asks for that role',
  ],
  'lint.time_without_effect': [
    times({ approval_life_s: 86_401 }),
    '$.times.approval_life_s',
    'an approval may live 86401 s, and the decision ends after 86400 s',
  ],
  'lint.zone_unknown': [
    windows({ ...OFFICE, zone: 'Europe/Atlantis' }),
    '$.targets[0].windows.zone',
    'no time zone Europe/Atlantis is known here, so every decision is denied',
  ],
  'lint.window_never': [
    windows({ ...OFFICE, blackouts: [{ from: '2020-01-01', to: '2040-12-31' }] }),
    '$.targets[0].windows',
    `no change window of ${policy.targets[0]?.id} opens within 31622400 s of ${policy.issued_at}`,
  ],
  'lint.window_rare': [
    windows({ ...OFFICE, weekly: [{ days: ['mon', 'tue'], from: '09:00', to: '17:00' }] }),
    '$.targets[0].windows',
    `${policy.targets[0]?.id} stays closed for 489600 s, and a decision ends after 86400 s`,
  ],
  'lint.escalation_idle': [
    times({ escalation: [{ after_s: 60, widen: [{ role: 'release_ower', by: ['executive'] }] }] }),
    '$.times.escalation[0].widen[0].role',
    'the step widens release_ower, and no route asks for that role',
  ],
  'lint.wider_unknown': [
    times({ escalation: [{ after_s: 60, widen: [{ role: 'executive', by: ['release_owner', 'directer'] }] }] }),
    '$.times.escalation[0].widen[0].by[1]',
    'directer may sign for executive, and stands nowhere else in the policy: perhaps nobody holds it',
  ],
  'lint.confirmation_short': [
    times({ confirmation_s: 599 }),
    '$.times.confirmation_s',
    'a receipt may come 599 s after the clearance, and an execution may begin until 600 s after it',
  ],
};

function targetOf(id: string): Policy['targets'][number] {
  const found = policy.targets.find((target) => target.id === id);
  if (!found) throw new Error(id);
  return found;
}

describe('lintPolicy', () => {
  it('finds nothing in the example policy', () => {
    expect(lint(policy)).toEqual([]);
    expect(lintPolicy(compilePolicyYaml(EXAMPLE_POLICY))).toEqual([]);
  });

  it('finds nothing in the starter policy', () => {
    const text = starterPolicy({ origin: 'acme', tenant: 'main', issuedAt: policy.issued_at, executor: 'deployer' });
    expect(lintPolicy(compilePolicyYaml(text))).toEqual([]);
  });

  it('knows the roles of operators, and time that they cannot give', () => {
    const operation = { roles: ['executive', 'release_ower'], nudge_every_s: 60, extend_s: 60 };
    const found = lint(policyWith({ operation, times: { ...policy.times, evidence_age_s: policy.times.decision_s } }));
    expect(found.filter(({ path }) => path.startsWith('$.operation'))).toMatchObject([
      { code: 'lint.role_unused', path: '$.operation.roles[1]' },
      { code: 'lint.time_without_effect', path: '$.operation.extend_s' },
    ]);
    expect(lint(policyWith({ operation: { ...operation, roles: ['executive'] } }))).toEqual([]);
  });

  it.each(LINT_CODES)('%s', (code) => {
    const [planted, path, message] = PLANTED[code];
    expect(lint(planted).filter((one) => one.code === code)).toEqual([
      { code, severity: expect.stringMatching(/^(error|warning)$/), path, message },
    ]);
  });
});

describe('a route', () => {
  it('is not shadowed by one that only the request or the evidence decides', () => {
    const list = routes(
      route('asked', 'has(request.context.urgent)'),
      route('shown', 'has(evidence.release_plan) && evidence.release_plan.canary.max_traffic_percent > 5'),
      route('kind', 'request.requester_kind == "workload"'),
      route('score', 'risk.score > 0.5'),
    );
    expect(codesOf(list)).toEqual([]);
  });

  it('is shadowed where those before it match it together', () => {
    const list = policyWith({
      routes: [
        route('workload', 'request.requester_kind == "workload"'),
        route('person', 'request.requester_kind == "person"'),
        owner,
      ],
    });
    expect(codesOf(list)).toEqual(['lint.route_shadowed']);
  });

  it('that asks for the gates in another form is tried as if it did not matter which triggered', () => {
    const list = routes(
      route('many', 'size(gates.triggered) > 2'),
      route('one', 'gates.triggered.exists(id, id == "POL-SEC-004")'),
    );
    expect(codesOf(list)).toEqual([]);
  });

  it('for a gate that never triggers together with the result it asks for is untaken', () => {
    const list = routes(route('odd', '"POL-SEC-004" in gates.triggered && gates.result == "allow"'));
    expect(codesOf(list)).toEqual(['lint.route_untaken']);
  });

  it('for a gate that denies is taken where the gate may be waived, and is held to the floor of an escalation', () => {
    const denying = {
      id: 'DENIES',
      name: 'denies',
      hard: false,
      when: 'target.environment == "dev"',
      result: 'deny' as const,
      reason: 'r',
    };
    const waivable = (...list: Policy['routes']) =>
      policyWith({
        gates: [denying],
        routes: list,
        cancel_roles: [],
        waivers: { roles: ['auditor'], gates: ['DENIES'], life_s: 60 },
      });
    const asking = route('asking', '"DENIES" in gates.triggered && gates.result == "escalate"');
    const others = route('others', 'true');
    expect(codesOf(waivable(asking, others))).not.toContain('lint.route_untaken');
    const { waivers: _, ...without } = waivable(asking, others);
    expect(codesOf(without)).toContain('lint.route_untaken');
    expect(codesOf(waivable({ ...asking, slots: [] }, others))).toContain('lint.below_floor');
  });

  it('is named where it leaves a gap unless the request fills it', () => {
    const list = policyWith({
      routes: [route('asked', 'request.context.change_type == "config_update"')],
      cancel_roles: ['executive'],
      times: { ...policy.times, permit_life_s: 60 },
    });
    expect(lint(list).map(({ code, message }) => `${code}: ${message.slice(0, 54)}`)).toEqual([
      'lint.no_route: no route matches unless request or evidence meet asked',
    ]);
  });

  it('that is named as below its floor is denied there, and one that is not is not', () => {
    const nobody = policyWith({
      routes: policy.routes.map((one) => (one.id === 'production-high' ? { ...one, slots: [] } : one)),
    });
    expect(codesOf(nobody)).toContain('lint.below_floor');
    expect(evaluate(given({ policy: nobody })).evaluation.denial?.code).toBe('route.below_floor');
    expect(evaluate(given()).evaluation.denial).toBeNull();
  });

  it('that reads a section which no action demands has to ask whether it is there', () => {
    const reads = 'evidence.lineage.teacher_models.size() > 0';
    expect(codesOf(routes(route('taught', reads)))).toEqual(['lint.unguarded']);
    expect(codesOf(routes(route('taught', `has(evidence.lineage) && ${reads}`)))).toEqual([]);
    const aged = 'age.rollback_test > 86400';
    expect(codesOf(routes(route('aged', aged)))).toEqual(['lint.unguarded']);
    expect(codesOf(routes(route('aged', `has(evidence.rollback) && ${aged}`)))).toEqual([]);
  });
});

describe('a gate', () => {
  it('is constant only if no target and action of the format could change it', () => {
    const production = policyWith({ targets: [targetOf('prod-gateway-01')] });
    expect(codesOf(production)).not.toContain('lint.gate_constant');
    const either = gates(gate('target.environment == "dev" || target.environment != "dev"'));
    expect(lint(either).map(({ message }) => message)).toContain('gate PLANTED triggers whatever comes');
  });

  it('with spaces inside its quotes is another one', () => {
    const two = [
      gate('request.context.ticket == "a b"'),
      { ...gate('request.context.ticket == "a  b"', 'allow'), id: 'OTHER' },
    ];
    expect(codesOf(gates(...two))).toEqual([]);
  });
});

describe('a factor', () => {
  it('may have cases for targets and actions to come', () => {
    const production = policyWith({ targets: [targetOf('prod-gateway-01')] });
    expect(codesOf(production)).not.toContain('lint.case_unreachable');
  });

  it('may have a case that reads what could be missing, also behind one that settles it', () => {
    expect(codesOf(policy)).toEqual([]);
    const settled = factors({
      ...factor,
      source: 'evidence_author',
      cases: [
        { when: 'action.irreversible || !action.irreversible', value: 0.5, reason: 'planted' },
        { when: 'evidence.resource_profile.memory_mib > 1024', value: 1, reason: 'planted' },
      ],
    });
    expect(codesOf(settled)).toContain('lint.case_unreachable');
  });

  it('with more values than can be combined still tells the bands that none reaches', () => {
    const many = Array.from({ length: 12 }, (_, index) => ({ ...threeValues, id: `factor-${index}` }));
    const { thresholds } = policy.risk;
    const found = lint(policyWith({ risk: { factors: many, thresholds } }));
    expect(found.filter(({ code }) => code === 'lint.band_unreachable').map(({ message }) => message)).toEqual([
      'no score lies in the band critical',
    ]);
  });
});

const threeValues: PolicyFactor = {
  ...factor,
  cases: [
    { when: 'target.environment == "dev"', value: 0.1, reason: 'planted' },
    { when: 'target.environment == "staging"', value: 0.5, reason: 'planted' },
  ],
  otherwise: { value: 0.7, reason: 'planted' },
};

describe('times', () => {
  it.each<[string, Partial<Policy['times']>, readonly string[]]>([
    ['a permit that the deadline always ends', { permit_life_s: 86_401, confirmation_s: 90_000 }, ['permit_life_s']],
    ['evidence that is stale before the deadline', { evidence_age_s: 86_399 }, ['decision_s']],
    ['a rollback test that is', { rollback_test_age_s: 86_399 }, ['decision_s']],
    ['an item of the evidence that is', { evaluation_age_s: 86_399, scan_age_s: 86_400 }, ['decision_s']],
    ['times that meet', { approval_life_s: 86_400, permit_life_s: 3600, evidence_age_s: 86_400 }, []],
  ])('%s', (_, changes, members) => {
    const found = lint(times(changes));
    expect(found.map(({ code, path }) => [code, path])).toEqual(
      members.map((member) => ['lint.time_without_effect', `$.times.${member}`]),
    );
  });

  it('of reminders and escalations are held to the deadline', () => {
    const escalation = [{ after_s: 86_400, widen: [{ role: 'executive', by: ['release_owner'] }] }];
    const found = lint(times({ reminders: [86_399, 86_400], escalation }));
    expect(found.map(({ code, path }) => [code, path])).toEqual([
      ['lint.time_without_effect', '$.times.reminders[1]'],
      ['lint.time_without_effect', '$.times.escalation[0].after_s'],
    ]);
  });

  it('of a calendar are for what is counted by it, and are held to nothing that they outlast', () => {
    const calendar = { zone: 'Europe/Berlin', days: ['mon' as const], from: '09:00', to: '17:00', holidays: [] };
    expect(lint(times({ calendar })).map(({ code, path }) => [code, path])).toEqual([
      ['lint.time_without_effect', '$.times.calendar'],
    ]);
    expect(codesOf(times({ calendar, counted: 'working', approval_life_s: 86_401 }))).toEqual([]);
    expect(codesOf(times({ calendar: { ...calendar, zone: 'Europe/Atlantis' }, counted: 'working' }))).toEqual([
      'lint.zone_unknown',
    ]);
    expect(codesOf(windows(OFFICE))).toEqual([]);
  });

  it('of permits are held to those of approvals where every route asks for somebody', () => {
    const asked = {
      routes: [owner],
      cancel_roles: [],
      times: { ...policy.times, permit_life_s: 3601, confirmation_s: 3601 },
    };
    expect(codesOf(policyWith(asked))).toEqual(['lint.time_without_effect']);
    expect(codesOf(times({ permit_life_s: 3601, confirmation_s: 3601 }))).toEqual([]);
  });

  it('of rollback tests are for actions that demand one', () => {
    const actions = policy.actions.map((action) => ({
      ...action,
      evidence: action.evidence.filter((section) => section !== 'rollback'),
    }));
    expect(codesOf(policyWith({ actions }))).toContain('lint.time_without_effect');
  });
});

describe('what may come about', () => {
  const program = compilePolicy(policy);
  const outcomes = outcomesOf(program, situations(program) ?? []);
  const added = { ...sections.safety_and_security, permission_diff: { added: ['tool:shell'], removed: [] } };
  const shown = { ...sections, safety_and_security: added };

  it.each(policy.actions.map(({ id }) => id))('has what evaluations of %s come to', (action) => {
    for (const target of policy.targets) {
      for (const packet of [{ sections }, { sections: shown }]) {
        const {
          policy: gated,
          risk,
          routing,
        } = evaluate(given({ request: { action, target: target.id }, packet })).evaluation;
        if (!routing) continue;
        const found = outcomes.filter(
          ({ situation: { actions, targets, band, result } }) =>
            actions.includes(action) &&
            targets.includes(target.id) &&
            band === risk?.risk_band &&
            result === gated?.result,
        );
        const taken = found.flatMap((outcome) => outcome.taken.map(({ id }) => id));
        expect(taken, `${action} on ${target.id}`).toContain(routing.route);
      }
    }
  });
});
