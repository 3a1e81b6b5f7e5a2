import { CanonError, type CanonErrorCode } from './errors.ts';
import { NUMBER_RULE, refusedNumber } from './json-number.ts';
import { excerpt, renderPath } from './json-path.ts';
import { utf8Bytes } from './utf8.ts';

/** Deepest nesting of arrays and objects, in levels. Both the writer and the reader hold to it. */
export const MAX_DEPTH = 64;

/**
 * The one canonical text of `value`: RFC 8785, restricted to the numbers of ruling 2.
 *
 * Serialisers that only canonicalise are no gate: they drop `undefined`, obey `toJSON` and turn a Map into `{}`, so
 * that what is signed is not what was meant. This one writes plain data or throws, and reads every member through its
 * property descriptor, so that no foreign code runs.
 *
 * @throws CanonError with a `json.*` code and the JSON path of the first thing that is not plain data.
 */
export function canonicalize(value: unknown): string {
  return write(value, newState());
}

/** UTF-8 of {@link canonicalize}: the bytes that are hashed and signed. */
export function canonicalBytes(value: unknown): Uint8Array<ArrayBuffer> {
  return utf8Bytes(canonicalize(value));
}

/** {@link canonicalize} of an object, and the same as if its own member `omitted` were not there, in one walk. */
export function canonicalizeBoth(value: object, omitted: string): { readonly whole: string; readonly without: string } {
  const members = membersOf(value, newState());
  const others = members.filter(({ name }) => name !== omitted);
  return { whole: objectOf(members), without: objectOf(others) };
}

interface WriteState {
  readonly steps: (string | number)[];
  /** The containers that hold the present value: one met again among them is a cycle. Never more than MAX_DEPTH. */
  readonly ancestors: object[];
}

function newState(): WriteState {
  return { steps: [], ancestors: [] };
}

function write(value: unknown, state: WriteState): string {
  switch (typeof value) {
    case 'string':
      return writeString(value, state);
    case 'number':
      return writeNumber(value, state);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? writeArray(value, state) : writeObject(value, state);
    case 'undefined':
      return refuse(state, 'json.undefined', 'undefined is not JSON; leave the member out, or write null');
    default:
      return refuse(state, 'json.unsupported_type', 'only plain data is JSON', 'plain data', `a ${typeof value}`);
  }
}

function writeString(text: string, state: WriteState): string {
  if (!text.isWellFormed()) {
    return refuse(state, 'json.lone_surrogate', 'the string holds half of a surrogate pair and has no UTF-8');
  }
  // For well-formed strings this is RFC 8785 section 3.2.2.2 to the letter: it defers to ECMAScript's own rule.
  return JSON.stringify(text);
}

function writeNumber(value: number, state: WriteState): string {
  const code = refusedNumber(value);
  if (code !== undefined) {
    return refuse(
      state,
      code,
      'the number has no place in hashed JSON; write it as a string',
      NUMBER_RULE,
      excerpt(value),
    );
  }
  return String(value);
}

function writeArray(array: readonly unknown[], state: WriteState): string {
  if (Object.getPrototypeOf(array) !== Array.prototype) {
    return refuse(state, 'json.unsupported_type', 'an array of a class of its own is not plain data');
  }
  // Counted before the walk: `new Array(2 ** 32 - 1)` costs nothing to make and must cost nothing to refuse.
  const keys = Reflect.ownKeys(array);
  if (keys.length - 1 < array.length) return refuse(state, 'json.sparse_array', 'the array has holes');
  if (keys.length - 1 > array.length) return refuseArrayProperty(state);
  enter(array, state);
  const parts: string[] = [];
  for (let index = 0; index < array.length; index += 1) {
    const property = Object.getOwnPropertyDescriptor(array, index);
    if (property === undefined) return refuse(state, 'json.sparse_array', 'the array has holes');
    state.steps.push(index);
    parts.push(write(dataOf(property, state), state));
    state.steps.pop();
  }
  state.ancestors.pop();
  return `[${parts.join(',')}]`;
}

function refuseArrayProperty(state: WriteState): never {
  return refuse(state, 'json.array_property', 'the array has members beside its elements, which JSON would lose');
}

interface Member {
  readonly name: string;
  readonly text: string;
}

function writeObject(object: object, state: WriteState): string {
  return objectOf(membersOf(object, state));
}

function objectOf(members: readonly Member[]): string {
  return `{${members.map(({ text }) => text).join(',')}}`;
}

function membersOf(object: object, state: WriteState): Member[] {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype !== Object.prototype && prototype !== null) {
    return refuse(
      state,
      'json.unsupported_type',
      'an instance of a class is not plain data',
      'a plain object',
      'an instance',
    );
  }
  enter(object, state);
  const names: string[] = [];
  for (const key of Reflect.ownKeys(object)) {
    if (typeof key === 'symbol') return refuse(state, 'json.symbol_key', 'a member named by a symbol is not JSON');
    names.push(key);
  }
  // The default order compares UTF-16 code units, which is RFC 8785 section 3.2.3.
  names.sort();
  const members: Member[] = [];
  for (const name of names) {
    state.steps.push(name);
    const key = writeString(name, state);
    // ownKeys named it a moment ago, so there is a descriptor unless a proxy lies; then it is undefined data.
    const property = Object.getOwnPropertyDescriptor(object, name) ?? { value: undefined, enumerable: true };
    const value = dataOf(property, state);
    if (name === 'toJSON' && typeof value === 'function') {
      return refuse(state, 'json.to_json', 'an object that says how it wants to be serialised is not plain data');
    }
    members.push({ name, text: `${key}:${write(value, state)}` });
    state.steps.pop();
  }
  state.ancestors.pop();
  return members;
}

function enter(container: object, state: WriteState): void {
  if (state.ancestors.includes(container)) refuse(state, 'json.cycle', 'the value contains itself');
  if (state.ancestors.length >= MAX_DEPTH) {
    refuse(state, 'json.too_deep', 'the value is nested too deep', `at most ${MAX_DEPTH} levels`);
  }
  state.ancestors.push(container);
}

function dataOf(property: PropertyDescriptor, state: WriteState): unknown {
  if (property.get !== undefined || property.set !== undefined) {
    refuse(state, 'json.accessor', 'a member that is computed may change between two readings');
  }
  if (property.enumerable !== true) refuse(state, 'json.hidden_member', 'a hidden member is not plain data');
  return property.value;
}

function refuse(state: WriteState, code: CanonErrorCode, message: string, expected?: string, got?: string): never {
  throw new CanonError(code, { message, path: renderPath('$', state.steps), expected, got });
}
