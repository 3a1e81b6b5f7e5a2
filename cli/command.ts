import { Command } from 'commander';
import type { JsonValue } from '../core/canon/index.ts';
import { canonicalize } from '../core/canon/json-write.ts';
import type { ExitCode } from './exit-codes.ts';

/** What a command gives back: the same facts for people and for programs, and how the process ends. */
export interface Outcome {
  readonly json: JsonValue;
  /** Without a final line break. */
  readonly text: string;
  /** 0 unless given. */
  readonly exit?: ExitCode;
}

/** What every command may use of its surroundings. */
export interface Surroundings {
  readonly json: boolean;
  /** Given with `--config`. */
  readonly configPath: string | undefined;
  /** A line for people while the command works; nothing with `--json`. */
  readonly say: (line: string) => void;
}

export interface CommandSpec<Options, Arguments extends readonly unknown[]> {
  readonly name: string;
  readonly description: string;
  /** Options and arguments. */
  readonly define?: (command: Command) => void;
  /** Command lines without the `countersign` in front, each with what it does. */
  readonly examples: readonly (readonly [line: string, does: string])[];
  readonly run: (options: Options, surroundings: Surroundings, ...args: Arguments) => Promise<Outcome>;
}

interface Common {
  readonly json?: boolean;
  readonly config?: string;
}

/** A command with the options that all have, its examples in the help, and its outcome written in one place. */
export function command<Options, Arguments extends readonly unknown[] = []>(
  spec: CommandSpec<Options, Arguments>,
): Command {
  const built = new Command(spec.name).description(spec.description);
  spec.define?.(built);
  built.option('--config <file>', 'configuration (default: COUNTERSIGN_CONFIG, or countersign.json here or above)');
  built.option('--json', 'write one JSON document to standard output');
  built.addHelpText('after', () => {
    // The one command that is also a program of its own is shown under that program's name.
    const alone = built.parent === null;
    const lines = spec.examples.map(
      ([line, does]) => [alone ? line.replace(spec.name, built.name()) : line, does] as const,
    );
    return examplesText(lines, alone ? 'node' : 'countersign');
  });
  built.action(async (...given: unknown[]) => {
    const options = built.opts<Options & Common>();
    const json = options.json === true;
    const args = given.slice(0, -2) as unknown as Arguments;
    const say = (line: string): void => {
      if (!json) process.stderr.write(`${line}\n`);
    };
    const outcome = await spec.run(options, { json, configPath: options.config, say }, ...args);
    process.stdout.write(json ? `${canonicalize(outcome.json)}\n` : `${outcome.text}\n`);
    process.exitCode = outcome.exit ?? 0;
  });
  return built;
}

/** A command that only holds others. */
export function group(
  name: string,
  description: string,
  commands: readonly Command[],
  examples: CommandSpec<unknown, []>['examples'],
): Command {
  const built = new Command(name).description(description);
  for (const each of commands) built.addCommand(each);
  return built.addHelpText('after', examplesText(examples, 'countersign'));
}

/** For options that may be repeated. */
export function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

function examplesText(examples: CommandSpec<unknown, []>['examples'], by: string): string {
  return ['', 'Examples:', ...examples.flatMap(([line, does]) => [`  # ${does}`, `  ${by} ${line}`])].join('\n');
}
