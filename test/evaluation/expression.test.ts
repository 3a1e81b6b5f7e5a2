import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../core/canon/index.ts';
import { compileExpression, factName, type Place, type Verdict } from '../../evaluation/expression.ts';
import { celObject, type Facts } from '../../evaluation/facts.ts';

const evidence: JsonObject = {
  evaluation: { p99: 210, error: 0.0123, one: 1, yes: true, nil: null, name: 'text' },
  scans: [
    { tool: 'a', findings: [{ severity: 'low' }] },
    { tool: 'b', findings: [{ severity: 'critical' }] },
  ],
  constructor: { prototype: 1 },
};

const facts: Facts = {
  request: celObject({
    action: 'deploy.change',
    target: 't',
    role: 'operator',
    context: { ticket: 'CHG-1' },
    requester_kind: 'person',
  }),
  candidate: celObject({ name: 'a', version: '1.0.0', digest: 'sha256:00' }),
  target: celObject({ id: 't', environment: 'production', system: 's', sensitivity: ['pii'], blast_radius: 'bulk' }),
  action: celObject({ id: 'deploy.change', class: 'deploy', effects: ['promotion'], irreversible: false }),
  evidence: celObject(evidence),
  age: celObject({ evidence: 29_544, rollback_test: 384_144 }),
  gates: celObject({ result: 'escalate', triggered: ['g'] }),
  risk: new Map<string, string | number>([
    ['score', 1],
    ['band', 'critical'],
  ]),
};

function evaluate(source: string, place: Place = 'gate'): Verdict {
  const compiled = compileExpression(source, place);
  if (!compiled.ok) throw new Error(`${compiled.message}: ${compiled.got}`);
  return compiled.expression.evaluate(facts);
}

describe('the profile evaluates', () => {
  it.each<[string, boolean]>([
    ['target.environment == "production" && "pii" in target.sensitivity', true],
    ['evidence.evaluation.p99 > 250 || evidence.evaluation.error >= 0.0124', false],
    ['evidence.evaluation.error == 0.0123', true],
    ['evidence.evaluation.one == 1.0 && evidence.evaluation.one >= 0.9999', true],
    ['evidence.evaluation.p99 > -1', true],
    ['evidence.evaluation.nil == null', true],
    ['has(evidence.evaluation.p99) && !has(evidence.evaluation.p50)', true],
    ['request.context.ticket.startsWith("CHG-") && request.context["ticket"].size() == 5', true],
    ['evidence.scans.exists(scan, scan.findings.exists(finding, finding.severity == "critical"))', true],
    ['evidence.scans.all(scan, scan.tool in ["a", "b"])', true],
    ['evidence.scans.exists_one(scan, scan.tool == "a")', true],
    ['evidence.scans.filter(scan, scan.tool.contains("a")).size() == 1', true],
    ['evidence.scans[1].tool.endsWith("b") ? true : false', true],
    ['evidence.constructor.prototype == 1', true],
    ['age.rollback_test <= 604800 && age.evidence < 29545.0 && has(age.rollback_test)', true],
  ])('%s', (source, value) => {
    expect(evaluate(source)).toEqual({ usable: true, value });
  });

  // shows: R40
  it('shows gates and risk to routes', () => {
    expect(evaluate('risk.score >= 0.9 && risk.band == "critical" && "g" in gates.triggered', 'route')).toEqual({
      usable: true,
      value: true,
    });
  });

  it.each([
    ['evidence.evaluation.p50 > 1', 'no_such_key'],
    ['has(evidence.nothing.p50)', 'no_such_key'],
    ['evidence.evaluation.name > 1', 'no_such_overload'],
    ['evidence.evaluation.p99.startsWith("2")', 'no_matching_overload'],
    ['evidence.scans[7].tool == "a"', 'index_out_of_bounds'],
    ['evidence.toString == null', 'no_such_key'],
    ['evidence.__proto__ == null', 'no_such_key'],
  ])('%s is unusable: %s', (source, cause) => {
    expect(evaluate(source)).toEqual({ usable: false, cause });
  });
});

// shows: R28
describe('the profile refuses', () => {
  it.each<[string, string, Place]>([
    ['arithmetic', 'evidence.evaluation.error + 0.1 > 0.2', 'gate'],
    ['a computed negative', '-evidence.evaluation.error < 0', 'gate'],
    ['regular expressions', 'request.role.matches("(a+)+$")', 'gate'],
    ['times, which would read the local zone', 'timestamp("2026-01-01T00:00:00Z").getDayOfYear() == 1', 'gate'],
    ['durations', 'duration("1s") == duration("1s")', 'gate'],
    ['conversions', 'int("1") == 1', 'gate'],
    ['a way around the types', 'dyn(target) == 1', 'gate'],
    ['bound names', 'cel.bind(x, 1, x == 1)', 'gate'],
    ['bytes', 'b"a" == b"a"', 'gate'],
    ['unsigned integers', 'size(evidence.scans) > 1u', 'gate'],
    ['map literals', '{"a": 1} == {"a": 1}', 'gate'],
    ['an index that is computed', 'evidence[request.action] == 1', 'gate'],
    ['a name that is not declared', 'environment == "production"', 'gate'],
    ['a member that a declared name has not', 'target.sytem == "gateway"', 'gate'],
    ['what is not a condition', 'evidence.evaluation.yes', 'gate'],
    ['a comparison of two types', 'target.id == 1', 'gate'],
    ['the score in a gate', 'risk.score > 0.5', 'gate'],
    ['the gates in a factor', 'gates.result == "deny"', 'factor'],
    ['has() in a factor', 'has(evidence.evaluation.p99)', 'factor'],
    ['a quantifier that hides a fact', 'evidence.scans.exists(target, target.tool == "a")', 'gate'],
    [
      'a quantifier over the whole within a quantifier',
      'evidence.scans.exists(a, evidence.scans.exists(b, b.tool == a.tool))',
      'gate',
    ],
    ['a look-up in the whole within a quantifier', 'evidence.scans.exists(a, a in evidence.scans)', 'gate'],
    ['what does not parse', 'target.environment ==', 'gate'],
    ['two expressions', 'true; false', 'gate'],
    ['nothing', '', 'gate'],
    ['more terms than it can have', Array.from({ length: 500 }, () => 'true').join(' && '), 'gate'],
    ['more depth than it can have', `${'!('.repeat(40)}true${')'.repeat(40)}`, 'gate'],
  ])('%s', (_, source, place) => {
    expect(compileExpression(source, place).ok).toBe(false);
  });
});

describe('what an expression reads', () => {
  it('names every fact once, without the names that quantifiers bind', () => {
    const source =
      'target.environment == "dev" || request.context["a b"] == "x" || evidence.scans[0].tool == "a" || ' +
      'evidence.scans.exists(scan, scan.tool == target.environment) || has(evidence.rollback.owner)';
    const compiled = compileExpression(source, 'gate');
    expect(compiled.ok && compiled.expression.reads.map(factName)).toEqual([
      'target.environment',
      'request.context["a b"]',
      'evidence.scans[0].tool',
      'evidence.scans',
      'evidence.rollback.owner',
    ]);
  });
});
