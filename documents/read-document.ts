import type { z } from 'zod';
import { childPath, excerpt, type ReadLimits, readCanonical } from '../core/canon/index.ts';
import { DocumentError, type Problem, refuseAll } from './errors.ts';

type Issue = z.core.$ZodIssue;

/**
 * Reads one document of a known type. Bytes must be canonical JSON (ruling 2); a value is what `readJson` or a YAML
 * reader returned. Nothing is believed about the document beyond its shape.
 *
 * @param input attacker-controlled; what is returned is a copy.
 * @param path where the document stands, for the paths of problems.
 * @throws CanonError `json.*` (bytes only).
 * @throws DocumentError `document.type`; `document.shape` with every problem; `document.floating_name` where moving
 *   names are all that is wrong.
 */
export function readDocument<Schema extends z.ZodType>(
  schema: Schema,
  type: string,
  input: unknown,
  path = '$',
  limits: Omit<ReadLimits, 'path'> = {},
): z.output<Schema> {
  const value = input instanceof Uint8Array ? readCanonical(input, { ...limits, path }) : input;
  const got = memberAt(value, ['_type']);
  if (got !== type) {
    const problem = { path: `${path}._type`, expected: type, got: excerpt(got) };
    throw new DocumentError('document.type', 'this is not the kind of document that was asked for', [problem]);
  }
  return readShape(schema, value, path);
}

/** {@link readDocument} for a part that has no `_type` of its own. @throws DocumentError as readDocument. */
export function readShape<Schema extends z.ZodType>(schema: Schema, value: unknown, path = '$'): z.output<Schema> {
  const steps = prototypeMember(value);
  if (steps !== undefined) {
    const problem = { path: render(path, steps), expected: 'no such member', got: excerpt(memberAt(value, steps)) };
    throw new DocumentError('document.shape', 'a member has a name that no document uses', [problem]);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { issues } = result.error;
  const floating = issues.every((issue) => issue.code === 'custom' && issue.params?.['floating'] === true);
  const problems = issues.flatMap((issue) => problemsOf(issue, value, path, issue.path));
  if (floating) refuseAll('document.floating_name', 'a name that can move stands where an exact one belongs', problems);
  refuseAll('document.shape', 'the document does not have the shape of its type', problems);
  throw new TypeError('a schema refused without an issue');
}

/** Schemas for records skip a member `__proto__` without a word, so that what is checked is not what was signed. */
function prototypeMember(value: unknown): PropertyKey[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Object.hasOwn(value, '__proto__')) return ['__proto__'];
  for (const [key, member] of Object.entries(value)) {
    const below = prototypeMember(member);
    if (below !== undefined) return [Array.isArray(value) ? Number(key) : key, ...below];
  }
  return undefined;
}

function problemsOf(issue: Issue, root: unknown, base: string, steps: readonly PropertyKey[]): Problem[] {
  const at = (expected: string, more: readonly PropertyKey[] = []): Problem => {
    const whole = [...steps, ...more];
    const secret = issue.code === 'custom' && issue.params?.['secret'] === true;
    return {
      path: render(base, whole),
      expected,
      got: secret ? 'a text that is not repeated' : excerpt(memberAt(root, whole)),
    };
  };
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => at('no such member', [key]));
    case 'invalid_key':
    case 'invalid_element':
      return issue.issues.map((inner) => ({
        ...at(`a member name: ${expectedBy(inner)}`),
        got: excerpt(steps.at(-1)),
      }));
    case 'invalid_union': {
      // The branch that got furthest into the value is the one that was meant.
      const depth = (branch: readonly Issue[]): number => Math.max(...branch.map((inner) => inner.path.length));
      const deepest = issue.errors.toSorted((a, b) => depth(b) - depth(a))[0] ?? [];
      if (issue.errors.length > 0 && depth(deepest) > 0) {
        return deepest.flatMap((inner) => problemsOf(inner, root, base, [...steps, ...inner.path]));
      }
      return [at(issue.errors.flatMap((branch) => branch.map(expectedBy)).join(' or '))];
    }
    default:
      return [at(expectedBy(issue))];
  }
}

function expectedBy(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected;
    case 'invalid_value':
      return issue.values.length === 1
        ? JSON.stringify(issue.values[0])
        : `one of ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return `at least ${issue.minimum}${unitOf(issue.origin)}`;
    case 'too_big':
      return `${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}${unitOf(issue.origin)}`;
    default:
      return issue.message.replace(/^expected /, '');
  }
}

function unitOf(origin: string): string {
  if (origin === 'string') return ' characters';
  if (origin === 'array' || origin === 'set') return ' entries';
  return '';
}

function render(base: string, steps: readonly PropertyKey[]): string {
  return steps.reduce<string>((path, step) => childPath(path, typeof step === 'number' ? step : String(step)), base);
}

function memberAt(root: unknown, steps: readonly PropertyKey[]): unknown {
  let value = root;
  for (const step of steps) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Object.getOwnPropertyDescriptor(value, step)?.value;
  }
  return value;
}
