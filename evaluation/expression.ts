import { type ASTNode, Environment } from '@marcbachmann/cel-js';
import { childPath, excerpt } from '../core/canon/index.ts';
import { absent, type CelValue, type Facts, memberOf } from './facts.ts';

/**
 * The pinned profile of CEL: comparisons, Boolean logic, membership, and quantifiers over lists. Left out is whatever
 * could differ between two machines, or cost more than the size of the evidence: arithmetic (no float surprises),
 * regular expressions (no catastrophic backtracking), times and durations (no local time zone), conversions, and
 * quantifiers within quantifiers unless the inner one walks down from the outer's element. See docs/spec/policy.md.
 */

const LIMITS = { maxAstNodes: 400, maxDepth: 32, maxListElements: 200, maxMapEntries: 1, maxCallArguments: 3 } as const;

const COMPARISONS = new Set(['==', '!=', '<', '<=', '>', '>=', 'in', '&&', '||']);
const METHODS = new Set(['size', 'startsWith', 'endsWith', 'contains']);
const QUANTIFIERS = new Set(['all', 'exists', 'exists_one', 'filter']);

/** As long as a cause of the engine gets. */
export const LONGEST_CAUSE = '_'.repeat(64);

/** Where an expression stands; each place sees other facts. */
export const PLACES = ['gate', 'factor', 'route'] as const;
export type Place = (typeof PLACES)[number];

/** A member chain from a declared name, e.g. `['evidence', 'evaluation', 'p99_ms']`. */
export type FactPath = readonly [string, ...(string | number)[]];

export type Verdict =
  | { readonly usable: true; readonly value: boolean }
  /** `cause` is a code of the engine, or `missing` and the fact; never text from the evidence. */
  | { readonly usable: false; readonly cause: string };

export interface Expression {
  /** Facts it may read; no duplicates, in the order of the text. */
  readonly reads: readonly FactPath[];
  /** Never throws. */
  readonly evaluate: (facts: Facts) => Verdict;
}

export type Compiled =
  | { readonly ok: true; readonly expression: Expression }
  | { readonly ok: false; readonly message: string; readonly got: string };

const common = new Environment({ limits: LIMITS })
  .registerVariable({
    name: 'request',
    schema: {
      action: 'string',
      target: 'string',
      role: 'string',
      context: 'map<string, string>',
      requester_kind: 'string',
    },
  })
  .registerVariable({ name: 'candidate', schema: { name: 'string', version: 'string', digest: 'string' } })
  .registerVariable({
    name: 'target',
    schema: {
      id: 'string',
      environment: 'string',
      system: 'string',
      sensitivity: 'list<string>',
      blast_radius: 'string',
    },
  })
  .registerVariable({
    name: 'action',
    schema: { id: 'string', class: 'string', effects: 'list<string>', irreversible: 'bool' },
  })
  .registerVariable('evidence', 'map<string, dyn>')
  .registerVariable({ name: 'age', schema: { evidence: 'double', rollback_test: 'double' } });

/** Only routes see what gates and factors came to: one of those that read it would be part of what it reads. */
const routing = common
  .clone()
  .registerVariable({ name: 'gates', schema: { result: 'string', triggered: 'list<string>' } })
  .registerVariable({ name: 'risk', schema: { score: 'double', band: 'string' } });

const NAMES = { gate: common, factor: common, route: routing } as const satisfies Record<Place, Environment>;

/** Compiles one expression of the profile; it must be `bool` by its types alone. */
export function compileExpression(source: string, place: Place): Compiled {
  const environment = NAMES[place];
  try {
    const program = environment.parse(source);
    const profile = new Profile(environment, place);
    profile.walk(program.ast, []);
    const checked = program.check();
    if (!checked.valid) throw new Refusal('this does not type-check', summaryOf(checked.error));
    if (checked.type !== 'bool') throw new Refusal('this is not a condition', `the type ${checked.type}`);
    const { reads } = profile;
    // An input that is missing is the worst case, not a reason to try the next case (R34).
    const demanded = place === 'factor' ? reads : [];
    return { ok: true, expression: { reads, evaluate: (facts) => run(program, demanded, facts) } };
  } catch (error) {
    if (error instanceof Refusal) return { ok: false, message: error.message, got: error.got };
    return { ok: false, message: 'this is not an expression', got: summaryOf(error) };
  }
}

/** `evidence.evaluation.p99_ms`; a member whose name is no identifier is quoted. */
export function factName([root, ...steps]: FactPath): string {
  return steps.reduce<string>(childPath, root);
}

export function missingCause(path: FactPath): string {
  return `missing ${factName(path)}`;
}

function run(program: (facts: Facts) => unknown, demanded: readonly FactPath[], facts: Facts): Verdict {
  for (const path of demanded) {
    if (factAt(facts, path) === absent) return { usable: false, cause: missingCause(path) };
  }
  try {
    const value = program(facts);
    if (typeof value === 'boolean') return { usable: true, value };
    return { usable: false, cause: 'not_bool' };
  } catch (error) {
    return { usable: false, cause: codeOf(error) };
  }
}

/** The value at a path, or {@link absent}. */
export function factAt(facts: Facts, [root, ...steps]: FactPath): CelValue | typeof absent {
  let value: CelValue | typeof absent = facts[root as keyof Facts] ?? absent;
  for (const step of steps) value = memberOf(value, step);
  return value;
}

class Refusal extends Error {
  readonly got: string;

  constructor(message: string, got: string) {
    super(message);
    this.got = got;
  }
}

