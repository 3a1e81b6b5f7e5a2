import { command } from '../command.ts';
import type { SignerOptions } from '../key-file.ts';

interface Options extends SignerOptions {
  readonly to: string;
  readonly role?: string;
  readonly reason: string;
  readonly life?: string;
  readonly yes?: boolean;
}

export function delegateCommand() {
  return command<Options, [decisionId: string]>({
    name: 'delegate',
    description: 'read the brief, and let one other person approve in your place; `revoke` takes it back',
    define: (built) => {
      built.argument('<decision>', 'id of the decision');
      built.requiredOption('--as <actor>', 'who signs');
      built.option('--key <file>', "private key (default: ACTOR.pem in the configuration's folder of keys)");
      built.requiredOption('--to <person>', 'actor id of the person who may approve');
      built.option('--role <role>', 'role that you hold (default: the one that is asked for and may be delegated)');
      built.requiredOption('--reason <text>', 'why; kept beside the record, in it as a commitment');
      built.option('--life <seconds>', 'how long it lives (default: as long as the policy lets it)');
      built.option('--yes', 'sign without asking; the brief is shown all the same');
    },
    examples: [
      [
        'delegate 5b3f0c9e-6f0e-8a4e-9b7e-3d1f0a2b4c5d --as ruth --to sam --reason "on leave until Monday"',
        'sam then approves with --for ruth',
      ],
    ],
    run: async ({ role, ...options }, surroundings, decisionId) => {
      const [{ verdict }, { wholeNumber }] = await Promise.all([import('./verdict.ts'), import('../numbers.ts')]);
      const lifeS = options.life === undefined ? undefined : wholeNumber('--life', options.life, 1, 366 * 86_400);
      return verdict(decisionId, options, surroundings, {
        did: 'delegate',
        sign: (client, by, seen) =>
          client.delegate(decisionId, by, {
            to: options.to,
            reason: options.reason,
            seen,
            ...(role === undefined ? {} : { role }),
            ...(lifeS === undefined ? {} : { lifeS }),
          }),
      });
    },
  });
}
