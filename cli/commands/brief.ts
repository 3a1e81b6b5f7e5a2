import type { Brief } from '../../client/brief.ts';
import { command } from '../command.ts';
import { printable } from '../printable.ts';
import { withClient } from '../with-client.ts';
import { toJson } from '../to-json.ts';

export function briefCommand() {
  return command<object, [decisionId: string]>({
    name: 'brief',
    description: 'what an approver reads before signing',
    define: (built) => built.argument('<decision>', 'id of the decision'),
    examples: [['brief 5b3f0c9e-6f0e-8a4e-9b7e-3d1f0a2b4c5d', 'candidate, evidence, risk, route, how to undo']],
    run: (_options, surroundings, decisionId) =>
      withClient(surroundings, async (client) => {
        const brief = await client.brief(decisionId);
        const { digest, document, summary } = brief;
        const json = { digest, document: toJson(document), summary: summary.value };
        return { json, text: briefText(brief) };
      }),
  });
}

/** The brief, and the requester's own words apart from it: they are a claim, and part of no digest that is signed. */
export function briefText({ rendered, digest, summary }: Brief): string {
  const words = summary.value === null ? '(not disclosed)' : printable(summary.value);
  return `${rendered.trimEnd()}\n\nBrief        ${digest}\nIn the requester's words: ${words}`;
}
