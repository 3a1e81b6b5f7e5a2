import { command } from '../command.ts';
import { type VerdictOptions, verdictOptions } from './verdict-options.ts';

interface Options extends VerdictOptions {
  readonly reason: string;
}

export function rejectCommand() {
  return command<Options, [decisionId: string]>({
    name: 'reject',
    description: 'read the brief, and sign a rejection, which ends the decision',
    define: (built) => {
      verdictOptions(built);
      built.requiredOption('--reason <text>', 'why; kept beside the record, in it as a commitment');
    },
    examples: [
      ['reject 5b3f0c9e-6f0e-8a4e-9b7e-3d1f0a2b4c5d --as sam --reason "rollback untested"', 'asks before it signs'],
    ],
    run: async (options, surroundings, decisionId) => {
      const { verdict } = await import('./verdict.ts');
      return verdict(decisionId, options, surroundings, {
        did: 'reject',
        sign: (client, by, seen, roles) =>
          client.reject(decisionId, by, { reason: options.reason, seen, ...(roles === undefined ? {} : { roles }) }),
      });
    },
  });
}
