import type { CountersignClient } from '../../client/client.ts';
import type { Brief } from '../../client/brief.ts';
import type { Signer } from '../../client/statements.ts';
import type { Submitted } from '../../client/submit.ts';
import { command } from '../command.ts';
import type { SignerOptions } from '../key-file.ts';
import { withClient } from '../with-client.ts';
import { type VerdictOptions, verdictOptions } from './verdict-options.ts';

interface Described {
  readonly name: string;
  readonly description: string;
  readonly examples: readonly (readonly [line: string, does: string])[];
}

const REASON = ['--reason <text>', 'why; kept beside the record, in it as a commitment'] as const;

type Send<Options> = (
  client: CountersignClient,
  decisionId: string,
  by: Signer,
  options: Options,
) => Promise<Submitted>;

/** A statement that gives a reason, and needs no brief. */
export function reasonedCommand({ name, ...described }: Described, send: Send<{ readonly reason: string }>) {
  return command<SignerOptions & { readonly reason: string }, [decisionId: string]>({
    name,
    ...described,
    define: (built) => {
      built.argument('<decision>', 'id of the decision');
      built.requiredOption('--as <actor>', 'who signs');
      built.option('--key <file>', "private key (default: ACTOR.pem in the configuration's folder of keys)");
      built.requiredOption(...REASON);
    },
    run: (options, surroundings, decisionId) =>
      withClient(surroundings, async (client, config) => {
        const [{ answerOf }, { readSigner }] = await Promise.all([import('../answer.ts'), import('../key-file.ts')]);
        const { reason } = options;
        return answerOf(
          config,
          decisionId,
          name,
          await send(client, decisionId, readSigner(config, options), { reason }),
        );
      }),
  });
}

/** A statement that gives a reason, about the brief that is shown before anybody signs. */
export function reasonedVerdict(
  { name, ...described }: Described,
  send: Send<{ readonly reason: string; readonly seen: Brief; readonly roles?: readonly string[] }>,
) {
  return command<VerdictOptions & { readonly reason: string }, [decisionId: string]>({
    name,
    ...described,
    define: (built) => {
      verdictOptions(built);
      built.requiredOption(...REASON);
    },
    run: async ({ reason, ...options }, surroundings, decisionId) => {
      const { verdict } = await import('./verdict.ts');
      return verdict(decisionId, options, surroundings, {
        did: name,
        sign: (client, by, seen, roles) =>
          send(client, decisionId, by, { reason, seen, ...(roles === undefined ? {} : { roles }) }),
      });
    },
  });
}
