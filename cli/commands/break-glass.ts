import { collect, command } from '../command.ts';
import type { SignerOptions } from '../key-file.ts';

interface Options extends SignerOptions {
  readonly owner: string;
  readonly control: readonly string[];
  readonly reason: string;
  readonly life?: string;
  readonly yes?: boolean;
}

export function breakGlassCommand() {
  return command<Options, [decisionId: string]>({
    name: 'break-glass',
    description: 'clear the way past people who are missing, with a key of its own; to be reviewed afterwards',
    define: (built) => {
      built.argument('<decision>', 'id of the decision');
      built.requiredOption('--as <actor>', 'who signs');
      built.requiredOption('--key <file>', 'break-glass key; another than the one for approvals');
      built.requiredOption('--owner <person>', 'actor id of the person who owns what comes of it');
      built.requiredOption('--control <name>', 'compensating control; repeat for several', collect);
      built.requiredOption('--reason <text>', 'why; kept beside the record, in it as a commitment');
      built.option('--life <seconds>', 'how long it lives (default: as long as the policy lets it)');
      built.option('--yes', 'do not ask');
    },
    examples: [
      [
        'break-glass 5b3f0c9e-6f0e-8a4e-9b7e-3d1f0a2b4c5d --as kim --key kim.breakglass.pem --owner kim --control pager-watch --reason "outage"',
        'shows the brief, and asks before it signs',
      ],
    ],
    run: async (options, surroundings, decisionId) => {
      const [{ verdict }, { wholeNumber }] = await Promise.all([import('./verdict.ts'), import('../numbers.ts')]);
      const lifeS = options.life === undefined ? undefined : wholeNumber('--life', options.life, 1, 366 * 86_400);
      return verdict(decisionId, options, surroundings, {
        did: 'break-glass',
        sign: (client, by, seen) =>
          client.breakGlass(decisionId, by, {
            reason: options.reason,
            owner: options.owner,
            controls: options.control,
            seen,
            ...(lifeS === undefined ? {} : { lifeS }),
          }),
      });
    },
  });
}
