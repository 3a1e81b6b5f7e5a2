import { type JsonObject, type JsonValue, readJson } from '../core/canon/index.ts';
import { hasCode } from '../core/errors.ts';
import { memberOf, PACK_MAX_BYTES } from '../pack/index.ts';

/**
 * The source's own example is JSON in prose, with typographic quotes (ruling 5). It must be readable, so that the
 * report can say precisely what does not hold in it.
 *
 * @returns the view in `bytes`, or null where there is none.
 */
export function viewInProse(bytes: Uint8Array): JsonObject | null {
  const text = new TextDecoder().decode(bytes);
  const start = text.indexOf('{');
  const end = text.lastIndexOf('}');
  if (start < 0 || end < start) return null;
  const plain = text.slice(start, end + 1).replace(/[\u201c\u201d\u201e\u201f]/g, '"');
  let value: JsonValue;
  try {
    value = readJson(new TextEncoder().encode(plain), { maxBytes: PACK_MAX_BYTES });
  } catch (error) {
    if (!hasCode(error)) throw error;
    return null;
  }
  return Array.isArray(memberOf(value, 'event_chain')) ? (value as JsonObject) : null;
}
