import { timestamp } from '../../core/domain/vocabulary.ts';
import { command } from '../command.ts';
import { renderView } from '../render.ts';
import { withClient } from '../with-client.ts';
import { toJson } from '../to-json.ts';

export function statusCommand() {
  return command<object, [decisionId: string]>({
    name: 'status',
    description: 'where a decision stands',
    define: (built) => built.argument('<decision>', 'id of the decision'),
    examples: [['status 5b3f0c9e-6f0e-8a4e-9b7e-3d1f0a2b4c5d', 'stage, route, signatures, outcome']],
    run: (_options, surroundings, decisionId) =>
      withClient(surroundings, async (client) => {
        const view = await client.state(decisionId);
        return { json: toJson(view), text: renderView(view, timestamp(Date.now())) };
      }),
  });
}
