import { command } from '../command.ts';
import type { SignerOptions } from '../key-file.ts';
import { operation, operationOptions } from './operation.ts';

interface Options extends SignerOptions {
  readonly reason: string;
  readonly to: string;
  readonly for?: string;
}

export function handOverCommand() {
  return command<Options, [decisionId: string]>({
    name: 'hand-over',
    description: 'have somebody else asked instead of you, who could sign as well; you may sign all the same',
    define: (built) => {
      operationOptions(built);
      built.requiredOption('--to <person>', 'actor id of who is asked instead');
      built.option('--for <role>', 'role of the route (default: the one in which both could sign)');
    },
    examples: [
      [
        'hand-over 5b3f0c9e-6f0e-8a4e-9b7e-3d1f0a2b4c5d --as ruth --to sam --reason "he knows the gateway"',
        'sam is told; to let somebody sign who does not hold the role, see delegate',
      ],
    ],
    run: (options, surroundings, decisionId) =>
      operation('hand-over', decisionId, options, surroundings, (client, by) => {
        const { reason, to, for: inRole } = options;
        return client.handOver(decisionId, by, { reason, to, ...(inRole === undefined ? {} : { inRole }) });
      }),
  });
}
