import { command } from '../command.ts';
import { operation, type OperationOptions, operationOptions, ROLE, roleMember } from './operation.ts';

export function nudgeCommand() {
  return command<OperationOptions, [decisionId: string]>({
    name: 'nudge',
    description: 'ask whoever is waited for once more: for operators of the policy, and for whoever asked',
    define: (built) => operationOptions(built).option(...ROLE),
    examples: [
      [
        'nudge 5b3f0c9e-6f0e-8a4e-9b7e-3d1f0a2b4c5d --as olga --reason "the window closes at noon"',
        'who has not signed is told',
      ],
    ],
    run: (options, surroundings, decisionId) =>
      operation('nudge', decisionId, options, surroundings, (client, by) =>
        client.nudge(decisionId, by, { reason: options.reason, ...roleMember(options) }),
      ),
  });
}
