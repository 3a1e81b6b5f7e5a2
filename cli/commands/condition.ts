import { command } from '../command.ts';
import type { SignerOptions } from '../key-file.ts';
import { withClient } from '../with-client.ts';

interface Options extends SignerOptions {
  readonly id: string;
  readonly of?: string;
  readonly discharged?: boolean;
  readonly breached?: boolean;
  readonly findings: string;
}

export function conditionCommand() {
  return command<Options, [decisionId: string]>({
    name: 'condition',
    description: 'say that a condition of an approval was done, or not kept; also after the decision has closed',
    define: (built) => {
      built.argument('<decision>', 'id of the decision');
      built.requiredOption('--as <actor>', 'who signs: a holder of the role that the condition names');
      built.option('--key <file>', "private key (default: ACTOR.pem in the configuration's folder of keys)");
      built.requiredOption('--id <condition>', 'id of the condition');
      built.option('--of <person>', 'actor id of whose approval it is, where several ask for one of that id');
      built.option('--discharged', 'it was done');
      built.option('--breached', 'it was not kept: the stop condition that it names fires');
      built.requiredOption('--findings <text>', 'what was found; kept beside the record, in it as a commitment');
    },
    examples: [
      [
        'condition 5b3f0c9e-6f0e-8a4e-9b7e-3d1f0a2b4c5d --as sam --id alarm --discharged --findings "page 14"',
        'as an event, or as an addendum once the decision has closed',
      ],
    ],
    run: ({ discharged, breached, id, of, findings, ...options }, surroundings, decisionId) =>
      withClient(surroundings, async (client, config) => {
        const [{ answerOf }, { readSigner }, { usage }] = await Promise.all([
          import('../answer.ts'),
          import('../key-file.ts'),
          import('../errors.ts'),
        ]);
        if ((discharged === true) === (breached === true))
          throw usage('say one of the two', { path: '--discharged', expected: '--discharged or --breached' });
        const verdict = discharged === true ? 'discharged' : 'breached';
        const settled = { condition: id, verdict, findings, ...(of === undefined ? {} : { of }) } as const;
        const by = readSigner(config, options);
        return answerOf(config, decisionId, 'condition', await client.settle(decisionId, by, settled));
      }),
  });
}
