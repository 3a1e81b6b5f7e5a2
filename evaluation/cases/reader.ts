import { childPath, excerpt, type JsonValue } from '../../core/canon/index.ts';
import { hasCode } from '../../core/errors.ts';
import { DocumentError } from '../../documents/errors.ts';
import type { Policy } from '../../documents/policy.ts';
import { PolicyError } from '../../documents/policy-errors.ts';
import { readYaml, type YamlText } from '../../documents/policy-yaml.ts';
import { readShape } from '../../documents/read-document.ts';
import { type CaseFile, type CasePerson, caseFileSchema, type PolicyCase } from './case-file.ts';
import { type CasesErrorCode, type CasesProblem, refuseIfAny } from './errors.ts';

export interface ReadCases {
  readonly roster: CaseFile['roster'];
  readonly people: CaseFile['people'];
  readonly packets: CaseFile['packets'];
  readonly manifests: readonly string[];
  readonly cases: readonly PolicyCase[];
  readonly lineOf: (path: string) => number | null;
}

/** Reads the cases of a policy from their YAML, which is of the profile of policies. @throws CasesError with every problem. */
export function readCases(text: string, policy: Policy): ReadCases {
  const { value, lineOf } = yaml(text);
  const { roster, people, packets, manifests = [], defaults = {}, cases } = shaped(value, lineOf);
  const whole = cases.map((one, index) => filled({ ...defaults, ...one }, one, `$.cases[${index}]`));
  const problems = [
    ...duplicates(cases, 'cases'),
    ...peopleProblems(people ?? []),
    ...whole.flatMap((one) => [...missing(one), ...unknown(one, packets, policy), ...contradiction(one)]),
  ];
  refuseIfAny(problems.map((one) => ({ ...one, line: lineOf(one.path) })));
  return { roster, people, packets, manifests, cases: whole, lineOf };
}

type Case = CaseFile['cases'][number];

/** Texts that neither case nor defaults say are empty, which the schema lets no text be. */
function filled(given: Case, { expect, follows, waivers = [] }: Case, path: string): PolicyCase {
  const { name, action, target, at = '', requester = '', role = '', author = '', evidence = '' } = given;
  const { creators = [], candidate = { name: 'candidate', version: '1.0.0' }, context = {} } = given;
  const { changes = {}, without = [], card = {}, evaluator } = given;
  const asked = { at, requester, role, creators, author, evaluator, candidate, context, evidence };
  return { ...asked, name, action, target, changes, without, card, follows, waivers, expect, path };
}

function missing(one: PolicyCase): readonly CasesProblem[] {
  const members = ['at', 'requester', 'role', 'author', 'evidence'] as const;
  return members
    .filter((member) => one[member] === '')
    .map((member) =>
      problem('cases.shape', `${one.path}.${member}`, 'neither case nor defaults say this', 'a value', 'nothing'),
    );
}

function unknown(
  { path, evidence, waivers, expect }: PolicyCase,
  packets: CaseFile['packets'],
  policy: Policy,
): CasesProblem[] {
  const found: CasesProblem[] = [];
  if (evidence !== '' && !Object.hasOwn(packets, evidence)) {
    const expected = Object.keys(packets).join(', ');
    found.push(problem('cases.unknown', `${path}.evidence`, 'there is no packet of this name', expected, evidence));
  }
  for (const gate of Object.keys(expect.gates ?? {})) {
    if (policy.gates.some(({ id }) => id === gate)) continue;
    const at = childPath(`${path}.expect.gates`, gate);
    found.push(problem('cases.unknown', at, 'the policy has no such gate', 'the id of a gate', gate));
  }
  for (const factor of Object.keys(expect.factors ?? {})) {
    if (policy.risk.factors.some(({ id }) => id === factor)) continue;
    const at = childPath(`${path}.expect.factors`, factor);
    found.push(problem('cases.unknown', at, 'the policy has no such factor', 'the id of a factor', factor));
  }
  for (const [index, { gate }] of waivers.entries()) {
    if (policy.gates.some(({ id }) => id === gate)) continue;
    const at = `${path}.waivers[${index}].gate`;
    found.push(problem('cases.unknown', at, 'the policy has no such gate', 'the id of a gate', gate));
  }
  const { route } = expect;
  if (route !== undefined && !policy.routes.some(({ id }) => id === route)) {
    const expected = policy.routes.map(({ id }) => id).join(', ');
    found.push(problem('cases.unknown', `${path}.expect.route`, 'the policy has no such route', expected, route));
  }
  return found;
}

function contradiction({ path, expect: { denial, route, slots } }: PolicyCase): readonly CasesProblem[] {
  if (denial === undefined || (route === undefined && slots === undefined)) return [];
  return [
    problem('cases.shape', `${path}.expect.denial`, 'what is denied takes no route', 'no route and no slots', 'both'),
  ];
}

function peopleProblems(people: readonly CasePerson[]): readonly CasesProblem[] {
  const persons = new Set(people.filter(({ controlled_by }) => !controlled_by).map(({ id }) => id));
  const strangers = people.flatMap(({ controlled_by = [] }, index) =>
    controlled_by.flatMap((id, position) => {
      const path = `$.people[${index}].controlled_by[${position}]`;
      const message = 'a workload is controlled by someone who is no person here';
      return persons.has(id) ? [] : [problem('cases.unknown', path, message, [...persons].join(', '), id)];
    }),
  );
  return [
    ...duplicates(
      people.map(({ id }) => ({ name: id })),
      'people',
    ),
    ...strangers,
  ];
}

function duplicates(entries: readonly { readonly name: string }[], list: 'cases' | 'people'): readonly CasesProblem[] {
  const member = list === 'cases' ? 'name' : 'id';
  return entries.flatMap(({ name }, index) =>
    entries.findIndex((other) => other.name === name) === index
      ? []
      : [problem('cases.shape', `$.${list}[${index}].${member}`, 'another entry has this name', 'each once', name)],
  );
}

function yaml(text: string): YamlText {
  try {
    return readYaml(text);
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    const problems = error.problems.map(({ path, line, message, expected = '', got = '' }): CasesProblem => {
      return { code: 'cases.syntax', path, line, message, expected, got };
    });
    refuseIfAny(problems, error);
    throw error;
  }
}

function shaped(value: JsonValue, lineOf: (path: string) => number | null): CaseFile {
  try {
    return readShape(caseFileSchema, value);
  } catch (error) {
    if (!hasCode(error) || !(error instanceof DocumentError)) throw error;
    const problems = error.problems.map(({ path, expected, got }): CasesProblem => {
      const message = 'the case file does not have its shape';
      return { code: 'cases.shape', path, line: lineOf(path), message, expected, got: excerpt(got) };
    });
    refuseIfAny(problems, error);
    throw error;
  }
}

function problem(code: CasesErrorCode, path: string, message: string, expected: string, got: string): CasesProblem {
  return { code, path, line: null, message, expected, got };
}
