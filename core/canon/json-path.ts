/** Longest piece of foreign text that an error repeats, in UTF-16 code units. */
const EXCERPT_LENGTH = 64;

/** Shown whole, whoever wrote it: of two digests that are cut, nobody can tell whether they are the same. */
const DIGEST_FORM = /^sha256:[0-9A-Za-z]{64}$/;

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** The path of a member or element below `parent`: `$.a`, `$.a[3]`, `$["a b"]`. */
export function childPath(parent: string, step: string | number): string {
  if (typeof step === 'number') return `${parent}[${step}]`;
  if (step.length <= EXCERPT_LENGTH && IDENTIFIER.test(step)) return `${parent}.${step}`;
  return `${parent}[${quote(step)}]`;
}

/** The path that `steps` lead to, from `root`. Rendered only when an error needs it. */
export function renderPath(root: string, steps: readonly (string | number)[]): string {
  return steps.reduce<string>(childPath, root);
}

/**
 * What an unexpected value was, in a few words for `got`. Foreign text is quoted with its control characters
 * escaped and cut short, so that it can neither forge a line of a log nor fill it.
 */
export function excerpt(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value);
    case 'boolean':
      return String(value);
    case 'undefined':
      return 'nothing';
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? `an array of ${value.length}` : 'an object';
    default:
      return `a ${typeof value}`;
  }
}

function quote(text: string): string {
  if (text.length <= EXCERPT_LENGTH || DIGEST_FORM.test(text)) return JSON.stringify(text);
  return `${JSON.stringify(text.slice(0, EXCERPT_LENGTH))} and ${text.length - EXCERPT_LENGTH} more`;
}
