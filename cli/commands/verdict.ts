import type { CountersignClient } from '../../client/client.ts';
import type { Brief } from '../../client/brief.ts';
import type { Signer } from '../../client/statements.ts';
import type { Submitted } from '../../client/submit.ts';
import { answerOf } from '../answer.ts';
import type { Outcome, Surroundings } from '../command.ts';
import { confirmed } from '../confirm.ts';
import { usage } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { readSigner } from '../key-file.ts';
import { withClient } from '../with-client.ts';
import { briefText } from './brief.ts';
import type { VerdictOptions } from './verdict-options.ts';

interface Verdict {
  readonly did: string;
  readonly sign: (
    client: CountersignClient,
    by: Signer,
    seen: Brief,
    roles: readonly string[] | undefined,
  ) => Promise<Submitted>;
}

/** Shows the brief, asks, signs exactly what was shown, and gives the service's answer. */
export async function verdict(
  decisionId: string,
  options: VerdictOptions,
  surroundings: Surroundings,
  { did, sign }: Verdict,
): Promise<Outcome> {
  if (options.yes !== true && (surroundings.json || !process.stdin.isTTY)) {
    throw usage('there is nobody to ask; --yes signs without asking', { path: '--yes' });
  }
  return withClient(surroundings, async (client, config) => {
    const by = readSigner(config, options);
    const seen = await client.brief(decisionId);
    surroundings.say(briefText(seen));
    if (!(await confirmed(`\n${did} as ${by.actorId}?`, options.yes === true))) {
      return { json: { decision_id: decisionId, verdict: null }, text: 'nothing was signed', exit: EXIT.refused };
    }
    return answerOf(config, decisionId, did, await sign(client, by, seen, options.role));
  });
}
