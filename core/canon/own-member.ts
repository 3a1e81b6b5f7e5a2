/**
 * Members of foreign values are read as own data only: what a prototype or a getter would answer is no part of the
 * document, and runs code.
 */
export function ownMember(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.getOwnPropertyDescriptor(value, name)?.value;
}

/** The members `names` of an object that has exactly these and no other; `undefined` for anything else. */
export function exactMembers<Name extends string>(
  value: unknown,
  names: readonly Name[],
): Readonly<Record<Name, unknown>> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const hasAll = Reflect.ownKeys(value).length === names.length && names.every((name) => Object.hasOwn(value, name));
  if (!hasAll) return undefined;
  return Object.fromEntries(names.map((name) => [name, ownMember(value, name)])) as Record<Name, unknown>;
}
