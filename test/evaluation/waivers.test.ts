import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalBytes, digestJson } from '../../core/canon/index.ts';
import { endOf } from '../../core/domain/deadline.ts';
import type { WaiverStatement } from '../../core/domain/statements.ts';
import { ENVIRONMENTS } from '../../core/domain/vocabulary.ts';
import { MAX_RECORD_BYTES } from '../../evaluation/record-size.ts';
import type { PolicyGate } from '../../documents/policy.ts';
import { WAIVERS_AT_ONCE } from '../../documents/statements.ts';
import { type DenialCode, evaluate, leastApprovers, restsOn } from '../../evaluation/index.ts';
import { renderBrief } from '../../evaluation/render-brief.ts';
import { simulate } from '../../evaluation/simulate.ts';
import { type GivenWaiver, waiversMember } from '../../evaluation/waivers.ts';
import {
  AT,
  CARDED,
  digest,
  EVALUATOR,
  policy,
  policyWith,
  roster,
  TICKET,
  type Waived,
  waived,
  WAIVERS,
  withCard,
} from './given.ts';

const denial = (input: Parameters<typeof evaluate>[0]) => evaluate(input).evaluation.denial;

/** The example policy with this gate in the place of the one about tickets. */
function gate(changes: Partial<PolicyGate>) {
  return policyWith({ gates: policy.gates.map((one) => (one.id === TICKET ? { ...one, ...changes } : one)) });
}

describe('a waiver', () => {
  // shows: R29, R59
  it('lets a gate past that denies, which stays on record as it triggered', () => {
    const input = waived();
    const { evaluation, brief } = evaluate(input);
    expect(evaluation.denial).toBeNull();
    const statement = input.waivers?.[0]?.digest;
    expect(evaluation.policy?.gates.find(({ id }) => id === TICKET)).toEqual({
      id: TICKET,
      name: 'A production change names its ticket',
      hard: false,
      triggered: true,
      result: 'deny',
      reason: 'The request names no change ticket',
      waived: statement,
    });
    const record = {
      statement,
      gate: TICKET,
      actor_id: 'release-1',
      role: 'release_owner',
      owner: 'builder-1',
      controls: ['pager-watch'],
      reason: digest('reason'),
      waived_at: '2026-02-24T18:00:00.000Z',
      expires_at: '2026-02-25T18:00:00.000Z',
      used: true,
    };
    expect(evaluation.policy?.waivers).toEqual([record]);
    expect(brief?.waivers).toEqual([record]);
    expect(brief?.policy.triggered.map(({ id, waived: by }) => [id, by])).toContainEqual([TICKET, statement]);
    expect(brief && renderBrief(brief)).toMatch(
      /POL-CHG-012 deny \(WAIVED\): .*\n.*Waivers {6}POL-CHG-012 by release-1 as release_owner until 2026-02-25T18:00:00.000Z; owner builder-1; controls pager-watch\n/su,
    );
  });

  it('counts as an escalation, so that somebody has to look', () => {
    const silent = policyWith({
      gates: policy.gates.filter(({ result }) => result !== 'escalate'),
      routes: [{ id: 'nobody', when: 'gates.result == "escalate"', slots: [] }],
    });
    const { policy: evaluated, denial: denied } = evaluate(waived({ policy: silent })).evaluation;
    expect(evaluated?.result).toBe('escalate');
    expect(denied?.code).toBe('route.below_floor');
  });

  it('leaves its gate among those that triggered, for the routes', () => {
    const routes = [{ id: 'asked', when: `"${TICKET}" in gates.triggered`, slots: policy.routes[0]?.slots ?? [] }];
    expect(evaluate(waived({ policy: policyWith({ routes }) })).evaluation.routing?.route).toBe('asked');
  });

  // shows: R58
  it('ends the decision and the permit with itself, and is what ends them where it is the first', () => {
    const { routing } = evaluate(waived({ waivers: [{ expires_at: '2026-02-24T21:00:00.000Z' }] })).evaluation;
    expect(routing?.limits.waivers_valid_until).toBe('2026-02-24T21:00:00.000Z');
    expect(routing && endOf(routing.limits)).toEqual({ limit: 'waivers_valid_until', at: '2026-02-24T21:00:00.000Z' });
  });

  it('is recorded where it was not needed, and then ends nothing', () => {
    const { policy: evaluated, routing } = evaluate(
      waived({ request: { context: { ticket: 'CHG-1042' } } }),
    ).evaluation;
    expect(evaluated?.gates.find(({ id }) => id === TICKET)).not.toHaveProperty('waived');
    expect(evaluated?.waivers).toMatchObject([{ gate: TICKET, used: false }]);
    expect(routing?.limits).not.toHaveProperty('waivers_valid_until');
  });

  it('bars whoever signed it, used or not, and nobody for being named as its owner', () => {
    for (const context of [{}, { ticket: 'CHG-1042' }]) {
      const { routing } = evaluate(waived({ waivers: [{ owner: 'executive-2' }], request: { context } })).evaluation;
      expect(routing?.barred).toContainEqual({ actor_id: 'release-1', duties: ['waiver_author'] });
      expect(routing?.barred.map(({ actor_id }) => actor_id)).not.toContain('executive-2');
    }
  });

  it('is part of what a revocation reaches', () => {
    const { request, packet } = waived();
    expect(restsOn(request, packet)).toContain(request.waivers?.[0]);
  });

  it('is looked at under a policy that is simulated as if it had been signed for that one', () => {
    const input = waived();
    expect(simulate(input, { ...input.policy.document, version: '1.3.0' })).toEqual([]);
    expect(simulate(input, policy)).toContainEqual(
      expect.objectContaining({ path: '$.denial', got: '"waiver.not_permitted"' }),
    );
  });

  it('leaves room for its record in an event whose gates take all that they may', () => {
    const longest = 'x'.repeat(128);
    const statement = {
      ...waived().waivers?.[0]?.statement,
      signer: longest,
      owner: longest,
      role: longest,
      gate: longest,
      controls: Array.from({ length: 16 }, () => longest),
    } as GivenWaiver['statement'];
    const all = Array.from({ length: WAIVERS_AT_ONCE }, () => ({ digest: digest('w'), statement }) as GivenWaiver);
    const gates = [{ id: longest, waived: digest('w') }] as never;
    const bytes = canonicalBytes(waiversMember(all, gates)).length + WAIVERS_AT_ONCE * 100;
    expect(MAX_RECORD_BYTES + bytes).toBeLessThan(256 * 1024 - 24 * 1024);
  });
});

