import { command } from '../command.ts';
import { usage } from '../errors.ts';
import type { SignerOptions } from '../key-file.ts';
import { withClient } from '../with-client.ts';

interface Options extends SignerOptions {
  readonly evidence?: string;
  readonly evidenceStatement?: string;
  readonly card?: string;
  readonly policy?: string;
}

export function reevaluateCommand() {
  return command<Options, [decisionId: string]>({
    name: 'reevaluate',
    description: 'have a routed decision evaluated anew: the roster, the policy or the evidence has changed',
    define: (built) => {
      built.argument('<decision>', 'id of the decision');
      built.requiredOption('--as <actor>', 'who asks: the requester; for another roster an executor or canceller too');
      built.option('--key <file>', "private key (default: ACTOR.pem in the configuration's folder of keys)");
      built.option('--evidence <file>', 'newer evidence packet by the same author, canonical JSON');
      built.option('--evidence-statement <file>', "its author's signed statement");
      built.option('--card <file>', 'the signed evaluation card that the newer packet names');
      built.option('--policy <file>', 'policy that is in force now (default: the one it was evaluated under)');
    },
    examples: [
      [
        'reevaluate 5b3f0c9e-6f0e-8a4e-9b7e-3d1f0a2b4c5d --as deployer',
        'asks whoever may sign under the roster in force; approvals of those who are still eligible stay',
      ],
      [
        'reevaluate 5b3f0c9e-6f0e-8a4e-9b7e-3d1f0a2b4c5d --as dana --evidence packet.json --evidence-statement evidence.json',
        'with newer evidence: approvals end, and approvers are shown what changed',
      ],
    ],
    run: async (options, surroundings, decisionId) => {
      const [{ answerOf }, { readSigner }, { readPolicyFile }, { readInput }, { readEnvelope, readJson }] =
        await Promise.all([
          import('../answer.ts'),
          import('../key-file.ts'),
          import('../policy-file.ts'),
          import('../files.ts'),
          import('../../core/canon/index.ts'),
        ]);
      const { evidence: packet, evidenceStatement: statement, card, policy } = options;
      const envelopeIn = (path: string) => readEnvelope(readJson(readInput(path))).envelope;
      if ((packet === undefined) !== (statement === undefined)) {
        throw usage('a packet and the statement about it belong together', {
          path: packet === undefined ? '--evidence' : '--evidence-statement',
          expected: 'both of --evidence and --evidence-statement',
          got: 'one of them',
        });
      }
      const evidence =
        packet === undefined || statement === undefined
          ? {}
          : {
              evidence: {
                packet: readInput(packet),
                statement: envelopeIn(statement),
                ...(card === undefined ? {} : { card: envelopeIn(card) }),
              },
            };
      return withClient(surroundings, async (client, config) => {
        const answer = await client.reevaluate(decisionId, readSigner(config, options), {
          ...evidence,
          ...(policy === undefined ? {} : { policy: readPolicyFile(policy).bytes }),
        });
        return answerOf(config, decisionId, 'reevaluate', answer);
      });
    },
  });
}
