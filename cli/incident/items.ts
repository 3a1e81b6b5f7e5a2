import { realpathSync } from 'node:fs';
import { basename, dirname, resolve, sep } from 'node:path';
import type { CapturedRole } from '../../documents/incident-evidence.ts';
import { CliError, usage } from '../errors.ts';

export interface NamedPath {
  readonly name: string;
  readonly path: string;
}

/** `NAME=PATH`, or a path, whose last part is the name then: a manifest has no path of this machine in it. */
export function namedPath(text: string): NamedPath {
  const [, name, path] = /^([A-Za-z0-9][A-Za-z0-9._-]*)=(.+)$/s.exec(text) ?? [];
  const named =
    path === undefined || name === undefined ? { name: basename(resolve(text)), path: text } : { name, path };
  if (/^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/.test(named.name)) return named;
  throw usage('an item is called by 1 to 128 of A-Z a-z 0-9 . _ : -; give it a name', {
    path: text,
    expected: 'NAME=PATH',
    got: named.name,
  });
}

/** @throws CliError `cli.usage` where two have one name. */
export function distinct<Item extends NamedPath>(items: readonly Item[]): readonly Item[] {
  const seen = new Set<string>();
  for (const { name, path } of items) {
    if (seen.has(name))
      throw usage('two items have one name; give one another', { path, expected: 'NAME=PATH', got: name });
    seen.add(name);
  }
  return items;
}

/** What was given by role, in the order of the roles. @throws as {@link namedPath} and {@link distinct}. */
export function itemsOf(
  given: Readonly<Partial<Record<CapturedRole, readonly string[]>>>,
): readonly (NamedPath & { readonly role: CapturedRole })[] {
  const items = Object.entries(given).flatMap(([role, paths]) =>
    (paths ?? []).map((each) => ({ ...namedPath(each), role: role as CapturedRole })),
  );
  if (items.length === 0)
    throw usage('nothing was given to capture', { expected: '--package, --pack, --chain, --log or --file' });
  return distinct(items);
}

/**
 * A capture that were written into what it captures would change it.
 *
 * @throws CliError `incident.inside`
 */
export function refuseInside(out: string, items: readonly NamedPath[]): void {
  const at = real(out);
  for (const { path } of items) {
    const item = real(path);
    if (at === item || at.startsWith(item.endsWith(sep) ? item : `${item}${sep}`)) {
      throw new CliError('incident.inside', {
        message: 'the capture would be written into what it captures',
        path: out,
        expected: 'a path outside',
        got: path,
      });
    }
  }
}

/** The path without links, as far as it is there. */
function real(path: string): string {
  const whole = resolve(path);
  try {
    return realpathSync(whole);
  } catch {
    const above = dirname(whole);
    return above === whole ? whole : `${real(above)}${sep}${basename(whole)}`;
  }
}
