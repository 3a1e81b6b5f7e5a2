import { reasonedVerdict } from './reasoned.ts';

export function rejectCommand() {
  return reasonedVerdict(
    {
      name: 'reject',
      description: 'read the brief, and sign a rejection, which ends the decision',
      examples: [
        ['reject 5b3f0c9e-6f0e-8a4e-9b7e-3d1f0a2b4c5d --as sam --reason "rollback untested"', 'asks before it signs'],
      ],
    },
    (client, ...given) => client.reject(...given),
  );
}
