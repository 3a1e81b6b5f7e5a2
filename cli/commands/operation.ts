import type { Command } from 'commander';
import type { CountersignClient } from '../../client/client.ts';
import type { Signer } from '../../client/statements.ts';
import type { Submitted } from '../../client/submit.ts';
import type { Outcome, Surroundings } from '../command.ts';
import type { SignerOptions } from '../key-file.ts';
import { withClient } from '../with-client.ts';

export interface OperationOptions extends SignerOptions {
  readonly reason: string;
  readonly role?: string;
}

/** What acts on the waiting have in common. */
export function operationOptions(built: Command): Command {
  built.argument('<decision>', 'id of the decision');
  built.requiredOption('--as <actor>', 'who signs');
  built.option('--key <file>', "private key (default: ACTOR.pem in the configuration's folder of keys)");
  return built.requiredOption('--reason <text>', 'why; kept beside the record, in it as a commitment');
}

export const ROLE = ['--role <role>', "operators' role in which you act (default: one that you hold)"] as const;

/** Signs, and gives the service's answer. */
export function operation(
  did: string,
  decisionId: string,
  options: SignerOptions,
  surroundings: Surroundings,
  send: (client: CountersignClient, by: Signer) => Promise<Submitted>,
): Promise<Outcome> {
  return withClient(surroundings, async (client, config) => {
    const [{ answerOf }, { readSigner }] = await Promise.all([import('../answer.ts'), import('../key-file.ts')]);
    return answerOf(config, decisionId, did, await send(client, readSigner(config, options)));
  });
}

/** The member of a role that was given. */
export function roleMember({ role }: { readonly role?: string }): { readonly role?: string } {
  return role === undefined ? {} : { role };
}
