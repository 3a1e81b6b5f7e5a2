import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { canonicalBytes } from '../../core/canon/index.ts';
import type { Policy, PolicyAction } from '../../documents/policy.ts';
import { PolicyError, type PolicyErrorCode } from '../../documents/policy-errors.ts';
import { policyDigest, policyFromYaml, policyProblems, readPolicy } from '../../documents/policy-reader.ts';
import { compilePolicyYaml } from '../../evaluation/index.ts';

const TEXT = readFileSync(new URL('../../examples/policies/production-changes.yaml', import.meta.url), 'utf8');
const policy = policyFromYaml(TEXT);

/** The example with one piece of its text replaced; the piece must be there. */
function edited(from: string, to: string): string {
  expect(TEXT).toContain(from);
  return TEXT.replace(from, to);
}

function problemsOf(read: () => unknown): PolicyError['problems'] {
  try {
    read();
  } catch (error) {
    if (error instanceof PolicyError) return error.problems;
    throw error;
  }
  return [];
}

const CALENDAR = {
  zone: 'Europe/Berlin',
  days: ['mon', 'tue'],
  from: '09:00',
  to: '17:00',
  holidays: [],
} satisfies Policy['times']['calendar'];
const withWindows = (changes: Partial<NonNullable<Policy['targets'][number]['windows']>>): Partial<Policy> => ({
  targets: policy.targets.map((target, index) =>
    index > 0
      ? target
      : {
          ...target,
          windows: { zone: 'UTC', weekly: [{ days: ['mon'], from: '09:00', to: '10:00' }], blackouts: [], ...changes },
        },
  ),
});
const withTimes = (changes: Partial<Policy['times']>): Partial<Policy> => ({
  times: { ...policy.times, ...changes },
});

describe('policyFromYaml', () => {
  it('reads the example, and its canonical JSON reads as the same policy', () => {
    expect(policy.version).toBe('1.2.0');
    expect(readPolicy(canonicalBytes(policy))).toEqual(policy);
    expect(policyDigest(policyFromYaml(`# a comment\n${TEXT}`))).toBe(policyDigest(policy));
  });

  it.each<[string, string]>([
    ['an anchor', edited('title: Production', 'title: &t Production')],
    ['an alias', edited('tenant: acme', 'tenant: &t acme\nalias: *t')],
    ['a tag', edited('serial: 1', 'serial: !!int 1')],
    ['a foreign tag', edited('serial: 1', 'serial: !serial 1')],
    ['a tag on a list', edited('cancel_roles: [', 'cancel_roles: !!seq [')],
    ['a duplicate key', edited('tenant: acme', 'tenant: acme\ntenant: globex')],
    ['a merge key', edited('tenant: acme', 'tenant: acme\n<<: { tenant: globex }')],
    ['a second document', `${TEXT}\n---\ntenant: globex\n`],
    ['a version directive', `%YAML 1.1\n---\n${TEXT}`],
    ['a tag directive', `%TAG ! tag:example.org,2026:\n---\n${TEXT}`],
    ['a key that is no string', edited('tenant: acme', 'tenant: acme\n1: x')],
    ['a key that is a list', edited('tenant: acme', 'tenant: acme\n? [a]\n: x')],
    ['an octal number', edited('serial: 1', 'serial: 0o1')],
    ['a hexadecimal number', edited('serial: 1', 'serial: 0x1')],
    ['an exponent', edited('serial: 1', 'serial: 1e0')],
    ['a negative zero', edited('weight: 0.3', 'weight: -0')],
    ['half of a surrogate pair', edited('title: Production changes and model promotions', 'title: "\\ud800"')],
    ['an infinity', edited('weight: 0.3', 'weight: .inf')],
    ['another spelling of true', edited('hard: true', 'hard: True')],
    ['another spelling of null', edited('tenant: acme', 'tenant: ~')],
    ['a value left out', edited('tenant: acme', 'tenant:')],
    ['a tab for indentation', edited('  - id: prod-gateway-01', '\t- id: prod-gateway-01')],
    ['nesting without end', '['.repeat(100_000)],
    ['nesting beyond measure', `a: ${'['.repeat(40)}${']'.repeat(40)}`],
    ['an empty text', ''],
  ])('refuses %s: policy.syntax', (_, text) => {
    expect(new Set(problemsOf(() => policyFromYaml(text)).map((problem) => problem.code))).toEqual(
      new Set(['policy.syntax']),
    );
  });

  it('refuses a text without bounds: policy.too_large', () => {
    expect(problemsOf(() => policyFromYaml(`${TEXT}#${'x'.repeat(1024 * 1024)}`))[0]?.code).toBe('policy.too_large');
  });

  it('refuses a member that the schema does not know: policy.shape, with path and line', () => {
    const text = edited(
      '      - { role: software_owner, signatures: 1 }',
      '      - { role: software_owner, signatures: 1, optional: true }',
    );
    const line = TEXT.split('\n').findIndex((one) => one.includes('role: software_owner')) + 1;
    expect(problemsOf(() => policyFromYaml(text))).toMatchObject([
      { code: 'policy.shape', path: '$.routes[4].slots[0].optional', line },
    ]);
    expect(problemsOf(() => policyFromYaml(edited('tenant: acme', 'tenant: acme\n__proto__: { a: 1 }')))[0]?.code).toBe(
      'policy.shape',
    );
  });

  it('gathers every problem, with its line', () => {
    const text = TEXT.replace(
      '    when: target.environment == "production"\n',
      '    when: target.enviroment == "production"\n',
    ).replace('source: evidence_author', 'source: policy');
    const lines = text.split('\n');
    expect(problemsOf(() => compilePolicyYaml(text))).toMatchObject([
      {
        code: 'policy.expression',
        path: '$.gates[7].when',
        line: lines.findIndex((one) => one.includes('enviroment')) + 1,
      },
      {
        code: 'policy.source',
        path: '$.risk.factors[5].source',
        line: expect.any(Number),
        expected: 'evidence_author',
        got: 'policy',
      },
    ]);
  });
});

