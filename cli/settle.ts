import type { Command } from 'commander';

/** Errors are thrown to `entry.ts`, which writes them in one form; commander writes help only. */
export function settle(built: Command, json: boolean): Command {
  built.exitOverride();
  built.configureOutput({
    writeErr: (text) => (json || text.startsWith('error: ') ? undefined : process.stderr.write(text)),
  });
  built.showSuggestionAfterError(true);
  for (const each of built.commands) settle(each, json);
  return built;
}
