import { usage } from './errors.ts';

/** `name@version`. @throws CliError `cli.usage`. */
export function candidateName(text: string): { readonly name: string; readonly version: string } {
  const [name = '', version = '', ...rest] = text.split('@');
  if (name !== '' && version !== '' && rest.length === 0) return { name, version };
  throw usage('this is no candidate', { path: '--candidate', expected: 'name@version', got: text });
}
