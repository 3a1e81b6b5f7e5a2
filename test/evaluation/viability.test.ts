import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { ViabilityRecord } from '../../core/domain/events.ts';
import { VIABILITY_VERDICTS } from '../../core/domain/vocabulary.ts';
import { type Policy, policySchema } from '../../documents/policy.ts';
import type { EvidencePacket } from '../../documents/evidence.ts';
import { DENIAL_CODES, evaluate, renderBrief } from '../../evaluation/index.ts';
import { simulate } from '../../evaluation/simulate.ts';
import { decideViability, type ViabilityInput } from '../../evaluation/viability.ts';
import { viabilityMember } from '../../evaluation/viability-stage.ts';
import { digest, type Given, given, policyWith, sections } from './given.ts';

const quantity = (value: number, unit: string) => ({ value, unit, source: 'controller', computed_from: digest('run') });

/** Viable in every respect. */
const VIABLE: ViabilityInput = {
  failed_gates: [],
  permissions_added: 0,
  projected_reserve: quantity(1000, 'EUR'),
  minimum_reserve: { value: 1000, unit: 'EUR' },
  score: quantity(0.1001, 'points'),
  change_threshold: { value: 0.1, unit: 'points' },
};

const verdict = (changes: Partial<ViabilityInput> = {}) => decideViability({ ...VIABLE, ...changes });

const FAILED = { failed_gates: ['licence'] };
const EXPANDED = { permissions_added: 1 };
const POOR = { projected_reserve: quantity(999.9999, 'EUR') };
const IDLE = { score: quantity(0.1, 'points') };

describe('the viability rules', () => {
  // shows: R86
  it('come in exactly this order, whichever of them apply', () => {
    const order = [
      [FAILED, 'quarantine', undefined],
      [EXPANDED, 'require_separate_governance_review', undefined],
      [POOR, 'no_op', 'reserve'],
      [IDLE, 'no_op', 'threshold'],
    ] as const;
    for (let applying = 0; applying < 16; applying += 1) {
      const rules = order.filter((_, index) => applying & (1 << index));
      const decided = verdict(Object.assign({}, ...rules.map(([changes]) => changes)));
      const [, expected, rule] = rules[0] ?? [{}, 'propose_shadow_release', undefined];
      expect([decided.verdict, 'rule' in decided ? decided.rule : undefined]).toEqual([expected, rule]);
    }
  });

  it('take a reserve at its minimum for a reserve, and a score at the threshold for none', () => {
    expect(verdict().verdict).toBe('propose_shadow_release');
    expect(verdict({ score: quantity(0.1, 'points') })).toEqual({ verdict: 'no_op', rule: 'threshold' });
    expect(verdict({ projected_reserve: quantity(-1, 'EUR') })).toEqual({ verdict: 'no_op', rule: 'reserve' });
  });

  it('compare numbers as they are written, of four decimals each', () => {
    const decimal = fc.integer({ min: -1e9, max: 1e9 });
    fc.assert(
      fc.property(decimal, decimal, (score, threshold) => {
        const decided = verdict({
          score: quantity(score / 1e4, 'points'),
          change_threshold: { value: threshold / 1e4, unit: 'points' },
        });
        expect(decided.verdict).toBe(score > threshold ? 'propose_shadow_release' : 'no_op');
      }),
    );
  });

  // shows: R86
  it('call nothing viable of which an input is missing, not even for a review, and quarantine all the same', () => {
    for (const name of ['failed_gates', 'permissions_added', 'projected_reserve', 'score'] as const) {
      expect(verdict({ [name]: null })).toEqual({ verdict: null, missing: [name] });
      if (name !== 'permissions_added')
        expect(verdict({ ...EXPANDED, [name]: null })).toEqual({ verdict: null, missing: [name] });
      if (name !== 'failed_gates') expect(verdict({ ...FAILED, [name]: null }).verdict).toBe('quarantine');
    }
    expect(verdict({ projected_reserve: null, score: null })).toEqual({
      verdict: null,
      missing: ['projected_reserve', 'score'],
    });
  });

  it('compare nothing with another unit', () => {
    expect(verdict({ projected_reserve: quantity(5000, 'USD') })).toEqual({
      verdict: null,
      otherUnit: 'projected_reserve',
    });
    expect(verdict({ ...EXPANDED, score: quantity(0.9, 'percent') })).toEqual({ verdict: null, otherUnit: 'score' });
  });
});

