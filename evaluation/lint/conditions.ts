import type { PolicyAction, PolicyTarget } from '../../documents/policy.ts';
import type { Expression } from '../expression.ts';
import type { PolicyProgram } from '../policy-program.ts';
import { named } from './compact.ts';
import { finding, type LintFinding } from './findings.ts';
import { partialFacts } from './partial-facts.ts';
import { verdictOf } from './verdict.ts';
import { vocabulary } from './vocabulary.ts';

/** Conditions that say one thing twice, always the same, or nothing where a section is left out. */
export function lintConditions(program: PolicyProgram): readonly LintFinding[] {
  return [...repeated(program), ...constant(program), ...unguarded(program)];
}

function repeated({ policy: { gates } }: PolicyProgram): readonly LintFinding[] {
  const first = new Map<string, (typeof gates)[number]>();
  return gates.flatMap((gate, index) => {
    const text = withoutLayout(gate.when);
    const before = first.get(text);
    if (before === undefined) {
      first.set(text, gate);
      return [];
    }
    const path = `$.gates[${index}].when`;
    if (before.result === gate.result) {
      const message = `gate ${gate.id} has the condition and the result of gate ${before.id}`;
      return [finding('lint.gate_repeated', path, message)];
    }
    const message = `gate ${gate.id} says ${gate.result} on the condition on which gate ${before.id} says ${before.result}`;
    return [finding('lint.gate_contradiction', path, message)];
  });
}

function constant({ policy, gates }: PolicyProgram): readonly LintFinding[] {
  return gates.flatMap(({ gate, when }, index) => {
    const every = vocabulary(policy, [when]);
    const [first] = every ?? [];
    if (!every || !first) return [];
    const verdict = verdictOf(when, first);
    if (verdict === 'open' || every.some((facts) => verdictOf(when, facts) !== verdict)) return [];
    const always = verdict === 'holds' ? 'triggers whatever comes' : 'never triggers';
    return [finding('lint.gate_constant', `$.gates[${index}].when`, `gate ${gate.id} ${always}`)];
  });
}

function unguarded({ policy, gates, routes }: PolicyProgram): readonly LintFinding[] {
  const conditions = [
    ...gates.map(({ gate, when }, index) => ({ of: `gate ${gate.id}`, when, path: `$.gates[${index}].when` })),
    ...routes.map(({ route, when }, index) => ({ of: `route ${route.id}`, when, path: `$.routes[${index}].when` })),
  ];
  return conditions.flatMap(({ of, when, path }) => {
    const sections = sectionsAlone(when);
    if (sections === null) return [];
    const unusable = policy.actions.filter(
      (action) =>
        !action.evidence.some((section) => sections.has(section)) &&
        policy.targets.some((target) => verdictOf(when, withoutEvidence(action, target)) === 'open'),
    );
    if (unusable.length === 0) return [];
    const of_ = named(unusable.map(({ id }) => id));
    const message = `${of} cannot be evaluated where a packet leaves out ${named([...sections])}, which these actions do not demand: ${of_}`;
    return [finding('lint.unguarded', path, message)];
  });
}

/** Sections that a condition reads; null where it reads none, or what else only the request or the evaluation says. */
function sectionsAlone({ reads }: Expression): ReadonlySet<string> | null {
  const sections = new Set<string>();
  for (const [root, member] of reads) {
    if (root === 'evidence' && typeof member === 'string') sections.add(member);
    else if (root === 'age' && member === 'rollback_test') sections.add('rollback');
    else if (root !== 'target' && root !== 'action') return null;
  }
  return sections.size === 0 ? null : sections;
}

function withoutEvidence(action: PolicyAction, target: PolicyTarget) {
  return { ...partialFacts({ target, action }), evidence: new Map() };
}

/** The same text with one space for whatever stands between words; inside quotes nothing changes. */
function withoutLayout(when: string): string {
  const parts = when.match(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\s+|[^\s"']+|["']/g) ?? [];
  return parts.map((part) => (/^\s+$/.test(part) ? ' ' : part)).join('');
}
