import type { Miss } from '../core/domain/events.ts';
import type { Denial } from './errors.ts';

/** What a denial lists of the evidence, whatever it is a denial for (R70). */

/** So many does one event name; a packet may have thousands. */
const NAMED_MISSES = 500;

/**
 * The member by which a denial lists them. Of a stored one, the misses of its own code have to be there; what it says of
 * others stands as it was told, since a check that is added later would else make every older denial a forged one, and
 * nothing is allowed by any of it.
 *
 * @param told what the stored denial lists; null where it lists nothing, as it was before there was a list; undefined for
 *   one that is made now
 */
export function missesMember({ code, misses = [] }: Denial, told: unknown): { readonly misses?: readonly Miss[] } {
  if (told === null) return {};
  const each = [...new Map(misses.map((miss) => [keyOf(miss), miss])).values()];
  if (each.length === 0) return {};
  if (isList(told)) {
    const known = new Set(told.map(keyOf));
    const own = each.slice(0, NAMED_MISSES).filter((miss) => miss.code === code);
    if (own.every((miss) => known.has(keyOf(miss)))) return { misses: told };
  }
  return { misses: each.slice(0, NAMED_MISSES) };
}

/** Misses for people, so many of them. */
export function missesText(misses: readonly Miss[], most: number): string {
  const told = misses.slice(0, most).map(({ code, path }) => `${code} at ${path}`);
  const more = misses.length > most ? ` and ${misses.length - most} more` : '';
  return `${told.join(', ')}${more}`;
}

function keyOf({ code, path }: Miss): string {
  return `${code} ${path}`;
}

/** Made of codes and paths, and short: no place for anything else to be told for ever. */
function isList(told: unknown): told is readonly Miss[] {
  return Array.isArray(told) && told.length > 0 && told.length <= NAMED_MISSES && told.every(isMiss);
}

function isMiss(told: unknown): told is Miss {
  if (typeof told !== 'object' || told === null || Object.keys(told).length !== 2) return false;
  const { code, path } = told as Partial<Record<keyof Miss, unknown>>;
  return (
    typeof code === 'string' &&
    /^[a-z]+(?:\.[a-z_]+)+$/.test(code) &&
    typeof path === 'string' &&
    /^(?:(?:statement\.)?\$(?:\.[a-z_0-9]{1,64}|\[\d{1,6}\]){0,12}|a foreign member)$/.test(path)
  );
}
