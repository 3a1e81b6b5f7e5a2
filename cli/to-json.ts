import type { JsonValue } from '../core/canon/index.ts';

/** `T` where all of it is JSON; `never` for a member that is not. */
type Json<T> = T extends string | number | boolean | null
  ? T
  : T extends (...args: never) => unknown
    ? never
    : T extends object
      ? { [Member in keyof T]: Json<T[Member]> }
      : never;

/** A value of an interface as the JSON that it is: an interface has no index signature, so it is asked member by member. */
export function toJson<T>(value: T & Json<T>): JsonValue {
  return value as unknown as JsonValue;
}
