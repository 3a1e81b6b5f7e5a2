const encoder = new TextEncoder();

/** UTF-8 of a well-formed string. A lone surrogate would become U+FFFD: callers refuse it first. */
export function utf8Bytes(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

/** The text of `bytes`, or `undefined` where they are not UTF-8. A byte order mark is kept, for the caller to refuse. */
export function utf8Text(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/**
 * Offset of the first byte of `bytes` that is not UTF-8; their length where they only end too early. A lenient decoder
 * puts U+FFFD in its place, so the first difference after encoding again is where it stood.
 */
export function firstBadByte(bytes: Uint8Array): number {
  const repaired = utf8Bytes(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes));
  const at = bytes.findIndex((byte, index) => byte !== repaired[index]);
  return at === -1 ? bytes.length : at;
}
