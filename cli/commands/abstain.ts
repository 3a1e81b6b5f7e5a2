import { reasonedVerdict } from './reasoned.ts';

export function abstainCommand() {
  return reasonedVerdict(
    {
      name: 'abstain',
      description: 'read the brief, and sign that others shall decide',
      examples: [
        ['abstain 5b3f0c9e-6f0e-8a4e-9b7e-3d1f0a2b4c5d --as sam --reason "I wrote the test"', 'asks before it signs'],
      ],
    },
    (client, ...given) => client.abstain(...given),
  );
}
