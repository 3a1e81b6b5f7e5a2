import type { LocalActivities, StepFacts, StepResult } from '../core/contracts/activities.ts';
import { isTampering } from '../core/contracts/tampering.ts';
import type { Command } from '../core/domain/commands.ts';
import { decide, withDiscarded } from '../core/domain/decide.ts';
import { kindOf } from '../core/domain/statements.ts';
import { hasCode } from '../core/errors.ts';
import { admit } from './authority.ts';
import type { Dependencies } from './dependencies.ts';
import { evaluate } from './evaluation.ts';
import { record } from './recording.ts';
import { admitRequest } from './request.ts';

type Gathered =
  | { readonly command: Command }
  | { readonly refused: { readonly code: string; readonly detail: string } };

/**
 * Facts, decision and append of one step. The decision is the domain's pure `decide`, on the state that the workflow
 * hands in; what it decided is in the workflow's history, so another version of `decide` replays it unchanged.
 *
 * A crash after the append loses nothing: the workflow asks again, and is told what stands.
 */
export function step(dependencies: Dependencies): LocalActivities['step'] {
  const gather = gathering(dependencies);
  const append = record(dependencies);
  return async ({ facts, state, discarded }): Promise<StepResult> => {
    const gathered = await gather(facts);
    if ('refused' in gathered) return gathered;
    const { command } = gathered;
    const decided = { refused: null, statement: statementOf(command), recorded: null, tampered: null };
    const drafts = withDiscarded(decide(command, state), discarded);
    if (drafts.length === 0) return decided;
    const { decisionId } = facts.from === 'admit' ? facts.context : facts;
    try {
      const recorded = await append({ decisionId, expectedHead: state.head, commandId: command.id, drafts });
      return { ...decided, recorded };
    } catch (error) {
      if (!hasCode(error) || !isTampering(error.code)) throw error;
      return { ...decided, tampered: { code: error.code, detail: error.message } };
    }
  };
}

function statementOf(command: Command) {
  if (command.type !== 'submit') return null;
  const { digest, statement } = command.admitted;
  return { digest, kind: kindOf(statement) };
}

function gathering(dependencies: Dependencies): (facts: StepFacts) => Promise<Gathered> {
  const house = {
    admitRequest: admitRequest(dependencies),
    evaluate: evaluate(dependencies),
    admit: admit(dependencies),
  };
  return async (facts): Promise<Gathered> => {
    switch (facts.from) {
      case 'admitRequest':
        return { command: { type: 'open', id: 'open', at: facts.at, ...(await house.admitRequest(facts)) } };
      case 'evaluate':
        return {
          command: { type: 'evaluate', id: 'evaluate', at: facts.at, evaluation: await house.evaluate(facts) },
        };
      case 'admit': {
        const admission = await house.admit(facts);
        if (admission.admitted === null) return { refused: admission.discarded };
        const { admitted, inForce, permit } = admission;
        const id = `submit/${admitted.digest}`;
        return { command: { type: 'submit', id, at: facts.context.at, admitted, inForce, permit } };
      }
    }
  };
}
