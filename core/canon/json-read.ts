import { isBytes } from '@noble/hashes/utils.js';
import { CanonError, type CanonErrorCode } from './errors.ts';
import { NUMBER_RULE, refusedNumber, refusedNumberToken } from './json-number.ts';
import { excerpt, renderPath } from './json-path.ts';
import type { JsonValue } from './json-value.ts';
import { canonicalize, MAX_DEPTH } from './json-write.ts';
import { firstBadByte, utf8Bytes, utf8Text } from './utf8.ts';

/** Default bound of a document, in bytes. */
export const DEFAULT_MAX_BYTES = 4 * 1024 * 1024;

export interface ReadLimits {
  /** Largest document, in bytes; 4 MiB unless told. */
  readonly maxBytes?: number | undefined;
  /** Deepest nesting, in levels; 64 unless told, and never more, since nothing deeper could be written again. */
  readonly maxDepth?: number | undefined;
  /** Where the document stands, for the paths of errors; `$` unless told. */
  readonly path?: string | undefined;
}

/**
 * Reads JSON that someone else wrote. RFC 8259's grammar and nothing beside it; no byte order mark, no malformed
 * UTF-8, no two members of one name (compared after unescaping), no half of a surrogate pair (escaped ones included),
 * no number outside ruling 2, bounded size and depth.
 *
 * Own parser, because `JSON.parse` keeps the last of two equal names, rounds numbers, and lets escaped lone surrogates
 * pass. Whatever it returns, {@link canonicalize} accepts. A member `__proto__` is an ordinary own member of the
 * result: never give results to `Object.assign`, which would set a prototype with it.
 *
 * @throws CanonError with a `json.*` code, the JSON path, and the byte offset in its message.
 */
export function readJson(input: Uint8Array, limits: ReadLimits = {}): JsonValue {
  return new Reader(input, limits).document();
}

/**
 * {@link readJson}, and the bytes must be the canonical ones: a document has one spelling, so its digest is its identity.
 *
 * @throws CanonError `json.not_canonical`, and all that readJson throws.
 */
export function readCanonical(input: Uint8Array, limits: ReadLimits = {}): JsonValue {
  const reader = new Reader(input, limits);
  const sooner = parsedCanonical(reader.text, limits);
  if (sooner !== undefined) return sooner;
  const value = reader.document();
  // Compared as text: the decoder was fatal and kept any byte order mark, so equal texts are equal bytes.
  const canonical = canonicalize(value);
  if (canonical !== reader.text) reader.refuseSpelling(canonical);
  return value;
}

/**
 * The value where the engine's own parser and writer show that `text` is canonical, in a third of the strict reader's
 * time. Undefined where they do not: then that one says what is wrong, or that nothing is.
 *
 * If writing what was parsed gives the same text again, it held no white space, no duplicate name, no second spelling of
 * a number or string, and names of integers in the engine's own order. What is left to look at is what RFC 8785 and
 * ruling 2 add: sorted names, numbers with a place, and no half of a surrogate pair, which the writer would escape.
 */
function parsedCanonical(text: string, { maxDepth = MAX_DEPTH }: ReadLimits): JsonValue | undefined {
  if (maxDepth !== MAX_DEPTH || text.includes('\\ud')) return undefined;
  const value = parsed(text);
  // Writing it comes after the walk, which has bounded the depth.
  if (value === undefined || !isCanonicalData(value, MAX_DEPTH)) return undefined;
  return JSON.stringify(value) === text ? value : undefined;
}

