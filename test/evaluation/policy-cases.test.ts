import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { casesBeside } from '../../cli/policy-test.ts';
import type { EvidencePacket } from '../../documents/evidence.ts';
import { caseFileSchema } from '../../evaluation/cases/case-file.ts';
import { CASES_ERROR_CODES, type CasesError } from '../../evaluation/cases/errors.ts';
import { rosterOf } from '../../evaluation/cases/people.ts';
import { readCases } from '../../evaluation/cases/reader.ts';
import { type CaseResult, runCases } from '../../evaluation/cases/run.ts';
import { evaluate } from '../../evaluation/index.ts';
import type { Roster } from '../../documents/roster.ts';
import { CARDED, EVALUATOR, given, policy, withEvaluators } from './given.ts';

const at = (path: string): string => new URL(`../../${path}`, import.meta.url).pathname;
const TEXT = readFileSync(casesBeside(at('examples/policies/production-changes.yaml')), 'utf8');
const page = readFileSync(at('docs/spec/policy-cases.md'), 'utf8');
const packet = JSON.parse(
  readFileSync(at('examples/policies/production-changes.packet.json'), 'utf8'),
) as EvidencePacket;

const HEAD = TEXT.slice(0, TEXT.indexOf('cases:\n'));
const CASE = `cases:
  - name: one
    action: deploy.change
    target: prod-gateway-01
`;
const withCase = (more: string): string => `${HEAD}${CASE}${more}`;

function run(text: string, under = policy, who?: Roster): readonly CaseResult[] {
  const { people = [], cases, lineOf } = readCases(text, under);
  const roster = who ?? rosterOf(people, under);
  return runCases({ policy: under, roster, packets: new Map([['whole', packet]]), cases, lineOf });
}

function refusal(text: string): CasesError {
  try {
    run(text);
  } catch (error) {
    return error as CasesError;
  }
  throw new Error('nothing was refused');
}

const problems = (text: string): readonly (readonly [string, string])[] =>
  refusal(text).problems.map(({ code, path }) => [code, path]);

describe("the example policy's cases", () => {
  it('fail where the policy is another one', () => {
    const slots = [{ role: 'release_owner', signatures: 1 }];
    const routes = policy.routes.map((route) => (route.id === 'production-high' ? { ...route, slots } : route));
    const laxer = { ...policy, routes };
    const { people = [], cases, lineOf } = readCases(TEXT, laxer);
    const packets = new Map([['whole', packet]]);
    const changed = runCases({ policy: laxer, roster: rosterOf(people, laxer), packets, cases, lineOf });
    expect(changed.filter(({ mismatches }) => mismatches.length > 0)).toEqual([
      {
        name: 'a gateway change in production',
        mismatches: [{ member: 'slots', expected: '1 x executive', got: '1 x release_owner' }],
        route: 'production-high',
      },
    ]);
  });
});

describe('a case of an action that has the evaluation card read', () => {
  const carded = (given: string) => run(withCase(given), CARDED, withEvaluators());

  it.each([
    ['one that its evaluator signed', `evaluator: ${EVALUATOR}`, 'none'],
    ['none', `evaluator: ${EVALUATOR}\n    card: none`, 'card.missing'],
    ['none, since nobody signs one', '', 'card.missing'],
    [
      'one that says something else',
      `evaluator: ${EVALUATOR}\n    card: { "$.scorecards[0].value": 0.99 }`,
      'card.differs',
    ],
    ['one by somebody without the role', 'evaluator: executive-1', 'card.role'],
  ])('is evaluated with %s', (_, given, denial) => {
    const expected = denial === 'none' ? 'result: escalate' : `denial: ${denial}`;
    expect(carded(`    ${given}\n    expect: { ${expected} }`)[0]?.mismatches).toEqual([]);
  });

  it('names a place of the card that is not there', () => {
    const wrong = `    evaluator: ${EVALUATOR}\n    card: { "$.nothing.here": 1 }\n    expect: { result: escalate }`;
    expect(() => carded(wrong)).toThrow(expect.objectContaining({ code: 'cases.evidence' }));
  });
});