/** Walks a parsed expression, refuses what the profile leaves out, and gathers what it reads. */
class Profile {
  readonly #environment: Environment;
  readonly #place: Place;
  readonly #reads = new Map<string, FactPath>();

  constructor(environment: Environment, place: Place) {
    this.#environment = environment;
    this.#place = place;
  }

  get reads(): readonly FactPath[] {
    return [...this.#reads.values()];
  }

  /** @param bound names that enclosing quantifiers bind. */
  walk(node: ASTNode, bound: readonly string[]): void {
    switch (node.op) {
      case 'value':
        return this.#literal(node.args);
      case 'id':
      case '.':
      case '[]':
        return this.#member(node, bound);
      case 'list':
        for (const item of node.args) this.walk(item, bound);
        return;
      case '!_':
        return this.walk(node.args, bound);
      case '-_':
        if (node.args.op === 'value' && ['bigint', 'number'].includes(typeof node.args.args)) return;
        throw new Refusal('the profile compares numbers and computes none', textOf(node));
      case '?:':
        for (const part of node.args) this.walk(part, bound);
        return;
      case 'call':
        return this.#call(node.args[0], node.args[1], bound);
      case 'rcall':
        return this.#method(...node.args, bound);
      default:
        if (!COMPARISONS.has(node.op)) throw new Refusal('the profile has no such operator', node.op);
        this.#operands(node.op, node.args as readonly [ASTNode, ASTNode], bound);
    }
  }

  #operands(operator: string, [left, right]: readonly [ASTNode, ASTNode], bound: readonly string[]): void {
    // Else each element of one list would be looked up in another: the product of their lengths, not the sum.
    if (operator === 'in' && bound.length > 0 && right.op !== 'list' && !bound.includes(rootOf(right))) {
      throw new Refusal('membership within a quantifier walks down from its element', textOf(right));
    }
    this.walk(left, bound);
    this.walk(right, bound);
  }

  #literal(value: unknown): void {
    if (value === null || ['string', 'bigint', 'number', 'boolean'].includes(typeof value)) return;
    throw new Refusal('the profile has no such literal', 'bytes or an unsigned integer');
  }

  #member(node: ASTNode, bound: readonly string[]): void {
    const path = this.#path(node, bound);
    if (path) this.#reads.set(factName(path), path);
  }

  /** Path of a member chain from a declared name; undefined where it starts at a bound name or a list. */
  #path(node: ASTNode, bound: readonly string[]): FactPath | undefined {
    if (node.op === 'id') {
      if (bound.includes(node.args)) return undefined;
      if (!DECLARED.has(node.args) || !this.#environment.hasVariable(node.args)) {
        throw new Refusal(`a ${this.#place} does not see this name`, excerpt(node.args));
      }
      return [node.args];
    }
    if (node.op === '.') {
      const path = this.#path(node.args[0], bound);
      return path && [...path, node.args[1]];
    }
    if (node.op === '[]') {
      const [of, index] = node.args;
      if (index.op !== 'value' || !['string', 'bigint'].includes(typeof index.args)) {
        throw new Refusal(
          'an index is a literal, so that what is read can be named',
          node.input.slice(index.start, index.end),
        );
      }
      const path = this.#path(of, bound);
      return path && [...path, typeof index.args === 'bigint' ? Number(index.args) : String(index.args)];
    }
    this.walk(node, bound);
    return undefined;
  }

  #call(name: string, args: readonly ASTNode[], bound: readonly string[]): void {
    if (name !== 'has' && name !== 'size') throw new Refusal('the profile has no such function', excerpt(name));
    if (name === 'has' && this.#place === 'factor') {
      throw new Refusal('a missing input is the worst case for a factor, so it cannot be asked for (R34)', 'has()');
    }
    for (const arg of args) this.walk(arg, bound);
  }

  #method(name: string, receiver: ASTNode, args: readonly ASTNode[], bound: readonly string[]): void {
    if (METHODS.has(name)) {
      for (const part of [receiver, ...args]) this.walk(part, bound);
      return;
    }
    const [variable, condition] = args;
    if (!QUANTIFIERS.has(name) || variable === undefined || condition === undefined) {
      throw new Refusal('the profile has no such function', excerpt(name));
    }
    if (variable.op !== 'id' || DECLARED.has(variable.args) || bound.includes(variable.args)) {
      throw new Refusal('a quantifier binds a name of its own', textOf(variable));
    }
    if (bound.length > 0 && !bound.includes(rootOf(receiver))) {
      throw new Refusal('an inner quantifier walks down from the outer one', textOf(receiver));
    }
    this.walk(receiver, bound);
    this.walk(condition, [...bound, variable.args]);
  }
}

const DECLARED = new Set(['request', 'candidate', 'target', 'action', 'evidence', 'age', 'gates', 'risk']);

function textOf(node: ASTNode): string {
  return excerpt(node.input.slice(node.start, node.end));
}

function rootOf(node: ASTNode): string {
  if (node.op === 'id') return node.args;
  if (node.op === '.' || node.op === '[]') return rootOf(node.args[0]);
  return '';
}

/** First line of the engine's message: the rest repeats the source with a marker. */
function summaryOf(error: unknown): string {
  const text = (error as { summary?: unknown }).summary ?? (error instanceof Error ? error.message : '');
  return excerpt(String(text).split('\n', 1)[0]);
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' && /^[a-z_]{1,64}$/.test(code) ? code : 'error';
}
