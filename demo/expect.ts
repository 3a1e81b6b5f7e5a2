import { DemoError } from './errors.ts';

/** What the demo promises and did not see. A demo that goes on regardless would prove nothing. */
export class UnexpectedError extends DemoError<'demo.unexpected'> {
  constructor(what: string, expected: string, got: string) {
    super('demo.unexpected', { message: `the demo did not go as it should: ${what}`, expected, got });
    this.name = 'UnexpectedError';
  }
}

/** @throws UnexpectedError where they differ */
export function expectEqual(what: string, got: unknown, expected: unknown): void {
  const [gotText, expectedText] = [JSON.stringify(got), JSON.stringify(expected)];
  if (gotText !== expectedText) throw new UnexpectedError(what, expectedText ?? 'undefined', gotText ?? 'undefined');
}

/** @throws UnexpectedError where it is null or undefined */
export function expectPresent<T>(what: string, value: T | null | undefined): T {
  if (value === null || value === undefined) throw new UnexpectedError(what, 'a value', 'nothing');
  return value;
}
