import { command } from '../command.ts';
import { usage } from '../errors.ts';
import { toJson } from '../to-json.ts';

export function explainCommand() {
  return command<object, [code: string]>({
    name: 'explain',
    description: 'what an error code means, who sees it, what to do about it',
    define: (built) => built.argument('<code>', 'code of an error, a refusal, a denial or a finding'),
    examples: [['explain approval.by_requester', 'why, what to do, and whether trying again helps']],
    run: async (_options, _surroundings, code) => {
      const { explain, nearCodes, renderExplanation } = await import('../explain/explain.ts');
      const entries = explain(code);
      if (entries.length === 0) {
        const near = nearCodes(code).slice(0, 12).join(', ');
        throw usage('there is no such code; docs/errors.md has them all', { expected: near || 'a code', got: code });
      }
      return {
        json: { code, entries: toJson(entries) },
        text: entries.map(renderExplanation).join('\n\n'),
      };
    },
  });
}
