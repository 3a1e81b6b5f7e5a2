import type { LocalActivities, RecordedBatch, StepFacts, StepInput, StepResult } from '../core/contracts/activities.ts';
import { isTampering } from '../core/contracts/tampering.ts';
import type { Command } from '../core/domain/commands.ts';
import { decide, withDiscarded } from '../core/domain/decide.ts';
import type { EventDraft } from '../core/domain/events.ts';
import { kindOf } from '../core/domain/statements.ts';
import { type CountersignError, hasCode } from '../core/errors.ts';
import { admit } from './authority.ts';
import type { Dependencies } from './dependencies.ts';
import { evaluate } from './evaluation.ts';
import { issueClearance } from './execution.ts';
import { record } from './recording.ts';
import { reevaluate } from './reevaluation.ts';
import { admitRequest } from './request.ts';

type Gathered =
  | { readonly command: Command }
  | { readonly refused: { readonly code: string; readonly detail: string } };

/**
 * Facts, decision and append of one step, and the permit where that was a clearance. The decision is the domain's pure
 * `decide`, on the state that the workflow hands in; what it decided is in the workflow's history, so another version of
 * `decide` replays it unchanged.
 *
 * A crash after the append loses nothing: the workflow asks again, and is told what stands.
 */
export function step(dependencies: Dependencies): LocalActivities['step'] {
  const decideOn = decisionOf(dependencies);
  const append = record(dependencies);
  const issue = issueClearance(dependencies);
  return async (input): Promise<StepResult> => {
    const decisionId = decisionIdOf(input.facts);
    try {
      const decided = await decideOn(input);
      if ('refused' in decided) return decided;
      const { command, drafts } = decided;
      const recorded =
        drafts.length === 0
          ? null
          : await append({ decisionId, expectedHead: input.state.head, commandId: command.id, drafts });
      const clearedSequence = recorded?.outcome === 'appended' ? clearedIn(recorded.batch) : undefined;
      // The clearance stands. A permit that cannot be issued yet is asked for again by whoever waits for it.
      const issued =
        clearedSequence === undefined ? null : await issue({ decisionId, clearedSequence }).catch(() => null);
      return { refused: null, statement: statementOf(command), recorded, issued, tampered: null };
    } catch (error) {
      if (!isDamage(error, decisionId)) throw error;
      const tampered = { code: error.code, detail: error.message };
      return { refused: null, statement: null, recorded: null, issued: null, tampered };
    }
  };
}

type Decided =
  | { readonly command: Command; readonly drafts: readonly EventDraft[] }
  | Extract<Gathered, { refused: unknown }>;

/** The command of a step and what it decides; nothing is appended. */
export function decisionOf(dependencies: Dependencies): (input: StepInput) => Promise<Decided> {
  const gather = gathering(dependencies);
  return async ({ facts, state, discarded }) => {
    const gathered = await gather(facts);
    if ('refused' in gathered) return gathered;
    const { command } = gathered;
    return { command, drafts: withDiscarded(decide(command, state), discarded) };
  };
}

export function decisionIdOf(facts: StepFacts): string {
  return 'context' in facts ? facts.context.decisionId : facts.decisionId;
}

function clearedIn({ events }: RecordedBatch): number | undefined {
  return events.find(({ event_type }) => event_type === 'execution.cleared')?.sequence;
}

/**
 * The decision's own chain does not hold, which is no fault of the statement whose admission found it out. The ledger
 * names chain and entry; what is wrong elsewhere in it, a forged binding for one, is no damage to this decision.
 */
function isDamage(error: unknown, decisionId: string): error is CountersignError {
  return hasCode(error) && isTampering(error.code) && error.path.startsWith(`${decisionId}/`);
}

export function statementOf(command: Command) {
  if (command.type !== 'submit') return null;
  const { digest, statement } = command.admitted;
  return { digest, kind: kindOf(statement) };
}

function gathering(dependencies: Dependencies): (facts: StepFacts) => Promise<Gathered> {
  const house = {
    admitRequest: admitRequest(dependencies),
    evaluate: evaluate(dependencies),
    reevaluate: reevaluate(dependencies),
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
        const { admitted, inForce, permit, reevaluation } = admission;
        const id = `submit/${admitted.digest}`;
        return {
          command: {
            type: 'submit',
            id,
            at: facts.context.at,
            admitted,
            inForce,
            permit,
            ...(reevaluation ? { reevaluation } : {}),
          },
        };
      }
      case 'reevaluate': {
        const { at } = facts.context;
        return {
          command: {
            type: 'reevaluate',
            id: `reevaluate/${facts.claim}`,
            at,
            reevaluation: await house.reevaluate(facts),
          },
        };
      }
    }
  };
}