function parsed(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

/** For what `JSON.parse` made, which is plain data. */
function isCanonicalData(value: JsonValue, levels: number): boolean {
  if (typeof value === 'number') return refusedNumber(value) === undefined;
  if (typeof value !== 'object' || value === null) return true;
  if (levels === 0) return false;
  if (Array.isArray(value)) return value.every((element) => isCanonicalData(element, levels - 1));
  const members = Object.entries(value);
  return members.every(
    ([name, member], index) => (members[index - 1]?.[0] ?? '') <= name && isCanonicalData(member, levels - 1),
  );
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const FOUR_HEX = /^[0-9a-fA-F]{4}$/;
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

class Reader {
  readonly text: string;
  readonly #root: string;
  readonly #maxDepth: number;
  readonly #steps: (string | number)[] = [];
  #at = 0;
  #depth = 0;

  constructor(input: Uint8Array, limits: ReadLimits) {
    this.#root = limits.path ?? '$';
    this.#maxDepth = usableLimit('maxDepth', limits.maxDepth, MAX_DEPTH, MAX_DEPTH);
    const maxBytes = usableLimit('maxBytes', limits.maxBytes, DEFAULT_MAX_BYTES, Number.MAX_SAFE_INTEGER);
    this.text = decode(input, maxBytes, this.#root);
  }

  document(): JsonValue {
    this.#skipSpace();
    const value = this.#value();
    this.#skipSpace();
    if (this.#at < this.text.length) this.#syntax('the end of the document');
    return value;
  }

  refuseSpelling(canonical: string): never {
    let at = 0;
    while (at < canonical.length && canonical.charCodeAt(at) === this.text.charCodeAt(at)) at += 1;
    this.#at = at;
    const message = 'the document is not written in its canonical form (RFC 8785)';
    return this.#refuse('json.not_canonical', message, excerpt(canonical.slice(at, at + 16)), this.#next());
  }

  #value(): JsonValue {
    switch (this.text.charCodeAt(this.#at)) {
      case QUOTE:
        return this.#string();
      case OPEN_OBJECT:
        return this.#object();
      case OPEN_ARRAY:
        return this.#array();
      case 0x74:
        return this.#word('true', true);
      case 0x66:
        return this.#word('false', false);
      case 0x6e:
        return this.#word('null', null);
      default:
        return this.#number();
    }
  }

  #object(): JsonValue {
    this.#enter();
    const object: Record<string, JsonValue> = {};
    if (this.#closes(CLOSE_OBJECT)) return object;
    for (;;) {
      if (this.text.charCodeAt(this.#at) !== QUOTE) this.#syntax('a member name in double quotes');
      const start = this.#at;
      const key = this.#string();
      this.#steps.push(key);
      if (Object.hasOwn(object, key)) {
        this.#at = start;
        this.#refuse('json.duplicate_key', 'two members of one object have the same name');
      }
      this.#skipSpace();
      this.#expect(COLON, 'a colon');
      this.#skipSpace();
      const value = this.#value();
      // Assigning `__proto__` would set the prototype of the result to what the document says.
      if (key === '__proto__') {
        Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
      } else {
        object[key] = value;
      }
      this.#steps.pop();
      if (this.#endsWith(CLOSE_OBJECT, 'a comma or a closing brace')) return object;
    }
  }

  #array(): JsonValue {
    this.#enter();
    const array: JsonValue[] = [];
    if (this.#closes(CLOSE_ARRAY)) return array;
    for (;;) {
      this.#steps.push(array.length);
      array.push(this.#value());
      this.#steps.pop();
      if (this.#endsWith(CLOSE_ARRAY, 'a comma or a closing bracket')) return array;
    }
  }

  #enter(): void {
    this.#depth += 1;
    if (this.#depth > this.#maxDepth) {
      this.#refuse('json.too_deep', 'the document is nested too deep', `at most ${this.#maxDepth} levels`);
    }
    this.#at += 1;
    this.#skipSpace();
  }

  /** True, and past it, when an empty container closes here. */
  #closes(closing: number): boolean {
    if (this.text.charCodeAt(this.#at) !== closing) return false;
    this.#at += 1;
    this.#depth -= 1;
    return true;
  }

  /** After an item: true past the closing character, false past a comma. */
  #endsWith(closing: number, expected: string): boolean {
    this.#skipSpace();
    if (this.#closes(closing)) return true;
    this.#expect(COMMA, expected);
    this.#skipSpace();
    return false;
  }

  #string(): string {
    const start = this.#at;
    let pieces = '';
    let sawUnicodeEscape = false;
    let from = start + 1;
    this.#at = from;
    for (;;) {
      const unit = this.text.charCodeAt(this.#at);
      if (unit === QUOTE) break;
      if (unit === BACKSLASH) {
        pieces += this.text.slice(from, this.#at);
        sawUnicodeEscape ||= this.text[this.#at + 1] === 'u';
        pieces += this.#escape();
        from = this.#at;
      } else if (unit >= 0x20) {
        this.#at += 1;
      } else {
        // A control character, or NaN at the end of the text.
        this.#syntax('a character of a string, or its closing quote');
      }
    }
    const text = pieces + this.text.slice(from, this.#at);
    this.#at += 1;
    // The decoder lets no surrogate through on its own; only escapes can leave half a pair.
    if (sawUnicodeEscape && !text.isWellFormed()) {
      this.#at = start;
      this.#refuse('json.lone_surrogate', 'the string holds half of a surrogate pair');
    }
    return text;
  }

  #escape(): string {
    const letter = this.text[this.#at + 1] ?? '';
    if (letter === 'u') {
      const digits = this.text.slice(this.#at + 2, this.#at + 6);
      if (!FOUR_HEX.test(digits)) this.#syntax('four hexadecimal digits after \\u');
      this.#at += 6;
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    const meant = ESCAPES.get(letter);
    if (meant === undefined) return this.#syntax('an escape of RFC 8259');
    this.#at += 2;
    return meant;
  }

  #number(): number {
    NUMBER.lastIndex = this.#at;
    const token = NUMBER.exec(this.text)?.[0];
    if (token === undefined) return this.#syntax('a value');
    const value = Number(token);
    const code = refusedNumberToken(token, value);
    if (code !== undefined) {
      this.#refuse(code, 'the number has no place in hashed JSON', NUMBER_RULE, excerpt(token));
    }
    this.#at += token.length;
    return value;
  }

  #word<Value extends JsonValue>(word: string, value: Value): Value {
    if (!this.text.startsWith(word, this.#at)) return this.#syntax('a value');
    this.#at += word.length;
    return value;
  }

  #expect(unit: number, expected: string): void {
    if (this.text.charCodeAt(this.#at) !== unit) this.#syntax(expected);
    this.#at += 1;
  }

  #skipSpace(): void {
    for (;;) {
      const unit = this.text.charCodeAt(this.#at);
      if (unit !== 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) return;
      this.#at += 1;
    }
  }

  #next(): string {
    return this.#at < this.text.length ? excerpt(this.text.slice(this.#at, this.#at + 16)) : 'the end of the document';
  }

  #syntax(expected: string): never {
    return this.#refuse('json.syntax', 'this is not JSON', expected, this.#next());
  }

  #refuse(code: CanonErrorCode, message: string, expected?: string, got?: string): never {
    // Counted in bytes, as files are, and only now that someone needs it.
    const offset = utf8Bytes(this.text.slice(0, this.#at)).length;
    const path = renderPath(this.#root, this.#steps);
    throw new CanonError(code, { message: `${message} (offset ${offset})`, path, expected, got });
  }
}

function decode(input: Uint8Array, maxBytes: number, path: string): string {
  if (!isBytes(input)) {
    const expected = 'a Uint8Array';
    throw new CanonError('json.unsupported_type', {
      message: 'JSON is read from bytes',
      path,
      expected,
      got: excerpt(input),
    });
  }
  if (input.length > maxBytes) {
    const expected = `at most ${maxBytes} bytes`;
    throw new CanonError('json.too_large', {
      message: 'the document is too large',
      path,
      expected,
      got: `${input.length}`,
    });
  }
  if (input[0] === 0xef && input[1] === 0xbb && input[2] === 0xbf) {
    throw new CanonError('json.byte_order_mark', {
      message: 'the document begins with a byte order mark (offset 0)',
      path,
    });
  }
  const text = utf8Text(input);
  if (text !== undefined) return text;
  throw new CanonError('json.bad_utf8', { message: `the document is not UTF-8 (offset ${firstBadByte(input)})`, path });
}

function usableLimit(name: string, given: number | undefined, otherwise: number, most: number): number {
  if (given === undefined) return otherwise;
  if (Number.isSafeInteger(given) && given >= 1 && given <= most) return given;
  const expected = `an integer from 1 to ${most}`;
  throw new CanonError('json.limits', {
    message: 'the limit is not usable',
    path: name,
    expected,
    got: excerpt(given),
  });
}
