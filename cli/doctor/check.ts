import { sentenceOf } from '../../client/sentence.ts';
import { hasCode } from '../../core/errors.ts';

/** One thing that has to be so, whether it is, and what to do where it is not. */
export interface Check {
  readonly name: string;
  readonly state: 'ok' | 'FAIL' | 'skipped';
  /** What was found. */
  readonly found: string;
  /** What to do; empty where nothing is. */
  readonly todo: string;
  /** Code of the failure; null where there is none. */
  readonly code: string | null;
}

export function ok(name: string, found: string): Check {
  return { name, state: 'ok', found, todo: '', code: null };
}

export function skipped(name: string, found: string): Check {
  return { name, state: 'skipped', found, todo: '', code: null };
}

export function fail(name: string, code: string, found: string, todo: string): Check {
  return { name, state: 'FAIL', found, todo, code };
}

/** Runs a check; an error with a code is its failure, with `todo` as the way out. */
export async function attempt(name: string, todo: string, run: () => Promise<Check> | Check): Promise<Check> {
  try {
    return await run();
  } catch (error) {
    if (!hasCode(error)) throw error;
    return fail(name, error.code, `${error.code}: ${sentenceOf(error)}${error.got ? ` (got ${error.got})` : ''}`, todo);
  }
}
