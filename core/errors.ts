/**
 * The one error shape of the project: a stable code, where it is, what was expected, what came.
 *
 * Each area extends it with its own closed union of codes. Callers tell errors apart by `code`
 * through {@link hasCode}, never by `instanceof`: two copies of a module, or Temporal's failure
 * converter, would break the latter.
 */
export class CountersignError<Code extends string = string> extends Error {
  readonly code: Code;
  /** JSON path (`$.candidate.digest`) or file path of what is wrong; empty where there is none. */
  readonly path: string;
  readonly expected: string;
  readonly got: string;

  constructor(code: Code, detail: ErrorDetail, options?: { cause?: unknown }) {
    super(describe(code, detail), options);
    this.name = 'CountersignError';
    this.code = code;
    this.path = detail.path ?? '';
    this.expected = detail.expected ?? '';
    this.got = detail.got ?? '';
  }
}

export interface ErrorDetail {
  /** One sentence a person can act on. Never a secret, never more than a short excerpt of input. */
  readonly message: string;
  readonly path?: string | undefined;
  readonly expected?: string | undefined;
  readonly got?: string | undefined;
}

/** True when `error` carries a code of this project (and, where given, exactly `code`). */
export function hasCode<Code extends string>(error: unknown, code?: Code): error is CountersignError<Code> {
  if (typeof error !== 'object' || error === null) return false;
  const candidate = error as { code?: unknown; expected?: unknown; got?: unknown };
  if (
    typeof candidate.code !== 'string' ||
    typeof candidate.expected !== 'string' ||
    typeof candidate.got !== 'string'
  ) {
    return false;
  }
  return code === undefined || candidate.code === code;
}

function describe(code: string, { message, path, expected, got }: ErrorDetail): string {
  const where = path ? ` at ${path}` : '';
  const wanted = expected ? `; expected ${expected}` : '';
  const came = got ? `; got ${got}` : '';
  return `${code}${where}: ${message}${wanted}${came}`;
}