describe('a case', () => {
  it('is told apart from what came in every member', () => {
    const expectation =
      'expect: { result: allow, gates: { POL-RISK-008: silent, POL-SEC-001: deny }, score: 0.8, band: low, route: low, slots: {} }';
    expect(run(withCase(`    ${expectation}`))).toEqual([
      {
        name: 'one',
        mismatches: [
          { member: 'result', expected: 'allow', got: 'escalate' },
          { member: 'gates.POL-RISK-008', expected: 'silent', got: 'escalate' },
          { member: 'gates.POL-SEC-001', expected: 'deny', got: 'silent' },
          { member: 'score', expected: '0.8', got: '0.86' },
          { member: 'band', expected: 'low', got: 'high' },
          { member: 'route', expected: 'low', got: 'production-high' },
          { member: 'slots', expected: 'nobody', got: '1 x executive' },
        ],
        route: 'production-high',
      },
    ]);
  });

  it('fails on a denial that it does not expect, and on one that does not come', () => {
    const [unexpected] = run(withCase('    context: {}\n    expect: { score: 0.86 }'));
    expect(unexpected?.mismatches).toEqual([
      { member: 'denial', expected: 'none', got: 'gate.denied: denied by POL-CHG-012' },
    ]);
    const [missing] = run(withCase('    expect: { denial: gate.denied }'));
    expect(missing?.mismatches).toEqual([{ member: 'denial', expected: 'gate.denied', got: 'none' }]);
    const [early] = run(
      withCase('    at: "2027-01-01T00:00:00.000Z"\n    expect: { denial: evidence.stale, band: high }'),
    );
    expect(early?.mismatches).toEqual([{ member: 'band', expected: 'high', got: 'nothing' }]);
  });

  it('is evaluated as a decision is: same gates, same score, same route', () => {
    const { evaluation } = evaluate(given());
    const gates = (evaluation.policy?.gates ?? []).map(
      ({ id, triggered, result }) => `${id}: ${triggered ? result : 'silent'}`,
    );
    const { risk, routing } = evaluation;
    const expectation = `{ gates: { ${gates.join(', ')} }, score: ${risk?.risk_score}, route: ${routing?.route} }`;
    expect(run(withCase(`    expect: ${expectation}`))).toMatchObject([{ mismatches: [] }]);
  });

  it('holds each factor to its value', () => {
    expect(run(withCase('    expect: { factors: { environment: 1, exposure: 0.4 } }'))).toMatchObject([
      { mismatches: [] },
    ]);
    expect(run(withCase('    expect: { factors: { environment: 0.5 } }'))).toMatchObject([
      { mismatches: [{ member: 'factors.environment', expected: '0.5', got: '1' }] },
    ]);
  });

  it.each([
    [
      'a member that is there',
      'changes: { "$.sections.release_plan.canary.max_traffic_percent": 11 }',
      'POL-REL-009: escalate',
    ],
    [
      'an entry of a list',
      'changes: { "$.sections.evaluation.scorecards[0].value": 0.5, "$.sections.evaluation.scorecards[0].passed": false }',
      'POL-EVAL-005: deny',
    ],
    [
      'a new entry',
      'changes: { "$.sections.safety_and_security.hard_gates[2]": { id: new, passed: false } }',
      'POL-SEC-003: deny',
    ],
    ['a whole section', 'without: ["$.sections.evaluation"]', 'POL-EVAL-005: silent'],
    ['an entry that is taken out', 'without: ["$.sections.release_plan.stop_conditions[0]"]', 'POL-REL-010: deny'],
  ])('changes %s', (_, change, gate) => {
    const [result] = run(withCase(`    ${change}\n    expect: { gates: { ${gate} } }`));
    expect(result?.mismatches.filter(({ member }) => member !== 'denial')).toEqual([]);
  });

  it('leaves the packet as it was for the next one', () => {
    const changed = `    without: ["$.sections.release_plan"]\n    expect: { denial: evidence.incomplete }\n`;
    const next = `  - { name: two, action: deploy.change, target: prod-gateway-01, expect: { route: production-high } }\n`;
    expect(run(withCase(changed + next)).flatMap(({ mismatches }) => mismatches)).toEqual([]);
  });
});

