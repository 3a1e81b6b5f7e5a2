import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { program } from '../../cli/program.ts';

function everyCommand(command: Command, path: readonly string[] = []): (readonly [string, Command])[] {
  return command.commands
    .filter((each) => each.name() !== 'help')
    .flatMap((each) => [
      [[...path, each.name()].join(' '), each] as const,
      ...everyCommand(each, [...path, each.name()]),
    ]);
}

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) });
  command.outputHelp();
  return text;
}

const commands = everyCommand(program(false));

describe('help', () => {
  test('knows every command of the promise', () => {
    const names = commands.map(([name]) => name);
    const promised = [
      'open',
      'brief',
      'approve',
      'reject',
      'cancel',
      'status',
      'why',
      'stuck',
      'run',
      'export',
      'verify',
      'init',
      'keygen',
      'doctor',
      'explain',
      'digest',
    ];
    const groups = [
      'roster add-person',
      'roster add-workload',
      'roster add-key',
      'roster grant',
      'roster revoke-key',
      'roster sign',
      'roster publish',
      'roster show',
    ];
    const more = [
      'policy check',
      'policy lint',
      'policy test',
      'policy sign',
      'policy publish',
      'policy show',
      'trust show',
      'evidence check',
      'evidence sign',
    ];
    expect(names).toEqual(expect.arrayContaining([...promised, ...groups, ...more]));
  });

  test.each(commands)('%s has an example that names it, and says what it does', (name, command) => {
    const help = helpOf(command);
    expect(help).toMatch(new RegExp(`Examples:\\n  # .+\\n  countersign ${name.split(' ')[0]}`));
    expect(command.description()).not.toBe('');
  });

  test.each(commands.filter(([, command]) => command.commands.length === 0))(
    '%s answers to --json and --config',
    (_name, command) => {
      const flags = command.options.map(({ long }) => long);
      expect(flags).toEqual(expect.arrayContaining(['--json', '--config']));
    },
  );
});
