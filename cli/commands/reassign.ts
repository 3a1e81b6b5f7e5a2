import { command } from '../command.ts';
import { operation, type OperationOptions, operationOptions, ROLE, roleMember } from './operation.ts';

interface Options extends OperationOptions {
  readonly from: string;
  readonly to: string;
  readonly for?: string;
}

export function reassignCommand() {
  return command<Options, [decisionId: string]>({
    name: 'reassign',
    description: 'have one person asked instead of another; both may sign all the same',
    define: (built) => {
      operationOptions(built);
      built.requiredOption('--from <person>', 'actor id of who is asked no more');
      built.requiredOption('--to <person>', 'actor id of who is asked instead');
      built.option('--for <role>', 'role of the route (default: the one in which both could sign)');
      built.option(...ROLE);
    },
    examples: [
      [
        'reassign 5b3f0c9e-6f0e-8a4e-9b7e-3d1f0a2b4c5d --as olga --from ruth --to sam --reason "ruth is ill"',
        'both are told',
      ],
    ],
    run: (options, surroundings, decisionId) =>
      operation('reassign', decisionId, options, surroundings, (client, by) => {
        const { reason, from, to, for: inRole } = options;
        const content = { reason, from, to, ...(inRole === undefined ? {} : { inRole }) };
        return client.reassign(decisionId, by, { ...content, ...roleMember(options) });
      }),
  });
}
