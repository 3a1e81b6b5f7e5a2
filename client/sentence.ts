/** The members of a `CountersignError` that say what it is about. */
export interface Told {
  readonly code: string;
  /** The whole text: code, place, sentence, expected, got. */
  readonly message: string;
  readonly path: string;
  readonly expected: string;
  readonly got: string;
}

/** The sentence alone, for those who print the other members beside it; the whole text where it is put otherwise. */
export function sentenceOf({ code, message, path, expected, got }: Told): string {
  const head = [`${code} at ${path}: `, `${code}: `].find((candidate) => message.startsWith(candidate)) ?? '';
  const expectedTail = expected ? `; expected ${expected}` : '';
  const gotTail = got ? `; got ${got}` : '';
  const tail = `${expectedTail}${gotTail}`;
  const whole = message.slice(head.length);
  return tail !== '' && whole.endsWith(tail) ? whole.slice(0, -tail.length) : whole;
}