describe('what no waiver does', () => {
  const hardList = { ...WAIVERS, gates: policy.gates.map(({ id }) => id) };

  // shows: R61, R78
  it.each(policy.gates.filter(({ hard }) => hard).map(({ id }) => id))('waive the hard gate %s', (id) => {
    // Such a list does not pass the policy's reader; here it came by another way.
    expect(denial(waived({ rules: hardList, waivers: [{ gate: id }] }))?.code).toBe('waiver.not_permitted');
  });

  it('waive a gate that cannot be evaluated', () => {
    const { denial: denied, policy: evaluated } = evaluate(
      waived({ policy: gate({ when: 'evidence.evaluation.suite.name == "x"' }) }),
    ).evaluation;
    expect(denied?.code).toBe('gate.denied');
    expect(evaluated?.gates.find(({ id }) => id === TICKET)).not.toHaveProperty('waived');
    expect(evaluated?.waivers).toMatchObject([{ used: false }]);
  });

  it.each(['allow', 'escalate'] as const)('waive a gate that says %s', (result) => {
    expect(denial(waived({ policy: gate({ result }) }))?.code).toBe('waiver.not_permitted');
  });

  // shows: R61
  it('lower the floors: with waivers as without, what is routed has at least the floor of persons', () => {
    const tables = fc.record({
      environment: fc.constantFrom(...ENVIRONMENTS),
      effects: fc.subarray(['promotion', 'permission_increase', 'evaluator_change'] as const),
      signatures: fc.integer({ min: 0, max: 2 }),
      gates: fc.array(fc.constantFrom('allow', 'escalate', 'deny'), { maxLength: 3 }),
      asked: fc.constantFrom('true', 'gates.result == "allow"', 'gates.result == "escalate"'),
    });
    fc.assert(
      fc.property(tables, ({ environment, effects, signatures, gates, asked }) => {
        const drawn = gates.map((result, index): PolicyGate => {
          return { id: `G-${index}`, name: 'drawn', hard: false, when: 'true', result, reason: 'drawn' };
        });
        const changed = policyWith({
          targets: policy.targets.map((target) => ({ ...target, environment })),
          actions: policy.actions.map((action) => ({ ...action, effects: [...effects] })),
          gates: drawn,
          routes: [{ id: 'drawn', when: asked, slots: signatures > 0 ? [{ role: 'executive', signatures }] : [] }],
        });
        const denying = drawn.filter(({ result }) => result === 'deny').map(({ id }) => id);
        const rules = denying.length === 0 ? null : { ...WAIVERS, gates: denying };
        const waivers = denying.map((id) => ({ gate: id }));
        const input = waived({
          policy: changed,
          rules,
          waivers,
          ...(denying.length === 0 ? { request: { waivers: [] } } : {}),
        });
        const { routing, risk } = evaluate(input).evaluation;
        if (routing === null || risk === null) return;
        const floor = { band: risk.risk_band, environment, effects };
        const least = leastApprovers(floor, gates.includes('deny') ? 'escalate' : 'allow');
        expect(signatures).toBeGreaterThanOrEqual(least);
        expect(routing.satisfied).toBe(signatures === 0);
      }),
    );
  });
});

