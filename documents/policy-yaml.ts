import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type ParsedNode, parseDocument } from 'yaml';
import { childPath, excerpt, type JsonValue } from '../core/canon/index.ts';
import { type PolicyErrorCode, type PolicyProblem, refuseIfAny } from './policy-errors.ts';

/** Longest policy text that is read, in UTF-16 code units. */
export const MAX_POLICY_TEXT = 1024 * 1024;
const MAX_DEPTH = 16;

/** Numbers as JSON writes them, without exponent: YAML's `0o14`, `0x10`, `.inf` and `1_000` read differently elsewhere. */
const PLAIN_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;
const PLAIN_CONSTANTS = new Set(['true', 'false', 'null']);

export interface YamlText {
  readonly value: JsonValue;
  /** Line, from 1, where the value at a JSON path or its nearest written ancestor stands. */
  readonly lineOf: (path: string) => number | null;
}

/**
 * Reads the YAML profile of policies: one document of YAML 1.2's core schema, without anchors, aliases, tags,
 * directives, merge keys, duplicate keys and keys that are no strings. Whatever two YAML readers could take for two
 * different values is refused, since people review this text and machines obey its JSON.
 *
 * @throws PolicyError `policy.too_large`, `policy.syntax` with every problem.
 */
export function readYaml(text: string): YamlText {
  if (text.length > MAX_POLICY_TEXT) {
    const message = 'the text of the policy is too long';
    const expected = `at most ${MAX_POLICY_TEXT} characters`;
    refuseIfAny([{ code: 'policy.too_large', path: '$', line: null, message, expected, got: `${text.length}` }]);
  }
  const lines = new LineCounter();
  const lineAt = (offset: number): number => lines.linePos(offset).line;
  const document = parse(text, lines);
  const problems: PolicyProblem[] = [];
  for (const { code, pos } of [...document.errors, ...document.warnings]) {
    problems.push(problem('policy.syntax', '$', lineAt(pos[0]), 'this is not YAML of the profile', undefined, code));
  }
  if (
    /^%/m.test(text) &&
    (document.directives?.yaml.explicit || Object.keys(document.directives?.tags ?? {}).length > 1)
  ) {
    problems.push(problem('policy.syntax', '$', 1, 'a policy has no directives'));
  }
  refuseIfAny(problems);

  const written = new Map<string, number>();
  const value = valueOf(document.contents, '$', 0, { problems, written, lineAt });
  refuseIfAny(problems);
  return { value, lineOf: (path) => nearest(written, path) };
}

function parse(text: string, lineCounter: LineCounter): ReturnType<typeof parseDocument<ParsedNode>> {
  try {
    return parseDocument(text, {
      version: '1.2',
      schema: 'core',
      strict: true,
      // The library compares each key with each other one; the walk below finds duplicates in one pass.
      uniqueKeys: false,
      merge: false,
      prettyErrors: false,
      lineCounter,
    });
  } catch (cause) {
    // The composer recurses: a text of nothing but opening brackets runs out of stack instead of reporting.
    const got = cause instanceof Error ? cause.name : 'an error';
    refuseIfAny([problem('policy.syntax', '$', null, 'this cannot be read as YAML', undefined, got)]);
    throw cause;
  }
}

interface Walk {
  readonly problems: PolicyProblem[];
  readonly written: Map<string, number>;
  readonly lineAt: (offset: number) => number;
}

function valueOf(node: Node | null, path: string, depth: number, walk: Walk): JsonValue {
  const line = node?.range ? walk.lineAt(node.range[0]) : null;
  const refuse = (message: string, expected?: string, got?: string): null => {
    walk.problems.push(problem('policy.syntax', path, line, message, expected, got));
    return null;
  };
  if (line !== null) walk.written.set(path, line);
  if (node === null) return refuse('there is nothing here');
  if (depth > MAX_DEPTH) return refuse('this is nested too deeply', `at most ${MAX_DEPTH} levels`);
  if (isAlias(node))
    return refuse('aliases are not part of the profile', 'the value itself', `*${excerpt(node.source)}`);
  if (node.tag !== undefined) return refuse('tags are not part of the profile', 'no tag', excerpt(node.tag));
  if ('anchor' in node && node.anchor !== undefined) return refuse('anchors are not part of the profile', 'no anchor');
  if (isScalar(node)) return scalarOf(node.value, node.source, node.type === 'PLAIN', refuse);
  if (isSeq<Node>(node)) return node.items.map((item, index) => valueOf(item, childPath(path, index), depth + 1, walk));
  if (!isMap<Node, Node>(node)) return refuse('this is neither scalar, list nor map');

  const members = new Map<string, JsonValue>();
  for (const { key, value } of node.items) {
    if (!isScalar(key) || typeof key.value !== 'string' || key.tag !== undefined || key.anchor !== undefined) {
      refuse('a key must be a string', 'a plain or quoted string');
    } else if (key.value === '<<') {
      refuse('merge keys are not part of the profile', 'the members themselves', '<<');
    } else if (members.has(key.value)) {
      refuse('a key stands twice', 'each key once', excerpt(key.value));
    } else {
      members.set(key.value, valueOf(value, childPath(path, key.value), depth + 1, walk));
    }
  }
  // Unlike assignment, this makes `__proto__` an ordinary member, which the schema then refuses.
  return Object.fromEntries(members);
}

function scalarOf(
  value: unknown,
  source: string | undefined,
  plain: boolean,
  refuse: (message: string, expected?: string, got?: string) => null,
): JsonValue {
  if (typeof value === 'string') {
    return value.isWellFormed() ? value : refuse('half of a surrogate pair is no text', 'whole characters');
  }
  const text = source ?? '';
  if (typeof value === 'number' && plain && PLAIN_NUMBER.test(text) && !Object.is(value, -0)) return value;
  if ((typeof value === 'boolean' || value === null) && plain && PLAIN_CONSTANTS.has(text)) return value;
  return refuse(
    'this scalar has several readings',
    'a decimal number, true, false, null or a quoted string',
    excerpt(text),
  );
}

function nearest(written: ReadonlyMap<string, number>, path: string): number | null {
  for (let at = path; ; ) {
    const line = written.get(at);
    if (line !== undefined) return line;
    const parent = at.replace(/(?:\.[^.[\]]*|\[[^\]]*\])$/, '');
    if (parent === at) return null;
    at = parent;
  }
}

function problem(
  code: PolicyErrorCode,
  path: string,
  line: number | null,
  message: string,
  expected?: string,
  got?: string,
): PolicyProblem {
  return { code, path, line, message, expected, got };
}
