import type { Policy, PolicyFactor, PolicyGate, PolicyRoute } from '../documents/policy.ts';
import { type PolicyProblem, refuseIfAny } from '../documents/policy-errors.ts';
import { readPolicyYaml, SOURCES_BY_TRUST } from '../documents/policy-reader.ts';
import { compileExpression, type Expression, factName, type Place } from './expression.ts';
import { sourceOf } from './fact-records.ts';
import { sizeProblems } from './record-size.ts';

/** A policy with its expressions compiled. */
export interface PolicyProgram {
  readonly policy: Policy;
  readonly gates: readonly { readonly gate: PolicyGate; readonly when: Expression }[];
  readonly factors: readonly { readonly factor: PolicyFactor; readonly cases: readonly Expression[] }[];
  readonly routes: readonly { readonly route: PolicyRoute; readonly when: Expression }[];
}

/** Some 5 microseconds an expression; a document that is evaluated often is compiled once. */
const compiled = new WeakMap<Policy, PolicyProgram>();

/** @throws PolicyError `policy.expression`, `policy.source`, `policy.too_large`, with every problem. */
export function compilePolicy(policy: Policy): PolicyProgram {
  const known = compiled.get(policy);
  if (known) return known;
  const problems: PolicyProblem[] = [];
  const program = compile(policy, problems);
  refuseIfAny(problems);
  compiled.set(policy, program);
  return program;
}

/** Reads a policy from YAML and compiles it, for whoever writes one. @throws PolicyError with lines. */
export function compilePolicyYaml(text: string): PolicyProgram {
  const { policy, lineOf } = readPolicyYaml(text);
  const problems: PolicyProblem[] = [];
  const program = compile(policy, problems);
  refuseIfAny(problems.map((problem) => ({ ...problem, line: lineOf(problem.path) })));
  return program;
}

function compile(policy: Policy, problems: PolicyProblem[]): PolicyProgram {
  const at = (source: string, place: Place, path: string): Expression => {
    const result = compileExpression(source, place);
    if (result.ok) return result.expression;
    const { message, got } = result;
    const expected = 'a condition of the profile (docs/spec/policy.md)';
    problems.push({ code: 'policy.expression', path, line: null, message, expected, got });
    return { reads: [], evaluate: () => ({ usable: false, cause: 'not_compiled' }) };
  };
  const program = {
    policy,
    gates: policy.gates.map((gate, index) => ({ gate, when: at(gate.when, 'gate', `$.gates[${index}].when`) })),
    factors: policy.risk.factors.map((factor, index) => {
      const path = `$.risk.factors[${index}]`;
      const cases = factor.cases.map((one, position) => at(one.when, 'factor', `${path}.cases[${position}].when`));
      problems.push(...sourceProblems(factor, cases, path));
      return { factor, cases };
    }),
    routes: policy.routes.map((route, index) => ({ route, when: at(route.when, 'route', `$.routes[${index}].when`) })),
  };
  problems.push(...sizeProblems(program));
  return program;
}

/** A factor is only as trustworthy as the weakest thing it reads, and must say so. */
function sourceProblems(factor: PolicyFactor, cases: readonly Expression[], path: string): PolicyProblem[] {
  const reads = cases.flatMap((expression) => expression.reads);
  const sources = new Set(reads.map(sourceOf));
  const weakest = SOURCES_BY_TRUST.find((source) => sources.has(source)) ?? 'policy';
  if (factor.source === weakest) return [];
  const because = reads.find((read) => sourceOf(read) === weakest);
  const message = because ? `its weakest input is ${factName(because)}` : 'it reads nothing but the policy';
  return [
    { code: 'policy.source', path: `${path}.source`, line: null, message, expected: weakest, got: factor.source },
  ];
}
