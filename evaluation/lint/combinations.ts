/** Every way to take one entry of each list, in the order of the lists; null where there are more than `most`. */
export function combinations<T>(lists: readonly (readonly T[])[], most: number): readonly (readonly T[])[] | null {
  if (lists.reduce((product, list) => product * list.length, 1) > most) return null;
  return lists.reduce<readonly (readonly T[])[]>(
    (sofar, list) => sofar.flatMap((taken) => list.map((one) => [...taken, one])),
    [[]],
  );
}

/** Every subset, each in the order of the list. */
export function subsets<T>(list: readonly T[]): readonly (readonly T[])[] {
  return list.reduce<readonly (readonly T[])[]>(
    (sofar, one) => [...sofar, ...sofar.map((taken) => [...taken, one])],
    [[]],
  );
}
