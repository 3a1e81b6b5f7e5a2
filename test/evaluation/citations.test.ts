import { describe, expect, it } from 'vitest';
import { digestJson } from '../../core/canon/index.ts';
import type { FactorCitation } from '../../core/domain/events.ts';
import type { Policy, PolicyFactor } from '../../documents/policy.ts';
import { evaluate, renderBrief } from '../../evaluation/index.ts';
import { type Given, after, digest, given, policy, policyWith, sections } from './given.ts';

/** What a factor rests on, by digest and by whose word (R33), and how old that is. */

const factor = (
  id: string,
  source: PolicyFactor['source'],
  ...cases: readonly (readonly [when: string, value: number])[]
): PolicyFactor => ({
  id,
  source,
  weight: 0.5,
  cases: cases.map(([when, value]) => ({ when, value, reason: 'a case' })),
  otherwise: { value: 1, reason: 'otherwise' },
});

const weighing = (...factors: PolicyFactor[]): Policy =>
  policyWith({ risk: { thresholds: policy.risk.thresholds, factors, cites: true } });

const PROMOTION = { action: 'model.promote', target: 'model-serving-canary' } as const;

function assessed(document: Policy, changes: Given = {}) {
  const input = given({ request: PROMOTION, ...changes, policy: document });
  return { input, factors: evaluate(input).evaluation.risk?.factors ?? [] };
}

const citing = (document: Policy, changes: Given = {}): readonly FactorCitation[] =>
  assessed(document, changes).factors[0]?.cites ?? [];

describe('a factor of a policy that has factors cite', () => {
  const RED_TEAM = factor('red_team', 'evidence_author', [
    'evidence.safety_and_security.red_team_notes.all(note, note.open_findings.high == 0)',
    0.1,
  ]);

  // shows: R33
  it('names the packet, whose word it is, and what the packet refers to there', () => {
    const { input, factors } = assessed(weighing(RED_TEAM));
    expect(factors[0]?.cites).toEqual([
      {
        document: 'evidence',
        digest: input.packetDigest,
        statement: digestJson(input.evidenceStatement),
        by: 'evaluator-1',
        facts: ['evidence.safety_and_security.red_team_notes'],
        refers: [sections.safety_and_security.red_team_notes[0]?.report.digest],
      },
    ]);
  });

  it('names every document it reads, each once, by the digest that the decision has it under', () => {
    const mixed = factor('mixed', 'request', [
      'request.requester_kind == "person" && request.context.ticket == "x" && candidate.name == "y" && ' +
        'target.environment == "dev" && action.class == "read" && evidence.evaluation.suite.version == "1.0.0"',
      0.1,
    ]);
    const { input, factors } = assessed(weighing(mixed));
    const { suite, data_manifest, runtime, calibration } = sections.evaluation;
    expect(factors[0]?.cites).toEqual([
      expect.objectContaining({
        document: 'evidence',
        facts: ['evidence.evaluation.suite.version'],
        refers: [suite.digest, data_manifest.digest, runtime.digest, calibration.report.digest].sort(),
      }),
      {
        document: 'request',
        digest: input.requestDigest,
        by: 'operator-1',
        facts: ['candidate.name', 'request.context.ticket'],
      },
      {
        document: 'roster',
        digest: input.roster.reference.digest,
        by: null,
        facts: ['request.requester_kind'],
      },
      {
        document: 'policy',
        digest: input.policy.reference.digest,
        by: null,
        facts: ['action.class', 'target.environment'],
      },
    ]);
  });

  it('cites the cases that were tried, and none behind the one that told the value', () => {
    const two = factor(
      'two',
      'evidence_author',
      ['target.environment == "staging"', 0.1],
      ['evidence.evaluation.evaluator == "x"', 0.2],
    );
    const documents = (target: string) =>
      citing(weighing(two), { request: { ...PROMOTION, target } }).map(({ document }) => document);
    const staging = policy.targets.find(({ environment }) => environment === 'staging')?.id ?? '';
    expect(documents(staging)).toEqual(['policy']);
    expect(documents('model-serving-canary')).toEqual(['evidence', 'policy']);
  });

  it('cites the packet that lacks its input, beside the worst case', () => {
    const absent = factor('absent', 'evidence_author', ['evidence.evaluation.missing == 1', 0.1]);
    const { input, factors } = assessed(weighing(absent));
    expect(factors[0]).toMatchObject({
      value: 1,
      reason: 'unusable input (missing evidence.evaluation.missing): worst case',
      cites: [{ document: 'evidence', digest: input.packetDigest, facts: ['evidence.evaluation.missing'] }],
    });
  });

  it('spells out sixteen references and counts the others, whatever the order of a list', () => {
    const notes = Array.from({ length: 40 }, (_, index) => ({
      open_findings: { critical: 0, high: 0, medium: 0, low: 0 },
      report: { ...sections.safety_and_security.red_team_notes[0]!.report, digest: digest(`report ${index}`) },
      note: digest('note'),
    }));
    const refers = (red_team_notes: typeof notes) => {
      const safety_and_security = { ...sections.safety_and_security, red_team_notes };
      const [cite] = citing(weighing(RED_TEAM), { packet: { sections: { ...sections, safety_and_security } } });
      return [cite?.refers, cite?.more];
    };
    const all = notes.map(({ report }) => report.digest).sort();
    expect(refers(notes)).toEqual([all.slice(0, 16), 24]);
    expect(refers(notes.toReversed())).toEqual(refers(notes));
  });

  it('shows it to approvers, and a policy that says nothing has none', () => {
    const text = renderBrief(evaluate(given({ request: PROMOTION, policy: weighing(RED_TEAM) })).brief!);
    const report = sections.safety_and_security.red_team_notes[0]?.report.digest.slice(0, 19);
    expect(text).toContain(`red_team 1 x 0.5: otherwise [evidence by evaluator-1, refers to ${report}]`);
    const { cites: _, ...risk } = weighing(RED_TEAM).risk;
    expect(assessed(policyWith({ risk })).factors).toEqual([
      { id: 'red_team', value: 1, weight: 0.5, source: 'evidence_author', reason: 'otherwise' },
    ]);
  });
});

