import { command } from '../command.ts';
import { wholeNumber } from '../numbers.ts';
import { type VerdictOptions, verdictOptions } from './verdict-options.ts';

interface Options extends VerdictOptions {
  readonly rationale: string;
  readonly life?: string;
  readonly for?: string;
  readonly conditions?: string;
}

export function approveCommand() {
  return command<Options, [decisionId: string]>({
    name: 'approve',
    description: 'read the brief, and sign an approval of exactly that',
    define: (built) => {
      verdictOptions(built);
      built.requiredOption('--rationale <text>', 'why; kept beside the record, in it as a commitment');
      built.option('--for <person>', 'actor id of whoever delegated to you: in their place');
      built.option('--conditions <file>', 'YAML: what is to be done as well, by when, who says that it was');
      built.option('--life <seconds>', 'for how long it counts (default: as long as the policy lets it)');
    },
    examples: [
      [
        'approve 5b3f0c9e-6f0e-8a4e-9b7e-3d1f0a2b4c5d --as ruth --rationale "read diff and rollback plan"',
        'asks before it signs',
      ],
      [
        'approve 5b3f0c9e-6f0e-8a4e-9b7e-3d1f0a2b4c5d --as ruth --life 900 --rationale ok --yes',
        'for a quarter of an hour',
      ],
    ],
    run: async (options, surroundings, decisionId) => {
      const { verdict } = await import('./verdict.ts');
      const conditions =
        options.conditions === undefined
          ? undefined
          : (await import('../conditions-file.ts')).readConditionsFile(options.conditions);
      const lifeS = options.life === undefined ? undefined : wholeNumber('--life', options.life, 1, 366 * 86_400);
      return verdict(decisionId, options, surroundings, {
        did: 'approve',
        sign: (client, by, seen, roles) =>
          client.approve(decisionId, by, {
            rationale: options.rationale,
            seen,
            ...(roles === undefined ? {} : { roles }),
            ...(lifeS === undefined ? {} : { lifeS }),
            ...(conditions === undefined ? {} : { conditions }),
            ...(options.for === undefined ? {} : { inPlaceOf: options.for }),
          }),
      });
    },
  });
}
