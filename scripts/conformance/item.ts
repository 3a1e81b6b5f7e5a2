/** How the source asks for it: M(ust), S(hould), or D(erived) by a reader to make a stated goal testable. */
export type Strength = 'M' | 'S' | 'D';

/** A row of docs/conformance.md. What shows it is marked in the tests, see `marks.ts`. */
export interface Item {
  readonly number: number;
  readonly strength: Strength;
  /** In at most fifteen words. */
  readonly says: string;
  /** Rooms and files in which it lives, from the project's root. A mark for one that is not built is refused. */
  readonly where: readonly string[] | 'not built';
  /** What is missing or different, where it is met in part. */
  readonly note?: string;
}

export interface Section {
  readonly title: string;
  readonly items: readonly Item[];
}
