import { usage } from './errors.ts';

/** A whole number of an option, within bounds; one spelling only. @throws CliError `cli.usage`. */
export function wholeNumber(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && `${value}` === text && value >= least && value <= most) return value;
  throw usage('this is no number that can be used here', { path: option, expected: `${least} to ${most}`, got: text });
}