describe('a case file is refused', () => {
  it.each([
    ['anchors', `${HEAD}cases: &a []`, [['cases.syntax', '$.cases']]],
    ['a case that expects nothing', withCase('    expect: {}'), [['cases.shape', '$.cases[0].expect']]],
    [
      'one that expects nothing of gates',
      withCase('    expect: { gates: {} }'),
      [['cases.shape', '$.cases[0].expect']],
    ],
    ['a case without expectation', withCase(''), [['cases.shape', '$.cases[0].expect']]],
    [
      'unknown members, all at once',
      withCase('    expect: { routes: low, band: lowest }\n    clock: now'),
      [
        ['cases.shape', '$.cases[0].expect.band'],
        ['cases.shape', '$.cases[0].expect.routes'],
        ['cases.shape', '$.cases[0].clock'],
      ],
    ],
    [
      'one that expects nothing of factors',
      withCase('    expect: { factors: {} }'),
      [['cases.shape', '$.cases[0].expect']],
    ],
    [
      'gates, factors, routes and packets that are not there',
      withCase('    evidence: half\n    expect: { gates: { POL-SEC-999: deny }, factors: { luck: 1 }, route: lower }'),
      [
        ['cases.unknown', '$.cases[0].evidence'],
        ['cases.unknown', '$.cases[0].expect.gates["POL-SEC-999"]'],
        ['cases.unknown', '$.cases[0].expect.factors.luck'],
        ['cases.unknown', '$.cases[0].expect.route'],
      ],
    ],
    [
      'a route and a denial',
      withCase('    expect: { route: low, denial: gate.denied }'),
      [['cases.shape', '$.cases[0].expect.denial']],
    ],
    [
      'one name twice',
      withCase(
        '    expect: { band: high }\n  - { name: one, action: a, target: b, expect: { denial: action.unknown } }',
      ),
      [['cases.shape', '$.cases[1].name']],
    ],
    [
      'what neither case nor defaults say',
      withCase('    expect: { band: high }').replace(/  requester: .*\n  role: .*\n/, ''),
      [
        ['cases.shape', '$.cases[0].requester'],
        ['cases.shape', '$.cases[0].role'],
      ],
    ],
    [
      'a controller that is nobody, and an id twice',
      withCase('    expect: { band: high }')
        .replace('controlled_by: [release-1]', 'controlled_by: [nobody-1]')
        .replace('id: executive-2', 'id: executive-1'),
      [
        ['cases.shape', '$.people[4].id'],
        ['cases.unknown', '$.people[9].controlled_by[0]'],
      ],
    ],
    [
      'both roster and people',
      `roster: roster.json\n${withCase('    expect: { band: high }')}`,
      [['cases.shape', '$']],
    ],
    [
      'a change where nothing is',
      withCase('    changes: { "$.sections.releaseplan.canary": null }\n    expect: { band: high }'),
      [['cases.evidence', '$.cases[0].changes']],
    ],
    [
      'a change of what nobody owns',
      withCase('    changes: { "$.sections.__proto__.x": 1 }\n    expect: { band: high }'),
      [['cases.evidence', '$.cases[0].changes']],
    ],
    [
      'a change that leaves no packet',
      withCase(
        '    changes: { "$.sections.release_plan.canary.max_traffic_percent": 101 }\n    expect: { band: high }',
      ),
      [['cases.evidence', '$.cases[0].changes']],
    ],
    [
      'a member left out that is not there',
      withCase('    without: ["$.sections.lineages"]\n    expect: { band: high }'),
      [['cases.evidence', '$.cases[0].without[0]']],
    ],
  ])('for %s', (_, text, expected) => {
    expect(problems(text)).toEqual(expected);
    expect(refusal(text).problems.every(({ line }) => line !== null)).toBe(true);
  });
});

describe('docs/spec/policy-cases.md', () => {
  it('shows cases that pass', () => {
    const [, example = ''] = /^```yaml example=case\n([\s\S]*?)\n```$/m.exec(page) ?? [];
    expect(run(example)).toEqual([
      { name: 'a gateway change in production', mismatches: [], route: 'production-high' },
    ]);
    expect(parse(TEXT).cases[0]).toEqual(parse(example).cases[0]);
  });

  it('names every member and every code', () => {
    const prose = page.replace(/^```[\s\S]*?^```$/gm, '');
    const { cases, people, ...others } = caseFileSchema.def.shape;
    const members = [
      ...Object.keys(others),
      ...Object.keys(people.unwrap().element.shape),
      ...Object.keys(cases.element.shape),
      ...Object.keys(cases.element.shape.expect.shape),
    ];
    expect(members.filter((member) => !prose.includes(`\`${member}\``))).toEqual([]);
    const listed = [...prose.matchAll(/^\| `(cases\.\w+)` \|/gm)].map(([, code]) => code);
    expect(listed).toEqual([...CASES_ERROR_CODES]);
  });
});