describe('readPolicy', () => {
  it('refuses bytes that are not their own canonical form', () => {
    const bytes = new TextEncoder().encode(JSON.stringify(policy, null, 1));
    expect(() => readPolicy(bytes)).toThrow(expect.objectContaining({ code: 'json.not_canonical' }));
  });

  it('refuses another type', () => {
    const bytes = canonicalBytes({ ...policy, _type: 'application/vnd.countersign.roster.v1+json' });
    expect(() => readPolicy(bytes)).toThrow(expect.objectContaining({ code: 'document.type' }));
  });

  const { thresholds, factors } = policy.risk;
  const viability = {
    actions: ['model.promote'],
    minimum_reserve: { value: 1000, unit: 'EUR' },
    change_threshold: { value: -0.5, unit: 'points' },
    governance_roles: ['auditor'],
  };
  const [gate] = policy.gates;
  const [factor] = factors;
  if (!gate || !factor) throw new Error('the example has gates and factors');
  const limits = (changes: Partial<typeof thresholds>): Partial<Policy> => ({
    risk: { factors, thresholds: { ...thresholds, ...changes } },
  });
  const withFactors = (...list: typeof factors): Partial<Policy> => ({ risk: { thresholds, factors: list } });

  const policyTarget = policy.targets[0]!.id;
  const change = (changes: Partial<PolicyAction> = {}): PolicyAction => ({
    id: 'policy.change',
    class: 'deploy',
    effects: ['evaluator_change'],
    irreversible: false,
    evidence: ['candidate', 'rollback'],
    ...changes,
  });
  const succeededBy = (action: PolicyAction): Partial<Policy> => ({
    actions: [...policy.actions, action],
    succession: { action: action.id, target: policyTarget },
  });

  it('takes a succession by what changes the evaluator', () => {
    expect(policyProblems({ ...policy, ...succeededBy(change()) })).toEqual([]);
  });

  it('takes no stage of a ladder for a succession', () => {
    const changed = { ...policy, ...succeededBy(change({ ladder: { stage: 'champion', follows: [] } })) };
    const found = policyProblems(changed).filter(({ code }) => code === 'policy.succession');
    expect(found).toMatchObject([{ path: '$.succession.action' }]);
  });

  // shows: R34, R35, R36, R78
  it.each<[string, PolicyErrorCode, string, Partial<Policy>]>([
    ['two targets of one id', 'policy.duplicate', '$.targets[6]', { targets: [...policy.targets, policy.targets[0]!] }],
    ['two actions of one id', 'policy.duplicate', '$.actions[7]', { actions: [...policy.actions, policy.actions[0]!] }],
    ['two gates of one id', 'policy.duplicate', '$.gates[12]', { gates: [...policy.gates, gate] }],
    ['two factors of one id', 'policy.duplicate', '$.risk.factors[6]', withFactors(...factors, factor)],
    ['two routes of one id', 'policy.duplicate', '$.routes[9]', { routes: [...policy.routes, policy.routes[0]!] }],
    [
      'one role in two slots of a route',
      'policy.duplicate',
      '$.routes[0].slots[1]',
      {
        routes: [
          {
            id: 'r',
            when: 'true',
            slots: [
              { role: 'x', signatures: 1 },
              { role: 'x', signatures: 2 },
            ],
          },
        ],
      },
    ],
    [
      'a hard gate that escalates',
      'policy.hard_gate',
      '$.gates[0].result',
      { gates: [{ ...gate, hard: true, result: 'escalate' }] },
    ],
    ['weights of nothing', 'policy.weights', '$.risk.factors', withFactors({ ...factor, weight: 0 })],
    ['a low band of nothing', 'policy.thresholds', '$.risk.thresholds.band_low_max', limits({ band_low_max: 0 })],
    ['medium below low', 'policy.thresholds', '$.risk.thresholds.band_med_max', limits({ band_med_max: 0.2 })],
    ['high below medium', 'policy.thresholds', '$.risk.thresholds.band_high_max', limits({ band_high_max: 0.5 })],
    [
      'critical below high',
      'policy.thresholds',
      '$.risk.thresholds.band_critical_min',
      limits({ band_critical_min: 0.84 }),
    ],
    [
      'duties that coincide in the medium band',
      'policy.duties',
      '$.duties.may_coincide_in[1]',
      { duties: { may_coincide_in: ['low', 'medium'] } },
    ],
    [
      'a role that breaks glass and approves',
      'policy.breakglass',
      '$.breakglass.role',
      { breakglass: { role: 'model_owner', life_s: 60, review_role: 'auditor', review_s: 60 } },
    ],
    [
      'a role that breaks glass and cancels',
      'policy.breakglass',
      '$.breakglass.role',
      {
        breakglass: { role: 'commander', life_s: 60, review_role: 'auditor', review_s: 60 },
        cancel_roles: ['commander'],
      },
    ],
    [
      'who breaks glass reviews it',
      'policy.breakglass',
      '$.breakglass.review_role',
      { breakglass: { role: 'commander', life_s: 60, review_role: 'commander', review_s: 60 } },
    ],
    [
      'viability of an action that is not there',
      'policy.viability',
      '$.viability.actions[1]',
      { viability: { ...viability, actions: ['model.promote', 'model.promte'] } },
    ],
    [
      'viability of an action that does not demand what it is told from',
      'policy.viability',
      '$.viability.actions[0]',
      { viability: { ...viability, actions: ['deploy.change'] } },
    ],
    [
      'evaluation cards that nobody may sign',
      'policy.evaluators',
      '$.actions[0].checks[1]',
      {
        actions: [
          { ...policy.actions[0]!, evidence: ['candidate', 'evaluation'], checks: ['manifest', 'evaluation'] },
          ...policy.actions.slice(1),
        ],
      },
    ],
    [
      'evaluation cards of an action that demands no evaluation',
      'policy.evaluators',
      '$.actions[0].checks[0]',
      {
        actions: [
          { ...policy.actions[0]!, evidence: ['candidate'], checks: ['evaluation'] },
          ...policy.actions.slice(1),
        ],
        evaluators: { roles: ['evaluator'] },
      },
    ],
    [
      'an evaluator role twice',
      'policy.duplicate',
      '$.evaluators.roles[1]',
      { evaluators: { roles: ['evaluator', 'evaluator'] } },
    ],
    [
      'a governance role twice',
      'policy.duplicate',
      '$.viability.governance_roles[1]',
      { viability: { ...viability, governance_roles: ['auditor', 'auditor'] } },
    ],
    [
      'a window that ends before it begins',
      'policy.calendar',
      '$.targets[0].windows.weekly[0].to',
      withWindows({ weekly: [{ days: ['mon'], from: '22:00', to: '04:00' }] }),
    ],
    [
      'a day that stands twice in a window',
      'policy.duplicate',
      '$.targets[0].windows.weekly[0].days[1]',
      withWindows({ weekly: [{ days: ['mon', 'mon'], from: '09:00', to: '10:00' }] }),
    ],
    [
      'a blackout that ends before it begins',
      'policy.calendar',
      '$.targets[0].windows.blackouts[0].to',
      withWindows({ blackouts: [{ from: '2026-12-24', to: '2026-12-23' }] }),
    ],
    [
      'working time that is counted and not named',
      'policy.calendar',
      '$.times.counted',
      withTimes({ counted: 'working' }),
    ],
    [
      'a working day that ends before it begins',
      'policy.calendar',
      '$.times.calendar.to',
      withTimes({ calendar: { ...CALENDAR, to: '09:00' }, counted: 'working' }),
    ],
    [
      'a holiday that stands twice',
      'policy.duplicate',
      '$.times.calendar.holidays[1]',
      withTimes({ calendar: { ...CALENDAR, holidays: ['2026-12-25', '2026-12-25'] } }),
    ],
    [
      'a break-glass role that an escalation lets in',
      'policy.breakglass',
      '$.times.escalation[0].widen[0].by[0]',
      {
        breakglass: { role: 'commander', life_s: 60, review_role: 'auditor', review_s: 60 },
        ...withTimes({ escalation: [{ after_s: 60, widen: [{ role: 'executive', by: ['commander'] }] }] }),
      },
    ],
    ['reminders that do not rise', 'policy.times', '$.times.reminders[1]', withTimes({ reminders: [60, 60] })],
    [
      'steps of an escalation that do not rise',
      'policy.times',
      '$.times.escalation[1].after_s',
      withTimes({
        escalation: [60, 59].map((after_s) => ({ after_s, widen: [{ role: 'executive', by: ['release_owner'] }] })),
      }),
    ],
    [
      'a role that is widened by itself',
      'policy.times',
      '$.times.escalation[0].widen[0].by[0]',
      withTimes({ escalation: [{ after_s: 60, widen: [{ role: 'executive', by: ['executive'] }] }] }),
    ],
    [
      'a role that a step widens twice',
      'policy.duplicate',
      '$.times.escalation[0].widen[1].role',
      withTimes({ escalation: [{ after_s: 60, widen: Array(2).fill({ role: 'executive', by: ['release_owner'] }) }] }),
    ],
    [
      'a wider role that stands twice',
      'policy.duplicate',
      '$.times.escalation[0].widen[0].by[1]',
      withTimes({
        escalation: [{ after_s: 60, widen: [{ role: 'executive', by: ['release_owner', 'release_owner'] }] }],
      }),
    ],
    [
      'a role to be delegated that no route asks for',
      'policy.delegation',
      '$.delegation.roles[1]',
      { delegation: { roles: ['model_owner', 'auditor'], life_s: 60 } },
    ],
    [
      'a role to be delegated, twice',
      'policy.duplicate',
      '$.delegation.roles[1]',
      { delegation: { roles: ['model_owner', 'model_owner'], life_s: 60 } },
    ],
    [
      'a role of operators, twice',
      'policy.duplicate',
      '$.operation.roles[1]',
      { operation: { roles: ['model_owner', 'model_owner'], nudge_every_s: 60 } },
    ],
    [
      'a role that breaks glass and operates as well',
      'policy.breakglass',
      '$.breakglass.role',
      {
        breakglass: { role: 'officer', life_s: 60, review_role: 'auditor', review_s: 60 },
        operation: { roles: ['officer'], nudge_every_s: 60 },
      },
    ],
    [
      'a succession by no action',
      'policy.succession',
      '$.succession.action',
      { succession: { action: 'nothing', target: policyTarget } },
    ],
    [
      'a succession at no target',
      'policy.succession',
      '$.succession.target',
      { actions: [...policy.actions, change()], succession: { action: 'policy.change', target: 'nowhere' } },
    ],
    [
      'a succession that deploys nothing',
      'policy.succession',
      '$.succession.action',
      succeededBy(change({ class: 'write' })),
    ],
    [
      'a succession that could pass without a person',
      'policy.succession',
      '$.succession.action',
      succeededBy(change({ effects: ['promotion'] })),
    ],
    [
      'a succession that goes back',
      'policy.succession',
      '$.succession.action',
      succeededBy(change({ effects: ['evaluator_change', 'rollback'] })),
    ],
    [
      'a hard gate that may be waived',
      'policy.waivers',
      '$.waivers.gates[0]',
      {
        gates: [{ ...gate, hard: true, result: 'deny' }],
        waivers: { roles: ['auditor'], gates: [gate.id], life_s: 60 },
      },
    ],
    [
      'a gate that may be waived and escalates',
      'policy.waivers',
      '$.waivers.gates[0]',
      {
        gates: [{ ...gate, hard: false, result: 'escalate' }],
        waivers: { roles: ['auditor'], gates: [gate.id], life_s: 60 },
      },
    ],
    [
      'a gate that may be waived and is not there',
      'policy.waivers',
      '$.waivers.gates[1]',
      {
        gates: [{ ...gate, hard: false, result: 'deny' }],
        waivers: { roles: ['auditor'], gates: [gate.id, 'POL-NONE'], life_s: 60 },
      },
    ],
    [
      'a role that waives and breaks glass',
      'policy.waivers',
      '$.waivers.roles[0]',
      {
        gates: [{ ...gate, hard: false, result: 'deny' }],
        breakglass: { role: 'commander', life_s: 60, review_role: 'auditor', review_s: 60 },
        waivers: { roles: ['commander'], gates: [gate.id], life_s: 60 },
      },
    ],
    [
      'a gate that may be waived, twice',
      'policy.duplicate',
      '$.waivers.gates[1]',
      {
        gates: [{ ...gate, hard: false, result: 'deny' }],
        waivers: { roles: ['auditor'], gates: [gate.id, gate.id], life_s: 60 },
      },
    ],
    [
      'a role that may waive, twice',
      'policy.duplicate',
      '$.waivers.roles[1]',
      {
        gates: [{ ...gate, hard: false, result: 'deny' }],
        waivers: { roles: ['auditor', 'auditor'], gates: [gate.id], life_s: 60 },
      },
    ],
    [
      'a factor that is best where nothing is known',
      'policy.factor',
      '$.risk.factors[0].otherwise.value',
      withFactors({ ...factor, otherwise: { value: 0.9999, reason: 'r' } }),
    ],
  ])('refuses %s: %s', (_, code, path, changes) => {
    const changed = { ...policy, ...changes };
    expect(policyProblems(changed)).toMatchObject([{ code, path }]);
    expect(() => readPolicy(canonicalBytes(changed))).toThrow(expect.objectContaining({ code, path }));
  });

  // shows: R36
  it('accepts thresholds that touch, and a top band of a single score', () => {
    expect(
      policyProblems({ ...policy, ...limits({ band_low_max: 0.6, band_high_max: 1, band_critical_min: 1 }) }),
    ).toEqual([]);
  });
});

describe('the clocks and dates of a policy', () => {
  it.each([
    ['$.times.calendar.zone', { zone: 'Berlin time' }],
    ['$.times.calendar.zone', { zone: '+01:00' }],
    ['$.times.calendar.from', { from: '9:00' }],
    ['$.times.calendar.from', { from: '24:01' }],
    ['$.times.calendar.to', { to: '25:00' }],
    ['$.times.calendar.days', { days: [] }],
    ['$.times.calendar.holidays[0]', { holidays: ['2026-02-29'] }],
  ])('are refused at %s: %j', (path, change) => {
    const changed = { ...policy, ...withTimes({ calendar: { ...CALENDAR, ...change } }) };
    expect(() => readPolicy(canonicalBytes(changed))).toThrow(
      expect.objectContaining({ code: 'document.shape', path }),
    );
  });
});
