import { command } from '../command.ts';
import { type VerdictOptions, verdictOptions } from './verdict-options.ts';

interface Options extends VerdictOptions {
  readonly reason: string;
}

export function abstainCommand() {
  return command<Options, [decisionId: string]>({
    name: 'abstain',
    description: 'read the brief, and sign that others shall decide',
    define: (built) => {
      verdictOptions(built);
      built.requiredOption('--reason <text>', 'why; kept beside the record, in it as a commitment');
    },
    examples: [
      ['abstain 5b3f0c9e-6f0e-8a4e-9b7e-3d1f0a2b4c5d --as sam --reason "I wrote the test"', 'asks before it signs'],
    ],
    run: async (options, surroundings, decisionId) => {
      const { verdict } = await import('./verdict.ts');
      return verdict(decisionId, options, surroundings, {
        did: 'abstain',
        sign: (client, by, seen, roles) =>
          client.abstain(decisionId, by, { reason: options.reason, seen, ...(roles === undefined ? {} : { roles }) }),
      });
    },
  });
}
