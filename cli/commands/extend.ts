import { command } from '../command.ts';
import { operation, type OperationOptions, operationOptions, ROLE, roleMember } from './operation.ts';

interface Options extends OperationOptions {
  readonly until: string;
}

export function extendCommand() {
  return command<Options, [decisionId: string]>({
    name: 'extend',
    description: "move a decision's deadline, as far as the policy lets its operators",
    define: (built) => {
      operationOptions(built);
      built.requiredOption(
        '--until <time>',
        'the new deadline: 2026-02-24T20:12:21.000Z, or a day, which means its end',
      );
      built.option(...ROLE);
    },
    examples: [
      [
        'extend 5b3f0c9e-6f0e-8a4e-9b7e-3d1f0a2b4c5d --as olga --until 2026-02-26 --reason "ruth is back on Thursday"',
        'nothing else moves',
      ],
    ],
    run: async (options, surroundings, decisionId) => {
      const { instantOf } = await import('../instant.ts');
      const until = instantOf('--until', options.until);
      return operation('extend', decisionId, options, surroundings, (client, by) =>
        client.extend(decisionId, by, { reason: options.reason, until, ...roleMember(options) }),
      );
    },
  });
}