const MODEL = { action: 'model.promote', target: 'model-serving-canary' } as const;
const RULES: NonNullable<Policy['viability']> = {
  actions: ['model.promote'],
  minimum_reserve: { value: 1000, unit: 'EUR' },
  change_threshold: { value: 0.1, unit: 'points' },
  governance_roles: ['security_owner', 'model_owner'],
};
const BREAKGLASS = { role: 'incident_commander', life_s: 1800, review_role: 'security_owner', review_s: 259_200 };

const reference = { uri: 'https://evidence.example/run', digest: digest('run'), media_type: 'text/csv', size: 1 };
const projection = (value: number, unit: string) => ({ value, unit, source: 'controller', computed_from: reference });

interface Case {
  readonly viability?: NonNullable<EvidencePacket['viability']> | undefined;
  readonly safety?: Partial<NonNullable<EvidencePacket['sections']['safety_and_security']>>;
  readonly policy?: Partial<Policy>;
}

const PROJECTED = { projected_reserve: projection(2500.5, 'EUR'), score: projection(0.2, 'points') };

function asked({ viability = PROJECTED, safety = {}, policy = {} }: Case = {}, more: Given = {}) {
  return given({
    request: MODEL,
    policy: policyWith({ viability: RULES, breakglass: BREAKGLASS, gates: [], ...policy }),
    packet: {
      sections: { ...sections, safety_and_security: { ...sections.safety_and_security, ...safety } },
      ...(viability === undefined ? {} : { viability }),
    },
    ...more,
  });
}

const EXPANDING = { permission_diff: { added: ['tool:shell'], removed: [] } };
const ended = (one: Case) => {
  const { policy, risk, routing, denial } = evaluate(asked(one)).evaluation;
  return { code: denial?.code, verdict: policy?.viability?.verdict, risk, routing };
};

