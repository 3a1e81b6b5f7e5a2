import { reasonedCommand } from './reasoned.ts';

export function revokeCommand() {
  return reasonedCommand(
    {
      name: 'revoke',
      description: 'take back your own approval or override, until the decision is cleared',
      examples: [
        [
          'revoke 5b3f0c9e-6f0e-8a4e-9b7e-3d1f0a2b4c5d --as sam --reason "the test was red"',
          'fails once somebody has cleared it',
        ],
      ],
    },
    (client, ...given) => client.revoke(...given),
  );
}
