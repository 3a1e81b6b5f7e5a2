import { command } from '../command.ts';
import type { SignerOptions } from '../key-file.ts';
import { withClient } from '../with-client.ts';

interface Options extends SignerOptions {
  readonly reason: string;
}

export function revokeCommand() {
  return command<Options, [decisionId: string]>({
    name: 'revoke',
    description: 'take back your own approval, until the decision is cleared',
    define: (built) => {
      built.argument('<decision>', 'id of the decision');
      built.requiredOption('--as <actor>', 'who signs');
      built.option('--key <file>', "private key (default: ACTOR.pem in the configuration's folder of keys)");
      built.requiredOption('--reason <text>', 'why; kept beside the record, in it as a commitment');
    },
    examples: [
      [
        'revoke 5b3f0c9e-6f0e-8a4e-9b7e-3d1f0a2b4c5d --as sam --reason "the test was red"',
        'fails once somebody has cleared it',
      ],
    ],
    run: (options, surroundings, decisionId) =>
      withClient(surroundings, async (client, config) => {
        const [{ answerOf }, { readSigner }] = await Promise.all([import('../answer.ts'), import('../key-file.ts')]);
        const by = readSigner(config, options);
        return answerOf(config, decisionId, 'revoke', await client.revoke(decisionId, by, { reason: options.reason }));
      }),
  });
}