describe('a waiver that does not hold', () => {
  it('is by who evaluated the candidate, or with that key', () => {
    const rules = { ...WAIVERS, roles: ['evaluation_owner', 'release_owner'] };
    const carded = (by: Partial<WaiverStatement>, signed: Partial<GivenWaiver> = {}) =>
      waived({ ...withCard({}, { policy: { ...CARDED, waivers: rules } }), rules, waivers: [by], signed });
    expect(denial(carded({ signer: EVALUATOR, role: 'evaluation_owner' }))?.code).toBe('waiver.involved');
    const { keyId } = carded({}).card ?? {};
    expect(denial(carded({}, keyId === undefined ? {} : { keyId }))?.code).toBe('waiver.involved');
    expect(denial(carded({}, { keyId: digest('another key') }))).toBeNull();
  });

  it.each<[string, DenialCode, Waived]>([
    ['of another origin', 'waiver.other', { waivers: [{ origin: 'elsewhere' }] }],
    ['of another tenant', 'waiver.other', { waivers: [{ tenant: 'globex' }] }],
    ['of another action', 'waiver.other', { waivers: [{ action: 'config.write' }] }],
    ['of another target', 'waiver.other', { waivers: [{ target: 'dev-sandbox-01' }] }],
    ['of another policy', 'waiver.other', { waivers: [{ policy: digest('the policy before') }] }],
    ['under a policy that lets nobody waive', 'waiver.not_permitted', { rules: null }],
    ['of a gate that the policy does not have', 'waiver.not_permitted', { waivers: [{ gate: 'POL-NONE' }] }],
    ['in a role that may waive nothing', 'waiver.not_permitted', { waivers: [{ role: 'executive' }] }],
    [
      'by a workload that holds the role',
      'waiver.role_not_held',
      { rules: { ...WAIVERS, roles: ['operator'] }, waivers: [{ signer: 'release-pipeline', role: 'operator' }] },
    ],
    ['by somebody whom the roster does not know', 'waiver.role_not_held', { waivers: [{ signer: 'stranger-1' }] }],
    [
      'by who asked',
      'waiver.involved',
      { rules: { ...WAIVERS, roles: ['operator'] }, waivers: [{ signer: 'operator-1', role: 'operator' }] },
    ],
    ['by who controls the workload that asked', 'waiver.involved', { request: { signer: 'release-pipeline' } }],
    [
      'by who made the candidate',
      'waiver.involved',
      { rules: { ...WAIVERS, roles: ['executive'] }, waivers: [{ signer: 'builder-1', role: 'executive' }] },
    ],
    ['by who controls what made the candidate', 'waiver.involved', { request: { creators: ['release-pipeline'] } }],
    [
      'by who controlled the workload that asked, when it asked',
      'waiver.involved',
      {
        request: { signer: 'release-pipeline' },
        opening: roster,
        roster: {
          ...roster,
          workloads: roster.workloads.map((workload) => ({ ...workload, controlled_by: ['operator-1'] })),
        },
      },
    ],
    ['with the key that signed the request', 'waiver.involved', { signed: { sharesKey: true } }],
    ['owned by a workload', 'waiver.owner', { waivers: [{ owner: 'release-pipeline' }] }],
    [
      'that was held back, and counts its life from its signature',
      'waiver.too_long',
      { waivers: [{ signed_at: '2026-02-17T00:00:00.000Z', expires_at: '2026-02-24T20:30:00.000Z' }] },
    ],
    [
      'dated ahead, whose future is no life of it',
      'waiver.too_long',
      { waivers: [{ signed_at: '2026-02-24T20:14:00.000Z', expires_at: '2026-03-03T20:14:00.000Z' }] },
    ],
  ])('%s', (_, code, changes) => {
    expect(denial(waived(changes))?.code).toBe(code);
  });

  it('denies also where its gate would not have denied: nothing is named that was not looked at', () => {
    const asked = { request: { context: { ticket: 'CHG-1042' } } };
    expect(denial(waived({ ...asked, waivers: [{ expires_at: AT }] }))?.code).toBe('waiver.expired');
  });

  it('is told apart from another by its digest: who fetched them brings exactly what is named', () => {
    const input = waived();
    const { waivers: _, ...without } = input;
    expect(() => evaluate(without)).toThrow(TypeError);
    const others = waived({ waivers: [{ owner: 'executive-1' }] }).waivers ?? [];
    expect(() => evaluate({ ...input, waivers: others })).toThrow(TypeError);
  });

  it('is not in the basis but through the request that names it', () => {
    const [first, second] = [waived(), waived({ waivers: [{ owner: 'executive-1' }] })];
    expect(digestJson(evaluate(first).basis)).not.toBe(digestJson(evaluate(second).basis));
  });
});
