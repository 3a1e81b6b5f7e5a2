import type { Command } from 'commander';
import { collect } from '../command.ts';
import type { SignerOptions } from '../key-file.ts';

export interface VerdictOptions extends SignerOptions {
  readonly role?: readonly string[];
  readonly yes?: boolean;
}

export function verdictOptions(built: Command): void {
  built.argument('<decision>', 'id of the decision');
  built.requiredOption('--as <actor>', 'who signs');
  built.option('--key <file>', "private key (default: ACTOR.pem in the configuration's folder of keys)");
  built.option('--role <role>', 'role to sign in; repeat for several (default: those asked for and held)', collect);
  built.option('--yes', 'sign without asking; the brief is shown all the same');
}