describe('a decision under viability rules', () => {
  it('goes on where the change is worth it, and records what was compared', () => {
    const { evaluation, brief } = evaluate(asked());
    expect(evaluation.denial).toBeNull();
    expect(evaluation.routing?.breakglass).toEqual(BREAKGLASS);
    expect(evaluation.policy?.viability).toEqual({
      verdict: 'propose_shadow_release',
      failed_gates: [],
      permissions_added: 0,
      projected_reserve: { value: 2500.5, unit: 'EUR', source: 'controller', computed_from: digest('run') },
      minimum_reserve: { value: 1000, unit: 'EUR' },
      score: { value: 0.2, unit: 'points', source: 'controller', computed_from: digest('run') },
      change_threshold: { value: 0.1, unit: 'points' },
      governance_roles: ['model_owner', 'security_owner'],
    });
    expect(evaluation.policy?.facts).toEqual(
      expect.arrayContaining([
        { name: 'packet.viability.projected_reserve', source: 'evidence_author' },
        { name: 'packet.viability.score', source: 'evidence_author' },
      ]),
    );
    expect(brief && renderBrief(brief)).toContain(
      [
        'Viability    propose_shadow_release',
        '             reserve 2500.5 EUR of at least 1000 EUR; score 0.2 points, to be above 0.1 points',
      ].join('\n'),
    );
  });

  it('asks for none of it where the policy names other actions, or has no such rules', () => {
    const others = ended({ policy: { viability: { ...RULES, actions: ['evaluator.change'] } } });
    expect([others.code, others.verdict]).toEqual([undefined, undefined]);
    const { evaluation, brief } = evaluate(given({ request: MODEL }));
    expect(evaluation.policy).not.toHaveProperty('viability');
    expect(brief).not.toHaveProperty('viability');
  });

  // shows: R86
  it.each<[string, Case, string, string | null]>([
    [
      'a failed hard gate',
      { safety: { ...EXPANDING, hard_gates: [{ id: 'licence', passed: false }] } },
      'viability.quarantine',
      'quarantine',
    ],
    ['no projection at all', { viability: { projected_reserve: null, score: null } }, 'viability.input_missing', null],
    [
      'a score in another unit',
      { viability: { ...PROJECTED, score: projection(9, 'percent') } },
      'viability.unit_differs',
      null,
    ],
    [
      'a reserve below the minimum',
      { viability: { ...PROJECTED, projected_reserve: projection(999.9999, 'EUR') } },
      'viability.no_op_reserve',
      'no_op',
    ],
    [
      'a score at the threshold',
      { viability: { ...PROJECTED, score: projection(0.1, 'points') } },
      'viability.no_op_threshold',
      'no_op',
    ],
  ])('ends at once with %s, before any risk and route', (_, one, code, said) => {
    expect(ended(one)).toEqual({ code, verdict: said, risk: null, routing: null });
  });

  it('takes a packet of before, which has no such member, for one that says nothing', () => {
    expect(evaluate(given({ request: MODEL, policy: policyWith({ viability: RULES }) })).evaluation.denial?.code).toBe(
      'viability.input_missing',
    );
  });

  it('takes an empty list of hard gates, a section that is not there, and no difference for nothing given', () => {
    const [action] = asked().policy.document.actions.filter(({ id }) => id === 'model.promote');
    if (!action) throw new TypeError('the example has the action');
    const { policy, packet } = asked();
    const { safety_and_security: safety, ...others } = sections;
    const recorded = (given: EvidencePacket['sections']) =>
      viabilityMember(policy.document, action, { ...packet, sections: given }).viability;
    const none = { ...safety, hard_gates: [] };
    expect(recorded({ ...others, safety_and_security: none })).toMatchObject({ verdict: null, failed_gates: null });
    const unsaid = { ...safety, permission_diff: null };
    expect(recorded({ ...others, safety_and_security: unsaid })).toMatchObject({
      verdict: null,
      permissions_added: null,
    });
    expect(recorded(others)).toMatchObject({ verdict: null, failed_gates: null, permissions_added: null });
  });

  it('quarantines before any gate denies, and denies by a gate what is viable', () => {
    const never = { id: 'NO', name: 'No', hard: true, when: 'true', result: 'deny', reason: 'for once' } as const;
    const failed = { hard_gates: [{ id: 'licence', passed: false }] };
    expect(ended({ policy: { gates: [never] }, safety: failed }).code).toBe('viability.quarantine');
    expect(ended({ policy: { gates: [never] } }).code).toBe('gate.denied');
  });

  // shows: R80
  it('lets nobody approve an expansion of permissions in passing', () => {
    const reviewed = ended({ safety: EXPANDING });
    expect([reviewed.code, reviewed.verdict]).toEqual([undefined, 'require_separate_governance_review']);
    // Broken glass would waive the reviewers.
    expect(reviewed.routing).not.toHaveProperty('breakglass');
    const without = { viability: { ...RULES, governance_roles: ['security_owner', 'executive'] } };
    expect(ended({ safety: EXPANDING, policy: without }).code).toBe('viability.review_not_routed');
    expect(ended({ policy: without }).code).toBeUndefined();
  });

  it('names at most sixteen of the gates that failed, by id', () => {
    const hard_gates = Array.from({ length: 40 }, (_, index) => ({ id: `gate-${99 - index}`, passed: index > 30 }));
    const { policy } = evaluate(asked({ safety: { hard_gates } })).evaluation;
    expect(policy?.viability?.failed_gates).toHaveLength(16);
    expect(policy?.viability?.failed_gates?.[0]).toBe('gate-69');
  });

  it('is simulated under another policy', () => {
    const stricter = { ...RULES, change_threshold: { value: 0.5, unit: 'points' } };
    const changes = simulate(asked(), policyWith({ viability: stricter, gates: [] }));
    expect(changes.map(({ path, got }) => `${path} ${got}`)).toEqual(
      expect.arrayContaining(['$.viability "no_op"', '$.denial "viability.no_op_threshold"', '$.route null']),
    );
  });
});

describe('docs/spec/viability.md', () => {
  const page = readFileSync(new URL('../../docs/spec/viability.md', import.meta.url), 'utf8');
  const example = (name: string): string => new RegExp(`example=${name}\\n([\\s\\S]*?)\\n\`\`\``).exec(page)?.[1] ?? '';

  it('shows rules that a policy may have, and what they come to', () => {
    const { viability } = parse(example('rules')) as Required<Pick<Policy, 'viability'>>;
    expect(policySchema.shape.viability.parse(viability)).toEqual(viability);
    const { verdict: said, ...record } = JSON.parse(example('record')) as ViabilityRecord;
    expect(record.minimum_reserve).toEqual(viability.minimum_reserve);
    expect(record.change_threshold).toEqual(viability.change_threshold);
    expect(decideViability(record).verdict).toBe(said);
  });

  it('names every verdict and every denial', () => {
    const codes = DENIAL_CODES.filter((code) => code.startsWith('viability.'));
    for (const name of [...VIABILITY_VERDICTS, ...codes]) expect(page).toContain(`\`${name}\``);
  });
});
