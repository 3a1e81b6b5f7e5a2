import { reasonedCommand } from './reasoned.ts';

export function cancelCommand() {
  return reasonedCommand(
    {
      name: 'cancel',
      description: 'call a decision off: for whoever asked, or holds a role that the policy names for it',
      examples: [
        ['cancel 5b3f0c9e-6f0e-8a4e-9b7e-3d1f0a2b4c5d --as dana --reason "superseded"', 'before anything is cleared'],
      ],
    },
    (client, ...given) => client.cancel(...given),
  );
}