describe('a case of a stage', () => {
  const [deploy] = policy.actions;
  const ladder = { stage: 'canary' as const, follows: ['shadow' as const] };
  const climbing = {
    ...policy,
    actions: [...policy.actions, { ...deploy, id: 'release.canary', ladder } as (typeof policy.actions)[number]],
  };
  const stage = (more: string) => {
    const text = `${HEAD}cases:
  - name: one
    action: release.canary
    target: prod-gateway-01
    changes: { $.sections.release_plan.exposure: { traffic: 5 %, cohort: staff } }
${more}`;
    const { people = [], cases, lineOf } = readCases(text, climbing);
    const packets = new Map([['whole', packet]]);
    return runCases({ policy: climbing, roster: rosterOf(people, climbing), packets, cases, lineOf })[0]?.mismatches;
  };

  it('follows the one that it describes', () => {
    const before = '    follows: { stage: shadow, exposure: { traffic: 0 %, cohort: staff } }\n';
    expect(stage(`${before}    expect: { route: production-high }`)).toEqual([]);
    expect(stage('    expect: { denial: ladder.no_predecessor }')).toEqual([]);
    const other = before.replace('cohort: staff', 'cohort: all');
    expect(stage(`${other}    expect: { denial: ladder.dimensions }`)).toEqual([]);
    const failed = before.replace('shadow,', 'shadow, executed: false,');
    expect(stage(`${failed}    expect: { denial: ladder.not_executed }`)).toEqual([]);
  });

  it('tells a verdict of the viability rules that it expects from another', () => {
    const viability = {
      actions: ['model.promote'],
      minimum_reserve: { value: 0, unit: 'EUR' },
      change_threshold: { value: 0, unit: 'points' },
      governance_roles: ['security_owner'],
    };
    const rules = { ...policy, viability };
    const text = `${HEAD}cases:
  - name: one
    action: model.promote
    target: model-serving-canary
    changes: { $.sections.safety_and_security.hard_gates: [{ id: licence, passed: false }] }
    expect: { viability: no_op, denial: viability.quarantine }`;
    const { people = [], cases, lineOf } = readCases(text, rules);
    const packets = new Map([['whole', packet]]);
    const [result] = runCases({ policy: rules, roster: rosterOf(people, rules), packets, cases, lineOf });
    expect(result?.mismatches).toEqual([{ member: 'viability', expected: 'no_op', got: 'quarantine' }]);
  });

  describe('with waivers', () => {
    const rules = { ...policy, waivers: { roles: ['executive'], gates: ['POL-CHG-012'], life_s: 3600 } };
    const waived = (waivers: string, expect: string) => {
      const text = `${HEAD}cases:
  - name: one
    action: deploy.change
    target: prod-gateway-01
    context: { kind: routine }
${waivers}    expect: ${expect}`;
      const { people = [], cases, lineOf } = readCases(text, rules);
      const packets = new Map([['whole', packet]]);
      return runCases({ policy: rules, roster: rosterOf(people, rules), packets, cases, lineOf })[0]?.mismatches;
    };
    const one = (more: string) => `    waivers: [{ gate: POL-CHG-012, by: executive-1, role: executive${more} }]\n`;

    it('tells a gate that was waived from one that denied', () => {
      expect(waived('', '{ gates: { POL-CHG-012: deny }, denial: gate.denied }')).toEqual([]);
      expect(waived(one(''), '{ gates: { POL-CHG-012: waived }, result: escalate }')).toEqual([]);
      expect(waived(one(''), '{ gates: { POL-CHG-012: deny } }')).toEqual([
        { member: 'gates.POL-CHG-012', expected: 'deny', got: 'waived' },
      ]);
    });

    it('takes an owner and an end that are told', () => {
      expect(waived(one(', owner: nobody-1'), '{ denial: waiver.owner }')).toEqual([]);
      const late = ', expires_at: "2026-02-24T21:12:24.001Z"';
      expect(waived(one(late), '{ denial: waiver.too_long }')).toEqual([]);
    });

    it('knows no waiver of a gate that the policy does not have', () => {
      const other = one('').replace('POL-CHG-012', 'POL-NONE');
      expect(() => waived(other, '{ denial: waiver.not_permitted }')).toThrow(
        expect.objectContaining({ code: 'cases.unknown', path: '$.cases[0].waivers[0].gate' }),
      );
    });
  });
});
