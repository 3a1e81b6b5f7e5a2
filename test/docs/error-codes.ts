import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const ROOMS =
  '{activities,cli,client,core,demo,documents,evaluation,founding,ledger,operation,pack,registry,resolve,scripts,store,verifier,worker,workflows}';

export interface Union {
  readonly name: string;
  readonly file: string;
  readonly codes: readonly string[];
}

/** Every source file of every room, by its path. */
export function sources(): ReadonlyMap<string, string> {
  const paths = globSync([`${ROOMS}/**/*.ts`, 'bin/*.mjs', 'scripts/**/*.mjs'], { cwd: ROOT });
  return new Map(paths.sort().map((path) => [path, readFileSync(join(ROOT, path), 'utf8')]));
}

/** Every exported union of codes, as the code has it when it runs. A union is found by its name, `…_CODES`. */
export async function unions(files: ReadonlyMap<string, string>): Promise<readonly Union[]> {
  const found: Union[] = [];
  for (const [file, text] of files) {
    for (const [, name = ''] of text.matchAll(/^export const (\w+_CODES)\b/gm)) {
      const module = (await import(join(ROOT, file))) as Readonly<Record<string, readonly string[]>>;
      found.push({ name, file, codes: module[name] ?? [] });
    }
  }
  return found;
}

/** Literals that are spelt like codes, with the files in which they stand. */
export function literals(files: ReadonlyMap<string, string>): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const [file, text] of files) {
    for (const [, literal = ''] of text.matchAll(/['"]([a-z][a-z0-9_]*\.[a-z][a-z0-9_]*)['"]/g)) {
      found.set(literal, [...(found.get(literal) ?? []), file]);
    }
  }
  return found;
}
