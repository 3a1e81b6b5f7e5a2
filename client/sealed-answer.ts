import { type Digest, parseDigest } from '../core/canon/index.ts';
import type { SubmitResult } from '../core/contracts/messages.ts';
import { fold } from '../core/domain/evolve.ts';
import { hasCode } from '../core/errors.ts';
import { coreOf } from '../pack/index.ts';
import type { ClientContext } from './context.ts';
import { state } from './state.ts';

/**
 * What a closed decision had answered to this statement, out of its sealed pack: the Update that would say so is gone
 * with its run, or there never was one since the statement went by signal. Undefined where the chain does not answer
 * it, or cannot be read: then it is late, as far as this client can tell.
 */
export async function sealedAnswer(
  context: ClientContext,
  decisionId: string,
  statement: Digest,
): Promise<SubmitResult | undefined> {
  try {
    const { pack } = await state(context, decisionId);
    if (pack === null) return undefined;
    const bundle = await context.store.get(parseDigest(pack));
    const folded = fold(coreOf(bundle).events);
    const answered = folded.stage === 'empty' ? undefined : folded.answered[statement];
    if (answered === undefined) return undefined;
    const { verdict, code } = answered;
    const nothing = { detail: null, acknowledgement: null, permit: null, clearance: null, addendum: null };
    return { statement, verdict, code, ...nothing };
  } catch (error) {
    if (hasCode(error)) return undefined;
    throw error;
  }
}
