import { command } from '../command.ts';
import { renderWhy } from '../render.ts';
import { withClient } from '../with-client.ts';
import { toJson } from '../to-json.ts';

export function whyCommand() {
  return command<object, [decisionId: string]>({
    name: 'why',
    description: 'what a decision waits for, from whom, since when, what fails, what comes next',
    define: (built) => built.argument('<decision>', 'id of the decision'),
    examples: [['why 5b3f0c9e-6f0e-8a4e-9b7e-3d1f0a2b4c5d', 'answers at once, also while the ledger is away']],
    run: (_options, surroundings, decisionId) =>
      withClient(surroundings, async (client) => {
        const tree = await client.why(decisionId);
        return { json: toJson(tree), text: renderWhy(tree) };
      }),
  });
}
