import { type CountersignError, hasCode } from '../../core/errors.ts';
import type { Problem } from '../../documents/errors.ts';

/** The refusal that `action` ends in, with all its problems. Any other end fails the test that asked. */
export function refusal(action: () => unknown): CountersignError & { readonly problems?: readonly Problem[] } {
  let result: unknown;
  try {
    result = action();
  } catch (error) {
    if (hasCode(error)) return error;
    throw error;
  }
  throw new Error(`not refused; it returned ${JSON.stringify(result)}`);
}

/** Code and path of the refusal: what most tests assert. */
export function refused(action: () => unknown): [code: string, path: string] {
  const { code, path } = refusal(action);
  return [code, path];
}

/** Code, and the paths of all problems. */
export function refusedAt(action: () => unknown): [code: string, ...paths: string[]] {
  const { code, problems = [] } = refusal(action);
  return [code, ...problems.map(({ path }) => path)];
}