describe('the age of evidence', () => {
  const FRESH = factor('rollback_age', 'evidence_author', ['age.rollback_test <= 384144', 0.1]);
  const DAY = factor('evidence_age', 'evidence_author', ['age.evidence < 29545', 0.1]);
  const valueOf = (one: PolicyFactor, changes: Given = {}) => assessed(weighing(one), changes).factors[0];

  it('is counted in seconds to the evaluation, and grows', () => {
    expect(valueOf(FRESH)).toMatchObject({ value: 0.1 });
    expect(valueOf(FRESH, { at: after(1) })).toMatchObject({ value: 1, reason: 'otherwise' });
    expect(valueOf(DAY)).toMatchObject({ value: 0.1 });
    expect(valueOf(DAY, { at: after(1) })).toMatchObject({ value: 1, reason: 'otherwise' });
  });

  // shows: R34
  it("is nothing of a test in its author's future, and the worst case where none is told", () => {
    const tested = (tested_at: string | null) => ({
      request: { action: 'deploy.change', target: 'prod-gateway-01' },
      packet: { sections: { ...given().packet.sections, rollback: { ...sections.rollback, tested_at } } },
    });
    const now = factor('rollback_age', 'evidence_author', ['age.rollback_test >= 0 && age.rollback_test < 1', 0.1]);
    const untested = policyWith({
      ...weighing(now),
      actions: policy.actions.map((action) => ({
        ...action,
        evidence: action.evidence.filter((section) => section !== 'rollback'),
      })),
    });
    expect(assessed(untested, tested(after(30))).factors[0]).toMatchObject({ value: 0.1 });
    expect(assessed(untested, tested(null)).factors[0]).toMatchObject({
      value: 1,
      reason: 'unusable input (missing age.rollback_test): worst case',
    });
  });

  it("is the author's word, and cites where it is told", () => {
    expect(citing(weighing(FRESH))).toMatchObject([
      {
        facts: ['age.rollback_test'],
        refers: [sections.rollback.package.digest, sections.rollback.procedure.digest].sort(),
      },
    ]);
    expect(citing(weighing(DAY))).toMatchObject([{ facts: ['age.evidence'], refers: [] }]);
    const { facts } = evaluate(given({ request: PROMOTION, policy: weighing(FRESH) })).evaluation.policy!;
    expect(facts).toContainEqual({ name: 'age.rollback_test', source: 'evidence_author' });
  });
});
