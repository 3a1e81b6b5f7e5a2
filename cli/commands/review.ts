import { command } from '../command.ts';
import type { SignerOptions } from '../key-file.ts';
import { withClient } from '../with-client.ts';

interface Options extends SignerOptions {
  readonly justified?: boolean;
  readonly unjustified?: boolean;
  readonly findings: string;
}

export function reviewCommand() {
  return command<Options, [decisionId: string]>({
    name: 'review',
    description:
      'say afterwards whether glass had to be broken: for somebody uninvolved, in the role that the policy names',
    define: (built) => {
      built.argument('<decision>', 'id of the closed decision');
      built.requiredOption('--as <actor>', 'who signs');
      built.option('--key <file>', "private key (default: ACTOR.pem in the configuration's folder of keys)");
      built.option('--justified', 'it had to be');
      built.option('--unjustified', 'it had not');
      built.requiredOption('--findings <text>', 'what came of it; kept beside the record, in it as a commitment');
    },
    examples: [
      [
        'review 5b3f0c9e-6f0e-8a4e-9b7e-3d1f0a2b4c5d --as sam --justified --findings "the pager was right"',
        'as an addendum to the decision',
      ],
    ],
    run: ({ justified, unjustified, ...options }, surroundings, decisionId) =>
      withClient(surroundings, async (client, config) => {
        const [{ answerOf }, { readSigner }, { usage }] = await Promise.all([
          import('../answer.ts'),
          import('../key-file.ts'),
          import('../errors.ts'),
        ]);
        if ((justified === true) === (unjustified === true))
          throw usage('say one of the two', { path: '--justified', expected: '--justified or --unjustified' });
        const verdict = justified === true ? 'justified' : 'unjustified';
        const { findings } = options;
        const by = readSigner(config, options);
        return answerOf(config, decisionId, 'review', await client.review(decisionId, by, { verdict, findings }));
      }),
  });
}
