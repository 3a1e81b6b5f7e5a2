import { digestJson, excerpt, type JsonValue } from '../core/canon/index.ts';
import type { FactSource } from '../core/domain/events.ts';
import type { DigestText } from '../core/domain/vocabulary.ts';
import { hasCode } from '../core/errors.ts';
import { DocumentError } from './errors.ts';
import { ladderProblems } from './ladder.ts';
import { type Policy, POLICY_TYPE, policySchema } from './policy.ts';
import { calendarProblems, noticeProblems } from './policy-times.ts';
import { type PolicyErrorCode, type PolicyProblem, refuseIfAny } from './policy-errors.ts';
import { readYaml } from './policy-yaml.ts';
import { readDocument } from './read-document.ts';

/** Sources from the one to believe least to the one to believe most; ruling 13 wants each input's named. */
export const SOURCES_BY_TRUST = [
  'request',
  'service',
  'evidence_author',
  'recomputed',
  'policy',
] as const satisfies readonly FactSource[];

/**
 * Reads a policy from its canonical bytes and checks what a schema cannot: see {@link policyProblems}. Expressions are
 * checked where they are compiled (`evaluation/policy-program.ts`).
 *
 * @throws CanonError `json.*`; DocumentError `document.type`, `document.shape`; PolicyError with every problem.
 */
export function readPolicy(bytes: Uint8Array): Policy {
  const policy = readDocument(policySchema, POLICY_TYPE, bytes);
  refuseIfAny(policyProblems(policy));
  return policy;
}

export interface PolicySource {
  readonly policy: Policy;
  /** Line of the YAML text, from 1, where the value at a JSON path stands. */
  readonly lineOf: (path: string) => number | null;
}

/** The policy that a YAML text says. @throws PolicyError with every problem and its line. */
export function policyFromYaml(text: string): Policy {
  return readPolicyYaml(text).policy;
}

/** {@link policyFromYaml}, with the lines for whoever checks the policy further. */
export function readPolicyYaml(text: string): PolicySource {
  const { value, lineOf } = readYaml(text);
  const policy = shaped(value, lineOf);
  refuseIfAny(policyProblems(policy).map((problem) => ({ ...problem, line: lineOf(problem.path) })));
  return { policy, lineOf };
}

/** Digest by which requests and endorsements name a policy. */
export function policyDigest(policy: Policy): DigestText {
  return digestJson(policy);
}

/** What is wrong with a policy of the right shape, other than its expressions; in the order of the document. */
export function policyProblems(policy: Policy): readonly PolicyProblem[] {
  return [
    ...duplicates(policy),
    ...policy.gates.flatMap((gate, index) =>
      gate.hard && gate.result !== 'deny'
        ? [
            problem(
              'policy.hard_gate',
              `$.gates[${index}].result`,
              'a hard gate denies, whatever else is so',
              'deny',
              gate.result,
            ),
          ]
        : [],
    ),
    ...weights(policy),
    ...policy.risk.factors.flatMap(({ cases, otherwise }, index) => {
      const worst = Math.max(...cases.map((one) => one.value));
      if (otherwise.value >= worst) return [];
      const message = 'no case may be worse than the value that stands for "nothing is known"';
      const path = `$.risk.factors[${index}].otherwise.value`;
      return [problem('policy.factor', path, message, `at least ${worst}`, `${otherwise.value}`)];
    }),
    ...thresholds(policy),
    ...breakglass(policy),
    ...viability(policy),
    ...evaluators(policy),
    ...ladderProblems(policy),
    ...calendarProblems(policy),
    ...noticeProblems(policy),
    ...delegation(policy),
    ...succession(policy),
    ...waivers(policy),
    ...policy.duties.may_coincide_in.flatMap((band, index) =>
      band === 'low'
        ? []
        : [
            problem(
              'policy.duties',
              `$.duties.may_coincide_in[${index}]`,
              'only in the low band may duties coincide',
              'low',
              band,
            ),
          ],
    ),
  ];
}

function shaped(value: JsonValue, lineOf: (path: string) => number | null): Policy {
  try {
    return readDocument(policySchema, POLICY_TYPE, value);
  } catch (error) {
    if (!hasCode(error) || !(error instanceof DocumentError)) throw error;
    const message = 'the policy does not have its shape';
    refuseIfAny(error.problems.map((one) => ({ ...one, code: 'policy.shape', line: lineOf(one.path), message })));
    throw error;
  }
}

