import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { EXIT } from '../../cli/exit-codes.ts';
import { program } from '../../cli/program.ts';
import { CLIENT_ERROR_CODES } from '../../client/errors.ts';

/** The two pages against the code that they describe: what one of them has not, a reader will not find. */

const page = (name: string): string => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');

test('docs/cli.md names every command and every exit code', () => {
  const text = page('cli.md');
  const names = program(false)
    .commands.map((command) => command.name())
    .filter((name) => name !== 'help');
  expect(names.filter((name) => !new RegExp(`\`${name}[\` ]`).test(text))).toEqual([]);
  for (const group of ['roster', 'policy', 'evidence', 'trust']) {
    const commands = program(false).commands.find((command) => command.name() === group)?.commands ?? [];
    expect(commands.map((command) => command.name()).filter((name) => !text.includes(name))).toEqual([]);
  }
  for (const code of Object.values(EXIT)) expect(text).toContain(`\n| ${code} | `);
});

test('docs/client.md names every error code', () => {
  const text = page('client.md');
  expect(CLIENT_ERROR_CODES.filter((code) => !text.includes(`\`${code}\``))).toEqual([]);
});