function duplicates({
  targets,
  actions,
  gates,
  risk,
  routes,
  apart = [],
  cancel_roles,
  veto_roles,
  duties,
  viability,
  delegation,
  operation,
  evaluators: whoEvaluates,
  waivers,
}: Policy): PolicyProblem[] {
  const ids = (entries: readonly { readonly id: string }[]): string[] => entries.map((entry) => entry.id);
  const lists: [string, readonly string[]][] = [
    ['$.targets', ids(targets)],
    ...targets.flatMap((target, index): [string, readonly string[]][] => [
      [`$.targets[${index}].sensitivity`, target.sensitivity],
      [`$.targets[${index}].executors`, target.executors],
    ]),
    ['$.actions', ids(actions)],
    ...actions.flatMap((action, index): [string, readonly string[]][] => [
      [`$.actions[${index}].effects`, action.effects],
      [`$.actions[${index}].evidence`, action.evidence],
      [`$.actions[${index}].checks`, action.checks ?? []],
    ]),
    ['$.gates', ids(gates)],
    ['$.risk.factors', ids(risk.factors)],
    ['$.routes', ids(routes)],
    ...routes.map((route, index): [string, readonly string[]] => [
      `$.routes[${index}].slots`,
      route.slots.map((slot) => slot.role),
    ]),
    ['$.duties.may_coincide_in', duties.may_coincide_in],
    ['$.cancel_roles', cancel_roles],
    ['$.apart', apart.map(({ role }) => role)],
    ...apart.map(({ never }, index): [string, readonly string[]] => [`$.apart[${index}].never`, never]),
    ['$.veto_roles', veto_roles ?? []],
    ['$.viability.actions', viability?.actions ?? []],
    ['$.viability.governance_roles', viability?.governance_roles ?? []],
    ['$.delegation.roles', delegation?.roles ?? []],
    ['$.operation.roles', operation?.roles ?? []],
    ['$.evaluators.roles', whoEvaluates?.roles ?? []],
    ['$.waivers.roles', waivers?.roles ?? []],
    ['$.waivers.gates', waivers?.gates ?? []],
  ];
  return lists.flatMap(([path, names]) => {
    const seen = new Set<string>();
    return names.flatMap((name, index) => {
      if (!seen.has(name)) {
        seen.add(name);
        return [];
      }
      return [problem('policy.duplicate', `${path}[${index}]`, 'this stands here already', 'each once', excerpt(name))];
    });
  });
}

function weights({ risk }: Policy): PolicyProblem[] {
  if (risk.factors.some((factor) => factor.weight > 0)) return [];
  return [problem('policy.weights', '$.risk.factors', 'the weights add up to nothing', 'a sum above 0', '0')];
}

/** Ruling 1: half-open bands that cover [0,1] without gap or overlap. */
function thresholds({ risk: { thresholds } }: Policy): PolicyProblem[] {
  const { band_low_max: low, band_med_max: med, band_high_max: high, band_critical_min: critical } = thresholds;
  const rules: [keyof typeof thresholds, boolean, string][] = [
    ['band_low_max', low > 0, 'above 0'],
    ['band_med_max', med >= low, `at least band_low_max, ${low}`],
    ['band_high_max', high >= med, `at least band_med_max, ${med}`],
    ['band_critical_min', critical >= high, `at least band_high_max, ${high}`],
  ];
  return rules.flatMap(([name, holds, expected]) =>
    holds
      ? []
      : [problem('policy.thresholds', `$.risk.thresholds.${name}`, 'thresholds rise', expected, `${thresholds[name]}`)],
  );
}

/** Ruling 11: a role of its own, so that nobody approves with one hand and overrides with the other. */
function breakglass({ breakglass: rules, routes, cancel_roles, operation }: Policy): PolicyProblem[] {
  if (rules === undefined) return [];
  const { role, review_role } = rules;
  const taken = routes.find(({ slots }) => slots.some((slot) => slot.role === role));
  const found: PolicyProblem[] = [];
  const add = (path: string, message: string, expected: string, got: string) =>
    found.push(problem('policy.breakglass', path, message, expected, got));
  if (taken)
    add(
      '$.breakglass.role',
      'the role approves as well',
      `a role that no route asks for`,
      `${role}, of route ${taken.id}`,
    );
  if (cancel_roles.includes(role)) add('$.breakglass.role', 'the role cancels as well', 'a role of its own', role);
  if (operation?.roles.includes(role)) add('$.breakglass.role', 'the role operates as well', 'a role of its own', role);
  if (review_role === role)
    add('$.breakglass.review_role', 'who overrides would review it', `another than ${role}`, role);
  return found;
}

/** Hard gates and permissions are read from one section: where it may be left out, nothing would be viable. */
function viability({ actions, viability: rules }: Policy): PolicyProblem[] {
  return (rules?.actions ?? []).flatMap((id, index) => {
    const path = `$.viability.actions[${index}]`;
    const action = actions.find((known) => known.id === id);
    if (action?.evidence.includes('safety_and_security')) return [];
    return action
      ? [problem('policy.viability', path, 'the action lacks a demand', 'safety_and_security in its evidence', id)]
      : [problem('policy.viability', path, 'there is no such action', 'the id of an action', id)];
  });
}

/** Where a card is demanded, somebody may sign it, and the section is there that it is held against. */
function evaluators({ actions, evaluators: rules }: Policy): PolicyProblem[] {
  return actions.flatMap(({ checks, evidence }, index) => {
    const at = checks?.indexOf('evaluation') ?? -1;
    if (at < 0) return [];
    const path = `$.actions[${index}].checks[${at}]`;
    const found: PolicyProblem[] = [];
    const add = (message: string, expected: string): void => {
      found.push(problem('policy.evaluators', path, message, expected, 'none'));
    };
    if (rules === undefined) add('nobody may sign what is checked', 'evaluators, with the roles that may');
    if (!evidence.includes('evaluation')) add('the action lacks a demand', 'evaluation in its evidence');
    return found;
  });
}

/** A role that no route asks for is a misspelling, or one that only an override has. */
function delegation({ delegation: rules, routes }: Policy): PolicyProblem[] {
  const asked = new Set(routes.flatMap(({ slots }) => slots.map(({ role }) => role)));
  return (rules?.roles ?? []).flatMap((role, index) => {
    if (asked.has(role)) return [];
    const path = `$.delegation.roles[${index}]`;
    return [problem('policy.delegation', path, 'no route asks for the role', 'a role of a route', excerpt(role))];
  });
}

/** Who changes the policy changes what evaluates: the floors then ask for a human, whatever the routes say (ruling 8). */
function succession({ actions, targets, succession: named }: Policy): PolicyProblem[] {
  if (named === undefined) return [];
  const action = actions.find(({ id }) => id === named.action);
  const found: PolicyProblem[] = [];
  const add = (member: string, message: string, expected: string, got: string) =>
    found.push(problem('policy.succession', `$.succession.${member}`, message, expected, excerpt(got)));
  if (action === undefined) add('action', 'there is no such action', 'the id of an action', named.action);
  else {
    const { class: kind, effects, ladder } = action;
    if (kind !== 'deploy') add('action', 'the action deploys nothing', 'an action of the class deploy', kind);
    if (!effects.includes('evaluator_change'))
      add('action', 'the action could pass without a human', 'evaluator_change in its effects', named.action);
    if (effects.includes('rollback'))
      add('action', 'a policy has no way back but a next one', 'an action that is no rollback', named.action);
    if (ladder !== undefined) add('action', 'a policy climbs no ladder', 'an action that is no stage', named.action);
  }
  if (!targets.some(({ id }) => id === named.target))
    add('target', 'there is no such target', 'the id of a target', named.target);
  return found;
}

/**
 * Hard gates are never waived (ruling 8), and what asks for a person is not waived by another one. Who breaks glass waives
 * people; with one hand for people and one for checks, nothing would be left.
 */
function waivers({ gates, breakglass: overriding, waivers: rules }: Policy): PolicyProblem[] {
  if (rules === undefined) return [];
  const unfit = rules.gates.flatMap((id, index) => {
    const path = `$.waivers.gates[${index}]`;
    const gate = gates.find((known) => known.id === id);
    const expected = 'the id of a gate that denies and is not hard';
    if (gate === undefined) return [problem('policy.waivers', path, 'there is no such gate', expected, excerpt(id))];
    if (gate.hard) return [problem('policy.waivers', path, 'a hard gate is never waived', expected, id)];
    if (gate.result === 'deny') return [];
    return [problem('policy.waivers', path, 'the gate does not deny', expected, `${id}, which says ${gate.result}`)];
  });
  const roles = rules.roles.flatMap((role, index) =>
    role === overriding?.role
      ? [problem('policy.waivers', `$.waivers.roles[${index}]`, 'the role breaks glass', 'another role', role)]
      : [],
  );
  return [...unfit, ...roles];
}

export function problem(
  code: PolicyErrorCode,
  path: string,
  message: string,
  expected: string,
  got: string,
): PolicyProblem {
  return { code, path, line: null, message, expected, got };
}
